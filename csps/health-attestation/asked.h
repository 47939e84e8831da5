/* SPDX-License-Identifier: MIT */
/* Who is to be told how VerifyHealth ends: kept over a restart. */
#ifndef HEALTH_ATTESTATION_ASKED_H
#define HEALTH_ATTESTATION_ASKED_H

#include "health-attestation/attestation.h"

#define ASKED_MAX 64 /* servers; further ones are not told, and can read Status */

typedef struct asked {
  octets server_id[ASKED_MAX];
  octets correlator[ASKED_MAX];
  size_t n;
} asked;

/* Adds a server, or gives it another correlator. The device itself (an empty one) reads Status. */
void asked_add(asked *list, omadm_str server_id, omadm_str correlator);
void asked_remove(asked *list, omadm_str server_id);
void asked_clear(asked *list);

void asked_load(const attestation *self, asked *list);
void asked_save(const attestation *self, const asked *list);

#endif
