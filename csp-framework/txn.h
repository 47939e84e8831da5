/* SPDX-License-Identifier: MIT */
/*
 * Transactions: an Atomic, or one operation. Stored values are staged in the overlay; a CSP that
 * stages is told begin, prepare, commit or rollback; of any other the way back is kept, and
 * replayed in reverse.
 */
#ifndef OMADM_FRAMEWORK_TXN_H
#define OMADM_FRAMEWORK_TXN_H

#include "csp-framework/core.h"

/* How one step is taken back: the verb, of the node `up` levels above `node`. */
typedef struct txn_step {
  omadm_verb verb;
  const fw_node *node;
  size_t up;
  omadm_format format;
  omadm_str value;
  fw_spool *large; /* in the place of value */
} txn_step;

/* A row of the journal (journal.h). */
typedef struct txn_row {
  struct txn_row *older;
  fw_csp *csp;
  uint64_t sequence;
  bool stays; /* the next start needs it */
} txn_row;

/* One step of the way back, to be taken. */
typedef struct txn_undo {
  struct txn_undo *older;
  txn_step step; /* large is the transaction's */
  fw_node node;
  size_t member; /* the accepted change it belongs to */
  const txn_row *row; /* NULL: only memory has it */
  bool unsure; /* whether there is something to take back is not known */
  bool done;
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
  txn_row *rows; /* the newest */
  uint64_t next_row; /* rows that it wrote */
  unsigned holders; /* changes that end later than it (cancel.h) */
  txn_member *members; /* accepted changes */
  size_t n_members, members_cap;
  omadm_status rest; /* as undone, of a change that was not accepted: it failed, or is late */
  txn_part *parts; /* the newest */
  txn_large *large; /* the newest */
  omadm_str server_id, session_id; /* whose Atomic it is */
};

/* NULL without memory. */
fw_txn *txn_new(omadm_framework *fw, bool atomic);
/* Ends it: what was changed stays. Its memory goes with the last late change that holds it. */
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

/* The transaction uses a large value too, until it ends. NOMEM. */
omadm_err txn_keep_large(fw_txn *txn, fw_spool *value);
/* A change was accepted; csp NULL: of the framework's own rows. NOMEM. */
omadm_err txn_add_member(omadm_framework *fw, fw_txn *txn, fw_csp *csp);

/* All or nothing. 200; else everything is rolled back and *member is the change that refused. */
omadm_status txn_commit(omadm_framework *fw, fw_txn *txn, size_t *member);
/* True where nothing remains of it (undo.c). */
bool txn_rollback(omadm_framework *fw, fw_txn *txn);

/* At start, when all is mounted: what was decided before and not committed by all is committed now;
 * what CSPs that do not stage had changed in a transaction that was not is taken back. */
void txn_recover(omadm_framework *fw);
/* What the journal calls a decision. */
#define TXN_DECIDED "transaction"
/* Commits a decided transaction. False where it failed: the row stays, and the next start commits
 * again. */
bool txn_commit_part(omadm_framework *fw, fw_csp *csp, uint64_t number);
/* All have committed: the row goes with what is settled next. Until then a start commits again,
 * which harms nobody. */
void txn_drop_decision(omadm_framework *fw, uint64_t number);

/* What was recovered is made durable. */
void txn_settle_recovered(omadm_framework *fw);

/* Slots of the tree port. */
omadm_status tree_begin(void *ctx, const omadm_origin *origin);
omadm_status tree_commit(void *ctx, size_t *member, omadm_status *undo, size_t n);
void tree_rollback(void *ctx, omadm_status *undo, size_t n);
omadm_err tree_settle(void *ctx);

/* Makes durable what CSPs stored for themselves, if anything, with all that is accepted. */
void txn_settle_own(omadm_framework *fw);
/* Writes a row of the journal, durable with all of that when it returns. */
omadm_err txn_settle_row(omadm_framework *fw, omadm_str key, omadm_str row, const char *what);
void txn_dispose(omadm_framework *fw);

#endif
