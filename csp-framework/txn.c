/* SPDX-License-Identifier: MIT */
#include "csp-framework/txn.h"

#include "csp-framework/dispatch.h"
#include "csp-framework/journal.h"
#include "csp-framework/listing.h"
#include "csp-framework/meta.h"
#include "csp-framework/op.h"
#include "csp-framework/reboots.h"
#include "csp-framework/slow.h"
#include "csp-framework/undo.h"
#include "csp-framework/upkeep.h"
#include "csp-framework/values.h"

/* What a message changed, and nobody takes back any more, may take so much memory. */
enum { MUCH = 16 * 1024 * 1024 };

fw_txn *txn_new(omadm_framework *fw, bool atomic) {
  fw_txn *txn = fw->idle_txns;
  if (txn != NULL) {
    fw->idle_txns = txn->next;
  } else {
    txn = omadm_mem_new(&fw->mem, 1, sizeof *txn);
    if (txn == NULL) return NULL;
    omadm_arena_init(&txn->arena, &fw->mem, 0);
  }
  txn->atomic = atomic;
  txn->number = 0;
  txn->mark = overlay_mark(&fw->overlay);
  txn->fresh = values_fresh(fw);
  txn->octets = 0;
  txn->upkeep = 0;
  txn->undo = NULL;
  txn->rows = NULL;
  txn->next_row = 0;
  txn->holders = 0;
  txn->parts = NULL;
  txn->large = NULL;
  txn->n_members = 0;
  txn->rest = OMADM_ST_ROLLED_BACK;
  return txn;
}

void txn_free(omadm_framework *fw, fw_txn *txn) {
  if (txn->holders > 0) return;
  for (const txn_large *l = txn->large; l != NULL; l = l->older)
    values_leave(fw, l->value);
  omadm_arena_reset(&txn->arena);
  txn->next = fw->idle_txns;
  fw->idle_txns = txn;
}

void txn_dispose(omadm_framework *fw) {
  if (fw->txn != NULL) txn_free(fw, fw->txn);
  fw->txn = NULL;
  while (fw->idle_txns != NULL) {
    fw_txn *txn = fw->idle_txns;
    fw->idle_txns = txn->next;
    omadm_arena_dispose(&txn->arena);
    omadm_mem_free(&fw->mem, txn->members);
    omadm_mem_free(&fw->mem, txn);
  }
}

bool txn_is_free(const omadm_framework *fw, omadm_str server_id, omadm_str session_id) {
  if (op_change(fw) != NULL) return false;
  return fw->txn == NULL || (omadm_str_equal(fw->txn->session_id, session_id) &&
                             omadm_str_equal(fw->txn->server_id, server_id));
}

omadm_status txn_join(omadm_framework *fw, fw_txn *txn, fw_csp *csp) {
  if (csp->broken || csp->busy > 0) return OMADM_ST_UNAVAILABLE;
  if (csp->stored) return OMADM_ST_OK;
  if (txn->number == 0 && meta_transaction_number(fw, &txn->number) != 0)
    return OMADM_ST_STORE_FAILED;
  if (!csp->staging) return OMADM_ST_OK;
  for (const txn_part *p = txn->parts; p != NULL; p = p->older) {
    if (p->csp == csp) return OMADM_ST_OK;
  }
  txn_part *part = omadm_arena_new(&txn->arena, 1, sizeof *part);
  if (part == NULL) return OMADM_ST_FAILED;
  int64_t began = slow_begin();
  omadm_status status = csp->slots->begin(csp->self, txn->number);
  SLOW_END(csp, begin, began);
  if (!omadm_status_is_success(status)) return status >= 400 ? status : OMADM_ST_FAILED;
  *part = (txn_part){txn->parts, csp};
  txn->parts = part;
  return OMADM_ST_OK;
}

omadm_err txn_keep_large(fw_txn *txn, fw_spool *value) {
  txn_large *large = omadm_arena_new(&txn->arena, 1, sizeof *large);
  if (large == NULL) return OMADM_E_NOMEM;
  *large = (txn_large){txn->large, values_use(value)};
  txn->large = large;
  return OMADM_OK;
}

omadm_err txn_add_member(omadm_framework *fw, fw_txn *txn, fw_csp *csp) {
  if (txn->n_members == txn->members_cap) {
    size_t cap = txn->members_cap > 0 ? txn->members_cap * 2 : 16;
    if (cap > SIZE_MAX / sizeof *txn->members) return OMADM_E_NOMEM;
    txn_member *members = fw->mem.resize(fw->mem.ctx, txn->members, cap * sizeof *members);
    if (members == NULL) return OMADM_E_NOMEM;
    txn->members = members;
    txn->members_cap = cap;
  }
  txn->members[txn->n_members++] =
      (txn_member){csp == NULL || csp->stored ? NULL : csp, OMADM_ST_ROLLED_BACK};
  return OMADM_OK;
}

/* The participants of a transaction, by name, each terminated: what a start after a crash needs to
 * know. */
static omadm_err write_decision(omadm_framework *fw, const fw_txn *txn) {
  fw->row.len = 0;
  omadm_err err = 0;
  for (const txn_part *p = txn->parts; err == 0 && p != NULL; p = p->older)
    err = omadm_buf_add(&fw->row, p->csp->name, strlen(p->csp->name) + 1);
  if (err == 0) err = meta_journal_key(fw, TXN_DECIDED, txn->number);
  return err == 0 ? overlay_put(&fw->overlay, OMADM_STORE_JOURNAL, omadm_buf_str(&fw->key),
                                omadm_buf_str(&fw->row))
                  : err;
}

void txn_drop_decision(omadm_framework *fw, uint64_t number) {
  omadm_err err = meta_journal_key(fw, TXN_DECIDED, number);
  if (err == 0)
    err = overlay_put(&fw->overlay, OMADM_STORE_JOURNAL, omadm_buf_str(&fw->key),
                      (omadm_str){NULL, 0});
  if (err != 0) fw_log(fw, OMADM_LOG_ERROR, "out of memory in a commit");
}

bool txn_commit_part(omadm_framework *fw, fw_csp *csp, uint64_t number) {
  int64_t began = slow_begin();
  omadm_status status = csp->slots->commit(csp->self, number);
  SLOW_END(csp, commit, began);
  if (omadm_status_is_success(status)) return true;
  undo_failed(fw, number, csp, "the commit", status);
  return false;
}

/* A failure is logged. */
static omadm_err settle(omadm_framework *fw, size_t mark) {
  omadm_error error = {0};
  omadm_err err = overlay_settle(&fw->overlay, mark, &error);
  if (err != 0) fw_log(fw, OMADM_LOG_ERROR, "the store could not be written: %s", error.text);
  return err;
}

static size_t last_member_of(const fw_txn *txn, const fw_csp *csp) {
  for (size_t i = txn->n_members; i-- > 0;) {
    if (txn->members[i].csp == csp) return i;
  }
  return 0;
}

/* All prepare. */
static omadm_status prepare_parts(omadm_framework *fw, const fw_txn *txn, size_t *member) {
  for (const txn_part *p = txn->parts; p != NULL; p = p->older) {
    int64_t began = slow_begin();
    omadm_status status = p->csp->slots->prepare(p->csp->self, txn->number);
    SLOW_END(p->csp, prepare, began);
    if (omadm_status_is_success(status)) continue;
    *member = last_member_of(txn, p->csp);
    fw_log(fw, OMADM_LOG_WARN, "%s: prepare refused transaction %llu with %u", p->csp->name,
           (unsigned long long)txn->number, status);
    return status >= 400 ? status : OMADM_ST_FAILED;
  }
  return OMADM_ST_OK;
}

/* One batch of the store holds its own changes, the decision, and the end of the way back of those
 * that do not stage; then all commit; then the decision goes. */
static omadm_status commit_parts(omadm_framework *fw, fw_txn *txn) {
  const bool staged = txn->parts != NULL;
  const bool alone = staged && txn->parts->older == NULL && txn->rows == NULL &&
                     overlay_mark(&fw->overlay) == txn->mark + txn->upkeep;
  omadm_err err = staged && !alone ? write_decision(fw, txn) : OMADM_OK;
  if (err == OMADM_OK) err = journal_end(fw, txn);
  if (err == OMADM_OK && !alone) err = settle(fw, OVERLAY_ALL);
  if (err != OMADM_OK) return omadm_status_from_err(err);
  if (txn->rows != NULL) values_touch(fw);
  txn->rows = NULL;
  bool all = true;
  for (const txn_part *p = txn->parts; p != NULL; p = p->older)
    all = txn_commit_part(fw, p->csp, txn->number) && all;
  if (all && staged && !alone) txn_drop_decision(fw, txn->number);
  /* One participant alone needs its row only where there is something to be retried. */
  if (!all && alone && (write_decision(fw, txn) != OMADM_OK || settle(fw, OVERLAY_ALL) != OMADM_OK))
    fw_log(fw, OMADM_LOG_ERROR, "transaction %llu is not committed again at the next start",
           (unsigned long long)txn->number);
  return OMADM_ST_OK;
}

void txn_settle_recovered(omadm_framework *fw) {
  if (settle(fw, OVERLAY_ALL) == OMADM_OK) values_sweep(fw);
}

omadm_status txn_commit(omadm_framework *fw, fw_txn *txn, size_t *member) {
  *member = 0;
  if (txn->parts == NULL && txn->rows == NULL) return OMADM_ST_OK;
  omadm_status status = prepare_parts(fw, txn, member);
  if (status == OMADM_ST_OK) status = commit_parts(fw, txn);
  if (status != OMADM_ST_OK) txn_rollback(fw, txn);
  return status;
}

omadm_status tree_begin(void *ctx, const omadm_origin *origin) {
  omadm_framework *fw = ctx;
  if (fw->txn != NULL || op_change(fw) != NULL) return OMADM_ST_UNAVAILABLE;
  omadm_status status = txn_relieve(fw);
  if (status != OMADM_ST_OK) return status;
  fw_txn *txn = txn_new(fw, true);
  if (txn == NULL) return OMADM_ST_FAILED;
  txn->server_id = omadm_arena_copy(&txn->arena, origin->server_id);
  txn->session_id = omadm_arena_copy(&txn->arena, origin->session_id);
  if (txn->server_id.ptr == NULL || txn->session_id.ptr == NULL) {
    txn_free(fw, txn);
    return OMADM_ST_FAILED;
  }
  fw->txn = txn;
  reboots_begin(fw);
  overlay_bound(&fw->overlay, fw->config.limits.transaction);
  return OMADM_ST_OK;
}

static void end_atomic(omadm_framework *fw, omadm_status *undo, size_t n) {
  for (size_t i = 0; undo != NULL && i < n; i++)
    undo[i] = i < fw->txn->n_members ? fw->txn->members[i].undone : fw->txn->rest;
  txn_free(fw, fw->txn);
  fw->txn = NULL;
  overlay_accept(&fw->overlay);
  overlay_bound(&fw->overlay, SIZE_MAX);
}

omadm_status tree_commit(void *ctx, size_t *member, omadm_status *undo, size_t n) {
  omadm_framework *fw = ctx;
  size_t refused = 0;
  if (fw->txn == NULL) return OMADM_ST_FAILED;
  dispatch_release(fw);
  omadm_status status = OMADM_ST_FAILED;
  if (op_is_under_way(fw, fw->txn))
    txn_rollback(fw, fw->txn);
  else
    status = txn_commit(fw, fw->txn, &refused);
  if (member != NULL) *member = refused;
  if (status != OMADM_ST_OK) reboots_undo(fw);
  end_atomic(fw, status == OMADM_ST_OK ? NULL : undo, n);
  return status;
}

void tree_rollback(void *ctx, omadm_status *undo, size_t n) {
  omadm_framework *fw = ctx;
  if (fw->txn == NULL) return;
  dispatch_release(fw);
  txn_rollback(fw, fw->txn);
  reboots_undo(fw);
  end_atomic(fw, undo, n);
}

/* Where what is accepted ends: not to it belongs what an open Atomic did, or an operation whose
 * answer is still to come. */
static size_t accepted(const omadm_framework *fw, const fw_op *change) {
  if (fw->txn != NULL) return fw->txn->mark;
  return change != NULL ? change->mark : OVERLAY_ALL;
}

static omadm_err settle_own(omadm_framework *fw) {
  fw_op *change = op_change(fw);
  size_t mark = accepted(fw, change);
  omadm_err err = settle(fw, mark);
  if (err != OMADM_OK) return err; /* it is met again */
  if (fw->txn != NULL) fw->txn->mark = 0;
  if (change != NULL) op_move_mark(change, mark);
  fw->own_values = mark != OVERLAY_ALL;
  values_sweep(fw);
  return OMADM_OK;
}

void txn_settle_own(omadm_framework *fw) {
  if (fw->own_values) (void)settle_own(fw);
}

omadm_err txn_settle_row(omadm_framework *fw, omadm_str key, omadm_str row, const char *what) {
  const omadm_store_change change = {OMADM_STORE_JOURNAL, key, row};
  /* What is not decided must not be settled with it. */
  if (accepted(fw, op_change(fw)) != OVERLAY_ALL)
    return overlay_apply(&fw->overlay, &change, 1, what);
  const size_t mark = overlay_mark(&fw->overlay);
  omadm_err err = overlay_put(&fw->overlay, OMADM_STORE_JOURNAL, key, row);
  if (err == OMADM_OK) err = settle_own(fw);
  if (err != OMADM_OK) overlay_undo(&fw->overlay, mark);
  return err;
}

/* Stores what is accepted. */
static omadm_err settle_accepted(omadm_framework *fw) {
  fw_op *change = op_change(fw);
  size_t mark = accepted(fw, change);
  omadm_err err = fw->lost != OMADM_OK ? fw->lost : settle(fw, mark);
  if (err != 0) {
    /* The server is told that they failed: a later settle must not make them true after all. */
    overlay_forget(&fw->overlay, mark);
    listing_forget(fw);
  }
  if (fw->txn != NULL) fw->txn->mark = 0;
  if (change != NULL) op_move_mark(change, mark);
  values_sweep(fw);
  return err;
}

omadm_err tree_settle(void *ctx) {
  omadm_framework *fw = ctx;
  omadm_err err = settle_accepted(fw);
  fw->lost = OMADM_OK;
  if (err == OMADM_OK) upkeep_tell(fw);
  reboots_tell(fw, err == OMADM_OK);
  return err;
}

omadm_status txn_relieve(omadm_framework *fw) {
  const size_t octets = overlay_octets(&fw->overlay);
  if (fw->txn != NULL) {
    bool full = fw->txn->octets > fw->config.limits.transaction || octets > fw->overlay.limit;
    return full ? OMADM_ST_TOO_LARGE : OMADM_ST_OK;
  }
  if (fw->lost == OMADM_OK && octets > MUCH) fw->lost = settle_accepted(fw);
  return omadm_status_from_err(fw->lost);
}
