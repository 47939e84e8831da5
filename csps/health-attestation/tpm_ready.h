/* SPDX-License-Identifier: MIT */
/* The node TpmReadyStatus: what the TPM lacks. */
#ifndef HEALTH_ATTESTATION_TPM_READY_H
#define HEALTH_ATTESTATION_TPM_READY_H

#include "health-attestation/attestation.h"

/* Asks the TPM in a job, one for all Gets that come meanwhile; 503 where too many wait. */
omadm_status tpm_ready_get(attestation *self, const omadm_csp_request *request);
/* Ends a Get that nobody waits for. */
void tpm_ready_cancel(attestation *self, omadm_token token);

#endif
