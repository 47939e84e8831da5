/* SPDX-License-Identifier: MIT */
#include "csp-framework/op.h"

#include "csp-framework/copy.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/exec.h"
#include "csp-framework/listing.h"
#include "csp-framework/node.h"
#include "csp-framework/request.h"
#include "csp-framework/slow.h"
#include "csp-framework/upkeep.h"
#include "csp-framework/value.h"
#include "csp-framework/values.h"

fw_op *op_new(omadm_framework *fw, const omadm_origin *origin, omadm_verb verb,
              const fw_node *node) {
  fw_op *op = fw->idle_ops;
  if (op != NULL) {
    fw->idle_ops = op->next;
  } else {
    op = omadm_mem_new(&fw->mem, 1, sizeof *op);
    if (op == NULL) return NULL;
  }
  *op = (fw_op){.verb = verb,
                .step = STEP_SELF,
                .node = *node,
                .server_id = origin->server_id,
                .session_id = origin->session_id,
                .correlator = origin->correlator};
  omadm_arena_init(&op->arena, &fw->mem, 0);
  return op;
}

static void op_free(omadm_framework *fw, fw_op *op) {
  if (op->parked) {
    fw_op **at = &fw->ops;
    while (*at != op)
      at = &(*at)->next;
    *at = op->next;
  }
  if (op->arena.block != NULL) omadm_arena_dispose(&op->arena);
  values_leave(fw, op->large);
  op->next = fw->idle_ops;
  fw->idle_ops = op;
}

void op_drop(omadm_framework *fw, fw_op *op) {
  op_free(fw, op);
}

void op_dispose(omadm_framework *fw) {
  while (fw->ops != NULL) {
    fw_op *op = fw->ops;
    if (op->own_txn) txn_free(fw, op->txn);
    op_free(fw, op);
  }
  while (fw->idle_ops != NULL) {
    fw_op *op = fw->idle_ops;
    fw->idle_ops = op->next;
    omadm_mem_free(&fw->mem, op);
  }
}

static fw_csp *csp_of(const fw_op *op) {
  return op->node.mount->csp;
}

static bool is_change(const fw_op *op) {
  return op->verb == OMADM_VERB_ADD || op->verb == OMADM_VERB_REPLACE ||
         op->verb == OMADM_VERB_DELETE || op->verb == OMADM_VERB_RENAME;
}

/* The way back of a plugin that does not stage leads over the value that it had. */
static bool wants_before(const fw_op *op) {
  const fw_csp *csp = csp_of(op);
  const omadm_ddf_node *d = fw_described(&op->node);
  bool replaces = op->verb == OMADM_VERB_REPLACE || op->verb == OMADM_VERB_DELETE;
  if (csp->stored || csp->staging || !replaces) return false;
  return !fw_is_interior(d) && (d->access & OMADM_ACCESS_GET) != 0 && csp->slots->get != NULL;
}

/* Puts the operation into the open Atomic or into a transaction of its own. 503 while another one
 * is under way. */
static omadm_status enter_txn(omadm_framework *fw, fw_op *op) {
  bool needs = is_change(op) || (op->verb == OMADM_VERB_EXEC && fw->txn != NULL);
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
  return txn_join(fw, op->txn, csp_of(op));
}

static omadm_status run_step(omadm_framework *fw, fw_op *op) {
  omadm_csp_request r;
  size_t up = op->step == STEP_ABOVE ? op->up : 0;
  const fw_node *node = op->step == STEP_SOURCE ? op->source : &op->node;
  op->call = dispatch_new(fw, node->mount->csp);
  if (op->call == NULL || request_fill(fw, node, up, &r) != 0) return OMADM_ST_FAILED;
  op->call->op = op;
  r.server_id = op->server_id;
  r.session_id = op->session_id;
  r.correlator = op->correlator;
  r.transaction = op->txn != NULL ? op->txn->number : 0;
  if (op->step == STEP_BEFORE || op->step == STEP_SOURCE)
    return dispatch_run(fw, op->call, OMADM_VERB_GET, &r, false);
  if (op->step == STEP_ABOVE) {
    r.format = OMADM_FORMAT_NODE;
    return dispatch_run(fw, op->call, OMADM_VERB_ADD, &r, false);
  }
  r.format = op->format;
  r.type = op->type;
  r.value = op->data;
  r.value_size = op->large != NULL ? values_size(op->large) : op->data.len;
  r.has_value = op->has_data;
  r.name = op->name;
  op->call->given = values_use(op->large);
  return dispatch_run(fw, op->call, op->verb, &r, false);
}

/* Is the node so many levels above one that has to be added? Permanent ones come with the node
 * above them. */
static bool is_added(const fw_op *op, size_t up) {
  return !ddf_node(csp_of(op)->ddf, request_ddf(&op->node, up))->permanent;
}

static omadm_err keep_before(omadm_framework *fw, fw_op *op) {
  omadm_str before = {NULL, 0};
  omadm_err err = value_keep_before(fw, op, &before);
  if (err != 0) return err;
  op->before = before;
  op->has_before = true;
  return OMADM_OK;
}

/* Keeps the way back of the step that was done. The store needs none, and one that stages only
 * inside of this operation. */
static omadm_err keep_undo(fw_op *op) {
  const omadm_str nothing = {"", 0};
  const omadm_ddf_node *d = fw_described(&op->node);
  if (op->txn == NULL || csp_of(op)->stored) return OMADM_OK;
  if (op->step == STEP_ABOVE)
    return txn_add_undo(op->txn, OMADM_VERB_DELETE, &op->node, op->up, OMADM_FORMAT_NODE, nothing);
  if (op->verb == OMADM_VERB_ADD)
    return txn_add_undo(op->txn, OMADM_VERB_DELETE, &op->node, 0, d->format, nothing);
  if (op->verb == OMADM_VERB_RENAME) /* the name that it had is the value */
    return txn_add_undo(op->txn, OMADM_VERB_RENAME, op->renamed, 0, d->format,
                        fw_segment(&op->node, op->node.n - 1));
  if (!op->has_before) return OMADM_OK;
  omadm_verb back = op->verb == OMADM_VERB_REPLACE ? OMADM_VERB_REPLACE : OMADM_VERB_ADD;
  omadm_err err = txn_add_undo(op->txn, back, &op->node, 0, d->format, op->before);
  if (err == 0) op->txn->undo->large = op->large_before;
  return err;
}

/* A step ended. True where another one follows; else *status is that of the operation. */
static bool next_step(omadm_framework *fw, fw_op *op, omadm_status *status) {
  bool success = omadm_status_is_success(*status);
  omadm_err err = 0;
  if (op->call == NULL) return false;
  if (op->step == STEP_SOURCE) {
    if (success) *status = copy_take(fw, op);
    if (!omadm_status_is_success(*status)) return false;
    dispatch_free(fw, op->call);
    op->call = NULL;
    op->step = wants_before(op) ? STEP_BEFORE : STEP_SELF;
    return true;
  }
  if (op->step == STEP_BEFORE && success) {
    err = keep_before(fw, op);
    /* What cannot be given back whole is as good as not read. */
    if (err == OMADM_E_LIMIT && !op->txn->atomic) err = 0;
    if (err == OMADM_E_LIMIT) {
      *status = OMADM_ST_NOT_SUPPORTED;
      return false;
    }
  } else if (op->step == STEP_BEFORE && op->txn->atomic) {
    fw_log(fw, OMADM_LOG_WARN,
           "%s: the value could not be read before the change (%u), so that it could not be undone",
           csp_of(op)->name, *status);
    *status = OMADM_ST_NOT_SUPPORTED; /* it could not be put back */
    return false;
  } else if (success) {
    err = keep_undo(op);
  }
  if (err != 0) *status = OMADM_ST_FAILED;
  if (err != 0 || op->step == STEP_SELF || (op->step == STEP_ABOVE && !success)) return false;
  dispatch_free(fw, op->call);
  op->call = NULL;
  if (op->step == STEP_ABOVE) {
    do
      op->up--;
    while (op->up > 0 && !is_added(op, op->up));
  }
  if (op->up == 0) op->step = STEP_SELF;
  return true;
}

/* Properties follow the change. What is kept for them alone makes no second participant of a CSP
 * that commits by itself; where nodes move, all must move together. */
static omadm_err keep_up(omadm_framework *fw, const fw_op *op) {
  if (op->verb == OMADM_VERB_REPLACE && csp_of(op)->stored) return OMADM_OK; /* its row counts it */
  size_t mark = overlay_mark(&fw->overlay);
  omadm_err err = upkeep_after(fw, op);
  if (op->verb != OMADM_VERB_RENAME) op->txn->upkeep += overlay_mark(&fw->overlay) - mark;
  return err;
}

static void end_own_txn(omadm_framework *fw, fw_op *op) {
  if (!op->own_txn) return;
  overlay_bound(&fw->overlay, SIZE_MAX);
  txn_free(fw, op->txn);
  op->own_txn = false;
}

static void leave_txn(omadm_framework *fw, fw_op *op, omadm_status *status) {
  fw_txn *txn = op->txn;
  if (txn == NULL) return;
  bool success = omadm_status_is_success(*status);
  size_t upkeep = txn->upkeep;
  omadm_err kept = success ? keep_up(fw, op) : OMADM_OK;
  if (kept != OMADM_OK) {
    success = false;
    *status = kept == OMADM_E_LIMIT ? OMADM_ST_TOO_LARGE : OMADM_ST_FAILED;
  }
  if (success && !op->own_txn && txn_add_member(fw, txn, csp_of(op)) != 0) {
    success = false;
    *status = OMADM_ST_FAILED;
  }
  if (success && csp_of(op)->staging) txn->undo = op->undo; /* its roll-back takes back all of it */
  size_t member = 0;
  if (success && op->own_txn) {
    omadm_status committed = txn_commit(fw, txn, &member);
    if (committed != OMADM_ST_OK) *status = committed;
  } else if (!success) {
    txn_undo_to(fw, txn, op->undo);
    if (op->own_txn) txn_rollback(fw, txn);
    overlay_undo(&fw->overlay, op->mark);
    txn->upkeep = upkeep;
  }
  if (op->own_txn) overlay_accept(&fw->overlay);
  end_own_txn(fw, op);
  op->txn = NULL;
}

/* What a Get says. */
static omadm_status fill_value(omadm_framework *fw, const fw_op *op, omadm_answer *answer) {
  const omadm_ddf_node *d = fw_described(&op->node);
  if (op->call->large != NULL) {
    omadm_status status = values_lend(fw, op->call->large, answer);
    if (status != OMADM_ST_OK) return status;
  } else {
    answer->data = omadm_buf_str(&op->call->value);
  }
  answer->format = d->format;
  answer->type = op->call->type.len > 0 ? omadm_buf_str(&op->call->type) : d->type;
  return OMADM_ST_OK;
}

/* What a Get of the property Size says. */
static omadm_status fill_size(omadm_framework *fw, const fw_op *op, omadm_answer *answer) {
  char room[OMADM_U64_DIGITS];
  const fw_call *call = op->call;
  fw->property_text.len = 0;
  uint64_t size = call->large != NULL ? values_size(call->large) : call->value.len;
  omadm_err err = omadm_buf_add_str(&fw->property_text, omadm_u64_text(size, room));
  answer->data = omadm_buf_str(&fw->property_text);
  return omadm_status_from_err(err);
}

/* An Add that failed at a node above: which (OMA-TS-DM_RepPro 6.6.1). */
static void name_parent(omadm_framework *fw, const fw_op *op, omadm_status status,
                        omadm_answer *answer) {
  if (omadm_status_is_success(status) || op->step != STEP_ABOVE || op->call == NULL) return;
  fw->property_text.len = 0;
  if (request_write_uri(fw, &op->node, op->up, &fw->property_text) == OMADM_OK)
    answer->at = omadm_buf_str(&fw->property_text);
}

/* The operation has ended: its answer, and what becomes of its call. */
static omadm_status finish(omadm_framework *fw, fw_op *op, omadm_status status,
                           omadm_answer *answer) {
  fw_call *call = op->call;
  if (op->verb == OMADM_VERB_GET && status == OMADM_ST_OK && !csp_of(op)->stored)
    status = value_answer(fw, call, fw_described(&op->node), answer);
  if (op->verb == OMADM_VERB_GET && status == OMADM_ST_OK)
    status = op->wants_size ? fill_size(fw, op, answer) : fill_value(fw, op, answer);
  bool success = omadm_status_is_success(status);
  name_parent(fw, op, status, answer);
  leave_txn(fw, op, &status);
  if (is_change(op)) listing_forget(fw);
  answer->quirks = op->quirks;
  if (op->listing != NULL) listing_filled(fw, op->listing, success ? call : NULL);
  if (call == NULL) {
    op_free(fw, op);
    return status;
  }
  call->op = NULL;
  if (op->verb == OMADM_VERB_GET && success) {
    dispatch_lend(fw, call);
  } else if (op->verb == OMADM_VERB_EXEC && success && (!call->completed || call->ended != 0)) {
    call->state = CALL_TOLD;
    exec_told(fw, call, op, status == OMADM_ST_ACCEPTED && call->ended == 0);
    answer->token = call->told_as;
    if (call->ended != 0) exec_ended(fw, call);
  } else {
    dispatch_free(fw, call);
  }
  op_free(fw, op);
  return status;
}

/* The operation has to wait: it keeps what it borrowed. */
static omadm_err park(omadm_framework *fw, fw_op *op) {
  fw_node node;
  if (op->parked) return OMADM_OK;
  omadm_str *spans[] = {&op->server_id, &op->session_id, &op->correlator, &op->type,
                        &op->data,      &op->acl,        &op->name};
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
    *spans[i] = omadm_arena_copy(&op->arena, *spans[i]);
    if (spans[i]->ptr == NULL) return OMADM_E_NOMEM;
  }
  if (node_copy(&op->arena, &op->node, 0, &node) != 0) return OMADM_E_NOMEM;
  op->node = node;
  op->token = fw->next_token++;
  op->parked = true;
  op->next = fw->ops;
  fw->ops = op;
  return OMADM_OK;
}

/* Runs steps until one has to wait or the last is done. */
static omadm_status run(omadm_framework *fw, fw_op *op, omadm_answer *answer) {
  omadm_status status = OMADM_ST_OK;
  do {
    status = run_step(fw, op);
    if (status == OMADM_ST_PENDING && park(fw, op) == 0) {
      answer->token = op->token;
      return OMADM_ST_PENDING;
    }
    if (status == OMADM_ST_PENDING) { /* without memory nobody can wait for it */
      op->call->op = NULL;
      op->call = NULL;
      status = OMADM_ST_FAILED;
      break;
    }
  } while (next_step(fw, op, &status));
  return finish(fw, op, status, answer);
}

omadm_status op_start(omadm_framework *fw, fw_op *op, omadm_answer *answer) {
  omadm_status status = OMADM_ST_OK;
  const char *csp = csp_of(op)->name;
  const char *missing = dispatch_missing(csp_of(op), op->verb, &status);
  if (missing != NULL) {
    op_free(fw, op);
    return fw_answer(fw, answer, status, "the CSP %s has no slot %s", csp, missing);
  }
  omadm_err err = op->verb == OMADM_VERB_DELETE ? upkeep_removing(fw, op) : OMADM_OK;
  status = err == OMADM_OK ? enter_txn(fw, op) : OMADM_ST_FAILED;
  if (status != OMADM_ST_OK) {
    if (!op->own_txn) op->txn = NULL;
    finish(fw, op, status, answer);
    return fw_answer(fw, answer, status, "transaction or CSP not available");
  }
  if (op->up > 0) op->step = STEP_ABOVE;
  if (wants_before(op)) op->step = STEP_BEFORE;
  if (op->source != NULL) op->step = STEP_SOURCE;
  op->made = op->up;
  return run(fw, op, answer);
}

/* A change that the engine gave up has ended after all. */
static void end_cancelled(omadm_framework *fw, fw_op *op, omadm_status status) {
  fw_csp *csp = csp_of(op);
  bool reads = op->step == STEP_BEFORE || op->step == STEP_SOURCE;
  bool success = omadm_status_is_success(status) && !reads;
  if (op->busy) csp->busy--;
  if (op->txn != NULL) {
    if (success && keep_undo(op) != 0) success = false;
    bool undone = txn_undo_to(fw, op->txn, op->undo);
    if (op->own_txn) undone = txn_rollback(fw, op->txn) && undone;
    if (op->own_txn) txn_free(fw, op->txn);
    if (success) {
      bool gone = undone && (op->verb == OMADM_VERB_ADD || op->has_before || csp->staging);
      fw_log(fw, gone ? OMADM_LOG_WARN : OMADM_LOG_ERROR,
             "%s: a change that was given up succeeded later and %s", csp->name,
             gone ? "was taken back" : "could not be taken back");
    }
  }
  dispatch_free(fw, op->call);
  op_free(fw, op);
}

void op_deliver(omadm_framework *fw, fw_call *call) {
  fw_op *op = call->op;
  omadm_answer answer = {0};
  omadm_status status = call->status;
  if (op->cancelled) {
    end_cancelled(fw, op, status);
    return;
  }
  omadm_token token = op->token;
  dispatch_release(fw);
  status = next_step(fw, op, &status) ? run(fw, op, &answer) : finish(fw, op, status, &answer);
  if (status != OMADM_ST_PENDING && fw->config.completed != NULL)
    fw->config.completed(fw->config.ctx, token, status, &answer);
}

bool op_is_under_way(const omadm_framework *fw, const fw_txn *txn) {
  const fw_op *op = fw->ops;
  while (op != NULL && op->txn != txn)
    op = op->next;
  return op != NULL;
}

bool op_wait_cancelled(omadm_framework *fw, const fw_txn *txn) {
  bool all = true;
  const fw_op *change = op_change(fw);
  if (change != NULL && change->txn == txn && !change->own_txn) tree_cancel(fw, change->token);
  for (fw_op *op = fw->ops, *next; op != NULL; op = next) {
    next = op->next;
    if (op->txn != txn || op->own_txn) continue;
    omadm_status status = dispatch_wait(fw, op->call, fw->config.limits.cancel_time);
    if (status != OMADM_ST_PENDING) {
      end_cancelled(fw, op, status);
      continue;
    }
    all = false;
    op->txn = NULL; /* the Atomic ends without it */
    fw_log(fw, OMADM_LOG_ERROR,
           "%s: a change that was given up does not end; it stays as the CSP leaves it",
           csp_of(op)->name);
  }
  return all;
}

fw_op *op_change(const omadm_framework *fw) {
  fw_op *op = fw->ops;
  while (op != NULL && (op->txn == NULL || op->cancelled))
    op = op->next;
  return op;
}

void op_move_mark(fw_op *change, size_t mark) {
  change->mark -= mark;
  if (change->own_txn) change->txn->mark = change->mark;
}

void tree_cancel(void *ctx, omadm_token token) {
  omadm_framework *fw = ctx;
  fw_op *op = fw->ops;
  while (op != NULL && op->token != token)
    op = op->next;
  if (op == NULL || op->cancelled) return;
  fw_csp *csp = csp_of(op);
  if (op->verb == OMADM_VERB_EXEC && op->txn == NULL) { /* it goes on, and an alert tells its end */
    op->call->op = NULL;
    exec_told(fw, op->call, op, true);
    dispatch_accept(fw, op->call);
    op_free(fw, op);
    return;
  }
  if (op->listing != NULL) listing_filled(fw, op->listing, NULL);
  op->listing = NULL;
  if (op->txn != NULL) overlay_undo(&fw->overlay, op->mark);
  if (csp->stored) { /* that was all; its answer waits in the late host only */
    op->call->op = NULL;
    end_own_txn(fw, op);
    op_free(fw, op);
    return;
  }
  op->cancelled = true;
  op->busy = op->txn != NULL;
  if (op->busy) csp->busy++;
  if (op->own_txn) op->txn->mark = op->txn->fresh = OVERLAY_ALL; /* what comes now is of others */
  if (op->own_txn) overlay_bound(&fw->overlay, SIZE_MAX);
  if (csp->slots->cancel == NULL) return;
  int64_t began = slow_begin();
  csp->slots->cancel(csp->self, op->call->token);
  SLOW_END(csp, cancel, began);
}
