/* SPDX-License-Identifier: MIT */
/*
 * Transactions: an Atomic, or one operation. Stored values are staged in the overlay; a CSP that
 * stages is told begin, prepare, commit or rollback; of any other the way back is kept, and
 * replayed in reverse.
 */
#ifndef OMADM_FRAMEWORK_TXN_H
#define OMADM_FRAMEWORK_TXN_H

#include "csp-framework/core.h"

/* One step of the way back. */
typedef struct txn_undo {
  struct txn_undo *older;
  omadm_verb verb;
  fw_node node;
  omadm_format format;
  omadm_str value;
  fw_spool *large; /* in the place of value; the transaction's */
  size_t member; /* the accepted change it belongs to */
} txn_undo;

/* A large value that is on the way back. */
typedef struct txn_large {
  struct txn_large *older;
  fw_spool *value;
} txn_large;

typedef struct txn_member {
  fw_csp *csp; /* NULL: the store */
  omadm_status undone; /* 216, or 516 */
} txn_member;

typedef struct txn_part {
  struct txn_part *older;
  fw_csp *csp; /* a staging one, and it has begun */
} txn_part;

struct fw_txn {
  fw_txn *next; /* of the idle ones */
  bool atomic;
  uint64_t number; /* 0: no plugin takes part yet */
  size_t mark; /* of the overlay */
  size_t fresh; /* of values.fresh, at its begin */
  uint64_t octets; /* of the way back */
  size_t upkeep; /* changes in it behind the mark that only keep properties true */
  omadm_arena arena;
  txn_undo *undo; /* the newest */
  txn_member *members; /* accepted changes */
  size_t n_members, members_cap;
  txn_part *parts; /* the newest */
  txn_large *large; /* the newest */
  omadm_str server_id, session_id; /* whose Atomic it is */
};

/* NULL without memory. */
fw_txn *txn_new(omadm_framework *fw, bool atomic);
/* Ends it: what was changed stays. */
void txn_free(omadm_framework *fw, fw_txn *txn);

/* May that session change the tree now? Not while a change of anybody is late, or the Atomic of
 * another one is open. */
bool txn_is_free(const omadm_framework *fw, omadm_str server_id, omadm_str session_id);

/* Before a change: is there room for what it takes until it is durable? What no transaction holds
 * any more is stored where it has become much. 200; 413: the open Atomic has changed as much as the
 * limit `transaction` allows; 510. */
omadm_status txn_relieve(omadm_framework *fw);

/* Before the first change of that CSP: 200, 503 where it may not be changed now, or what its begin
 * answered. */
omadm_status txn_join(omadm_framework *fw, fw_txn *txn, fw_csp *csp);

/* Keeps a step of the way back; node, format and value are copied. NOMEM. */
omadm_err txn_add_undo(fw_txn *txn, omadm_verb verb, const fw_node *node, size_t up,
                       omadm_format format, omadm_str value);
/* The transaction uses a large value too, until it ends. NOMEM. */
omadm_err txn_keep_large(fw_txn *txn, fw_spool *value);
/* A change was accepted; csp NULL: of the framework's own rows. NOMEM. */
omadm_err txn_add_member(omadm_framework *fw, fw_txn *txn, fw_csp *csp);

/* Replays the way back down to `until`, which stays. False where a step failed: its member says
 * 516, its CSP is broken. */
bool txn_undo_to(omadm_framework *fw, fw_txn *txn, txn_undo *until);

/* All or nothing. 200; else everything is rolled back and *member is the change that refused. */
omadm_status txn_commit(omadm_framework *fw, fw_txn *txn, size_t *member);
/* True where nothing remains of it. */
bool txn_rollback(omadm_framework *fw, fw_txn *txn);

/* At start, when all is mounted: what was decided before and not committed by all is committed
 * now. */
void txn_recover(omadm_framework *fw);

/* Slots of the tree port. */
omadm_status tree_begin(void *ctx, const omadm_origin *origin);
omadm_status tree_commit(void *ctx, size_t *member, omadm_status *undo, size_t n);
void tree_rollback(void *ctx, omadm_status *undo, size_t n);
omadm_err tree_settle(void *ctx);

/* Makes durable what CSPs stored for themselves, if anything, with all that is accepted. */
void txn_settle_own(omadm_framework *fw);
void txn_dispose(omadm_framework *fw);

#endif
