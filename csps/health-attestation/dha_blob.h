/* SPDX-License-Identifier: MIT */
/* What a service sends to one TPM only: a key that this TPM can open, and the health certificate
 * encrypted with it. */
#ifndef HEALTH_ATTESTATION_DHA_BLOB_H
#define HEALTH_ATTESTATION_DHA_BLOB_H

#include "health-attestation/dha_response.h"
#include "health-attestation/evidence.h"

/* Appends the health certificate. REQUESTED, or CHALLENGE or DECRYPTION. */
health_status dha_blob_open(evidence *e, const dha_response *response, octets *out);

#endif
