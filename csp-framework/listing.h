/* SPDX-License-Identifier: MIT */
/* Lists of children, which are handed out one by one. */
#ifndef OMADM_FRAMEWORK_LISTING_H
#define OMADM_FRAMEWORK_LISTING_H

#include "csp-framework/dispatch.h"

/* The CSP has named the instances; call NULL: it failed or was given up. */
void listing_filled(omadm_framework *fw, fw_listing *listing, fw_call *call);
/* The tree changed: lists are made anew. */
void listing_forget(omadm_framework *fw);
void listing_dispose(omadm_framework *fw);

/* What is left of the names of a call's list, each after its length. */
typedef struct listing_names {
  omadm_str rest;
} listing_names;
/* The next name; false at the end. */
bool listing_next(listing_names *names, omadm_str *name);

/* Counts the instances that the node `up` levels above `node` has of its unnamed child, up to
 * `most`; waits for a CSP that answers late. 200 or the failure. */
omadm_status listing_count(omadm_framework *fw, const fw_node *node, size_t up, uint32_t most,
                           uint32_t *count);

/* Slot of the tree port. */
omadm_status tree_list(void *ctx, const omadm_origin *origin, const omadm_node *node,
                       uint64_t *cursor, omadm_answer *answer);

#endif
