/* SPDX-License-Identifier: MIT */
/* What a DDF says, as phrases for a person. All append to a buffer and answer as it does: NOMEM or
 * LIMIT. */
#ifndef OMADM_FRAMEWORK_DDF_PHRASE_H
#define OMADM_FRAMEWORK_DDF_PHRASE_H

#include <stdbool.h>

#include <omadm/ddf.h>

enum { DDF_PHRASE_SHORT = 60 }; /* characters of a text in a line that tells of other things too */

/* The text in quotes on one line, cut where it is longer than `most` characters; 0: never. */
omadm_err ddf_phrase_quoted(omadm_str text, size_t most, omadm_buf *out);
/* Words, with single blanks between them, on one line. */
omadm_err ddf_phrase_words(omadm_str text, size_t most, omadm_buf *out);
/* The same in lines that begin at a column; the first is where the buffer stands. */
omadm_err ddf_phrase_lines(omadm_str text, size_t column, omadm_buf *out);
/* The ranges of a rule: "1 to 5 or 9". */
omadm_err ddf_phrase_ranges(omadm_str text, omadm_buf *out);
/* What a list is joined by. */
omadm_err ddf_phrase_delimiter(omadm_str delimiter, omadm_buf *out);

/* True where the rule says something that ddf_phrase_allowed tells. */
bool ddf_phrase_has_rule(const omadm_ddf_allowed *allowed);
/* The rule in one line; with brief a few of its choices. */
omadm_err ddf_phrase_allowed(const omadm_ddf_allowed *allowed, bool brief, omadm_buf *out);
/* What must hold elsewhere for one group: "./A is 1 and ./B is not 2". */
omadm_err ddf_phrase_group(const omadm_ddf *ddf, const omadm_ddf_group *group, bool brief,
                           omadm_buf *out);

#endif
