/* SPDX-License-Identifier: MIT */
/* The health certificate that is held, with all that says for what it counts. */
#ifndef HEALTH_ATTESTATION_HELD_H
#define HEALTH_ATTESTATION_HELD_H

#include "health-attestation/evidence.h"

typedef struct held {
  uint32_t version; /* of the protocol in which it was issued */
  uint32_t reset, restart; /* the boot cycle */
  uint32_t bank; /* that was quoted for it */
  octets endpoint; /* the service */
  octets name; /* of the attestation key */
  octets blob; /* the certificate itself: encrypted by the service for itself, passed on as it is */
} held;

/* OK, NOT_FOUND, SYNTAX where what is stored is none, or why it cannot be read. To be disposed in
 * any case. */
omadm_err held_load(const attestation *self, held *h);
omadm_err held_save(const attestation *self, const held *h);
void held_dispose(held *h);

/* Is it for this key and the boot cycle of this quote of it? */
bool held_is_for(const held *h, const evidence *e, const omadm_tpm_quote *quote);

#endif
