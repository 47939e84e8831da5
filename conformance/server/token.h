/* SPDX-License-Identifier: MIT */
/*
 * The server's part in attestation by tokens (Azure Attestation's TPM protocol): is the JWT that
 * the device gave the service's, and the answer to our nonce?
 */
#ifndef OMADM_SERVER_TOKEN_H
#define OMADM_SERVER_TOKEN_H

#include <stdint.h>
#include <stdio.h>

#include <omadm/error.h>
#include <omadm/types.h>

#include "conformance/server/policy.h"

typedef struct token_expect {
  omadm_str keys; /* the service's /certs (a JWK set, RFC 7517), fetched over TLS */
  omadm_str issuer; /* "https://host:port" */
  const char *nonce; /* in hexadecimal, as the device got it */
  int64_t now; /* seconds since 1970 */
} token_expect;

/* Verifies it and writes its claims as a table. REFUSED or SYNTAX with a sentence: it is not to be
 * believed, nothing of it was written, and *outcome is not healthy. */
omadm_err token_report(omadm_str token, const token_expect *expect, FILE *out,
                       policy_outcome *outcome, omadm_error *error);

#endif
