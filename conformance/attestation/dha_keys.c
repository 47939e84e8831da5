/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/dha_keys.h"

#include <stdbool.h>
#include <string.h>

enum {
  RSA_MAGIC = 0x31415352, /* "RSA1": BCRYPT_RSAPUBLIC_MAGIC */
  RSA_HEAD = 24,
  RSA_BITS = 2048,
  CLAIM_MAGIC = 0x5453414B, /* "KAST" */
  CLAIM_HEAD = 28,
  CLAIM_TPM20 = 2,
  /* restricted, sign, noDA, userWithAuth, sensitiveDataOrigin, fixedParent, fixedTPM */
  AK_ATTRIBUTES = 0x00050472,
  ALG_RSA = 0x0001,
  ALG_NULL = 0x0010,
  ALG_RSASSA = 0x0014,
  EXPONENT_DEFAULT = 65537
};

static uint32_t word_at(omadm_str octets, size_t i) {
  const uint8_t *p = (const uint8_t *)octets.ptr + 4 * i;
  return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

omadm_err dha_rsa_read(omadm_str blob, dha_rsa *out, omadm_error *error) {
  if (blob.len < RSA_HEAD || word_at(blob, 0) != RSA_MAGIC || word_at(blob, 1) != RSA_BITS)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "the attestation key is not a BCRYPT_RSAPUBLIC_BLOB of 2048 bits");
  uint32_t exponent = word_at(blob, 2);
  uint32_t modulus = word_at(blob, 3);
  bool fits = exponent >= 1 && exponent <= 4 && modulus == RSA_BITS / 8 && word_at(blob, 4) == 0 &&
              word_at(blob, 5) == 0 && blob.len == (size_t)RSA_HEAD + exponent + modulus;
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
    if (word_at(statement, i) != head[i])
      return omadm_error_set(error, OMADM_E_SYNTAX,
                             "KAClaim is not a KeyAttestationStatement for a TPM 2.0 (word %zu)",
                             i);
  }
  size_t binding = statement.len - CLAIM_HEAD;
  if (word_at(statement, 4) != binding || word_at(statement, 5) != 0 || word_at(statement, 6) != 0)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "KAClaim has other parts than an IdBinding, or its size is wrong");
  const uint8_t *p = (const uint8_t *)statement.ptr + CLAIM_HEAD;
  size_t size = (size_t)p[0] << 8 | p[1];
  if (size != binding - 2)
    return omadm_error_set(error, OMADM_E_SYNTAX, "the IdBinding of KAClaim is not a TPM2B_PUBLIC");
  *tpmt_public = (omadm_str){(const char *)p + 2, size};
  return OMADM_OK;
}

static void put(omadm_tpm_data *out, uint32_t value, unsigned octets) {
  while (octets-- > 0)
    out->octets[out->len++] = (uint8_t)(value >> 8 * octets);
}

void dha_rsa_public(const dha_rsa *key, uint16_t hash, omadm_tpm_data *out) {
  out->len = 0;
  put(out, ALG_RSA, 2);
  put(out, OMADM_TPM_SHA256, 2);
  put(out, AK_ATTRIBUTES, 4);
  put(out, 0, 2); /* no policy */
  put(out, ALG_NULL, 2); /* no symmetric algorithm */
  put(out, ALG_RSASSA, 2);
  put(out, hash, 2);
  put(out, RSA_BITS, 2);
  put(out, key->exponent == EXPONENT_DEFAULT ? 0 : key->exponent, 4);
  put(out, (uint32_t)key->modulus.len, 2);
  memcpy(out->octets + out->len, key->modulus.ptr, key->modulus.len);
  out->len += (uint32_t)key->modulus.len;
}
