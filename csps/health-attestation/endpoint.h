/* SPDX-License-Identifier: MIT */
/* The node HASEndpoint: where the health attestation service is. */
#ifndef HEALTH_ATTESTATION_ENDPOINT_H
#define HEALTH_ATTESTATION_ENDPOINT_H

#include "health-attestation/attestation.h"

omadm_status endpoint_get(attestation *self, const omadm_csp_request *request);
omadm_status endpoint_set(attestation *self, const omadm_csp_request *request);

/* host or host:port, of which nothing but a URL's authority can come: a name, an IPv4 address, an
 * IPv6 address in brackets; a port from 1 to 65535. */
bool endpoint_is_valid(omadm_str endpoint);
/* Does the setting services name it, or is there none? A port that is not named is 443. */
bool endpoint_is_allowed(const attestation *self, omadm_str endpoint);
/* host or host:port, as it was set; the default's. False: the store cannot be read. */
bool endpoint_load(const attestation *self, octets *out);
/* Adds the URL at which that service gives health certificates. */
void endpoint_url(omadm_str endpoint, unsigned version, octets *out);

#endif
