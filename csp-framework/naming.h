/* SPDX-License-Identifier: MIT */
/* MSFT:DynamicNodeNaming: may an instance have that name? */
#ifndef OMADM_FRAMEWORK_NAMING_H
#define OMADM_FRAMEWORK_NAMING_H

#include "csp-framework/core.h"

/* The name of the node `up` levels above `node`, which is to be made. 200; 405 where it is one of
 * an unnamed node whose names have to match a pattern (UniqueName) or to be one of its
 * AllowedValues, and this one is not. Who chooses the names otherwise is said by AccessType. */
omadm_status naming_check(omadm_framework *fw, const fw_node *node, size_t up,
                          omadm_answer *answer);

#endif
