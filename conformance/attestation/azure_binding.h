/* SPDX-License-Identifier: MIT */
/* How the keys of a version 2 request are bound to the TPM: by the quote, or by TPM2_Certify. */
#ifndef CONFORMANCE_ATTESTATION_AZURE_BINDING_H
#define CONFORMANCE_ATTESTATION_AZURE_BINDING_H

#include "conformance/attestation/azure_evidence.h"

/* How the request key is bound, and what the quote has to be over for that. */
typedef struct azure_bound {
  const json_t *quoted; /* tpm_quote, borrowed from the request; NULL: the key is certified */
  uint8_t nonce[64];
  size_t nonce_len;
} azure_bound;

/* tpm_quote: the digest of the request key's text as it was sent, a zero octet, the challenge.
 * tpm_certify: the challenge itself. SYNTAX: info is not exactly one of these two objects. */
omadm_err azure_binding_read(const azure_request *request, azure_bound *bound, omadm_error *error);

/*
 * Verifies, where *bound does not say that the quote binds it, the certificate of the request key,
 * and those of other_keys (at most two, and none bound by the quote), by the attestation key, and
 * sets evidence->request_key and other_keys. Call it after the quote over bound->nonce has been
 * verified. A certified key must be one that cannot leave its TPM (omadm_certify_verify).
 */
omadm_err azure_binding_verify(const azure_request *request, const azure_bound *bound,
                               const omadm_tpm_data *ak, azure_evidence *evidence,
                               omadm_error *error);

#endif
