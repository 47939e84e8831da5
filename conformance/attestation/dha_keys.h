/* SPDX-License-Identifier: MIT */
/* Keys as Windows writes them. What is read is borrowed. */
#ifndef CONFORMANCE_ATTESTATION_DHA_KEYS_H
#define CONFORMANCE_ATTESTATION_DHA_KEYS_H

#include <omadm/error.h>
#include <omadm/tpm.h>

/* An RSA public key. */
typedef struct dha_rsa {
  uint32_t exponent;
  omadm_str modulus; /* 256 octets, big-endian */
} dha_rsa;

/* A BCRYPT_RSAPUBLIC_BLOB of an RSA-2048 key. SYNTAX */
omadm_err dha_rsa_read(omadm_str blob, dha_rsa *out, omadm_error *error);

/* The TPMT_PUBLIC in the IdBinding of a KeyAttestationStatement ([MS-WCCE] 2.2.2.5) for a TPM 2.0.
 * SYNTAX */
omadm_err dha_claim_read(omadm_str statement, omadm_str *tpmt_public, omadm_error *error);

#endif
