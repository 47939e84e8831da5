/* SPDX-License-Identifier: MIT */
/* Copy: a Replace whose value is read from another leaf, perhaps of another CSP
 * (OMA-TS-DM_RepPro 6.6.4). */
#ifndef OMADM_FRAMEWORK_COPY_H
#define OMADM_FRAMEWORK_COPY_H

#include "csp-framework/op.h"

/* Slot of the tree port. */
omadm_status tree_copy(void *ctx, const omadm_origin *origin, const omadm_node *source,
                       const omadm_node *target, omadm_answer *answer);

/* STEP_SOURCE was answered with 200: its value becomes that of the operation. 200; 403: the target
 * does not take it; 420, 500, 510. */
omadm_status copy_take(omadm_framework *fw, fw_op *op);

#endif
