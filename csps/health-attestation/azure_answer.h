/* SPDX-License-Identifier: MIT */
/* What the service answers: {"data": base64url of a JSON message}, or an error. */
#ifndef HEALTH_ATTESTATION_AZURE_ANSWER_H
#define HEALTH_ATTESTATION_AZURE_ANSWER_H

#include "health-attestation/octets.h"

typedef struct challenge {
  octets challenge; /* octets; at most 64 of them */
  octets text; /* as it came: base64url */
  octets context; /* service_context as it came: base64url, and nobody's business here */
} challenge;

/* Messages, with or without a payload around them. False: it is no such message. */
bool answer_read_challenge(omadm_str body, challenge *out);
void challenge_dispose(challenge *self);
/* The report: a compact JWT, appended. That it is true is for the server to judge. */
bool answer_read_report(omadm_str body, octets *report);
/* The message of an error, appended: printable ASCII, cut to 512. False: there is none. */
bool answer_read_error(omadm_str body, octets *message);
/* The service's id of the call, appended: of the header MS-CV, else of x-ms-request-id (ours). */
void answer_read_correlation(omadm_str headers, octets *id);

#endif
