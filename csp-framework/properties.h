/* SPDX-License-Identifier: MIT */
/* Properties by ?prop= (OMA-TS-DM_TND 7), for nodes of every CSP. Slots of the tree port. */
#ifndef OMADM_FRAMEWORK_PROPERTIES_H
#define OMADM_FRAMEWORK_PROPERTIES_H

#include "csp-framework/core.h"

omadm_status tree_prop_get(void *ctx, const omadm_origin *origin, const omadm_node *node,
                           omadm_str property, omadm_answer *answer);
omadm_status tree_prop_set(void *ctx, const omadm_origin *origin, const omadm_node *node,
                           omadm_str property, omadm_str value, omadm_answer *answer);
/* Would the value be accepted, also of a node that is still to be made? 200, or why not. */
omadm_status properties_check(omadm_framework *fw, const omadm_origin *origin,
                              const omadm_node *node, omadm_str property, omadm_str value,
                              omadm_answer *answer);

#endif
