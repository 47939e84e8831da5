/* SPDX-License-Identifier: MIT */
/* HealthCertificateResponse ([MS-DHA] 2.2), read leniently: real ones leave attributes out, or
 * carry something behind their end. */
#ifndef HEALTH_ATTESTATION_DHA_RESPONSE_H
#define HEALTH_ATTESTATION_DHA_RESPONSE_H

#include "health-attestation/octets.h"
#include "health-attestation/status.h"

typedef struct dha_response {
  octets blob; /* decoded, as are the others */
  octets iv;
  octets challenge; /* EKChallenge; empty: the blob is not encrypted for this TPM */
  bool has_challenge;
  long error; /* ErrorCode */
  octets message; /* ErrorMessage for a line of the log: printable, without ", cut to 300 */
} dha_response;

/* REQUESTED where there is a blob, else the status that says why there is none. To be disposed in
 * any case. */
health_status dha_response_parse(omadm_str text, dha_response *response);
void dha_response_dispose(dha_response *response);

#endif
