/* SPDX-License-Identifier: MIT */
#include "health-attestation/aik.h"

enum { ALG_RSA = 0x0001, ALG_NULL = 0x0010, AIK_BITS = 2048, DEFAULT_EXPONENT = 65537 };

/* TPMA_OBJECT (TPM 2.0 Library, part 2, 8.3) */
enum {
  FIXED_TPM = 1 << 1,
  FIXED_PARENT = 1 << 4,
  SENSITIVE_DATA_ORIGIN = 1 << 5,
  RESTRICTED = 1 << 16,
  DECRYPT = 1 << 17,
  SIGN = 1 << 18,
  WANTED = FIXED_TPM | FIXED_PARENT | SENSITIVE_DATA_ORIGIN | RESTRICTED | SIGN
};

/* TPMT_PUBLIC (TPM 2.0 Library, part 2, 12.2.4) with TPMS_RSA_PARMS. */
bool aik_parse(omadm_str rest, aik *key) {
  omadm_str policy;
  uint16_t type = 0, name_alg = 0, symmetric = 0, scheme = 0, hash = 0;
  if (!octets_take_u16be(&rest, &type) || type != ALG_RSA || !octets_take_u16be(&rest, &name_alg) ||
      !octets_take_u32be(&rest, &key->attributes) || !octets_take_2b(&rest, &policy) ||
      !octets_take_u16be(&rest, &symmetric) || symmetric != ALG_NULL ||
      !octets_take_u16be(&rest, &scheme) ||
      (scheme != ALG_NULL && !octets_take_u16be(&rest, &hash)) ||
      !octets_take_u16be(&rest, &key->bits) || !octets_take_u32be(&rest, &key->exponent) ||
      !octets_take_2b(&rest, &key->modulus) || rest.len > 0)
    return false;
  if (key->exponent == 0) key->exponent = DEFAULT_EXPONENT;
  return true;
}

bool aik_is_attestation_key(const aik *key) {
  return (key->attributes & WANTED) == WANTED && (key->attributes & DECRYPT) == 0;
}

bool aik_write_public(const aik *key, octets *out) {
  uint8_t exponent[4];
  size_t n = 0;
  if (key->bits != AIK_BITS || key->modulus.len != AIK_BITS / 8) return false;
  for (int shift = 24; shift >= 0; shift -= 8)
    if (n > 0 || key->exponent >> shift != 0) exponent[n++] = (uint8_t)(key->exponent >> shift);
  octets_add_text(out, "RSA1");
  octets_add_u32le(out, key->bits);
  octets_add_u32le(out, (uint32_t)n);
  octets_add_u32le(out, (uint32_t)key->modulus.len);
  octets_add_u32le(out, 0);
  octets_add_u32le(out, 0);
  octets_add(out, exponent, n);
  octets_add_str(out, key->modulus);
  return true;
}

void aik_write_claim(omadm_str tpmt_public, octets *out) {
  enum { VERSION = 1, TPM20 = 2, HEADER = 28 };
  const uint8_t size[] = {(uint8_t)(tpmt_public.len >> 8), (uint8_t)tpmt_public.len};
  octets_add_text(out, "KAST");
  octets_add_u32le(out, VERSION);
  octets_add_u32le(out, TPM20);
  octets_add_u32le(out, HEADER);
  octets_add_u32le(out, (uint32_t)(sizeof size + tpmt_public.len));
  octets_add_u32le(out, 0);
  octets_add_u32le(out, 0);
  octets_add(out, size, sizeof size);
  octets_add_str(out, tpmt_public);
}
