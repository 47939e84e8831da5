/* SPDX-License-Identifier: MIT */
#include "csp-framework/member.h"

#include "csp-framework/journal.h"
#include "csp-framework/owners.h"
#include "csp-framework/undo.h"
#include "csp-framework/upkeep.h"
#include "csp-framework/value.h"

bool member_wants_before(const fw_op *op) {
  const fw_csp *csp = member_csp(op);
  const omadm_ddf_node *d = fw_described(&op->node);
  bool replaces = op->verb == OMADM_VERB_REPLACE || op->verb == OMADM_VERB_DELETE;
  if (csp->stored || csp->staging || !replaces) return false;
  return !fw_is_interior(d) && (d->access & OMADM_ACCESS_GET) != 0 && csp->slots->get != NULL;
}

omadm_status member_enter(omadm_framework *fw, fw_op *op) {
  bool needs = member_changes(op) || (op->verb == OMADM_VERB_EXEC && fw->txn != NULL);
  if (!needs) return OMADM_ST_OK;
  if (!txn_is_free(fw, op->server_id, op->session_id)) return OMADM_ST_UNAVAILABLE;
  omadm_status room = txn_relieve(fw);
  if (room != OMADM_ST_OK) return room;
  op->txn = fw->txn;
  if (op->txn == NULL) {
    op->txn = txn_new(fw, false);
    if (op->txn == NULL) return OMADM_ST_FAILED;
    op->own_txn = true;
    /* All rows of a subtree move at once. (What a Delete needs it gives back.) */
    if (op->verb == OMADM_VERB_RENAME) overlay_bound(&fw->overlay, fw->config.limits.transaction);
  }
  op->mark = overlay_mark(&fw->overlay);
  op->undo = op->txn->undo;
  return txn_join(fw, op->txn, member_csp(op));
}

omadm_err member_keep_before(omadm_framework *fw, fw_op *op) {
  omadm_str before = {NULL, 0};
  omadm_err err = value_keep_before(fw, op, &before);
  if (err != OMADM_OK) return err;
  op->before = before;
  op->has_before = true;
  return OMADM_OK;
}

/* How the step that comes, or was done, is taken back. False: it cannot be, or need not. */
static bool way_back(const fw_op *op, txn_step *back) {
  if (op->txn == NULL || member_csp(op)->stored) return false;
  bool above = op->step == STEP_ABOVE;
  *back = (txn_step){.verb = OMADM_VERB_DELETE,
                     .node = &op->node,
                     .up = above ? op->up : 0,
                     .format = above ? OMADM_FORMAT_NODE : fw_described(&op->node)->format,
                     .value = {"", 0}};
  if (above || op->verb == OMADM_VERB_ADD) return true;
  if (op->verb == OMADM_VERB_RENAME) { /* the name that it had is the value */
    back->verb = OMADM_VERB_RENAME;
    back->node = op->renamed;
    back->value = fw_segment(&op->node, op->node.n - 1);
    return true;
  }
  back->verb = op->verb == OMADM_VERB_REPLACE ? OMADM_VERB_REPLACE : OMADM_VERB_ADD;
  back->value = op->before;
  back->large = op->large_before;
  return op->has_before;
}

/* Does the transaction hold more than this one call of a slot? Nodes above are further calls; what
 * moves with a node, and the ACL of a new one, stands in the store. */
static bool is_part(const fw_op *op) {
  return op->txn->atomic || op->made > 0 || op->verb == OMADM_VERB_RENAME ||
         (op->verb == OMADM_VERB_ADD && op->acl.len > 0);
}

omadm_err member_journal(omadm_framework *fw, fw_op *op, bool always) {
  txn_step back;
  op->row = NULL;
  if (!way_back(op, &back) || member_csp(op)->staging || !(always || is_part(op))) return OMADM_OK;
  return journal_write(fw, op->txn, &back, &op->row);
}

/* The store needs none, and one that stages only inside of this operation. */
omadm_err member_keep_undo(fw_op *op, bool unsure) {
  txn_step back;
  return way_back(op, &back) ? undo_add(op->txn, &back, op->row, unsure) : OMADM_OK;
}

/* Properties follow the change. What is kept for them alone makes no second participant of a CSP
 * that commits by itself; where nodes move, all must move together. */
static omadm_err keep_up(omadm_framework *fw, const fw_op *op) {
  size_t mark = overlay_mark(&fw->overlay);
  bool counted = op->verb == OMADM_VERB_REPLACE && member_csp(op)->stored; /* by its row */
  omadm_err err = counted ? owners_after(fw, op) : upkeep_after(fw, op);
  if (op->verb != OMADM_VERB_RENAME) op->txn->upkeep += overlay_mark(&fw->overlay) - mark;
  return err;
}

void member_end_own(omadm_framework *fw, fw_op *op) {
  if (!op->own_txn) return;
  overlay_bound(&fw->overlay, SIZE_MAX);
  txn_free(fw, op->txn);
  op->own_txn = false;
}

void member_leave(omadm_framework *fw, fw_op *op, omadm_status *status) {
  fw_txn *txn = op->txn;
  if (txn == NULL) return;
  bool success = omadm_status_is_success(*status);
  size_t upkeep = txn->upkeep;
  omadm_err kept = success ? keep_up(fw, op) : OMADM_OK;
  if (kept != OMADM_OK) {
    success = false;
    *status = kept == OMADM_E_LIMIT ? OMADM_ST_TOO_LARGE : OMADM_ST_FAILED;
  }
  if (success && !op->own_txn && txn_add_member(fw, txn, member_csp(op)) != 0) {
    success = false;
    *status = OMADM_ST_FAILED;
  }
  if (success && member_csp(op)->staging)
    txn->undo = op->undo; /* its roll-back takes back all of it */
  size_t member = 0;
  if (success && op->own_txn) {
    omadm_status committed = txn_commit(fw, txn, &member);
    if (committed != OMADM_ST_OK) *status = committed;
  } else if (!success) {
    undo_to(fw, txn, op->undo);
    if (op->own_txn) txn_rollback(fw, txn);
    overlay_undo(&fw->overlay, op->mark);
    txn->upkeep = upkeep;
  }
  if (op->own_txn) overlay_accept(&fw->overlay);
  member_end_own(fw, op);
  op->txn = NULL;
}
