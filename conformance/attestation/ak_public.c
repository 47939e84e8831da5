/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/ak_public.h"

#include <string.h>

enum {
  ALG_RSA = 0x0001,
  ALG_NULL = 0x0010,
  ALG_RSASSA = 0x0014,
  /* TPMA_OBJECT (TPM 2.0 Library, part 2, 8.3): restricted, sign, noDA, userWithAuth,
   * sensitiveDataOrigin, fixedParent, fixedTPM */
  AK_ATTRIBUTES = 0x00050472,
  EXPONENT_DEFAULT = 65537
};

static void put(omadm_tpm_data *out, uint32_t value, unsigned octets) {
  while (octets-- > 0)
    out->octets[out->len++] = (uint8_t)(value >> 8 * octets);
}

void ak_public_write(omadm_str modulus, uint32_t exponent, uint16_t hash, omadm_tpm_data *out) {
  out->len = 0;
  put(out, ALG_RSA, 2);
  put(out, OMADM_TPM_SHA256, 2);
  put(out, AK_ATTRIBUTES, 4);
  put(out, 0, 2); /* no policy */
  put(out, ALG_NULL, 2); /* no symmetric algorithm */
  put(out, ALG_RSASSA, 2);
  put(out, hash, 2);
  put(out, 8 * AK_MODULUS, 2);
  put(out, exponent == EXPONENT_DEFAULT ? 0 : exponent, 4);
  put(out, AK_MODULUS, 2);
  memcpy(out->octets + out->len, modulus.ptr, AK_MODULUS);
  out->len += AK_MODULUS;
}

uint16_t ak_signature_hash(omadm_str signature) {
  const uint8_t *at = (const uint8_t *)signature.ptr;
  if (signature.len < 4) return 0;
  return (uint16_t)(at[2] << 8 | at[3]);
}
