/* SPDX-License-Identifier: MIT */
/* The files of packages, in one folder, by names that nobody but this chooses. */
#ifndef OPERATIONS_PACKAGES_H
#define OPERATIONS_PACKAGES_H

#include <omadm/csp.h>

#include <stdbool.h>

#include "operations/rows.h"

enum { PACKAGE_NAME = 48 };

typedef struct packages {
  const rows *rows;
  const char *prefix; /* of the names: two CSPs may share a folder */
} packages;

/* The folder of the setting `folder`, made where it is missing; owned by the caller, free with
 * free. NULL: none is set; *status (may be NULL) tells that (406) or why it cannot be had (510). */
char *packages_folder(const packages *self, omadm_status *status);
/* A name that was not used before, neither by this state nor by another one that has the folder. */
omadm_err packages_name(const packages *self, char name[PACKAGE_NAME]);
/* A file under a new name, in pieces; 200, 406 without a folder, 420, 510. */
typedef struct package_file {
  int fd;
  char *path;
  char name[PACKAGE_NAME];
} package_file;
omadm_status packages_begin(const packages *self, package_file *file);
omadm_status packages_append(package_file *file, omadm_str octets);
/* It is on the disk when this returns 200; else it is removed. */
omadm_status packages_end(package_file *file);
void packages_abort(package_file *file);
/* Brings a file to the disk that somebody else wrote. Any thread. */
bool packages_flush(const char *path);
/* Is it there, and is there anything in it? */
bool packages_is_there(const packages *self, omadm_str name);
/* Removes those files of this state that `keeps` does not want. Not while a command of an agent
 * that is gone may still use them, unless the lock of the folder is `locked` for a command of our
 * own. */
void packages_sweep(const packages *self, bool locked, bool (*keeps)(void *ctx, omadm_str name),
                    void *ctx);

#endif
