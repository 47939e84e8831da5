/* SPDX-License-Identifier: MIT */
/* What the files of this folder share. */
#ifndef OMADM_TPM_VERIFY_VERIFY_H
#define OMADM_TPM_VERIFY_VERIFY_H

#include <omadm/attestation.h>

#include <openssl/evp.h>
#include <stdbool.h>

#include "tpm/digest.h"

/* TPM_ALG_ID (TPM 2.0 Library, part 2, 6.3), TPM_ECC_CURVE (6.4), TPM_ST (6.9). */
enum {
  VERIFY_ALG_RSA = 0x0001,
  VERIFY_ALG_NULL = 0x0010,
  VERIFY_ALG_RSASSA = 0x0014,
  VERIFY_ALG_RSAES = 0x0015,
  VERIFY_ALG_RSAPSS = 0x0016,
  VERIFY_ALG_OAEP = 0x0017,
  VERIFY_ALG_ECDSA = 0x0018,
  VERIFY_ALG_ECDH = 0x0019,
  VERIFY_ALG_ECDAA = 0x001A,
  VERIFY_ALG_SM2 = 0x001B,
  VERIFY_ALG_ECSCHNORR = 0x001C,
  VERIFY_ALG_ECMQV = 0x001D,
  VERIFY_ALG_ECC = 0x0023,
  VERIFY_CURVE_P256 = 0x0003,
  VERIFY_ST_CERTIFY = 0x8017,
  VERIFY_ST_QUOTE = 0x8018
};

/* TPMA_OBJECT (part 2, 8.3). */
enum {
  VERIFY_FIXED_TPM = 1 << 1,
  VERIFY_FIXED_PARENT = 1 << 4,
  VERIFY_SENSITIVE_DATA_ORIGIN = 1 << 5,
  VERIFY_RESTRICTED = 1 << 16,
  VERIFY_DECRYPT = 1 << 17,
  VERIFY_SIGN = 1 << 18
};
#define VERIFY_RESERVED_ATTRIBUTES                                                                 \
  0xFFF0F009u /* with firmwareLimited and svnLimited of version 1.83 allowed */

/* The magic of what a TPM itself made: TPM_GENERATED_VALUE. */
#define VERIFY_GENERATED 0xFF544347u

/* Octets of a P-256 coordinate. */
enum { VERIFY_P256 = 32 };

/* In a time that depends on the lengths only. */
bool verify_equal(omadm_str a, omadm_str b);
/* The digest of the octets; NOMEM where OpenSSL cannot. out has room for 64 octets. */
omadm_err verify_digest(uint16_t alg, omadm_str octets, uint8_t *out, omadm_error *error);
/* The key as OpenSSL has it; NULL, with a sentence, where it is none. Freed with EVP_PKEY_free. */
EVP_PKEY *verify_key_new(const omadm_tpm_public *key, omadm_error *error);

/* The two keys that protect a credential, made from its seed for that name (TPM 2.0 Library,
 * part 1, 24.4 and 24.5): AES-128 and HMAC-SHA-256. */
typedef struct credential_keys {
  uint8_t symmetric[16];
  uint8_t integrity[32];
} credential_keys;
bool credential_keys_derive(const uint8_t seed[32], const omadm_tpm_digest *name,
                            credential_keys *keys);
/* The seed that P-256 key agreement gives: KDFe (part 1, 11.4.10.3). z, u, v: x-coordinates of the
 * shared point, the ephemeral key and the endorsement key. */
bool credential_seed_agree(const uint8_t z[VERIFY_P256], const uint8_t u[VERIFY_P256],
                           const uint8_t v[VERIFY_P256], uint8_t seed[32]);
/* HMAC-SHA-256 over the encrypted identity and the name. */
bool credential_hmac(const credential_keys *keys, omadm_str encrypted, const omadm_tpm_digest *name,
                     uint8_t hmac[32]);
/* AES-128-CFB with a zero IV; `encrypt` 0 or 1. */
bool credential_cipher(const credential_keys *keys, int encrypt, omadm_str in, uint8_t *out);
/* Coordinates of a P-256 key. */
bool credential_point(const EVP_PKEY *key, uint8_t x[VERIFY_P256], uint8_t y[VERIFY_P256]);
/* The shared point's x-coordinate. */
bool credential_agree(EVP_PKEY *own, EVP_PKEY *other, uint8_t z[VERIFY_P256]);
/* A context for RSA-OAEP with SHA-256 and the label of credentials, begun by encrypt_init or
 * decrypt_init of OpenSSL. */
bool credential_oaep(EVP_PKEY_CTX *context);

#endif
