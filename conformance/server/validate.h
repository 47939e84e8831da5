/* SPDX-License-Identifier: MIT */
/*
 * The server's part in Device Health Attestation ([MS-DHA] 1.3, 3.2): DHA-Data and the nonce to the
 * service, its report to a decision.
 */
#ifndef OMADM_SERVER_VALIDATE_H
#define OMADM_SERVER_VALIDATE_H

#include <stdio.h>

#include <omadm/error.h>
#include <omadm/types.h>

#include "conformance/server/policy.h"

/* The request: what the device gave (base64 of a HealthCertificateValidationRequest without nonce),
 * with Nonce as the first child. *version is the protocol version, for the URL. */
omadm_err validate_request(omadm_str data, const char *nonce, omadm_buf *request, unsigned *version,
                           omadm_error *error);

/* Reads the service's answer, writes it as a table, and decides; *outcome is not healthy where the
 * answer is refused. Only ErrorCode 0 is a grant. With another one and mismatch flags the device
 * has changed since its certificate: the table is written, and it is not healthy. SYNTAX: it is no
 * report, or cut; what stands behind its end is let pass. REFUSED, with the service's sentence: it
 * carries nothing to judge. */
omadm_err validate_report(omadm_str answer, FILE *out, policy_outcome *outcome, omadm_error *error);

#endif
