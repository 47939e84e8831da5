/* SPDX-License-Identifier: MIT */
/* omadm csp new: what the templates of cli/csp_new/ are filled with. */
#ifndef OMADM_CLI_CSP_NEW_H
#define OMADM_CLI_CSP_NEW_H

#include <omadm/ddf.h>

#include <stdbool.h>

/* What @NAME@ of a template becomes. A part whose text is not empty is also true for "@if NAME". */
typedef struct csp_part {
  const char *name;
  omadm_buf text;
} csp_part;

enum { CSP_PARTS = 32 };

typedef struct csp_parts {
  csp_part part[CSP_PARTS];
  size_t n;
} csp_parts;

/* Fills *parts for a CSP of that name and DDF. Dispose with csp_parts_dispose in any case. */
omadm_err csp_parts_make(csp_parts *parts, const char *name, const omadm_ddf *ddf);
void csp_parts_dispose(csp_parts *parts);
/* Empty where there is no part of that name. */
omadm_str csp_parts_get(const csp_parts *parts, omadm_str name);
/* A new part, empty. */
omadm_buf *csp_parts_add(csp_parts *parts, const char *name);

/* Part of the above: the names of the nodes in C, as cmake/nodes.cmake makes them, one for each;
 * and of the session that is played, which node is read and what the answer is. */
omadm_err csp_names_make(const omadm_ddf *ddf, const char *prefix, char ***names);
void csp_names_free(char **names);
/* Appends the value that a leaf has until one is set: one that its DDF allows, where one was found.
 */
omadm_err csp_initial_value(const omadm_ddf *ddf, const omadm_ddf_node *node, omadm_buf *out);
omadm_err csp_session_make(csp_parts *parts, const omadm_ddf *ddf);

#endif
