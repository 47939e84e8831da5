/* SPDX-License-Identifier: MIT */
#include "csp-framework/meta.h"

enum { NUMBERS = 4096 /* reserved at once */, LAST_SESSION = 65535 };

omadm_err meta_journal_key(omadm_framework *fw, const char *word, uint64_t number) {
  char octets[8];
  meta_put_u64(octets, number);
  fw->key.len = 0;
  omadm_err err = omadm_buf_add(&fw->key, word, strlen(word) + 1);
  return err == 0 ? omadm_buf_add(&fw->key, octets, sizeof octets) : err;
}

void meta_rows_init(omadm_framework *fw, const char *word, meta_rows *rows) {
  omadm_buf_init(&rows->after, &fw->mem, 0);
  omadm_buf_init(&rows->row, &fw->mem, 0);
  rows->prefix = strlen(word) + 1;
  (void)omadm_buf_add(&rows->after, word, rows->prefix); /* without it the first read fails */
}

void meta_rows_dispose(meta_rows *rows) {
  omadm_buf_dispose(&rows->after);
  omadm_buf_dispose(&rows->row);
}

omadm_err meta_rows_next(omadm_framework *fw, meta_rows *rows, uint64_t *number, omadm_str *value) {
  omadm_str key, row;
  if (rows->after.len < rows->prefix) return OMADM_E_NOMEM;
  do {
    omadm_str prefix = {rows->after.ptr, rows->prefix};
    omadm_err err = overlay_next(&fw->overlay, OMADM_STORE_JOURNAL, prefix,
                                 omadm_buf_str(&rows->after), &key, &row);
    if (err != 0) return err;
    rows->row.len = 0;
    err = omadm_buf_add_str(&rows->row, row);
    rows->after.len = 0; /* the key begins with the word, as before */
    if (err == 0) err = omadm_buf_add_str(&rows->after, key);
    if (err != 0) return err;
  } while (rows->after.len != rows->prefix + 8);
  *number = meta_get_u64(rows->after.ptr + rows->prefix);
  *value = omadm_buf_str(&rows->row);
  return OMADM_OK;
}

/* 0 where there is none. */
static omadm_err read_number(omadm_framework *fw, omadm_str key, uint64_t *value) {
  omadm_str row;
  *value = 0;
  omadm_err err = overlay_get(&fw->overlay, OMADM_STORE_META, key, &row);
  if (err == OMADM_E_NOT_FOUND) return OMADM_OK;
  if (err == 0 && row.len == 8) *value = meta_get_u64(row.ptr);
  return err;
}

/* At once and durable, past the overlay: a roll-back must not give a number out again. */
static omadm_err write_number(omadm_framework *fw, omadm_str key, uint64_t value) {
  char octets[8];
  meta_put_u64(octets, value);
  omadm_store_change change = {OMADM_STORE_META, key, {octets, sizeof octets}};
  return overlay_apply(&fw->overlay, &change, 1, "a number");
}

omadm_err meta_transaction_number(omadm_framework *fw, uint64_t *number) {
  const omadm_str key = OMADM_STR("framework/transactions");
  if (fw->next_number == fw->numbers_end) {
    uint64_t next = 0;
    omadm_err err = read_number(fw, key, &next);
    if (err == 0) err = write_number(fw, key, next + NUMBERS);
    if (err != 0) return err;
    fw->next_number = next + 1;
    fw->numbers_end = next + 1 + NUMBERS;
  }
  *number = fw->next_number++;
  return OMADM_OK;
}

omadm_err host_session_number(void *ctx, uint32_t *number) {
  omadm_framework *fw = ctx;
  const omadm_str key = OMADM_STR("framework/sessions");
  uint64_t last = 0;
  omadm_err err = read_number(fw, key, &last);
  uint64_t next = last >= LAST_SESSION ? 1 : last + 1;
  if (err == 0) err = write_number(fw, key, next);
  if (err == 0) *number = (uint32_t)next;
  return err;
}

omadm_err meta_forget_server(omadm_framework *fw, omadm_str server_id) {
  omadm_buf prefix, after;
  omadm_str key, value;
  omadm_buf_init(&prefix, &fw->mem, 0);
  omadm_buf_init(&after, &fw->mem, 0);
  omadm_err err = omadm_buf_printf(&prefix, META_HOST OMADM_META_SERVER "%.*s\n",
                                   (int)server_id.len, server_id.ptr);
  if (err == 0) err = omadm_buf_add_str(&after, omadm_buf_str(&prefix));
  while (err == 0) {
    err = overlay_next(&fw->overlay, OMADM_STORE_META, omadm_buf_str(&prefix),
                       omadm_buf_str(&after), &key, &value);
    after.len = 0;
    if (err == 0) err = omadm_buf_add_str(&after, key);
    if (err == 0)
      err =
          overlay_put(&fw->overlay, OMADM_STORE_META, omadm_buf_str(&after), (omadm_str){NULL, 0});
  }
  omadm_buf_dispose(&prefix);
  omadm_buf_dispose(&after);
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}
