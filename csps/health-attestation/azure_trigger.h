/* SPDX-License-Identifier: MIT */
/* The JSON of TriggerAttestation. */
#ifndef HEALTH_ATTESTATION_AZURE_TRIGGER_H
#define HEALTH_ATTESTATION_AZURE_TRIGGER_H

#include "health-attestation/octets.h"

enum { TRIGGER_MAX = 65536 };

typedef struct trigger {
  octets rp_id; /* of the relying party; may be empty */
  octets endpoint; /* complete URL of the service */
  octets nonce; /* its octets; may be empty */
  octets token; /* Entra token, a secret; may be empty */
  octets cv; /* correlation vector; may be empty */
} trigger;

/*
 * Reads both spellings that are in use (rpID, serviceEndpoint; rpid, endpoint; letter case does not
 * count) and keys without quotes, which the documented template has. NULL, or a sentence about what
 * is wrong: no object, a member twice or of another type than text, no endpoint, or one that is not
 * https, a nonce that is not hexadecimal, a token or vector that cannot stand in an HTTP header.
 * Inits *self, which the caller disposes of also then.
 */
const char *trigger_parse(omadm_str text, trigger *self);
/* host or host:port of the endpoint, of a trigger that was parsed well. */
omadm_str trigger_authority(const trigger *self);
/* Wipes the token. */
void trigger_dispose(trigger *self);

#endif
