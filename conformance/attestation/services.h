/* SPDX-License-Identifier: MIT */
/* The attestation services together, and which of them a path belongs to. */
#ifndef CONFORMANCE_ATTESTATION_SERVICES_H
#define CONFORMANCE_ATTESTATION_SERVICES_H

#include <omadm/error.h>

#include "conformance/attestation/service.h"

typedef struct services services;

/* *out is owned by the caller, free with services_free. */
omadm_err services_new(const service_config *config, services **out, omadm_error *error);
void services_free(services *self);

/* Answers by path and method; 404 and 405 for those that no service has. A frame_answer: ctx is a
 * services. */
void services_answer(void *ctx, const service_request *request, service_reply *reply);

#endif
