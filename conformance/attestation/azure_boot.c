/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_boot.h"

#include <string.h>

#include "base/mem.h"
#include "base/octets.h"
#include "base/str.h"
#include "conformance/attestation/ak_public.h"
#include "conformance/attestation/azure_json.h"
#include "conformance/attestation/boot_authority.h"
#include "conformance/attestation/boot_pcrs.h"

enum { IMA_PCR = 10, CLAIM_HEADER = 24, CLAIM_MAGIC = 0x414C5054 /* "TPLA" */ };

void azure_boot_init(azure_boot *self) {
  memset(self, 0, sizeof *self);
  omadm_buf_init(&self->quote, &omadm_mem_default, 4096);
  omadm_buf_init(&self->signature, &omadm_mem_default, 4096);
  omadm_buf_init(&self->tcg, &omadm_mem_default, OMADM_EVENTLOG_MAX);
  omadm_buf_init(&self->ima, &omadm_mem_default, OMADM_EVENTLOG_MAX);
}

void azure_boot_dispose(azure_boot *self) {
  omadm_eventlog_free(self->log);
  omadm_buf_dispose(&self->quote);
  omadm_buf_dispose(&self->signature);
  omadm_buf_dispose(&self->tcg);
  omadm_buf_dispose(&self->ima);
  memset(self, 0, sizeof *self);
}

static omadm_err read_logs(const json_t *logs, azure_boot *self, omadm_error *error) {
  for (size_t i = 0; i < json_array_size(logs); i++) {
    const json_t *log = json_array_get(logs, i);
    omadm_str type = azure_json_text(log, "type");
    omadm_buf *out = omadm_str_is(type, "TCG")   ? &self->tcg
                     : omadm_str_is(type, "IMA") ? &self->ima
                                                 : NULL;
    if (out == NULL)
      return omadm_error_set(error, OMADM_E_SYNTAX, "log %zu is of type neither TCG nor IMA", i);
    if (out->len > 0)
      return omadm_error_set(error, OMADM_E_SYNTAX, "log %zu is the second one of its type", i);
    if (azure_json_octets(log, "log", out) != 0 || out->len == 0)
      return omadm_error_set(error, OMADM_E_SYNTAX, "log %zu is no base64url of 1 to %zu octets", i,
                             OMADM_EVENTLOG_MAX);
  }
  return OMADM_OK;
}

static omadm_err read_value(const json_t *value, omadm_tpm_pcrs *pcrs, omadm_error *error) {
  omadm_err err = OMADM_OK;
  omadm_buf digest = {0};
  omadm_buf_init(&digest, &omadm_mem_default, 64);
  json_int_t index = json_integer_value(json_object_get(value, "index"));
  if (index < 0 || index >= OMADM_TPM_PCRS || (pcrs->mask >> index) != 0)
    err = omadm_error_set(error, OMADM_E_SYNTAX,
                          "the PCRs are not in the order of the quote (index 0 to 23, rising)");
  else if (azure_json_octets(value, "digest", &digest) != 0 || digest.len != pcrs->digest_len)
    err = omadm_error_set(error, OMADM_E_SYNTAX, "the value of PCR %d is no digest of its bank",
                          (int)index);
  if (err == 0) {
    memcpy(pcrs->values[index], digest.ptr, digest.len);
    pcrs->mask |= 1u << index;
  }
  omadm_buf_dispose(&digest);
  return err;
}

static omadm_err read_pcrs(const json_t *banks, omadm_tpm_pcrs *pcrs, omadm_error *error) {
  const json_t *bank = json_array_get(banks, 0);
  const json_t *values = json_object_get(bank, "values");
  json_int_t id = json_integer_value(json_object_get(bank, "algorithm"));
  size_t size = id > 0 && id <= UINT16_MAX ? omadm_tpm_digest_size((uint16_t)id) : 0;
  if (json_array_size(banks) != 1 || size == 0)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "pcrs is not one bank of a known algorithm, with its values");
  omadm_err err = OMADM_OK;
  pcrs->bank = (uint16_t)id;
  pcrs->digest_len = (uint16_t)size;
  for (size_t i = 0; err == 0 && i < json_array_size(values); i++)
    err = read_value(json_array_get(values, i), pcrs, error);
  return err;
}

omadm_err azure_boot_read(const json_t *from, azure_boot *self, omadm_error *error) {
  if (azure_json_octets(from, "quote", &self->quote) != 0 ||
      azure_json_octets(from, "signature", &self->signature) != 0)
    return omadm_error_set(error, OMADM_E_SYNTAX, "quote and signature are not both base64url");
  omadm_err err = read_pcrs(json_object_get(from, "pcrs"), &self->pcrs, error);
  return err != 0 ? err : read_logs(json_object_get(from, "logs"), self, error);
}

/* Header of six little-endian words (magic, version 0, bank, and three sizes), then signature,
 * quote, and the 24 values. */
static omadm_err take_claim(omadm_str claim, azure_boot *self) {
  if (claim.len < CLAIM_HEADER || omadm_le32(claim.ptr) != CLAIM_MAGIC ||
      omadm_le32(claim.ptr + 4) != 0)
    return OMADM_E_SYNTAX;
  uint32_t bank = omadm_le32(claim.ptr + 8);
  uint64_t signature = omadm_le32(claim.ptr + 12), quote = omadm_le32(claim.ptr + 16);
  uint64_t values = omadm_le32(claim.ptr + 20);
  size_t size = bank <= UINT16_MAX ? omadm_tpm_digest_size((uint16_t)bank) : 0;
  if (size == 0 || values != OMADM_TPM_PCRS * size ||
      claim.len != CLAIM_HEADER + signature + quote + values)
    return OMADM_E_SYNTAX;
  const char *at = claim.ptr + CLAIM_HEADER;
  omadm_err err = omadm_buf_add(&self->signature, at, (size_t)signature);
  if (err == 0) err = omadm_buf_add(&self->quote, at + signature, (size_t)quote);
  at += signature + quote;
  self->pcrs.bank = (uint16_t)bank;
  self->pcrs.digest_len = (uint16_t)size;
  self->pcrs.mask = OMADM_TPM_ALL_PCRS;
  for (size_t i = 0; i < OMADM_TPM_PCRS; i++)
    memcpy(self->pcrs.values[i], at + i * size, size);
  return err;
}

omadm_err azure_boot_read_claim(const json_t *from, const char *claim, const char *log,
                                azure_boot *self, omadm_error *error) {
  omadm_buf octets = {0};
  omadm_buf_init(&octets, &omadm_mem_default, 16384);
  omadm_err err = azure_json_octets(from, claim, &octets);
  if (err == 0) err = take_claim(omadm_buf_str(&octets), self);
  if (err != 0)
    err = omadm_error_set(error, OMADM_E_SYNTAX, "%s is no claim about a platform", claim);
  omadm_buf_dispose(&octets);
  if (err == 0 && json_object_get(from, log) != NULL &&
      azure_json_octets(from, log, &self->tcg) != 0)
    err = omadm_error_set(error, OMADM_E_SYNTAX, "%s is no base64url of at most %zu octets", log,
                          OMADM_EVENTLOG_MAX);
  return err;
}

static int lowest(uint32_t mask) {
  int i = 0;
  while ((mask >> i & 1) == 0)
    i++;
  return i;
}

static omadm_err verify_log(azure_boot *self, const service_config *config, omadm_error *error) {
  uint32_t agree = 0, differ = 0;
  if (self->tcg.len == 0) return OMADM_OK;
  omadm_err err = omadm_eventlog_parse(omadm_buf_str(&self->tcg), &self->log, error);
  if (err == 0) err = omadm_eventlog_check(self->log, self->pcrs.bank, error);
  if (err != 0) return err;
  if (omadm_eventlog_compare(self->log, &self->pcrs, &agree, &differ) != 0)
    return omadm_error_set(error, OMADM_E_REFUSED, "the log does not carry the quoted PCR bank");
  omadm_boot_facts_derive(self->log, self->pcrs.bank, agree, &self->facts);
  differ = boot_unaccounted(agree, differ, self->facts.kind);
  boot_authority_judge(config, self->log, self->pcrs.bank, agree, &self->facts);
  if (differ != 0)
    return omadm_error_set(error, OMADM_E_REFUSED, "the log does not make the quoted PCR %d",
                           lowest(differ));
  return OMADM_OK;
}

static omadm_err verify_ima(azure_boot *self, omadm_error *error) {
  omadm_tpm_digest digest = {0};
  if (self->ima.len == 0) return OMADM_OK;
  omadm_err err = omadm_imalog_replay(omadm_buf_str(&self->ima), self->pcrs.bank, &digest,
                                      &self->ima_entries, error);
  if (err != 0) return err;
  if (digest.len != self->pcrs.digest_len ||
      memcmp(digest.octets, self->pcrs.values[IMA_PCR], digest.len) != 0)
    return omadm_error_set(error, OMADM_E_REFUSED, "IMA's list does not make the quoted PCR 10");
  return OMADM_OK;
}

omadm_err azure_boot_verify(azure_boot *self, const azure_aik *aik, const service_config *config,
                            omadm_str nonce, omadm_error *error) {
  omadm_attest attest = {0};
  const omadm_quote_expect expect = {
      .struct_size = sizeof expect,
      .nonce = nonce,
      .bank = self->pcrs.bank,
      .mask = OMADM_TPM_ALL_PCRS,
      .allow_sha1_bank = config->allow_sha1_bank,
      .allow_sha1_signature = config->allow_sha1_signature,
  };
  /* The key's own hash is not in the messages: it is the signature's. */
  uint16_t hash = ak_signature_hash(omadm_buf_str(&self->signature));
  omadm_err err = azure_aik_public(aik, hash, &self->ak, error);
  if (err == 0) err = boot_bank_check(config, self->pcrs.bank, error);
  if (err == 0)
    err = omadm_quote_verify(omadm_buf_str(&self->quote), omadm_buf_str(&self->signature),
                             (omadm_str){(const char *)self->ak.octets, self->ak.len}, &self->pcrs,
                             &expect, &attest, error);
  if (err != 0) return err;
  self->clock = attest.clock;
  err = verify_log(self, config, error);
  return err != 0 ? err : verify_ima(self, error);
}
