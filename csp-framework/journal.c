/* SPDX-License-Identifier: MIT */
#include "csp-framework/journal.h"

#include "csp-framework/fields.h"
#include "csp-framework/meta.h"
#include "csp-framework/op.h"
#include "csp-framework/request.h"
#include "csp-framework/values.h"

static const char word[] = "undo";
const omadm_str journal_prefix = {word, sizeof word};

enum { URI, CSP, VALUE, HOW, FIELDS };
enum { VERB, FORMAT, IN_FILE, HOW_OCTETS }; /* of HOW */
enum { NUMBER = sizeof word, SEQUENCE = NUMBER + 8, KEY_OCTETS = SEQUENCE + 8 };

static omadm_err put_key(omadm_framework *fw, const fw_txn *txn, const txn_row *row) {
  char octets[8];
  meta_put_u64(octets, row->sequence);
  omadm_err err = meta_journal_key(fw, word, txn->number);
  return err == OMADM_OK ? omadm_buf_add(&fw->key, octets, sizeof octets) : err;
}

/* A large value gets a lasting name. It is not among what the transaction made: where the way back
 * fails, the next start needs it. */
static omadm_err name_large(omadm_framework *fw, fw_spool *large, char room[VALUES_REFERENCE]) {
  const size_t fresh = fw->values.fresh.len;
  omadm_status status = values_name(fw, large, room);
  fw->values.fresh.len = fresh;
  return status == OMADM_ST_OK ? OMADM_OK : OMADM_E_STORE;
}

omadm_err journal_write(omadm_framework *fw, fw_txn *txn, const txn_step *step,
                        const txn_row **written) {
  char reference[VALUES_REFERENCE];
  omadm_err err = OMADM_OK;
  fw_csp *csp = step->node->mount->csp;
  omadm_str value = step->large != NULL ? values_octets(step->large) : step->value;
  const bool in_file = value.ptr == NULL;
  if (in_file) err = name_large(fw, step->large, reference);
  if (in_file) value = (omadm_str){reference, sizeof reference};
  const char how[HOW_OCTETS] = {
      [VERB] = (char)step->verb, [FORMAT] = (char)step->format, [IN_FILE] = in_file};
  fw->uri.len = fw->row.len = 0;
  if (err == OMADM_OK) err = request_write_uri(fw, step->node, step->up, &fw->uri);
  const omadm_str fields[FIELDS] = {
      omadm_buf_str(&fw->uri), omadm_str_of(csp->name), value, {how, sizeof how}};
  if (err == OMADM_OK) err = fields_write(fields, FIELDS, &fw->row);
  txn_row *row = omadm_arena_new(&txn->arena, 1, sizeof *row);
  if (row == NULL) err = OMADM_E_NOMEM;
  if (err != OMADM_OK) return err;
  *row = (txn_row){.older = txn->rows, .csp = csp, .sequence = txn->next_row + 1};
  err = put_key(fw, txn, row);
  if (err != OMADM_OK) return err;
  const omadm_store_change change = {OMADM_STORE_JOURNAL, omadm_buf_str(&fw->key),
                                     omadm_buf_str(&fw->row)};
  err = overlay_apply(&fw->overlay, &change, 1, "the way back of a change");
  if (err != OMADM_OK) return err;
  txn->next_row++;
  txn->rows = row;
  *written = row;
  return OMADM_OK;
}

omadm_err journal_end(omadm_framework *fw, const fw_txn *txn) {
  omadm_err err = OMADM_OK;
  for (const txn_row *row = txn->rows; err == OMADM_OK && row != NULL; row = row->older) {
    err = put_key(fw, txn, row);
    if (err == OMADM_OK)
      err = overlay_put(&fw->overlay, OMADM_STORE_JOURNAL, omadm_buf_str(&fw->key),
                        (omadm_str){NULL, 0});
  }
  return err;
}

void journal_keep(fw_txn *txn, const txn_row *row) {
  for (txn_row *r = txn->rows; r != NULL; r = r->older) {
    if (r->csp == row->csp && r->sequence <= row->sequence) r->stays = true;
  }
}

static bool goes(const omadm_framework *fw, const fw_txn *txn, const txn_row *row,
                 const fw_csp *csp) {
  if (row->stays) return false;
  return csp != NULL ? row->csp == csp : !op_holds(fw, txn, row->csp);
}

static void close_to_changes(omadm_framework *fw, const fw_txn *txn, fw_csp *csp) {
  csp->broken = true;
  fw_log(fw, OMADM_LOG_ERROR,
         "%s: the way back of transaction %llu stays in the journal; its changes are refused until "
         "the next start",
         csp->name, (unsigned long long)txn->number);
}

void journal_drop(omadm_framework *fw, fw_txn *txn, const fw_csp *csp) {
  size_t n = 0, filled = 0;
  for (const txn_row *row = txn->rows; row != NULL; row = row->older)
    n += goes(fw, txn, row, csp);
  if (n == 0) return;
  omadm_store_change *changes = omadm_arena_new(&txn->arena, n, sizeof *changes);
  omadm_err err = changes != NULL ? OMADM_OK : OMADM_E_NOMEM;
  for (const txn_row *row = txn->rows; err == OMADM_OK && row != NULL; row = row->older) {
    if (!goes(fw, txn, row, csp)) continue;
    err = put_key(fw, txn, row);
    omadm_str key = omadm_arena_copy(&txn->arena, omadm_buf_str(&fw->key));
    if (key.ptr == NULL) err = OMADM_E_NOMEM;
    changes[filled++] = (omadm_store_change){OMADM_STORE_JOURNAL, key, {NULL, 0}};
  }
  if (err == OMADM_OK) err = overlay_apply(&fw->overlay, changes, n, "the end of a way back");
  values_touch(fw);
  for (txn_row **at = &txn->rows; *at != NULL;) {
    txn_row *row = *at;
    if (!goes(fw, txn, row, csp)) {
      at = &row->older;
      continue;
    }
    if (err != OMADM_OK && !row->csp->broken) close_to_changes(fw, txn, row->csp);
    *at = row->older;
  }
}

omadm_err journal_list(omadm_framework *fw, omadm_arena *arena, journal_key **newest) {
  omadm_str after = journal_prefix, key, row;
  *newest = NULL;
  for (;;) {
    omadm_err err =
        overlay_next(&fw->overlay, OMADM_STORE_JOURNAL, journal_prefix, after, &key, &row);
    if (err != OMADM_OK) return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
    journal_key *k = omadm_arena_new(arena, 1, sizeof *k);
    after = omadm_arena_copy(arena, key);
    if (k == NULL || after.ptr == NULL) return OMADM_E_NOMEM;
    *k = (journal_key){*newest, after};
    *newest = k;
  }
}

bool journal_read(omadm_str key, omadm_str octets, journal_entry *entry) {
  omadm_str fields[FIELDS];
  *entry = (journal_entry){.number = 0};
  if (!fields_read(octets, fields, FIELDS)) return false;
  entry->csp = fields[CSP];
  if (key.len != KEY_OCTETS || fields[HOW].len != HOW_OCTETS) return false;
  const char *how = fields[HOW].ptr;
  *entry = (journal_entry){.number = meta_get_u64(key.ptr + NUMBER),
                           .uri = fields[URI],
                           .csp = fields[CSP],
                           .value = fields[VALUE],
                           .verb = (omadm_verb)how[VERB],
                           .format = (omadm_format)how[FORMAT],
                           .in_file = how[IN_FILE] != 0};
  bool changes = entry->verb == OMADM_VERB_ADD || entry->verb == OMADM_VERB_REPLACE ||
                 entry->verb == OMADM_VERB_DELETE || entry->verb == OMADM_VERB_RENAME;
  return changes && (!entry->in_file || entry->value.len == VALUES_REFERENCE);
}

bool journal_reference(omadm_str octets, omadm_str *reference) {
  omadm_str fields[FIELDS];
  if (!fields_read(octets, fields, FIELDS) || fields[HOW].len != HOW_OCTETS ||
      fields[HOW].ptr[IN_FILE] == 0 || fields[VALUE].len != VALUES_REFERENCE)
    return false;
  *reference = fields[VALUE];
  return true;
}
