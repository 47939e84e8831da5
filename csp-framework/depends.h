/* SPDX-License-Identifier: MIT */
/*
 * MSFT:DependencyBehavior: a node may be changed while other nodes hold certain values. Each of
 * those is read in a step of the operation, one after the other, so that a CSP may answer late, and
 * in an Atomic what it changed counts.
 */
#ifndef OMADM_FRAMEWORK_DEPENDS_H
#define OMADM_FRAMEWORK_DEPENDS_H

#include "csp-framework/op.h"

/* Does a node that the operation changes depend on others: its own, or one that is missing above
 * it, so that it is added, too? The first of them, from above, is to be asked about. */
bool depends_begin(fw_op *op);
/* Asks for the value of the next node: its status; PENDING and op->call. */
omadm_status depends_ask(omadm_framework *fw, fw_op *op);
/* The value is there. True: the next one has to be asked. Else *status is 200, and the operation's
 * rule that of the group that holds; or 405, where none does, and what reading failed with. Then
 * op->enforce.up tells which node's groups were looked at. */
bool depends_take(omadm_framework *fw, fw_op *op, omadm_status *status);

#endif
