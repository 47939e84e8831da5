/* SPDX-License-Identifier: MIT */
/*
 * What the {{names}} of a transcript stand for: bound on first sight, the same afterwards, in both
 * directions.
 */
#ifndef OMADM_PLAYER_BINDINGS_H
#define OMADM_PLAYER_BINDINGS_H

#include <stdbool.h>

#include <omadm/error.h>
#include <omadm/types.h>

typedef struct bindings_entry {
  char *name;
  char *value;
} bindings_entry;

/* Starts as all zero. */
typedef struct bindings {
  bindings_entry *entries;
  size_t count;
  size_t capacity;
} bindings;

void bindings_dispose(bindings *self);

/* Forgets all but the first `count`: how an attempt is taken back. */
void bindings_truncate(bindings *self, size_t count);

/* Binds a name that is not bound yet; false: out of memory. */
bool bindings_add(bindings *self, omadm_str name, omadm_str value);

/* The value of a name, or NULL. */
const char *bindings_find(const bindings *self, omadm_str name);

/*
 * True where the text is what the pattern says: "*" alone is anything, {{name}} is its value, or is
 * bound here to the shortest text that lets the rest match. On false nothing stays bound.
 */
bool bindings_match(bindings *self, omadm_str pattern, omadm_str text);

/*
 * Appends `in` with each {{name}} replaced; in markup, values get & and < escaped, as they were
 * read unescaped. NOT_FOUND, naming it, for a name that is not bound.
 */
omadm_err bindings_expand(const bindings *self, omadm_str in, bool markup, omadm_buf *out,
                          omadm_error *error);

#endif
