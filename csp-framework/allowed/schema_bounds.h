/* SPDX-License-Identifier: MIT */
/*
 * How much work a schema is, found out before libxml2 sees it. That expands groups and unions
 * without a bound, and compiles and matches patterns without one, too; so of XML Schema only that
 * is taken which costs no more than it says.
 */
#ifndef OMADM_FRAMEWORK_ALLOWED_SCHEMA_BOUNDS_H
#define OMADM_FRAMEWORK_ALLOWED_SCHEMA_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/tree.h>

typedef struct schema_work {
  size_t compiling; /* its elements, and its content models, each squared */
  size_t validating; /* what one element of a value may be compared with */
} schema_work;

/* Is it within the bounds? Else why: the rest of a sentence that begins with the schema. */
bool schema_bounds_keep(const xmlDoc *doc, schema_work *work, char *why, size_t size);

/* Is this a pattern of XML Schema that takes a time in proportion to the text? One without groups,
 * and in each of its branches at most one count that is not a mere number. */
bool schema_bounds_keep_pattern(const char *pattern);

#endif
