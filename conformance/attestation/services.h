/* SPDX-License-Identifier: MIT */
/* The attestation services together. */
#ifndef CONFORMANCE_ATTESTATION_SERVICES_H
#define CONFORMANCE_ATTESTATION_SERVICES_H

#include <omadm/error.h>

#include "conformance/attestation/service.h"

typedef struct services services;

/* *out is owned by the caller, free with services_free. */
omadm_err services_new(const service_config *config, services **out, omadm_error *error);
void services_free(services *self);

/* Answers by that service whose path it is; the Azure-style one also says that a path is none. A
 * frame_answer: ctx is a services. */
void services_answer(void *ctx, const service_request *request, service_reply *reply);

#endif
