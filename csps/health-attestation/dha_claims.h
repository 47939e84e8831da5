/* SPDX-License-Identifier: MIT */
/* The Claims of [MS-DHA]: a quote, its signature, the PCR values and, for a boot, its log. */
#ifndef HEALTH_ATTESTATION_DHA_CLAIMS_H
#define HEALTH_ATTESTATION_DHA_CLAIMS_H

#include <omadm/tpm.h>

#include "health-attestation/octets.h"

/* Appends them. `hash`: TPM_ALG_ID that the key signs with. `log` NULL: claims that have none,
 * those of a validation. False where the quote is not one of all 24 PCRs of `bank`. */
bool dha_claims_write(const omadm_tpm_quote *quote, uint16_t bank, uint16_t hash, const octets *log,
                      octets *out);
/* What a key of that kind signs with. */
uint16_t dha_claims_hash(omadm_tpm_key_kind kind);

#endif
