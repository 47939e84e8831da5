/* SPDX-License-Identifier: MIT */
/* Finding nodes of a DDF by name. */
#ifndef OMADM_FRAMEWORK_DDF_INDEX_H
#define OMADM_FRAMEWORK_DDF_INDEX_H

#include <stdbool.h>

#include <omadm/ddf.h>

#include "csp-framework/ddf/complaint.h"

/*
 * The named child of a node, in logarithmic time; OMADM_DDF_NONE where there is none. With
 * ignore_case the case of ASCII letters does not count, but a child written exactly so comes before
 * one that is not. Any thread, as all below.
 */
uint32_t omadm_ddf_child(const omadm_ddf *ddf, uint32_t parent, omadm_str name, bool ignore_case);
/* The child without a name, or OMADM_DDF_NONE: what describes all instances that no named child
 * describes. */
uint32_t omadm_ddf_unnamed_child(const omadm_ddf *ddf, uint32_t parent);

/* The child that describes a node of that name: the named one, in the letter case that counts
 * there, or the unnamed one. */
uint32_t omadm_ddf_describing_child(const omadm_ddf *ddf, uint32_t parent, omadm_str name);

/*
 * True where the names below the node are compared without case: as CaseSense of it or of its next
 * ancestor that has one says; where none says, as omadm_ddf_path_ignores_case of the root's path
 * does.
 */
bool omadm_ddf_ignores_case(const omadm_ddf *ddf, uint32_t node);
/* ./Vendor/MSFT, its aliases below ./Device and ./User, and all below them. */
bool omadm_ddf_path_ignores_case(omadm_str path);

/* Appends the URI of the node: the root's path and the names down to it, as they are written; "*"
 * stands for an unnamed node. */
omadm_err omadm_ddf_write_uri(const omadm_ddf *ddf, uint32_t node, omadm_buf *out);

/* For the reader: fills links and entries of a DDF whose nodes are complete. Complains of names
 * that are not unique. */
omadm_err ddf_index_build(omadm_ddf *ddf, ddf_complaints *complaints);

#endif
