/* SPDX-License-Identifier: MIT */
/* The two documents that the device writes: HealthCertificateRequest, for the service, and
 * HealthCertificateValidationRequest without its Nonce, for the management server ([MS-DHA] 2.2).
 */
#ifndef HEALTH_ATTESTATION_DHA_REQUEST_H
#define HEALTH_ATTESTATION_DHA_REQUEST_H

#include "health-attestation/endorsement.h"

typedef struct dha_request {
  unsigned version;
  const octets *claims;
  const octets *aik_public; /* BCRYPT_RSAPUBLIC_BLOB */
  const octets *aik_claim;
  const endorsement *endorsement; /* its certificate is empty: the key is sent without proof */
  const octets *boot_log, *ima_log;
} dha_request;

/* Appends the request. False: no memory. */
bool dha_request_write(const dha_request *request, octets *out);
/* Appends what a server reads from Certificate. */
bool dha_validation_write(unsigned version, omadm_str claims, omadm_str certificate, octets *out);

#endif
