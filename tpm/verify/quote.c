/* SPDX-License-Identifier: MIT */
/* Whether a quote, or the certificate of a key, is to be believed. */
#include "tpm/verify/verify.h"

#include <string.h>

/* The key may attest, the octets are a TPM's own statement of that type, and the key signed them.
 * Only then what they say is looked at. */
static omadm_err believe(omadm_str attest, omadm_str signature, omadm_str ak_public, int allow_sha1,
                         uint16_t type, omadm_attest *parsed, omadm_error *error) {
  omadm_err err = omadm_ak_check(ak_public, allow_sha1, error);
  if (err == 0) err = omadm_attest_signed_by(attest, signature, ak_public, error);
  if (err == 0) err = omadm_attest_parse(attest, parsed, error);
  if (err != 0 || parsed->type == type) return err;
  return omadm_error_set(error, OMADM_E_REFUSED,
                         type == VERIFY_ST_QUOTE ? "the attestation is not a quote"
                                                 : "the attestation does not certify a key");
}

static omadm_err check_nonce(omadm_str extra, omadm_str nonce, omadm_error *error) {
  if (verify_equal(extra, nonce)) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED,
                         "the attestation answers another nonce (%zu octets) than the expected one "
                         "(%zu octets)",
                         extra.len, nonce.len);
}

static omadm_err check_bank(const omadm_attest *a, const omadm_quote_expect *expect,
                            omadm_error *error) {
  if (a->mask == 0)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the quote covers no PCR at all: its bank is not allocated in the TPM");
  if (expect->bank != 0 && a->bank != expect->bank)
    return omadm_error_set(error, OMADM_E_REFUSED, "the quote is over bank 0x%04X, not 0x%04X",
                           a->bank, expect->bank);
  if (a->bank == OMADM_TPM_SHA1 && !expect->allow_sha1_bank)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the quote is over the SHA-1 bank, which is not allowed here");
  if (omadm_tpm_digest_size(a->bank) == 0)
    return omadm_error_set(error, OMADM_E_REFUSED, "the quote is over bank 0x%04X, unknown here",
                           a->bank);
  if (a->mask == expect->mask) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED, "the quote covers PCRs 0x%06X, not 0x%06X",
                         a->mask, expect->mask);
}

/* Part 3, 18.4: the values in ascending order, hashed with the hash of the signing scheme and not
 * with that of the bank. */
static omadm_err check_pcrs(const omadm_attest *a, omadm_str ak_public, const omadm_tpm_pcrs *pcrs,
                            omadm_error *error) {
  omadm_tpm_public key;
  uint8_t values[OMADM_TPM_PCRS * 64];
  uint8_t digest[64];
  size_t n = 0;
  omadm_err err = omadm_tpm_public_parse(ak_public, &key, error);
  if (err != 0) return err;
  if (pcrs->bank != a->bank || pcrs->mask != a->mask ||
      pcrs->digest_len != omadm_tpm_digest_size(a->bank))
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the PCR values (bank 0x%04X, PCRs 0x%06X) are not those that the quote "
                           "covers (bank 0x%04X, PCRs 0x%06X)",
                           pcrs->bank, pcrs->mask, a->bank, a->mask);
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    if ((a->mask >> i & 1U) == 0) continue;
    memcpy(values + n, pcrs->values[i], pcrs->digest_len);
    n += pcrs->digest_len;
  }
  err = verify_digest(key.scheme_hash, (omadm_str){(const char *)values, n}, digest, error);
  if (err != 0) return err;
  omadm_str expected = {(const char *)digest, omadm_tpm_digest_size(key.scheme_hash)};
  if (verify_equal(a->pcr_digest, expected)) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED,
                         "the PCR values are not those that the TPM quoted");
}

omadm_err omadm_quote_verify(omadm_str attest, omadm_str signature, omadm_str ak_public,
                             const omadm_tpm_pcrs *pcrs, const omadm_quote_expect *expect,
                             omadm_attest *parsed, omadm_error *error) {
  omadm_attest a = {0};
  if (expect == NULL || expect->struct_size < sizeof *expect || pcrs == NULL || expect->mask == 0 ||
      (expect->mask & ~OMADM_TPM_ALL_PCRS) != 0)
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "nothing usable was said about what the quote has to cover");
  omadm_err err = believe(attest, signature, ak_public, expect->allow_sha1_signature,
                          VERIFY_ST_QUOTE, &a, error);
  if (err == 0) err = check_nonce(a.extra, expect->nonce, error);
  if (err == 0) err = check_bank(&a, expect, error);
  if (err == 0) err = check_pcrs(&a, ak_public, pcrs, error);
  if (err == 0 && parsed != NULL) *parsed = a;
  return err;
}

omadm_err omadm_certify_verify(omadm_str attest, omadm_str signature, omadm_str ak_public,
                               omadm_str subject, omadm_str nonce, omadm_error *error) {
  /* A key without these may have been loaded from outside, or be known elsewhere too. */
  const uint32_t bound = VERIFY_FIXED_TPM | VERIFY_FIXED_PARENT | VERIFY_SENSITIVE_DATA_ORIGIN;
  omadm_attest a = {0};
  omadm_tpm_public key = {0};
  omadm_tpm_digest name = {0};
  omadm_err err =
      believe(attest, signature, ak_public, /* SHA-1 */ 0, VERIFY_ST_CERTIFY, &a, error);
  if (err == 0) err = check_nonce(a.extra, nonce, error);
  if (err == 0) err = omadm_tpm_public_parse(subject, &key, error);
  if (err == 0) err = omadm_tpm_name(subject, &name, error);
  if (err != 0) return err;
  if (!verify_equal(a.name, (omadm_str){(const char *)name.octets, name.len}))
    return omadm_error_set(error, OMADM_E_REFUSED, "the TPM certified another key than this one");
  if ((key.attributes & bound) != bound)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the certified key was not made in this TPM to stay there: it lacks "
                           "fixedTPM, fixedParent or sensitiveDataOrigin");
  return OMADM_OK;
}
