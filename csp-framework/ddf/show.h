/* SPDX-License-Identifier: MIT */
/* The words that both explanations of a DDF use. */
#ifndef OMADM_FRAMEWORK_DDF_SHOW_H
#define OMADM_FRAMEWORK_DDF_SHOW_H

#include <omadm/ddf.h>

/* Appends "ZeroOrOne", "OneOrN 5" …; NOMEM or LIMIT of the buffer. */
omadm_err ddf_show_occurrence(const omadm_ddf_node *node, omadm_buf *out);
/* The names of the access bits, by bit number. */
enum { DDF_ACCESS_COUNT = 6 };
extern const char *const ddf_access_names[DDF_ACCESS_COUNT];
/* "server", "client", "pattern"; "" for ANY. */
const char *ddf_naming_text(omadm_naming naming);

#endif
