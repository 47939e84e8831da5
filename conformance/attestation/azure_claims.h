/* SPDX-License-Identifier: MIT */
/*
 * From evidence to the claims of a token. The claims are the fixed set that Microsoft's page of the
 * HealthAttestation CSP shows, and what the service says about the attestation key. A policy in the
 * language of Azure Attestation would take its place here: evidence in, issued claims out.
 */
#ifndef CONFORMANCE_ATTESTATION_AZURE_CLAIMS_H
#define CONFORMANCE_ATTESTATION_AZURE_CLAIMS_H

#include "conformance/attestation/azure_evidence.h"

/* x-ms-policy-hash of the built-in policy, appended. */
omadm_err azure_policy_hash(omadm_buf *out);

/* An object of the issued claims. What a Windows boot does not attest is issued with its safe
 * value, and what has none is not issued; of any other boot only what is attested is. NULL: no
 * memory. Owned by the caller. */
json_t *azure_claims_issue(const azure_evidence *evidence);

#endif
