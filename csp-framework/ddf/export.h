/* SPDX-License-Identifier: MIT */
/* Writing DDF. */
#ifndef OMADM_FRAMEWORK_DDF_EXPORT_H
#define OMADM_FRAMEWORK_DDF_EXPORT_H

#include <omadm/ddf.h>

/* What stands before the first Node, and after the last. */
omadm_err ddf_export_begin(omadm_str diagnostics, omadm_buf *out);
omadm_err ddf_export_end(omadm_buf *out);
/*
 * A node and all below it as a root at `path`, by that name (an unnamed node needs one). What it
 * has from nodes above it, its Applicability, AtomicRequired and the rule for letter case, becomes
 * its own.
 */
omadm_err ddf_export_node(const omadm_ddf *ddf, uint32_t node, omadm_str path, omadm_str name,
                          omadm_buf *out);

#endif
