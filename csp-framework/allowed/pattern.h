/* SPDX-License-Identifier: MIT */
/* Regular expressions of DDFs, through PCRE2. Immutable; any thread may match. */
#ifndef OMADM_FRAMEWORK_ALLOWED_PATTERN_H
#define OMADM_FRAMEWORK_ALLOWED_PATTERN_H

#include <stdbool.h>

#include <omadm/status.h>
#include <omadm/types.h>

enum { PATTERN_MAX_VALUE = 16 * 1024 }; /* octets that are matched */

typedef struct pattern pattern;

/* OK; SYNTAX, LIMIT or UNSUPPORTED and in `why` the rest of a sentence that begins with the
 * pattern; NOMEM. Owned by the caller, free with pattern_free. */
omadm_err pattern_new(omadm_str text, pattern **made, char *why, size_t size);
void pattern_free(pattern *p);
/* Octets that it holds in memory. */
size_t pattern_size(const pattern *p);

/*
 * Does all of the text match? It is one of so many texts of a value. 200; 415 and *why, the rest of
 * a sentence; 413 where the text is too long to be matched, or the pattern is a length and nothing
 * else, and the text is longer; 500.
 */
omadm_status pattern_match(const pattern *p, omadm_str text, size_t texts, const char **why);

/* Is this a sentence for people, in the place of a pattern? Three words in a row say so. */
bool pattern_is_prose(omadm_str text);

#endif
