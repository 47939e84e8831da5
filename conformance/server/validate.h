/* SPDX-License-Identifier: MIT */
/*
 * The server's part in Device Health Attestation ([MS-DHA] 1.3, 3.2): DHA-Data and the nonce to the
 * service, its report to a decision.
 */
#ifndef OMADM_SERVER_VALIDATE_H
#define OMADM_SERVER_VALIDATE_H

#include <stdbool.h>
#include <stdio.h>

#include <omadm/error.h>
#include <omadm/types.h>

/* The request: what the device gave (base64 of a HealthCertificateValidationRequest without nonce),
 * with Nonce as the first child. *version is the protocol version, for the URL. */
omadm_err validate_request(omadm_str data, const char *nonce, omadm_buf *request, unsigned *version,
                           omadm_error *error);

/* Reads the service's answer, and writes it as a table. *healthy: it is a report, and nothing in it
 * is bad. SYNTAX: it is none. REFUSED, with the service's sentence: it carries no properties. */
omadm_err validate_report(omadm_str answer, FILE *out, bool *healthy, omadm_error *error);

#endif
