/* SPDX-License-Identifier: MIT */
/* XML schemas of DDFs, through libxml2. Immutable; any thread may validate. */
#ifndef OMADM_FRAMEWORK_ALLOWED_SCHEMA_H
#define OMADM_FRAMEWORK_ALLOWED_SCHEMA_H

#include <stdbool.h>

#include <omadm/status.h>
#include <omadm/types.h>

typedef struct schema schema;

/*
 * Compiles a schema. What it would import or include is neither fetched nor read: elements and
 * attributes from there are allowed with any content, and *partly is set. OK; SYNTAX or LIMIT and
 * in `why` the rest of a sentence that begins with the schema; NOMEM. Owned by the caller, free
 * with schema_free.
 */
omadm_err schema_new(omadm_str text, schema **made, bool *partly, char *why, size_t size);
void schema_free(schema *s);
/* How much work it was to compile, as schema_bounds.h counts it. */
size_t schema_size(const schema *s);

/* Is this a document that the schema accepts? 200; 415 and in `why` the rest of a sentence; 413
 * where the length of a text is all that is against it; 500. */
omadm_status schema_validate(const schema *s, omadm_str text, char *why, size_t size);

#endif
