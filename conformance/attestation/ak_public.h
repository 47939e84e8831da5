/* SPDX-License-Identifier: MIT */
/* A bare RSA key as the attestation key that it is said to be. */
#ifndef CONFORMANCE_ATTESTATION_AK_PUBLIC_H
#define CONFORMANCE_ATTESTATION_AK_PUBLIC_H

#include <omadm/tpm.h>

enum { AK_MODULUS = 256 }; /* octets of an RSA-2048 modulus */

/*
 * The TPMT_PUBLIC that an attestation key with this modulus (AK_MODULUS octets, big-endian) and
 * RSASSA with `hash` would have. Messages with a bare key do not carry its attributes: they are
 * filled in, and are as true as the proof that it is an attestation key.
 */
void ak_public_write(omadm_str modulus, uint32_t exponent, uint16_t hash, omadm_tpm_data *out);

/* The hash that a TPMT_SIGNATURE names behind its scheme; 0 where it is cut. */
uint16_t ak_signature_hash(omadm_str signature);

#endif
