/* SPDX-License-Identifier: MIT */
/* The third message: a JWS whose payload is the evidence, signed by a key that it names itself. */
#ifndef CONFORMANCE_ATTESTATION_AZURE_REQUEST_H
#define CONFORMANCE_ATTESTATION_AZURE_REQUEST_H

#include <omadm/error.h>

#include <jansson.h>

typedef struct azure_request {
  int version; /* 1 attReq, 2 attReqV2 */
  omadm_buf text; /* the payload as it was signed */
  json_t *payload;
  const json_t *data; /* att_data; borrowed from payload */
  const json_t *key; /* JWK of attest_key or request_key; borrowed from payload */
  omadm_str key_text; /* the same as it was sent, every blank of it; borrowed from text */
  omadm_buf challenge;
  omadm_buf context;
  omadm_str rp_data; /* base64url, as it was sent; borrowed from payload; may be empty */
} azure_request;

/* Reads a compact JWS and verifies its signature. Inits *self, which the caller disposes of also
 * after a failure. SYNTAX: not a request; REFUSED: the signature is not that key's. */
omadm_err azure_request_read(omadm_str jws, azure_request *self, omadm_error *error);
void azure_request_dispose(azure_request *self);

#endif
