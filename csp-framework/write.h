/* SPDX-License-Identifier: MIT */
/* A large value that comes in pieces: slots of the tree port. What the verb would refuse is refused
 * at the beginning; at the end it is looked at again, for the tree may have changed. */
#ifndef OMADM_FRAMEWORK_WRITE_H
#define OMADM_FRAMEWORK_WRITE_H

#include "csp-framework/core.h"

omadm_status tree_write_begin(void *ctx, const omadm_origin *origin, const omadm_node *node,
                              omadm_verb verb, const omadm_value *head, uint64_t size,
                              omadm_answer *answer);
omadm_status tree_write_append(void *ctx, omadm_str octets);
omadm_status tree_write_end(void *ctx, int commit, omadm_answer *answer);
void write_dispose(omadm_framework *fw);

#endif
