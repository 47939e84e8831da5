/* SPDX-License-Identifier: MIT */
/* What a crash left: decided transactions are committed again, undecided ones taken back. */
#include "csp-framework/journal.h"
#include "csp-framework/listing.h"
#include "csp-framework/loader.h"
#include "csp-framework/meta.h"
#include "csp-framework/resolve.h"
#include "csp-framework/undo.h"
#include "csp-framework/values.h"

static fw_csp *find_csp(const omadm_framework *fw, omadm_str name, bool staging) {
  fw_csp *csp = loader_find(fw, name);
  return csp != NULL && csp->staging == staging ? csp : NULL;
}

/* Commits again what a row says. */
static void commit_again(omadm_framework *fw, uint64_t number, omadm_str names) {
  bool all = true;
  if (names.len == 0 || names.ptr[names.len - 1] != '\0') return; /* none that was written here */
  for (const char *name = names.ptr; name < names.ptr + names.len; name += strlen(name) + 1) {
    fw_csp *csp = find_csp(fw, omadm_str_of(name), true);
    if (csp == NULL)
      fw_log(fw, OMADM_LOG_WARN, "transaction %llu waits for the CSP %s, which is not here",
             (unsigned long long)number, name);
    all = csp != NULL && txn_commit_part(fw, csp, number) && all;
  }
  if (all) txn_drop_decision(fw, number);
}

static void commit_decided(omadm_framework *fw) {
  meta_rows rows;
  uint64_t number = 0;
  omadm_str names;
  meta_rows_init(fw, TXN_DECIDED, &rows);
  while (meta_rows_next(fw, &rows, &number, &names) == 0)
    commit_again(fw, number, names);
  meta_rows_dispose(&rows);
}

/* The node that a row is about; its memory is the ring's. NULL and NOT_FOUND: its CSP does not
 * describe it any more, but another one may. */
static const fw_node *find_node(omadm_framework *fw, const journal_entry *e, const fw_csp *csp,
                                omadm_status *found) {
  fw_slot *slot = NULL;
  *found = resolve_text(fw, e->uri, false, &slot);
  bool same = slot != NULL && fw_described(&slot->node) != NULL && slot->node.mount->csp == csp;
  if (same) return &slot->node;
  if (slot != NULL && (slot->node.mount != NULL || *found != OMADM_ST_FAILED))
    *found = OMADM_ST_NOT_FOUND;
  return NULL;
}

/* True where nothing remains to be done for the row. */
static bool undo_row(omadm_framework *fw, const journal_entry *e) {
  omadm_status found = OMADM_ST_OK;
  fw_csp *csp = find_csp(fw, e->csp, false);
  const unsigned long long number = e->number;
  if (csp == NULL)
    fw_log(fw, OMADM_LOG_WARN,
           "what transaction %llu changed waits for the CSP %.*s, which is not here", number,
           (int)e->csp.len, e->csp.ptr);
  if (csp == NULL || csp->broken) return false; /* older ones come after it */
  const fw_node *node = find_node(fw, e, csp, &found);
  if (node == NULL && found == OMADM_ST_NOT_FOUND) {
    fw_log(fw, OMADM_LOG_ERROR, "%s: %.*s, which transaction %llu changed, is described no more",
           csp->name, (int)e->uri.len, e->uri.ptr, number);
    return true;
  }
  fw_spool *large = node != NULL && e->in_file ? values_open(fw, e->value) : NULL;
  const txn_step step = {.verb = e->verb,
                         .node = node,
                         .format = e->format,
                         .value = e->in_file ? (omadm_str){"", 0} : e->value,
                         .large = large};
  omadm_status status = OMADM_ST_FAILED;
  if (node != NULL && (large != NULL || !e->in_file))
    status = undo_replay(fw, e->number, &step, true);
  values_leave(fw, large);
  if (omadm_status_is_success(status)) return true;
  undo_failed(fw, e->number, csp, "taking back a change that was interrupted", status);
  return false;
}

/* Keeps the row for the replay, which uses the store. */
static bool read_row(omadm_framework *fw, omadm_str key, omadm_buf *copy, journal_entry *entry) {
  omadm_str row;
  copy->len = 0;
  *entry = (journal_entry){.number = 0};
  if (overlay_get(&fw->overlay, OMADM_STORE_JOURNAL, key, &row) != OMADM_OK ||
      omadm_buf_add_str(copy, row) != OMADM_OK)
    return false;
  if (journal_read(key, omadm_buf_str(copy), entry)) return true;
  fw_log(fw, OMADM_LOG_ERROR, "a row of the journal is none of this version");
  return false;
}

/* A row of the CSP stays: what is older of it has to wait, and nothing may come on top. False where
 * nobody knows whose row it is. */
static bool close_csp(omadm_framework *fw, omadm_str name) {
  fw_csp *csp = find_csp(fw, name, false);
  if (csp != NULL && !csp->broken)
    fw_log(fw, OMADM_LOG_ERROR,
           "%s: what was interrupted cannot be taken back; its changes are refused until a start "
           "that reads the journal",
           csp->name);
  if (csp != NULL) csp->broken = true;
  return name.len > 0;
}

/* In reverse: the newest first. Each is idempotent, so that a crash in between harms nobody. */
static void undo_undecided(omadm_framework *fw, omadm_arena *arena) {
  journal_key *newest = NULL;
  journal_entry entry;
  omadm_buf row;
  uint64_t taken_back = 0, last = 0;
  bool known = true; /* whose all rows were so far */
  omadm_buf_init(&row, &fw->mem, 0);
  omadm_err err = journal_list(fw, arena, &newest);
  for (const journal_key *k = newest; err == OMADM_OK && k != NULL; k = k->older) {
    const bool readable = read_row(fw, k->key, &row, &entry);
    if (!readable || !known) {
      known = close_csp(fw, entry.csp) && known;
      continue;
    }
    if (!undo_row(fw, &entry)) continue;
    err = overlay_put(&fw->overlay, OMADM_STORE_JOURNAL, k->key, (omadm_str){NULL, 0});
    if (entry.number != last) taken_back++;
    last = entry.number;
  }
  if (err != OMADM_OK)
    fw_log(fw, OMADM_LOG_ERROR, "the journal could not be read to its end: %s",
           omadm_err_text(err));
  if (taken_back > 0)
    fw_log(fw, OMADM_LOG_WARN, "%llu transactions that were interrupted are taken back",
           (unsigned long long)taken_back);
  values_touch(fw);
  omadm_buf_dispose(&row);
}

void txn_recover(omadm_framework *fw) {
  omadm_arena arena;
  omadm_arena_init(&arena, &fw->mem, 0);
  const size_t mark = overlay_mark(&fw->overlay);
  commit_decided(fw);
  undo_undecided(fw, &arena);
  omadm_arena_dispose(&arena);
  listing_forget(fw);
  if (overlay_mark(&fw->overlay) != mark) txn_settle_recovered(fw);
}
