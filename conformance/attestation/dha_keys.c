/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/dha_keys.h"

#include <stdbool.h>

#include "base/octets.h"

#include "conformance/attestation/ak_public.h"

enum {
  RSA_MAGIC = 0x31415352, /* "RSA1": BCRYPT_RSAPUBLIC_MAGIC */
  RSA_HEAD = 24,
  RSA_BITS = 8 * AK_MODULUS,
  CLAIM_MAGIC = 0x5453414B, /* "KAST" */
  CLAIM_HEAD = 28,
  CLAIM_TPM20 = 2
};

omadm_err dha_rsa_read(omadm_str blob, dha_rsa *out, omadm_error *error) {
  if (blob.len < RSA_HEAD || omadm_le32_at(blob, 0) != RSA_MAGIC ||
      omadm_le32_at(blob, 1) != RSA_BITS)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "the attestation key is not a BCRYPT_RSAPUBLIC_BLOB of 2048 bits");
  uint32_t exponent = omadm_le32_at(blob, 2);
  uint32_t modulus = omadm_le32_at(blob, 3);
  bool fits = exponent >= 1 && exponent <= 4 && modulus == AK_MODULUS &&
              omadm_le32_at(blob, 4) == 0 && omadm_le32_at(blob, 5) == 0 &&
              blob.len == (size_t)RSA_HEAD + exponent + modulus;
  if (!fits)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "the sizes in the attestation key's BCRYPT_RSAPUBLIC_BLOB are wrong");
  out->exponent = 0;
  for (uint32_t i = 0; i < exponent; i++)
    out->exponent = out->exponent << 8 | (uint8_t)blob.ptr[RSA_HEAD + i];
  out->modulus = (omadm_str){blob.ptr + RSA_HEAD + exponent, modulus};
  return OMADM_OK;
}

omadm_err dha_claim_read(omadm_str statement, omadm_str *tpmt_public, omadm_error *error) {
  static const uint32_t head[] = {CLAIM_MAGIC, 1, CLAIM_TPM20, CLAIM_HEAD};
  if (statement.len < CLAIM_HEAD + 2)
    return omadm_error_set(error, OMADM_E_SYNTAX, "KAClaim is cut");
  for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) {
    if (omadm_le32_at(statement, i) != head[i])
      return omadm_error_set(error, OMADM_E_SYNTAX,
                             "KAClaim is not a KeyAttestationStatement for a TPM 2.0 (word %zu)",
                             i);
  }
  size_t binding = statement.len - CLAIM_HEAD;
  if (omadm_le32_at(statement, 4) != binding || omadm_le32_at(statement, 5) != 0 ||
      omadm_le32_at(statement, 6) != 0)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "KAClaim has other parts than an IdBinding, or its size is wrong");
  const uint8_t *p = (const uint8_t *)statement.ptr + CLAIM_HEAD;
  size_t size = (size_t)p[0] << 8 | p[1];
  if (size != binding - 2)
    return omadm_error_set(error, OMADM_E_SYNTAX, "the IdBinding of KAClaim is not a TPM2B_PUBLIC");
  *tpmt_public = (omadm_str){(const char *)p + 2, size};
  return OMADM_OK;
}
