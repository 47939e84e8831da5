/* SPDX-License-Identifier: MIT */
/* The two requests of [MS-DHA], read strictly: 2.2.1 HealthCertificateRequest (device), 2.2.3
 * HealthCertificateValidationRequest (management server). */
#ifndef CONFORMANCE_ATTESTATION_DHA_MESSAGES_H
#define CONFORMANCE_ATTESTATION_DHA_MESSAGES_H

#include <omadm/error.h>

#include "base/mem.h"

/* How a device says whose its attestation key is. */
typedef enum dha_proof_kind {
  DHA_PROOF_CERTIFICATE, /* AIKCertificate */
  DHA_PROOF_BARE, /* RSASigningKey (version 1), AIKPublic */
  DHA_PROOF_EK /* EKCertificates: activation of a credential */
} dha_proof_kind;

enum { DHA_INTERMEDIATES = 10 };

typedef struct dha_ek_proof {
  omadm_str claim; /* KAClaim */
  omadm_str aik_public; /* AIKPublic */
  omadm_str certificate;
  omadm_str intermediates[DHA_INTERMEDIATES];
  size_t n;
} dha_ek_proof;

/* Octets, decoded. */
typedef struct dha_certificate_request {
  omadm_str claims;
  dha_proof_kind kind;
  omadm_str aik_certificate;
  omadm_str aik_public;
  omadm_str rsa_signing_key;
  dha_ek_proof ek;
  omadm_str log; /* version 4: the first of TCGLogs */
} dha_certificate_request;

typedef struct dha_validation_request {
  omadm_str nonce; /* empty: none */
  omadm_str claims;
  omadm_str blob;
} dha_validation_request;

/* `version` (1, 3 or 4) is the path's; namespace and ProtocolVersion must fit it. What is read
 * lives in the arena. SYNTAX where it is not exactly such a message. */
omadm_err dha_certificate_request_read(omadm_str body, unsigned version, omadm_arena *arena,
                                       dha_certificate_request *out, omadm_error *error);
omadm_err dha_validation_request_read(omadm_str body, unsigned version, omadm_arena *arena,
                                      dha_validation_request *out, omadm_error *error);

#endif
