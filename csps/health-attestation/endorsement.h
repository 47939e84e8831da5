/* SPDX-License-Identifier: MIT */
/* The endorsement certificate and those between it and its maker's root, as far as the device has
 * them. */
#ifndef HEALTH_ATTESTATION_ENDORSEMENT_H
#define HEALTH_ATTESTATION_ENDORSEMENT_H

#include "health-attestation/evidence.h"

#define ENDORSEMENT_INTERMEDIATES 10 /* what a request can carry ([MS-DHA] 2.2) */

typedef struct endorsement {
  octets certificate; /* DER; empty: the TPM has none */
  octets intermediates[ENDORSEMENT_INTERMEDIATES]; /* DER */
  size_t n;
} endorsement;

/* On a worker: reads them from the TPM and from the file of the setting ek-chain. False where they
 * cannot be read or are no certificates; a TPM without any is none of that. */
bool endorsement_read(evidence *e, endorsement *out);
void endorsement_dispose(endorsement *out);

#endif
