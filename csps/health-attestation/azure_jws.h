/* SPDX-License-Identifier: MIT */
/* The key that signs a request, as a JSON Web Key, and the JWS that it makes. */
#ifndef HEALTH_ATTESTATION_AZURE_JWS_H
#define HEALTH_ATTESTATION_AZURE_JWS_H

#include <openssl/types.h>

#include "health-attestation/aik.h"
#include "health-attestation/evidence.h"

/* Lives for one session, on the worker: made in software, or in the TPM. */
typedef struct request_key {
  EVP_PKEY *software; /* NULL: the TPM's */
  omadm_tpm_key tpm;
  bool opened;
  octets jwk; /* its text, made once: what is quoted must be what is sent */
} request_key;

/* A new RSA-2048 key. NOMEM where there is none to be had in software; what the TPM says. To be
 * closed in any case. */
omadm_err request_key_make(request_key *key);
omadm_tpm_status request_key_make_in_tpm(request_key *key, evidence *e);
void request_key_close(request_key *key, evidence *e);

/* {"kty":"RSA","n":…,"e":…}, appended. */
void jwk_write(const aik *key, octets *out);
/* H(jwk, 0, challenge) with SHA-256: what a quote binds the key with. */
bool jwk_bind(const octets *jwk, omadm_str challenge, uint8_t digest[32]);

/* Appends the compact JWS of that payload: PS256, header exactly {alg, typ}. OK, or what the TPM
 * says; IO where software cannot sign. */
omadm_tpm_status jws_write(const request_key *key, evidence *e, const char *type, omadm_str payload,
                           octets *out);

#endif
