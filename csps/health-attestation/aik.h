/* SPDX-License-Identifier: MIT */
/* The attestation key's public half, and the forms in which services want it. */
#ifndef HEALTH_ATTESTATION_AIK_H
#define HEALTH_ATTESTATION_AIK_H

#include "health-attestation/octets.h"

/* An RSA TPMT_PUBLIC, read. The span is borrowed from it. */
typedef struct aik {
  uint32_t attributes; /* TPMA_OBJECT */
  uint16_t bits;
  uint32_t exponent;
  omadm_str modulus;
} aik;

/* False where it is no RSA signing key's. */
bool aik_parse(omadm_str tpmt_public, aik *key);
/* Restricted, signing, made in and bound to its TPM. */
bool aik_is_attestation_key(const aik *key);
/* BCRYPT_RSAPUBLIC_BLOB. False where it is not RSA-2048, the only kind that the formats carry. */
bool aik_write_public(const aik *key, octets *out);
/* The claim that goes with an endorsement certificate: a KeyAttestationStatement ([MS-WCCE]
 * 2.2.2.5) whose binding is the key as TPM2B_PUBLIC, and that holds no attestation, since the
 * service asks for one by its challenge (ours). */
void aik_write_claim(omadm_str tpmt_public, octets *out);

#endif
