/* SPDX-License-Identifier: MIT */
/* Taking changes back: the steps of the way back, and a whole transaction. */
#ifndef OMADM_FRAMEWORK_UNDO_H
#define OMADM_FRAMEWORK_UNDO_H

#include "csp-framework/txn.h"

/* Keeps a step of the way back of what was done; the step is copied. `row` is that of the journal,
 * or NULL. `unsure`: whether it was done is not known. NOMEM. */
omadm_err undo_add(fw_txn *txn, const txn_step *step, const txn_row *row, bool unsure);

/* Calls the verb that takes a change back, and waits for it as long as a roll-back may take. `ask`:
 * looks first, and does nothing where the node shows that the change was not made, or is taken back
 * already. Where the CSP's process ends meanwhile it looks and tries once more. The status of a
 * success: all is as it was. */
omadm_status undo_replay(omadm_framework *fw, uint64_t number, const txn_step *step, bool ask);

/* Replays the way back down to `until`, which stays. False where a step failed: its member says
 * 516, its CSP is broken, and the rest of its way stays in the journal. */
bool undo_to(omadm_framework *fw, fw_txn *txn, txn_undo *until);
/* The steps of a CSP whose late change has ended after the transaction; the rows go. */
bool undo_late(omadm_framework *fw, fw_txn *txn, const fw_csp *csp);

/* Its changes are refused from now on. */
void undo_failed(omadm_framework *fw, uint64_t number, fw_csp *csp, const char *what,
                 omadm_status status);

#endif
