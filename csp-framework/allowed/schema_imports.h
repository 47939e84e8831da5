/* SPDX-License-Identifier: MIT */
/* Makes a schema stand alone. */
#ifndef OMADM_FRAMEWORK_ALLOWED_SCHEMA_IMPORTS_H
#define OMADM_FRAMEWORK_ALLOWED_SCHEMA_IMPORTS_H

#include <stdbool.h>
#include <stddef.h>

#include <libxml/tree.h>

enum { SCHEMA_MAX_SPACES = 16 };

/* The namespaces from which a schema takes elements, and its own. */
typedef struct schema_spaces {
  xmlChar *own; /* NULL: none */
  xmlChar *foreign[SCHEMA_MAX_SPACES];
  size_t n;
  bool full, no_memory;
} schema_spaces;

/*
 * Takes out what would read another document (import, include, redefine). A reference to an element
 * of another namespace becomes an element of the schema's own with a name that tells both, and any
 * content; one to an attribute lets its element have any attribute of other namespaces. Returns how
 * many places were changed. The caller disposes of *spaces in each case.
 */
int schema_imports_cut(xmlDoc *doc, schema_spaces *spaces);
/* Gives the elements of a value that are from these namespaces the same names, and empties them. */
void schema_imports_rename(xmlDoc *value, const schema_spaces *spaces);
void schema_imports_dispose(schema_spaces *spaces);

#endif
