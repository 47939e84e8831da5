/* SPDX-License-Identifier: MIT */
/* The node Certificate: DHA-Data, which the server passes on to the health attestation service. */
#ifndef HEALTH_ATTESTATION_CERTIFICATE_H
#define HEALTH_ATTESTATION_CERTIFICATE_H

#include "health-attestation/attestation.h"

/* The held certificate and a quote of this moment over the Nonce: base64 of an XML document. 404
 * where Status is not 3, where the protocol version wants a Nonce and there is none, and where the
 * certificate is of an earlier boot (Status then becomes 0). 500 where no quote can be had; Status
 * says why. Those that wait for the same quote share it. 503 where too many wait. */
omadm_status certificate_get(attestation *self, const omadm_csp_request *request);
/* Ends a Get that nobody waits for; a quote that nobody wants is not made. */
void certificate_cancel(attestation *self, omadm_token token);

#endif
