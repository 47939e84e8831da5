/* SPDX-License-Identifier: MIT */
/* What a request proves. */
#ifndef CONFORMANCE_ATTESTATION_AZURE_EVIDENCE_H
#define CONFORMANCE_ATTESTATION_AZURE_EVIDENCE_H

#include "conformance/attestation/azure_aik.h"
#include "conformance/attestation/azure_boot.h"
#include "conformance/attestation/azure_request.h"

typedef struct azure_evidence {
  int version;
  azure_aik aik;
  azure_boot current; /* verified with the challenge */
  azure_boot before; /* before the hibernation that this boot went on from */
  bool has_before;
  /* {jwk, info} of the request key and an array of the other keys, for the token; NULL where
   * nothing binds them to the TPM. */
  json_t *request_key;
  json_t *other_keys;
} azure_evidence;

/* Verifies all of it. REFUSED or SYNTAX, with a sentence. The caller disposes of *self also after a
 * failure. */
omadm_err azure_evidence_verify(const azure_request *request, const service_config *config,
                                azure_evidence *self, omadm_error *error);
void azure_evidence_dispose(azure_evidence *self);

#endif
