/* SPDX-License-Identifier: MIT */
/* What the plugin exports. */
#include "health-attestation/plugin.h"

OMADM_CSP_PLUGIN(omadm_csp_health_attestation)
