/* SPDX-License-Identifier: MIT */
/* The words that both explanations of a DDF use. */
#ifndef OMADM_FRAMEWORK_DDF_SHOW_H
#define OMADM_FRAMEWORK_DDF_SHOW_H

#include <omadm/ddf.h>

/* Appends "ZeroOrOne", "OneOrN 5" …; NOMEM or LIMIT of the buffer. */
omadm_err ddf_show_occurrence(const omadm_ddf_node *node, omadm_buf *out);
/* Appends "Add Get", or "-". */
omadm_err ddf_show_access(unsigned access, omadm_buf *out);
/* The names of the access bits, by bit number. */
enum { DDF_ACCESS_COUNT = 6 };
extern const char *const ddf_access_names[DDF_ACCESS_COUNT];
/* The schema's words, by omadm_replace_behavior, omadm_reboot_behavior and omadm_conflict. */
extern const char *const ddf_replace_words[];
extern const char *const ddf_reboot_words[];
extern const char *const ddf_conflict_words[];
/* Words for a person, by omadm_reboot_behavior and omadm_conflict. */
extern const char *const ddf_reboot_phrases[];
extern const char *const ddf_conflict_phrases[];
/* "server", "client", "pattern"; "" for ANY. */
const char *ddf_naming_text(omadm_naming naming);

#endif
