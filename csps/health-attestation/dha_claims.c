/* SPDX-License-Identifier: MIT */
#include "health-attestation/dha_claims.h"

#include "health-attestation/evidence.h"

uint16_t dha_claims_hash(omadm_tpm_key_kind kind) {
  return kind == OMADM_TPM_AK_RSA_SHA1 ? OMADM_TPM_SHA1 : OMADM_TPM_SHA256;
}

/* Six or five little-endian numbers, then what they are the lengths of. The layout is known from
 * recorded traffic only; there the second number is 4 where SHA-1 is signed with, so it is written
 * as that algorithm (ours). */
bool dha_claims_write(const omadm_tpm_quote *quote, uint16_t bank, uint16_t hash, const octets *log,
                      octets *out) {
  enum { VERSION = 1 };
  omadm_str attest = evidence_str(&quote->attest), signature = evidence_str(&quote->signature);
  size_t size = omadm_tpm_digest_size(bank);
  if (attest.len == 0 || signature.len == 0 || size == 0 || quote->pcrs.bank != bank ||
      quote->pcrs.digest_len != size || quote->pcrs.mask != OMADM_TPM_ALL_PCRS ||
      (log != NULL && log->len > EVIDENCE_LOG_MAX))
    return false;
  octets_add_u32le(out, VERSION);
  octets_add_u32le(out, hash);
  octets_add_u32le(out, (uint32_t)attest.len);
  octets_add_u32le(out, (uint32_t)signature.len);
  octets_add_u32le(out, (uint32_t)(OMADM_TPM_PCRS * size));
  if (log != NULL) octets_add_u32le(out, (uint32_t)log->len);
  octets_add_str(out, attest);
  octets_add_str(out, signature);
  for (size_t i = 0; i < OMADM_TPM_PCRS; i++)
    octets_add(out, quote->pcrs.values[i], size);
  if (log != NULL) octets_add_str(out, octets_str(log));
  return !out->failed;
}
