/* SPDX-License-Identifier: MIT */
/*
 * A Device Health Attestation service ([MS-DHA]): takes a device's boot evidence and gives it a
 * health certificate; takes a health certificate and evidence of now, and gives the management
 * server a report. It believes nothing that it cannot trace to an endorsement certificate and to
 * quoted PCR values.
 *
 * Keys and the memory of nonces live as long as the service does.
 */
#ifndef CONFORMANCE_ATTESTATION_DHA_H
#define CONFORMANCE_ATTESTATION_DHA_H

#include <omadm/error.h>

#include <stdbool.h>

#include "conformance/attestation/service.h"

typedef struct dha_service dha_service;

/* *out is owned by the caller, free with dha_free; config is borrowed until then. */
omadm_err dha_new(const service_config *config, dha_service **out, omadm_error *error);
void dha_free(dha_service *self);

/* Answers a POST to /DeviceHealthAttestation/GetHealthCertificate/vN or ValidateHealthCertificate,
 * N 1, 3 or 4: 200 and XML with an ErrorCode of dha_codes.h, 400 or 500 and a sentence of text.
 * Another method: 405. False, and nothing done, where the path is none of these. */
bool dha_answer(dha_service *self, const service_request *request, service_reply *reply);

#endif
