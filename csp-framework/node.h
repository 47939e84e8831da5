/* SPDX-License-Identifier: MIT */
/* Keeping nodes beyond the ring. */
#ifndef OMADM_FRAMEWORK_NODE_H
#define OMADM_FRAMEWORK_NODE_H

#include "csp-framework/core.h"

/* A copy of the node `up` levels above `node`, in the arena. */
omadm_err node_copy(omadm_arena *arena, const fw_node *node, size_t up, fw_node *copy);

#endif
