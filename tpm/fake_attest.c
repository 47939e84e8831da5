/* SPDX-License-Identifier: MIT */
/* The fake's PCRs, and the attestations that it builds by hand. */
#include "tpm/fake_parts.h"
#include "tpm/verify/marshal.h"
#include "tpm/verify/verify.h"

#include <string.h>

enum { LONGEST_NONCE = 64 };

omadm_tpm_pcrs *fake_bank_find(fake_tpm *tpm, uint16_t bank) {
  for (size_t i = 0; i < tpm->knobs.n_banks; i++) {
    if (tpm->knobs.banks[i].bank == bank) return &tpm->knobs.banks[i];
  }
  return NULL;
}

omadm_tpm_status fake_pcrs_read(fake_tpm *tpm, uint16_t bank, uint32_t mask, omadm_tpm_pcrs *pcrs) {
  const omadm_tpm_pcrs *values = fake_bank_find(tpm, bank);
  if (values == NULL) return OMADM_TPM_UNSUPPORTED;
  memset(pcrs, 0, sizeof *pcrs);
  pcrs->bank = bank;
  pcrs->digest_len = (uint16_t)omadm_tpm_digest_size(bank);
  pcrs->mask = mask & OMADM_TPM_ALL_PCRS;
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    if (pcrs->mask >> i & 1U) memcpy(pcrs->values[i], values->values[i], values->digest_len);
  }
  return OMADM_TPM_OK;
}

static void write_attested(writer *w, const omadm_attest *body) {
  if (body->type == VERIFY_ST_CERTIFY) {
    writer_sized(w, body->name.ptr, body->name.len);
    writer_sized(w, body->qualified_name.ptr, body->qualified_name.len);
    return;
  }
  writer_number(w, 1, 4); /* one bank */
  writer_number(w, body->bank, 2);
  writer_number(w, 3, 1); /* octets of its bitmap */
  for (unsigned i = 0; i < 3; i++)
    writer_number(w, body->mask >> 8 * i & 0xFF, 1);
  writer_sized(w, body->pcr_digest.ptr, body->pcr_digest.len);
}

/* As a test wants it, and signed. */
static void finish(fake_tpm *tpm, fake_key *key, fake_attest *made, omadm_tpm_data *attest,
                   omadm_tpm_data *signature) {
  writer w = writer_to(attest);
  omadm_attest *body = &made->body;
  made->magic = VERIFY_GENERATED;
  body->signer = (omadm_str){(const char *)key->qualified_name.octets, key->qualified_name.len};
  body->clock = tpm->knobs.clock;
  body->firmware = tpm->knobs.firmware;
  if (tpm->knobs.forge != NULL) tpm->knobs.forge(tpm->knobs.forge_ctx, made);
  writer_number(&w, made->magic, 4);
  writer_number(&w, body->type, 2);
  writer_sized(&w, body->signer.ptr, body->signer.len);
  writer_sized(&w, body->extra.ptr, body->extra.len);
  writer_number(&w, body->clock.milliseconds, 8);
  writer_number(&w, body->clock.reset_count, 4);
  writer_number(&w, body->clock.restart_count, 4);
  writer_number(&w, body->clock.safe, 1);
  writer_number(&w, body->firmware, 8);
  write_attested(&w, body);
  fake_must(!w.failed);
  attest->len = (uint32_t)w.len;
  fake_key_sign(tpm, key, (omadm_str){(const char *)attest->octets, attest->len}, signature);
}

omadm_tpm_status fake_attest_quote(fake_tpm *tpm, fake_key *key, uint16_t bank, uint32_t mask,
                                   omadm_str nonce, omadm_tpm_quote *quote) {
  uint8_t values[OMADM_TPM_PCRS * 64], digest[64];
  uint16_t hash = fake_key_hash(key);
  size_t n = 0;
  if (nonce.len > LONGEST_NONCE || !fake_key_is_attesting(key)) return OMADM_TPM_ARGUMENT;
  if (fake_bank_find(tpm, bank) == NULL) return OMADM_TPM_UNSUPPORTED;
  fake_pcrs_read(tpm, bank, mask, &quote->pcrs);
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    if ((quote->pcrs.mask >> i & 1U) == 0) continue;
    memcpy(values + n, quote->pcrs.values[i], quote->pcrs.digest_len);
    n += quote->pcrs.digest_len;
  }
  fake_must(verify_digest(hash, (omadm_str){(const char *)values, n}, digest, NULL) == OMADM_OK);
  fake_attest made = {.body = {.type = VERIFY_ST_QUOTE,
                               .extra = nonce,
                               .bank = bank,
                               .mask = quote->pcrs.mask,
                               .pcr_digest = {(const char *)digest, omadm_tpm_digest_size(hash)}}};
  finish(tpm, key, &made, &quote->attest, &quote->signature);
  return OMADM_TPM_OK;
}

omadm_tpm_status fake_attest_certify(fake_tpm *tpm, fake_key *key, const fake_key *subject,
                                     omadm_str nonce, omadm_tpm_signed *certified) {
  if (nonce.len > LONGEST_NONCE || !fake_key_is_attesting(key)) return OMADM_TPM_ARGUMENT;
  fake_attest made = {.body = {.type = VERIFY_ST_CERTIFY,
                               .extra = nonce,
                               .name = {(const char *)subject->name.octets, subject->name.len},
                               .qualified_name = {(const char *)subject->qualified_name.octets,
                                                  subject->qualified_name.len}}};
  finish(tpm, key, &made, &certified->attest, &certified->signature);
  return OMADM_TPM_OK;
}
