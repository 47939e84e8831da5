/* SPDX-License-Identifier: MIT */
#include "csp-framework/cancel.h"

#include "csp-framework/dispatch.h"
#include "csp-framework/exec.h"
#include "csp-framework/listing.h"
#include "csp-framework/member.h"
#include "csp-framework/slow.h"
#include "csp-framework/undo.h"

static void log_end(omadm_framework *fw, const fw_op *op, bool undone) {
  const fw_csp *csp = member_csp(op);
  bool kept = op->verb == OMADM_VERB_ADD || op->verb == OMADM_VERB_RENAME || op->has_before;
  bool gone = undone && (kept || csp->staging);
  fw_log(fw, gone ? OMADM_LOG_WARN : OMADM_LOG_ERROR,
         "%s: a change that was given up succeeded later and %s", csp->name,
         gone ? "was taken back" : "could not be taken back");
}

/* Its transaction has ended before it. */
static bool let_go(omadm_framework *fw, fw_op *op) {
  op->held = false;
  op->txn->holders--;
  bool undone = undo_late(fw, op->txn, member_csp(op));
  txn_free(fw, op->txn);
  return undone;
}

void cancel_ended(omadm_framework *fw, fw_op *op, omadm_status status) {
  bool changes = op->step >= STEP_ABOVE;
  bool success = changes && omadm_status_is_success(status);
  bool perhaps = changes && !success && op->call->died;
  if (op->busy) member_csp(op)->busy--;
  if (op->txn != NULL) {
    bool undone = !(success || perhaps) || member_keep_undo(op, perhaps) == OMADM_OK;
    undone = (op->held ? let_go(fw, op) : undo_to(fw, op->txn, op->undo)) && undone;
    if (op->own_txn) undone = txn_rollback(fw, op->txn) && undone;
    if (op->own_txn) txn_free(fw, op->txn);
    if (success) log_end(fw, op, undone);
  }
  dispatch_free(fw, op->call);
  op_drop(fw, op);
}

bool cancel_wait(omadm_framework *fw, fw_txn *txn) {
  bool all = true;
  const fw_op *change = op_change(fw);
  if (change != NULL && change->txn == txn && !change->own_txn) tree_cancel(fw, change->token);
  for (fw_op *op = fw->ops, *next; op != NULL; op = next) {
    next = op->next;
    if (op->txn != txn || op->own_txn || op->held) continue;
    omadm_status status = dispatch_wait(fw, op->call, fw->config.limits.cancel_time);
    if (status != OMADM_ST_PENDING) {
      cancel_ended(fw, op, status);
      continue;
    }
    all = false;
    op->held = true;
    txn->holders++;
    txn->rest = OMADM_ST_ROLLBACK_FAILED;
    fw_log(fw, OMADM_LOG_ERROR,
           "%s: a change that was given up does not end; until it does the CSP's changes are "
           "refused, and what it changed in transaction %llu stays",
           member_csp(op)->name, (unsigned long long)txn->number);
  }
  return all;
}

/* An Exec outside of transactions goes on, and an alert tells its end. */
static void tell_later(omadm_framework *fw, fw_op *op) {
  op->call->op = NULL;
  exec_told(fw, op->call, op, true);
  dispatch_accept(fw, op->call);
  op_drop(fw, op);
}

/* The server is told that it failed: a crash before its end must not leave it done. */
static void keep_way_back(omadm_framework *fw, fw_op *op) {
  if (op->step >= STEP_ABOVE && op->row == NULL && member_journal(fw, op, true) != OMADM_OK)
    fw_log(fw, OMADM_LOG_ERROR, "%s: the way back of a change that is given up could not be noted",
           member_csp(op)->name);
}

/* Another CSP may be asked than the one whose node it is. */
static void tell_cancel(omadm_framework *fw, const fw_call *call) {
  fw_csp *csp = call->csp;
  dispatch_give_up(fw, call);
  if (csp->slots->cancel == NULL) return;
  int64_t began = slow_begin();
  csp->slots->cancel(csp->self, call->token);
  SLOW_END(csp, cancel, began);
}

void tree_cancel(void *ctx, omadm_token token) {
  omadm_framework *fw = ctx;
  fw_op *op = fw->ops;
  while (op != NULL && op->token != token)
    op = op->next;
  if (op == NULL || op->cancelled) return;
  fw_csp *csp = member_csp(op);
  if (op->verb == OMADM_VERB_EXEC && op->txn == NULL && op->step == STEP_SELF) {
    tell_later(fw, op);
    return;
  }
  if (op->verb == OMADM_VERB_EXEC && op->txn == NULL) exec_never(fw, op);
  if (op->listing != NULL) listing_filled(fw, op->listing, NULL);
  op->listing = NULL;
  if (op->txn != NULL) overlay_undo(&fw->overlay, op->mark);
  if (csp->stored) { /* that was all; its answer waits in the late host only */
    op->call->op = NULL;
    if (!op->call->csp->stored) tell_cancel(fw, op->call); /* it only reads */
    member_end_own(fw, op);
    op_drop(fw, op);
    return;
  }
  op->cancelled = true;
  op->busy = op->txn != NULL;
  if (op->busy) csp->busy++;
  if (op->busy) keep_way_back(fw, op);
  if (op->own_txn) op->txn->mark = op->txn->fresh = OVERLAY_ALL; /* what comes now is of others */
  if (op->own_txn) overlay_bound(&fw->overlay, SIZE_MAX);
  tell_cancel(fw, op->call);
}

void op_forget(omadm_framework *fw, omadm_token token) {
  fw_op *op = fw->ops;
  while (op != NULL && op->token != token)
    op = op->next;
  if (op != NULL) op->told = NULL;
  tree_cancel(fw, token);
}
