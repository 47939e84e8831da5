/* SPDX-License-Identifier: MIT */
/*
 * The way back of CSPs that do not stage, on disk: a row a step, durable before the step runs, so
 * that what a crash interrupts is undone at the next start. The rows go with the end of their
 * transaction. A key is a word, the transaction's number and the row's; a row holds the node's URI,
 * the CSP's name, the value, or the reference of its file, and how the value is to be given.
 */
#ifndef OMADM_FRAMEWORK_JOURNAL_H
#define OMADM_FRAMEWORK_JOURNAL_H

#include "csp-framework/txn.h"

/* Writes the row of a step of the transaction; *row is it. Durable when it returns. */
omadm_err journal_write(omadm_framework *fw, fw_txn *txn, const txn_step *step,
                        const txn_row **row);
/* All rows go with what is settled next: the transaction is decided. NOMEM. */
omadm_err journal_end(omadm_framework *fw, const fw_txn *txn);
/* The rows from that one down, of its CSP, stay for the next start. */
void journal_keep(fw_txn *txn, const txn_row *row);
/* The rows of that CSP, or where it is NULL of all but those that late changes hold, go now, but
 * for those that stay. Where they cannot be removed their CSPs take no changes any more. */
void journal_drop(omadm_framework *fw, fw_txn *txn, const fw_csp *csp);

/* What a row says. */
typedef struct journal_entry {
  uint64_t number; /* of the transaction */
  omadm_str uri, csp, value;
  omadm_verb verb;
  omadm_format format;
  bool in_file; /* value is a reference */
} journal_entry;

/* The key of a row that the journal holds. */
typedef struct journal_key {
  struct journal_key *older;
  omadm_str key;
} journal_key;

/* The keys of all rows, the newest first, in the arena. */
omadm_err journal_list(omadm_framework *fw, omadm_arena *arena, journal_key **newest);
/* Reads a row; spans point into it. False where it is none of this version: then no more than csp
 * is set, and that only where it can be told. */
bool journal_read(omadm_str key, omadm_str octets, journal_entry *entry);

/* The prefix of their keys, and the reference that a row holds; false where it holds none. */
extern const omadm_str journal_prefix;
bool journal_reference(omadm_str octets, omadm_str *reference);

#endif
