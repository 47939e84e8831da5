/* SPDX-License-Identifier: MIT */
#include "health-attestation/azure_reports.h"

#include <openssl/evp.h>

/* A server's id is its own choice, of any length: the key is made of its digest. */
static bool key_of(omadm_str server_id, octets *key) {
  uint8_t digest[32];
  if (EVP_Digest(server_id.len > 0 ? server_id.ptr : "", server_id.len, digest, NULL, EVP_sha256(),
                 NULL) != 1)
    return false;
  octets_add_text(key, "azure-");
  for (size_t i = 0; i < 16; i++)
    octets_add_format(key, "%02x", digest[i]);
  octets_add(key, "", 1);
  return !key->failed;
}

static bool read_record(omadm_str record, report *out) {
  omadm_str ids, message, token;
  if (!octets_take_u32le(&record, &out->hresult) || !octets_take_field(&record, &ids) ||
      !octets_take_field(&record, &message) || !octets_take_field(&record, &token))
    return false;
  octets_add_str(&out->ids, ids);
  octets_add_str(&out->message, message);
  octets_add_str(&out->token, token);
  return !out->ids.failed && !out->message.failed && !out->token.failed;
}

bool report_load(const attestation *self, omadm_str server_id, report *out) {
  octets key = {0}, record = {0};
  *out = (report){0};
  omadm_err err =
      key_of(server_id, &key) ? attestation_load(self, key.ptr, &record) : OMADM_E_NOMEM;
  bool good = err == OMADM_E_NOT_FOUND || (err == 0 && read_record(octets_str(&record), out));
  octets_dispose(&key);
  octets_dispose(&record);
  return good;
}

void report_dispose(report *r) {
  octets_dispose(&r->ids);
  octets_dispose(&r->message);
  octets_dispose(&r->token);
}

omadm_err report_save(const attestation *self, omadm_str server_id, const report *r) {
  octets key = {0}, record = {0};
  omadm_err err = OMADM_E_NOMEM;
  octets_add_u32le(&record, r->hresult);
  octets_add_field(&record, octets_str(&r->ids));
  octets_add_field(&record, octets_str(&r->message));
  octets_add_field(&record, octets_str(&r->token));
  if (!record.failed && key_of(server_id, &key))
    err = attestation_save(self, key.ptr, octets_str(&record));
  octets_dispose(&key);
  octets_dispose(&record);
  return err;
}

void report_remove(const attestation *self, omadm_str server_id) {
  octets key = {0};
  if (key_of(server_id, &key)) (void)attestation_save(self, key.ptr, (omadm_str){NULL, 0});
  octets_dispose(&key);
}
