/* SPDX-License-Identifier: MIT */
/* A framework over SQLite with a folder for large values, a stored CSP, and two CSPs that keep one
 * value each: "Pieces" takes it piece by piece, "Whole" does not. */
#ifndef OMADM_TESTS_LARGE_DEVICE_H
#define OMADM_TESTS_LARGE_DEVICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <omadm/framework.h>

#include "base/str.h"

enum { INLINE = 1000, LARGE = 100000 };

/* The value of a CSP that is not stored, and how it got it. */
typedef struct kept {
  omadm_buf value;
  size_t calls; /* of read, for the last value */
  size_t longest; /* piece that it was given */
  bool late;
  omadm_token asked; /* answered late: to be completed */
} kept;

typedef struct device {
  char folder[200];
  unsigned flags;
  uint64_t store_size, max_obj_size, transaction; /* 0: the default */
  const omadm_mem *mem; /* NULL: malloc */
  omadm_store *store;
  omadm_framework *framework;
  const omadm_tree *tree;
  omadm_origin origin;
  omadm_node node;
  omadm_answer answer;
  bool arrived;
  omadm_status late;
} device;

extern kept pieces, whole;

/* An empty folder; device_open and device_close as often as wanted; device_end removes it. */
void device_begin(device *d, unsigned host_flags);
void device_open(device *d);
void device_close(device *d);
void device_end(device *d);

/* So many octets that repeat nowhere soon; ASCII. Borrowed until the next call. */
omadm_str device_octets(size_t n, unsigned seed);

/* One verb with the value in pieces of `piece` octets, 0: as a whole by the verb itself. Not
 * settled. */
omadm_status device_write(device *d, omadm_verb verb, const char *uri, omadm_str value,
                          size_t piece);
omadm_status device_remove(device *d, const char *uri);
omadm_status device_copy(device *d, const char *from, const char *to);
omadm_status device_rename(device *d, const char *uri, const char *name);
/* Get: the snapshot, or the value, in d->answer. */
omadm_status device_get(device *d, const char *uri);
/* Get, and all of it compared; what is lent is released. */
void device_assert(device *d, const char *uri, omadm_str value);
/* Files in the folder of values; *octets of all. */
size_t device_files(const device *d, uint64_t *octets);

#endif
