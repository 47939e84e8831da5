/* SPDX-License-Identifier: MIT */
/*
 * VerifyHealth and what shows how it stands: Status, CorrelationID, ForceRetrieve. That one is
 * under way is stored with who asked for it, so that an agent that was ended meanwhile begins again
 * at its next start, and still tells.
 */
#ifndef HEALTH_ATTESTATION_VERIFY_HEALTH_H
#define HEALTH_ATTESTATION_VERIFY_HEALTH_H

#include "health-attestation/attestation.h"
#include "health-attestation/status.h"

/* In the CSP's open, and its close. False: no memory. */
bool verify_open(attestation *self);
void verify_close(attestation *self);

omadm_status verify_exec(attestation *self, const omadm_csp_request *request);
omadm_status verify_status_get(attestation *self, const omadm_csp_request *request);
omadm_status verify_correlation_get(attestation *self, const omadm_csp_request *request);
omadm_status verify_force_get(attestation *self, const omadm_csp_request *request);
omadm_status verify_force_set(attestation *self, const omadm_csp_request *request);
void verify_account_removed(attestation *self, omadm_str server_id);

int verify_status(const attestation *self);
/* What was complete is so no more: Status becomes this one, and the log says so, unless it is so
 * already or a new run is under way. */
void verify_failed(attestation *self, health_status status);

#endif
