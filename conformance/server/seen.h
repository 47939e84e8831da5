/* SPDX-License-Identifier: MIT */
/*
 * What the server has learned in this run: the value of each node that it read, and the data of
 * each alert that came. The newest counts.
 */
#ifndef OMADM_SERVER_SEEN_H
#define OMADM_SERVER_SEEN_H

#include <stddef.h>

#include <omadm/error.h>

typedef struct seen_entry {
  char *name; /* a node's URI, or an alert's type */
  char *value;
} seen_entry;

/* Starts as all zero. */
typedef struct seen {
  seen_entry *entries;
  size_t count;
} seen;

void seen_dispose(seen *self);
/* Both are copied. */
omadm_err seen_put(seen *self, const char *name, const char *value);
void seen_forget(seen *self, const char *name);
/* NULL: never seen. Borrowed until the next put or forget of that name. */
const char *seen_get(const seen *self, const char *name);

#endif
