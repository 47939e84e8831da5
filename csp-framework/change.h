/* SPDX-License-Identifier: MIT */
/* The verbs: what the DDF decides before a CSP is asked. Slots of the tree port. */
#ifndef OMADM_FRAMEWORK_CHANGE_H
#define OMADM_FRAMEWORK_CHANGE_H

#include "csp-framework/core.h"

/* What the DDF says to an Add, Replace or Exec of that node: 200 and an operation to be started, or
 * dropped; else the answer. Spans of the value are borrowed by the operation. */
omadm_status change_prepare(omadm_framework *fw, const omadm_origin *origin, const fw_node *n,
                            omadm_verb verb, const omadm_value *value, fw_op **op,
                            omadm_answer *answer);

omadm_status tree_get(void *ctx, const omadm_origin *origin, const omadm_node *node,
                      omadm_answer *answer);
omadm_status tree_add(void *ctx, const omadm_origin *origin, const omadm_node *node,
                      const omadm_value *value, omadm_answer *answer);
omadm_status tree_replace(void *ctx, const omadm_origin *origin, const omadm_node *node,
                          const omadm_value *value, omadm_answer *answer);
omadm_status tree_remove(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         omadm_answer *answer);
omadm_status tree_exec(void *ctx, const omadm_origin *origin, const omadm_node *node,
                       const omadm_value *value, omadm_answer *answer);
omadm_status tree_check(void *ctx, const omadm_origin *origin, const omadm_node *node,
                        omadm_verb verb, omadm_str property, const omadm_value *value,
                        omadm_answer *answer);
omadm_status tree_enlist(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         omadm_verb verb, omadm_answer *answer);

#endif
