/* SPDX-License-Identifier: MIT */
/* A folder of its own for a test of a store on disk, and shorthands for changes. */
#ifndef OMADM_TESTS_STORE_FOLDER_H
#define OMADM_TESTS_STORE_FOLDER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <omadm/store.h>

#include "base/str.h"

enum { FOLDER_PATH = 200 };

/* Makes an empty folder and gives its path; folder_remove takes it and all that is in it. */
void folder_make(char path[FOLDER_PATH]);
void folder_remove(const char *path);
/* Copies the database with its -wal file, as a power cut would leave them, into another folder. */
void folder_copy_store(const char *from, const char *to);

/* Opens the store in path/state; fails the test else. */
omadm_store *folder_open(const char *path);
/* How often the text stands in the files of the store. Fails where one is not ours alone. */
size_t folder_holds(const char *path, const char *text);
/* One change, applied alone; a value of NULL removes. */
void store_put(omadm_store *store, const char *key, const char *value);
/* Fails unless the key of table NODE has this value; NULL: unless it is not there. */
void store_expect(omadm_store *store, const char *key, const char *value);

#endif
