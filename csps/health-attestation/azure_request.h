/* SPDX-License-Identifier: MIT */
/* The payload of a request: what the protocol carries of the evidence, version 1 and 2. */
#ifndef HEALTH_ATTESTATION_AZURE_REQUEST_H
#define HEALTH_ATTESTATION_AZURE_REQUEST_H

#include "health-attestation/azure_answer.h"
#include "health-attestation/azure_jws.h"
#include "health-attestation/azure_trigger.h"
#include "health-attestation/evidence.h"

typedef struct attest_request {
  const trigger *trigger;
  const challenge *challenge;
  const request_key *key;
  const evidence *evidence;
  aik aik;
  omadm_tpm_quote quote;
  omadm_tpm_signed certified; /* version 2, of a key in the TPM */
} attest_request;

/* Appends the JSON. False: no memory, or the quote's PCR values are of no known bank. */
bool attest_request_write_1(const attest_request *r, octets *out);
bool attest_request_write_2(const attest_request *r, octets *out);

/* Appends what goes over the wire: {"data": base64url of the message}. */
void attest_wrap(omadm_str message, octets *out);

#endif
