/* SPDX-License-Identifier: MIT */
#include "csp-framework/op.h"

#include "csp-framework/cancel.h"
#include "csp-framework/copy.h"
#include "csp-framework/depends.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/enforce.h"
#include "csp-framework/exec.h"
#include "csp-framework/listing.h"
#include "csp-framework/member.h"
#include "csp-framework/node.h"
#include "csp-framework/owners.h"
#include "csp-framework/request.h"
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
    if (op->held) op->txn->holders--;
    if (op->own_txn || op->held) txn_free(fw, op->txn);
    op_free(fw, op);
  }
  while (fw->idle_ops != NULL) {
    fw_op *op = fw->idle_ops;
    fw->idle_ops = op->next;
    omadm_mem_free(&fw->mem, op);
  }
}

/* The next step from `step` on: first all that only reads. */
static op_step step_from(const fw_op *op, op_step step) {
  if (step <= STEP_DEPENDS && (op->enforce.steps & ENFORCE_ASK) != 0) return STEP_DEPENDS;
  if (step <= STEP_SOURCE && op->source != NULL) return STEP_SOURCE;
  if (step <= STEP_APPEND && (op->enforce.steps & ENFORCE_APPEND) != 0) return STEP_APPEND;
  if (step <= STEP_BEFORE && member_wants_before(op)) return STEP_BEFORE;
  return op->up > 0 ? STEP_ABOVE : STEP_SELF;
}

static omadm_status run_step(omadm_framework *fw, fw_op *op) {
  omadm_csp_request r;
  size_t up = op->step == STEP_ABOVE ? op->up : 0;
  const fw_node *node = op->step == STEP_SOURCE ? op->source : &op->node;
  if (op->step == STEP_DEPENDS) return depends_ask(fw, op);
  op->call = dispatch_new(fw, node->mount->csp);
  if (op->call != NULL && op->step >= STEP_ABOVE && member_journal(fw, op, false) != OMADM_OK)
    return OMADM_ST_STORE_FAILED;
  if (op->call == NULL || request_fill(fw, node, up, &r) != 0) return OMADM_ST_FAILED;
  op->call->op = op;
  r.server_id = op->server_id;
  r.session_id = op->session_id;
  r.correlator = op->correlator;
  r.transaction = op->txn != NULL ? op->txn->number : 0;
  const bool at_once = op->told != NULL;
  if (op->step < STEP_ABOVE) return dispatch_run(fw, op->call, OMADM_VERB_GET, &r, at_once);
  if (op->step == STEP_ABOVE) {
    r.format = OMADM_FORMAT_NODE;
    return dispatch_run(fw, op->call, OMADM_VERB_ADD, &r, at_once);
  }
  if (owners_merge(fw, op) != OMADM_OK) return OMADM_ST_FAILED;
  r.format = op->format;
  r.type = op->type;
  r.value = op->data;
  r.value_size = op->large != NULL ? values_size(op->large) : op->data.len;
  r.has_value = op->has_data;
  r.name = op->name;
  op->call->given = values_use(op->large);
  return dispatch_run(fw, op->call, op->verb, &r, at_once);
}

/* Is the node so many levels above one that has to be added? Permanent ones come with the node
 * above them. */
static bool is_added(const fw_op *op, size_t up) {
  return !ddf_node(member_csp(op)->ddf, request_ddf(&op->node, up))->permanent;
}

/* A step ended. True where another one follows; else *status is that of the operation. */
static bool next_step(omadm_framework *fw, fw_op *op, omadm_status *status) {
  bool success = omadm_status_is_success(*status);
  omadm_err err = 0;
  if (op->call == NULL && op->step != STEP_DEPENDS) return false;
  if (op->step < STEP_BEFORE) {
    if (op->step == STEP_SOURCE && success) *status = copy_take(fw, op);
    if (op->step != STEP_SOURCE && !enforce_next(fw, op, status)) return false;
    if (!omadm_status_is_success(*status)) return false;
    if (op->call != NULL) dispatch_free(fw, op->call);
    op->call = NULL;
    op->step = step_from(op, op->step == STEP_SOURCE ? STEP_APPEND : op->step);
    return true;
  }
  if (op->step == STEP_BEFORE && success) {
    err = member_keep_before(fw, op);
    /* What cannot be given back whole is as good as not read. */
    if (err == OMADM_E_LIMIT && !op->txn->atomic) err = 0;
    if (err == OMADM_E_LIMIT) {
      *status = OMADM_ST_NOT_SUPPORTED;
      return false;
    }
  } else if (op->step == STEP_BEFORE && op->txn->atomic) {
    fw_log(fw, OMADM_LOG_WARN,
           "%s: the value could not be read before the change (%u), so that it could not be undone",
           member_csp(op)->name, *status);
    *status = OMADM_ST_NOT_SUPPORTED; /* it could not be put back */
    return false;
  } else if (op->step >= STEP_ABOVE && (success || op->call->died)) {
    err = member_keep_undo(op, !success);
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
  if (op->verb == OMADM_VERB_GET && status == OMADM_ST_OK && !member_csp(op)->stored)
    status = value_answer(fw, call, fw_described(&op->node), answer);
  if (op->verb == OMADM_VERB_GET && status == OMADM_ST_OK)
    status = op->wants_size ? fill_size(fw, op, answer) : fill_value(fw, op, answer);
  bool success = omadm_status_is_success(status);
  name_parent(fw, op, status, answer);
  member_leave(fw, op, &status);
  enforce_end(fw, op, status, answer);
  if (member_changes(op)) listing_forget(fw);
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
  const char *csp = member_csp(op)->name;
  if (op->told == NULL) status = enforce_begin(fw, op, answer); /* else it puts back what was */
  if (status != OMADM_ST_OK) {
    op_free(fw, op);
    return status;
  }
  if (owners_deleting(fw, op) != OMADM_OK) {
    op_free(fw, op);
    return fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
  }
  const char *missing = op->stays ? NULL : dispatch_missing(member_csp(op), op->verb, &status);
  if (missing != NULL) {
    op_free(fw, op);
    return fw_answer(fw, answer, status, "the CSP %s has no slot %s", csp, missing);
  }
  omadm_err err = op->verb == OMADM_VERB_DELETE ? upkeep_removing(fw, op) : OMADM_OK;
  status = err == OMADM_OK ? member_enter(fw, op) : OMADM_ST_FAILED;
  if (status != OMADM_ST_OK) {
    if (!op->own_txn) op->txn = NULL;
    finish(fw, op, status, answer);
    return fw_answer(fw, answer, status, "transaction or CSP not available");
  }
  if (op->stays) return finish(fw, op, OMADM_ST_OK, answer);
  op->step = step_from(op, STEP_DEPENDS);
  op->made = op->up;
  return run(fw, op, answer);
}

omadm_status op_run_to_end(omadm_framework *fw, fw_op *op, uint64_t seconds) {
  omadm_answer answer = {0};
  omadm_status end = OMADM_ST_PENDING;
  op->told = &end;
  omadm_status status = op_start(fw, op, &answer);
  if (status != OMADM_ST_PENDING) return status;
  while (end == OMADM_ST_PENDING) {
    if (dispatch_wait(fw, op->call, seconds) == OMADM_ST_PENDING) {
      op_forget(fw, answer.token);
      return OMADM_ST_FAILED;
    }
    op_deliver(fw, op->call);
  }
  return end;
}

void op_deliver(omadm_framework *fw, fw_call *call) {
  fw_op *op = call->op;
  omadm_answer answer = {0};
  omadm_status status = call->status;
  if (op->cancelled) {
    cancel_ended(fw, op, status);
    return;
  }
  omadm_token token = op->token;
  omadm_status *told = op->told;
  dispatch_release(fw);
  status = next_step(fw, op, &status) ? run(fw, op, &answer) : finish(fw, op, status, &answer);
  if (told != NULL)
    *told = status;
  else if (status != OMADM_ST_PENDING && fw->config.completed != NULL)
    fw->config.completed(fw->config.ctx, token, status, &answer);
}

bool op_holds(const omadm_framework *fw, const fw_txn *txn, const fw_csp *csp) {
  const fw_op *op = fw->ops;
  while (op != NULL && !(op->held && op->txn == txn && member_csp(op) == csp))
    op = op->next;
  return op != NULL;
}

bool op_is_under_way(const omadm_framework *fw, const fw_txn *txn) {
  const fw_op *op = fw->ops;
  while (op != NULL && op->txn != txn)
    op = op->next;
  return op != NULL;
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
