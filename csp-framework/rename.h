/* SPDX-License-Identifier: MIT */
/* Another name for a node and all below it (OMA-TS-DM_TND 7.7.4). Slot of the tree port. */
#ifndef OMADM_FRAMEWORK_RENAME_H
#define OMADM_FRAMEWORK_RENAME_H

#include "csp-framework/core.h"

omadm_status tree_rename(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         omadm_str name, omadm_answer *answer);
/* What that would refuse, as far as one can tell beforehand. */
omadm_status rename_check(omadm_framework *fw, const fw_node *node, omadm_str name,
                          omadm_answer *answer);

/* Could the node be one that is renamed at all? */
bool rename_is_possible(const fw_node *node);

#endif
