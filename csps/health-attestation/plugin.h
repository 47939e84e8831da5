/* SPDX-License-Identifier: MIT */
/* The CSP's descriptor, for programs that link it and do not load it. */
#ifndef HEALTH_ATTESTATION_PLUGIN_H
#define HEALTH_ATTESTATION_PLUGIN_H

#include <omadm/csp.h>

extern const omadm_csp_descriptor omadm_csp_health_attestation;

#endif
