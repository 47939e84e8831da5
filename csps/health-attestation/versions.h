/* SPDX-License-Identifier: MIT */
/* The versions of the protocol with the health attestation service, and their three nodes. */
#ifndef HEALTH_ATTESTATION_VERSIONS_H
#define HEALTH_ATTESTATION_VERSIONS_H

#include "health-attestation/attestation.h"

/* The version that is spoken now. */
unsigned versions_current(const attestation *self);

omadm_status versions_current_get(attestation *self, const omadm_csp_request *request);
omadm_status versions_preferred_get(attestation *self, const omadm_csp_request *request);
omadm_status versions_preferred_set(attestation *self, const omadm_csp_request *request);
omadm_status versions_supported_get(attestation *self, const omadm_csp_request *request);

#endif
