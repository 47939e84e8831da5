/* SPDX-License-Identifier: MIT */
#include "health-attestation/held.h"

static const char held_key[] = "certificate";

static bool read_fields(omadm_str record, held *h) {
  uint32_t *const numbers[] = {&h->version, &h->reset, &h->restart, &h->bank};
  octets *const fields[] = {&h->endpoint, &h->name, &h->blob};
  omadm_str field;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
    if (!octets_take_u32le(&record, numbers[i])) return false;
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    if (!octets_take_field(&record, &field)) return false;
    octets_add_str(fields[i], field);
    if (fields[i]->failed) return false;
  }
  return record.len == 0;
}

omadm_err held_load(const attestation *self, held *h) {
  octets record = {0};
  *h = (held){0};
  omadm_err err = attestation_load(self, held_key, &record);
  if (err == 0 && !read_fields(octets_str(&record), h)) err = OMADM_E_SYNTAX;
  octets_dispose(&record);
  return err;
}

omadm_err held_save(const attestation *self, const held *h) {
  octets record = {0};
  octets_add_u32le(&record, h->version);
  octets_add_u32le(&record, h->reset);
  octets_add_u32le(&record, h->restart);
  octets_add_u32le(&record, h->bank);
  octets_add_field(&record, octets_str(&h->endpoint));
  octets_add_field(&record, octets_str(&h->name));
  octets_add_field(&record, octets_str(&h->blob));
  omadm_err err =
      record.failed ? OMADM_E_NOMEM : attestation_save(self, held_key, octets_str(&record));
  octets_dispose(&record);
  return err;
}

void held_dispose(held *h) {
  octets_dispose(&h->endpoint);
  octets_dispose(&h->name);
  octets_dispose(&h->blob);
}

bool held_is_for(const held *h, const evidence *e, const omadm_tpm_quote *quote) {
  uint32_t reset = 0, restart = 0;
  return h->blob.len > 0 && evidence_counters(&quote->attest, &reset, &restart) &&
         h->reset == reset && h->restart == restart &&
         octets_same(octets_str(&h->name), evidence_name(e));
}
