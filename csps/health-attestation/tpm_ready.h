/* SPDX-License-Identifier: MIT */
/* The node TpmReadyStatus: what the TPM lacks. */
#ifndef HEALTH_ATTESTATION_TPM_READY_H
#define HEALTH_ATTESTATION_TPM_READY_H

#include "health-attestation/attestation.h"

/* Asks the TPM in a job. */
omadm_status tpm_ready_get(attestation *self, const omadm_csp_request *request);

#endif
