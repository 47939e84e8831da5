/* SPDX-License-Identifier: MIT */
/*
 * A service that speaks Azure Attestation's protocol for TPMs, versions 1 and 2: /attest/Tpm,
 * /certs, /.well-known/openid-configuration (letter case does not count). It verifies what it is
 * sent: signature of the request, binding of its key, quotes, PCR values, logs; and issues a signed
 * token about it.
 *
 * Activation of a credential is not part of this protocol: that the attestation key lives in a TPM
 * follows only from its certificate (aik_cert), or from what the DHA service found (vouched.h).
 * Without either the token says aikValidated false.
 *
 * It belongs to one thread, keeps the challenges it was shown until they expire, and makes its
 * signing key and the certificates above it when it starts.
 */
#ifndef CONFORMANCE_ATTESTATION_AZURE_H
#define CONFORMANCE_ATTESTATION_AZURE_H

#include <omadm/error.h>

#include "conformance/attestation/service.h"

typedef struct azure azure;

/* config is borrowed for life; ek_roots (may be NULL) also holds those whose aik_cert counts. Owned
 * by the caller, free with azure_free. */
omadm_err azure_new(const service_config *config, azure **self, omadm_error *error);
void azure_free(azure *self);

/* Answers any request, also one for no route of its own (404) or with the wrong method (405).
 * reply->body is appended to; NOMEM only. */
omadm_err azure_answer(azure *self, const service_request *request, service_reply *reply);

#endif
