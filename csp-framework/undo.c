/* SPDX-License-Identifier: MIT */
#include "csp-framework/undo.h"

#include "csp-framework/cancel.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/journal.h"
#include "csp-framework/listing.h"
#include "csp-framework/node.h"
#include "csp-framework/op.h"
#include "csp-framework/request.h"
#include "csp-framework/resolve.h"
#include "csp-framework/slow.h"
#include "csp-framework/values.h"

omadm_err undo_add(fw_txn *txn, const txn_step *step, const txn_row *row, bool unsure) {
  txn_undo *u = omadm_arena_new(&txn->arena, 1, sizeof *u);
  if (u == NULL || node_copy(&txn->arena, step->node, step->up, &u->node) != OMADM_OK)
    return OMADM_E_NOMEM;
  u->step = *step;
  u->step.node = &u->node;
  u->step.up = 0;
  u->step.value = omadm_arena_copy(&txn->arena, step->value);
  if (u->step.value.ptr == NULL) return OMADM_E_NOMEM;
  txn->octets += sizeof *u + step->value.len;
  u->member = txn->n_members;
  u->row = row;
  u->unsure = unsure;
  u->done = false;
  u->older = txn->undo;
  txn->undo = u;
  return OMADM_OK;
}

/* Has the leaf that value? A CSP may refuse it now, as it refused the change. */
static bool has_value(omadm_framework *fw, const txn_step *step) {
  omadm_csp_request request;
  fw_csp *csp = step->node->mount->csp;
  if (step->large != NULL || csp->slots->get == NULL) return false;
  fw_call *call = dispatch_new(fw, csp);
  if (call == NULL) return false;
  omadm_status status = OMADM_ST_FAILED;
  if (request_fill(fw, step->node, 0, &request) == OMADM_OK)
    status = dispatch_run(fw, call, OMADM_VERB_GET, &request, true);
  if (status == OMADM_ST_PENDING) status = dispatch_wait(fw, call, fw->config.limits.cancel_time);
  bool same = status == OMADM_ST_OK && call->large == NULL &&
              omadm_str_equal(omadm_buf_str(&call->value), step->value);
  if (status != OMADM_ST_PENDING) dispatch_free(fw, call); /* else it ends by its completion */
  return same;
}

/* Is there something to take back? An Add takes nothing back where the node is there, any other
 * verb where it is not, and a Replace where the value is the one it was. 200, or why nobody knows.
 */
static omadm_status look(omadm_framework *fw, const txn_step *step, bool *due) {
  omadm_buf uri;
  fw_slot *slot = NULL;
  omadm_buf_init(&uri, &fw->mem, 0);
  omadm_status status = OMADM_ST_FAILED;
  if (request_write_uri(fw, step->node, 0, &uri) == OMADM_OK)
    status = resolve_text(fw, omadm_buf_str(&uri), false, &slot);
  omadm_buf_dispose(&uri);
  *due = status == (step->verb == OMADM_VERB_ADD ? OMADM_ST_NOT_FOUND : OMADM_ST_OK);
  if (*due && step->verb == OMADM_VERB_REPLACE) *due = !has_value(fw, step);
  return status == OMADM_ST_NOT_FOUND ? OMADM_ST_OK : status;
}

/* *died: the CSP's process ended meanwhile, and nobody knows. */
static omadm_status replay(omadm_framework *fw, uint64_t number, const txn_step *step, bool ask,
                           bool *died) {
  omadm_csp_request request;
  bool due = true;
  omadm_status status = ask ? look(fw, step, &due) : OMADM_ST_OK;
  *died = ask && status == OMADM_ST_FAILED;
  if (status != OMADM_ST_OK || !due) return status;
  fw_call *call = dispatch_new(fw, step->node->mount->csp);
  if (call == NULL) return OMADM_ST_FAILED;
  if (request_fill(fw, step->node, 0, &request) != 0) {
    dispatch_free(fw, call);
    return OMADM_ST_FAILED;
  }
  request.transaction = number;
  request.format = step->format;
  request.type = fw_described(step->node)->type;
  request.value = step->value;
  request.value_size = step->large != NULL ? values_size(step->large) : step->value.len;
  call->given = values_use(step->large);
  request.has_value = 1;
  request.name = step->verb == OMADM_VERB_RENAME ? step->value : (omadm_str){NULL, 0};
  status = dispatch_run(fw, call, step->verb, &request, true);
  if (status == OMADM_ST_PENDING) status = dispatch_wait(fw, call, fw->config.limits.cancel_time);
  *died = call->died;
  if (status != OMADM_ST_PENDING) dispatch_free(fw, call); /* else it ends by its completion */
  return status;
}

omadm_status undo_replay(omadm_framework *fw, uint64_t number, const txn_step *step, bool ask) {
  bool died = false;
  omadm_status status = replay(fw, number, step, ask, &died);
  if (!omadm_status_is_success(status) && died) status = replay(fw, number, step, true, &died);
  return status;
}

void undo_failed(omadm_framework *fw, uint64_t number, fw_csp *csp, const char *what,
                 omadm_status status) {
  csp->broken = true;
  fw_log(fw, OMADM_LOG_ERROR,
         "%s: %s of transaction %llu ended with %u; its changes are refused until the next start",
         csp->name, what, (unsigned long long)number, status);
}

/* What could not be taken back now is tried again at the next start. */
static void keep_row(omadm_framework *fw, fw_txn *txn, const txn_undo *u) {
  const txn_row *row = u->row;
  if (row == NULL &&
      (u->step.node->mount->csp->staging || journal_write(fw, txn, &u->step, &row) != OMADM_OK))
    return;
  journal_keep(txn, row);
}

/* What is told of the change that the step belongs to. */
static omadm_status *outcome_of(fw_txn *txn, const txn_undo *u) {
  return u->member < txn->n_members ? &txn->members[u->member].undone : &txn->rest;
}

static bool take_back(omadm_framework *fw, fw_txn *txn, txn_undo *u) {
  if (u->done) return true;
  u->done = true;
  omadm_status status = undo_replay(fw, txn->number, &u->step, u->unsure);
  if (omadm_status_is_success(status)) return true;
  undo_failed(fw, txn->number, u->node.mount->csp, "taking back a change", status);
  keep_row(fw, txn, u);
  *outcome_of(txn, u) = OMADM_ST_ROLLBACK_FAILED;
  return false;
}

bool undo_to(omadm_framework *fw, fw_txn *txn, txn_undo *until) {
  bool done = true;
  for (; txn->undo != until; txn->undo = txn->undo->older)
    done = take_back(fw, txn, txn->undo) && done;
  return done;
}

bool undo_late(omadm_framework *fw, fw_txn *txn, const fw_csp *csp) {
  bool done = true;
  for (txn_undo *u = txn->undo; u != NULL; u = u->older) {
    if (u->node.mount->csp == csp) done = take_back(fw, txn, u) && done;
  }
  journal_drop(fw, txn, csp);
  return done;
}

/* All steps, but those of a CSP that has not ended a change yet: they come when it has. */
static bool undo_all(omadm_framework *fw, fw_txn *txn) {
  bool done = true;
  for (txn_undo *u = txn->undo; u != NULL; u = u->older) {
    if (!op_holds(fw, txn, u->node.mount->csp)) {
      done = take_back(fw, txn, u) && done;
    } else {
      *outcome_of(txn, u) = OMADM_ST_ROLLBACK_FAILED;
    }
  }
  return done;
}

bool txn_rollback(omadm_framework *fw, fw_txn *txn) {
  bool done = cancel_wait(fw, txn);
  done = undo_all(fw, txn) && done;
  for (const txn_part *p = txn->parts; p != NULL; p = p->older) {
    int64_t began = slow_begin();
    omadm_status status = p->csp->slots->rollback(p->csp->self, txn->number);
    SLOW_END(p->csp, rollback, began);
    if (omadm_status_is_success(status)) continue;
    done = false;
    undo_failed(fw, txn->number, p->csp, "the roll-back", status);
    for (size_t i = 0; i < txn->n_members; i++) {
      if (txn->members[i].csp == p->csp) txn->members[i].undone = OMADM_ST_ROLLBACK_FAILED;
    }
  }
  overlay_undo(&fw->overlay, txn->mark);
  values_unmake(fw, txn->fresh);
  journal_drop(fw, txn, NULL);
  listing_forget(fw);
  return done;
}
