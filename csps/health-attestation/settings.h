/* SPDX-License-Identifier: MIT */
/* The settings of [csp.HealthAttestation], read anew for each piece of work:
 *
 *   ca           file of the certificates that may sign the attestation services'; the system's
 *   ek-chain     PEM file of the certificates between the endorsement key's and its maker's root
 *   bank         auto | sha256 | sha384 | sha1: the PCR bank that is quoted
 *   signature    sha256 | sha1: what the attestation key signs with
 *   request-key  quote | certify: how the Azure protocol's request key is bound to the TPM
 *   protocol     v2 | v1: the version of the Azure protocol
 *   services     host or host:port, 443 if none, blanks between: the only ones that HASEndpoint and
 *                serviceEndpoint may name (endpoint.h); any
 *   timeout      seconds that one attestation may take; 60
 *
 * What is not one of these words is logged, and the first one counts.
 */
#ifndef HEALTH_ATTESTATION_SETTINGS_H
#define HEALTH_ATTESTATION_SETTINGS_H

#include <omadm/tpm.h>

#include "health-attestation/attestation.h"

typedef struct settings {
  octets ca; /* terminated by a zero octet that len does not count, as is ek_chain; may be empty */
  octets ek_chain;
  uint16_t bank; /* TPM_ALG_ID; 0: auto */
  omadm_tpm_key_kind kind; /* of the attestation key */
  bool certify;
  unsigned protocol; /* version of the Azure protocol */
  uint32_t timeout_ms;
} settings;

/* False: no memory. To be disposed in any case. */
bool settings_read(const attestation *self, settings *s);
void settings_dispose(settings *s);

#endif
