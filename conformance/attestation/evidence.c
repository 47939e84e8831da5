/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/evidence.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/str.h"
#include "conformance/attestation/boot_authority.h"
#include "conformance/attestation/boot_pcrs.h"

enum { ATTEST_QUOTE = 0x8018 };

static const char *alg_name(uint16_t alg) {
  const char *name = omadm_tpm_alg_name(alg);
  return *name == 0 ? "unknown" : name;
}

/* Takes the PCR values apart, by the bank that the quote names. */
static dha_code read_pcrs(const claims *evidence, const omadm_attest *attest, omadm_tpm_pcrs *pcrs,
                          omadm_error *error) {
  size_t size = omadm_tpm_digest_size(attest->bank);
  if (size == 0 || attest->mask != OMADM_TPM_ALL_PCRS) {
    omadm_error_set(error, OMADM_E_REFUSED,
                    "the quote is over PCRs %06X of bank %s, not over all 24 of one (a bank that "
                    "is not allocated quotes as nothing)",
                    attest->mask, alg_name(attest->bank));
    return DHA_BANK;
  }
  if (evidence->pcrs.len != size * OMADM_TPM_PCRS) {
    omadm_error_set(error, OMADM_E_REFUSED, "%zu octets of PCR values, bank %s has %zu",
                    evidence->pcrs.len, alg_name(attest->bank), size * OMADM_TPM_PCRS);
    return DHA_PCRS;
  }
  *pcrs = (omadm_tpm_pcrs){
      .bank = attest->bank, .digest_len = (uint16_t)size, .mask = OMADM_TPM_ALL_PCRS};
  for (size_t i = 0; i < OMADM_TPM_PCRS; i++)
    memcpy(pcrs->values[i], evidence->pcrs.ptr + i * size, size);
  return DHA_OK;
}

/* The qualified name of a primary key: of its hierarchy's handle and its name (TPM 2.0 Library,
 * part 1, 16). */
static bool is_qualified_by(uint32_t handle, const omadm_tpm_digest *name, omadm_str signer) {
  uint8_t octets[4 + sizeof name->octets], digest[EVP_MAX_MD_SIZE];
  size_t size = 0;
  for (unsigned i = 0; i < 4; i++)
    octets[i] = (uint8_t)(handle >> (24 - 8 * i));
  memcpy(octets + 4, name->octets, name->len);
  uint16_t alg = (uint16_t)(name->octets[0] << 8 | name->octets[1]);
  return EVP_Q_digest(NULL, omadm_tpm_alg_name(alg), NULL, octets, 4 + (size_t)name->len, digest,
                      &size) == 1 &&
         signer.len == 2 + size && memcmp(signer.ptr, name->octets, 2) == 0 &&
         memcmp(signer.ptr + 2, digest, size) == 0;
}

bool evidence_is_primary(const omadm_attest *attest, const omadm_tpm_digest *name) {
  static const uint32_t hierarchies[] = {0x40000001 /* owner */, 0x40000007 /* null */,
                                         0x4000000B /* endorsement */, 0x4000000C /* platform */};
  for (size_t i = 0; i < sizeof hierarchies / sizeof hierarchies[0]; i++) {
    if (is_qualified_by(hierarchies[i], name, attest->signer)) return true;
  }
  return false;
}

/* Which of the reasons it was that the quote did not verify; the decision has been taken. */
static dha_code classify(const claims *evidence, omadm_str ak_public, const omadm_attest *attest,
                         const omadm_quote_expect *expect) {
  omadm_error ignored = {0};
  if (omadm_ak_check(ak_public, expect->allow_sha1_signature, &ignored) != OMADM_OK) return DHA_KEY;
  if (attest->type != ATTEST_QUOTE ||
      omadm_attest_signed_by(evidence->quote, evidence->signature, ak_public, &ignored) != OMADM_OK)
    return DHA_QUOTE;
  if (!omadm_str_equal(attest->extra, expect->nonce)) return DHA_NONCE;
  if ((expect->bank != 0 && attest->bank != expect->bank) ||
      (attest->bank == OMADM_TPM_SHA1 && !expect->allow_sha1_bank))
    return DHA_BANK;
  return DHA_PCRS;
}

dha_code evidence_quote(const service_config *config, const claims *evidence, omadm_str ak_public,
                        omadm_str nonce, uint16_t bank, omadm_attest *attest, omadm_tpm_pcrs *pcrs,
                        omadm_error *error) {
  const omadm_quote_expect expect = {
      .struct_size = sizeof expect,
      .nonce = nonce,
      .bank = bank,
      .mask = OMADM_TPM_ALL_PCRS,
      .allow_sha1_bank = config->allow_sha1_bank,
      .allow_sha1_signature = config->allow_sha1_signature,
  };
  if (omadm_attest_parse(evidence->quote, attest, error) != OMADM_OK) return DHA_QUOTE;
  dha_code code = read_pcrs(evidence, attest, pcrs, error);
  if (code == DHA_OK && boot_bank_check(config, attest->bank, error) != OMADM_OK) code = DHA_BANK;
  if (code != DHA_OK) return code;
  if (omadm_quote_verify(evidence->quote, evidence->signature, ak_public, pcrs, &expect, attest,
                         error) == OMADM_OK)
    return DHA_OK;
  return classify(evidence, ak_public, attest, &expect);
}

/* "0 4 7" */
static void list_pcrs(uint32_t mask, char text[96]) {
  size_t n = 0;
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    if ((mask & 1u << i) != 0) n += (size_t)snprintf(text + n, 96 - n, "%s%u", n > 0 ? " " : "", i);
  }
}

static dha_code compare(const service_config *config, const omadm_tpm_pcrs *pcrs, evidence_log *out,
                        omadm_error *error) {
  char list[96] = "";
  uint32_t differ = 0;
  if (omadm_eventlog_compare(out->log, pcrs, &out->agree, &differ) != OMADM_OK) {
    omadm_error_set(error, OMADM_E_REFUSED, "the log has no digests of the quoted bank, %s",
                    alg_name(pcrs->bank));
    return DHA_LOG_PCRS;
  }
  omadm_boot_facts_derive(out->log, pcrs->bank, out->agree, &out->facts);
  uint32_t wrong = boot_unaccounted(out->agree, differ, out->facts.kind);
  boot_authority_judge(config, out->log, pcrs->bank, out->agree, &out->facts);
  if (wrong == 0) return DHA_OK;
  list_pcrs(wrong, list);
  omadm_error_set(error, OMADM_E_REFUSED, "the log does not make the quoted value of PCR %s", list);
  return DHA_LOG_PCRS;
}

/* A log of one entry that measures nothing: from it follow the safe values of all facts. */
static const char silent_log[32] = {[4] = 3 /* EV_NO_ACTION */};

dha_code evidence_log_verify(const service_config *config, omadm_str octets,
                             const omadm_tpm_pcrs *pcrs, evidence_log *out, omadm_error *error) {
  memset(out, 0, sizeof *out);
  bool none = octets.len == 0;
  if (none) octets = (omadm_str){silent_log, sizeof silent_log};
  if (omadm_eventlog_parse(octets, &out->log, error) != OMADM_OK) return DHA_LOG;
  if (none) {
    /* Firmware without a log: the quote speaks alone. */
    omadm_boot_facts_derive(out->log, OMADM_TPM_SHA1, 0, &out->facts);
    return DHA_OK;
  }
  dha_code code = compare(config, pcrs, out, error);
  if (code != DHA_OK) return code;
  return omadm_eventlog_check(out->log, pcrs->bank, error) == OMADM_OK ? DHA_OK : DHA_LOG;
}

void evidence_log_dispose(evidence_log *self) {
  omadm_eventlog_free(self->log);
  self->log = NULL;
}
