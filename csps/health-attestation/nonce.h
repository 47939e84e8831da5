/* SPDX-License-Identifier: MIT */
/* The node Nonce: what the server wants quoted. */
#ifndef HEALTH_ATTESTATION_NONCE_H
#define HEALTH_ATTESTATION_NONCE_H

#include "health-attestation/attestation.h"

omadm_status nonce_get(attestation *self, const omadm_csp_request *request);
omadm_status nonce_set(attestation *self, const omadm_csp_request *request);

/* Its octets, appended. OK, NOT_FOUND where no nonce is set, SYNTAX where what is stored is none,
 * or why it cannot be read. */
omadm_err nonce_load(const attestation *self, octets *out);

#endif
