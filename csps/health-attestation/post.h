/* SPDX-License-Identifier: MIT */
/* A request to an attestation service. */
#ifndef HEALTH_ATTESTATION_POST_H
#define HEALTH_ATTESTATION_POST_H

#include "health-attestation/evidence.h"

/* On a worker, within the time that is left: url, headers and body of `request` are set. The body
 * of the answer is appended to *body, at most reply->body_size octets; reply->headers may be set
 * too. OK: there is an HTTP status; else reply->stage says how far it came, or there is no memory:
 * NOMEM. */
omadm_err post(const evidence *e, const omadm_csp_http_request *request, octets *body,
               omadm_csp_http_reply *reply);

#endif
