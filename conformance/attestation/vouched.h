/* SPDX-License-Identifier: MIT */
/*
 * RSA keys that are proven to be in a TPM: who shows a health certificate for one has opened the
 * credential that only that TPM could open. The Azure protocol has no such proof of its own, so one
 * service tells it to the other. This link is ours; Azure itself wants a certificate.
 */
#ifndef CONFORMANCE_ATTESTATION_VOUCHED_H
#define CONFORMANCE_ATTESTATION_VOUCHED_H

#include <omadm/types.h>

#include <stdbool.h>

enum { VOUCHED_MAX = 4096 }; /* keys; the oldest is forgotten for a further one */

/* Starts as all zero. */
typedef struct vouched {
  uint8_t keys[VOUCHED_MAX][32]; /* SHA-256 of the modulus */
  size_t n, next;
} vouched;

/* modulus: big-endian, without leading zeros. NULL for self is a service alone. */
void vouched_add(vouched *self, omadm_str modulus);
bool vouched_has(const vouched *self, omadm_str modulus);

#endif
