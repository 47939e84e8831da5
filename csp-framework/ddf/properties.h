/* SPDX-License-Identifier: MIT */
/* DFProperties and what stands beside them, as fields of a node. */
#ifndef OMADM_FRAMEWORK_DDF_PROPERTIES_H
#define OMADM_FRAMEWORK_DDF_PROPERTIES_H

#include <omadm/ddf.h>

#include "csp-framework/ddf/document.h"

/* What of a Node element describes its properties; any may be NULL. */
typedef struct ddf_source {
  const xmlNode *node; /* the Node element itself */
  const xmlNode *df_properties;
  const xmlNode *rt_properties;
  const xmlNode *value;
  bool has_children;
} ddf_source;

/*
 * Fills all of *node but name, links and line; its parent is known. Rules for values go to
 * ddf->allowed. Strings are copied into the DDF's arena. Complains; fails only for NOMEM.
 */
omadm_err ddf_properties_read(ddf_document *document, omadm_ddf *ddf, const ddf_source *source,
                              omadm_ddf_node *node);

#endif
