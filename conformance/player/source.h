/* SPDX-License-Identifier: MIT */
/*
 * Where the elements of an XML document stand in its source, octet by octet, which no XML library
 * says.
 */
#ifndef OMADM_PLAYER_SOURCE_H
#define OMADM_PLAYER_SOURCE_H

#include <stddef.h>

#include <omadm/error.h>
#include <omadm/types.h>

#include "base/mem.h"

/* What stands between the tags of one element: source[from, to). Both 0 for an empty-element tag.
 */
typedef struct source_span {
  size_t from;
  size_t to;
} source_span;

/*
 * Finds the content of every element, in the order of the start tags. The source must be
 * well-formed XML in UTF-8 without a document type; anything else is SYNTAX, or spans of no use,
 * but never a fault. The spans live in the arena.
 */
omadm_err source_scan(omadm_str source, omadm_arena *arena, source_span **out, size_t *count);

/*
 * Where the slice is nothing but CDATA sections: their content, joined, in the arena. Else the
 * slice itself. Borrowed from the slice or from the arena. ptr is NULL when memory is out.
 */
omadm_str source_unwrap(omadm_str slice, omadm_arena *arena);

#endif
