/* SPDX-License-Identifier: MIT */
#include "provisioning/notification_memory.h"

#include "base/str.h"

omadm_err memory_read(memory *self, omadm_framework *framework, omadm_str server_id,
                      const char *word) {
  omadm_buf_init(&self->key, NULL, 0);
  omadm_buf_init(&self->row, NULL, 0);
  omadm_err err = omadm_buf_printf(&self->key, OMADM_META_SERVER "%.*s\n%s", (int)server_id.len,
                                   server_id.ptr, word);
  if (err == 0) err = omadm_framework_meta_get(framework, omadm_buf_str(&self->key), &self->row);
  if (self->row.len % MEMORY_RECORD != 0) self->row.len = 0;
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

void memory_dispose(memory *self) {
  omadm_buf_dispose(&self->key);
  omadm_buf_dispose(&self->row);
}

unsigned char *memory_find(memory *self, const unsigned char *head) {
  for (size_t at = 0; at < self->row.len; at += MEMORY_RECORD)
    if (head == NULL || memcmp(self->row.ptr + at, head, MEMORY_HEAD) == 0)
      return (unsigned char *)self->row.ptr + at;
  return NULL;
}

unsigned char *memory_add(memory *self, const unsigned char *head) {
  unsigned char *found = memory_find(self, head);
  if (found != NULL) return found;
  if (omadm_buf_reserve(&self->row, MEMORY_RECORD) != OMADM_OK) return NULL;
  found = (unsigned char *)self->row.ptr + self->row.len;
  memset(found, 0, MEMORY_RECORD);
  if (head != NULL) memcpy(found, head, MEMORY_HEAD);
  self->row.len += MEMORY_RECORD;
  return found;
}

static bool is_among(const char *record, const unsigned char (*heads)[MEMORY_HEAD], size_t n) {
  for (size_t i = 0; i < n; i++)
    if (memcmp(record, heads[i], MEMORY_HEAD) == 0) return true;
  return false;
}

void memory_keep(memory *self, const unsigned char (*heads)[MEMORY_HEAD], size_t n) {
  size_t kept = 0;
  for (size_t at = 0; at < self->row.len; at += MEMORY_RECORD) {
    if (!is_among(self->row.ptr + at, heads, n)) continue;
    if (kept != at) memmove(self->row.ptr + kept, self->row.ptr + at, MEMORY_RECORD);
    kept += MEMORY_RECORD;
  }
  self->row.len = kept;
}

omadm_err memory_write(const memory *self, omadm_framework *framework) {
  omadm_str row = omadm_buf_str(&self->row);
  if (row.ptr == NULL) row.ptr = "";
  omadm_err err = omadm_framework_meta_set(framework, omadm_buf_str(&self->key), row);
  return err == 0 ? omadm_framework_settle(framework) : err;
}

bool memory_has(const unsigned char *record, uint32_t session) {
  return (record[MEMORY_HEAD + (session & 0xFFFF) / 8] >> session % 8 & 1) != 0;
}

void memory_set(unsigned char *record, uint32_t session, bool seen) {
  unsigned char *octet = &record[MEMORY_HEAD + (session & 0xFFFF) / 8];
  unsigned char bit = (unsigned char)(1U << session % 8);
  *octet = (unsigned char)(seen ? *octet | bit : *octet & ~bit);
}

uint64_t memory_time(const unsigned char *record) {
  uint64_t time = 0;
  for (size_t i = 0; i < MEMORY_HEAD; i++)
    time = time << 8 | record[i];
  return time;
}

void memory_set_time(unsigned char *record, uint64_t time) {
  for (size_t i = MEMORY_HEAD; i-- > 0; time >>= 8)
    record[i] = (unsigned char)(time & 0xFF);
}
