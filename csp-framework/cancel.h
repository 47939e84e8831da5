/* SPDX-License-Identifier: MIT */
/* Changes that the engine gave up: they end by their completion alone, and are taken back then. */
#ifndef OMADM_FRAMEWORK_CANCEL_H
#define OMADM_FRAMEWORK_CANCEL_H

#include "csp-framework/op.h"

/* A change that was given up has ended after all, with that status. Frees it. */
void cancel_ended(omadm_framework *fw, fw_op *op, omadm_status status);
/* Waits for changes of that transaction that the engine gave up, or gives up hereby. False where
 * one does not end: it holds the transaction, and what its CSP changed there is taken back when it
 * ends. */
bool cancel_wait(omadm_framework *fw, fw_txn *txn);

#endif
