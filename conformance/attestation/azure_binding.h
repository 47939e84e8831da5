/* SPDX-License-Identifier: MIT */
/* How the keys of a version 2 request are bound to the TPM: by the quote, or by TPM2_Certify. */
#ifndef CONFORMANCE_ATTESTATION_AZURE_BINDING_H
#define CONFORMANCE_ATTESTATION_AZURE_BINDING_H

#include "conformance/attestation/azure_evidence.h"

/* What the quote has to be over. */
typedef struct azure_bound {
  uint8_t nonce[64];
  size_t nonce_len;
} azure_bound;

/* tpm_quote: the digest of the request key's text as it was sent, a zero octet, the challenge. Else
 * the challenge itself. SYNTAX: info says neither. */
omadm_err azure_binding_read(const azure_request *request, azure_bound *bound, omadm_error *error);

/*
 * Verifies the certificates of the request key and of other_keys (at most two, and none bound by
 * the quote) by the attestation key, and sets evidence->request_key and other_keys. A certified key
 * must be one that cannot leave its TPM, so this service has decided. A request key with an empty
 * info is bound by nothing and refused.
 */
omadm_err azure_binding_verify(const azure_request *request, const omadm_tpm_data *ak,
                               azure_evidence *evidence, omadm_error *error);

#endif
