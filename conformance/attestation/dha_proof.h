/* SPDX-License-Identifier: MIT */
/*
 * Whose the attestation key is. With an endorsement certificate the answer is bound to the TPM that
 * it is for: the health certificate goes out encrypted under a fresh key, and that key in a
 * credential for this attestation key in the TPM of that endorsement key. A device whose keys are
 * in two TPMs cannot open it. (The layouts of EKChallenge and of the encryption are not published;
 * these are ours.)
 */
#ifndef CONFORMANCE_ATTESTATION_DHA_PROOF_H
#define CONFORMANCE_ATTESTATION_DHA_PROOF_H

#include <omadm/attestation.h>

#include "conformance/attestation/claims.h"
#include "conformance/attestation/dha_codes.h"
#include "conformance/attestation/dha_messages.h"
#include "conformance/attestation/service.h"

typedef struct dha_proof {
  bool endorsed; /* there is an endorsement key, and the answer has to be bound to it */
  omadm_tpm_data ak_public; /* TPMT_PUBLIC */
  omadm_tpm_digest ak_name;
  omadm_tpm_data ek; /* SubjectPublicKeyInfo */
} dha_proof;

/* Reads the proof of the request. A bare key is taken for an attestation key with the hash that
 * `evidence` is signed with; nothing shows that it is one. */
dha_code dha_proof_read(const service_config *config, const dha_certificate_request *request,
                        const claims *evidence, dha_proof *out, omadm_error *error);

/* What goes out instead of the health certificate. */
typedef struct dha_bound {
  omadm_buf blob; /* AES-256-CBC, PKCS #7 */
  uint8_t iv[16];
  omadm_buf challenge; /* TPM2B_ID_OBJECT, TPM2B_ENCRYPTED_SECRET */
} dha_bound;

/* Encrypts. Fills *out also on failure; free with dha_bound_dispose. */
dha_code dha_proof_bind(const dha_proof *proof, omadm_str blob, dha_bound *out, omadm_error *error);
void dha_bound_dispose(dha_bound *self);

#endif
