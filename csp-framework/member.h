/* SPDX-License-Identifier: MIT */
/* An operation as a member of a transaction: how it comes in, what takes it back, how it leaves. */
#ifndef OMADM_FRAMEWORK_MEMBER_H
#define OMADM_FRAMEWORK_MEMBER_H

#include "csp-framework/op.h"

/* Puts the operation into the open Atomic or into a transaction of its own. 503 while another one
 * is under way. */
omadm_status member_enter(omadm_framework *fw, fw_op *op);
/* The way back of a plugin that does not stage leads over the value that it had: is it to be read
 * before the change? */
bool member_wants_before(const fw_op *op);
/* Keeps that value. LIMIT: the CSP could not be given it back. */
omadm_err member_keep_before(omadm_framework *fw, fw_op *op);
/* Before the slot of a step that changes something: the way back goes into the journal, where the
 * transaction is of more than this call, or `always`. */
omadm_err member_journal(omadm_framework *fw, fw_op *op, bool always);
/* Keeps the way back of the step that was done, or, `unsure`, perhaps. NOMEM. */
omadm_err member_keep_undo(fw_op *op, bool unsure);
/* The operation has ended with that status, which may become another one. */
void member_leave(omadm_framework *fw, fw_op *op, omadm_status *status);
/* Ends its own transaction. */
void member_end_own(omadm_framework *fw, fw_op *op);

static inline fw_csp *member_csp(const fw_op *op) {
  return op->node.mount->csp;
}

static inline bool member_changes(const fw_op *op) {
  return op->verb == OMADM_VERB_ADD || op->verb == OMADM_VERB_REPLACE ||
         op->verb == OMADM_VERB_DELETE || op->verb == OMADM_VERB_RENAME;
}

#endif
