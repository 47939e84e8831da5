/* SPDX-License-Identifier: MIT */
/* Gets that wait for one answer. */
#ifndef HEALTH_ATTESTATION_WAITERS_H
#define HEALTH_ATTESTATION_WAITERS_H

#include "health-attestation/attestation.h"

#define WAITERS_MAX 32

typedef struct waiters {
  omadm_token tokens[WAITERS_MAX];
  size_t n;
} waiters;

/* PENDING; 503 where there are too many. */
omadm_status waiters_add(waiters *w, omadm_token token);
/* Completes the request that nobody waits for any more. False: it is none of these. */
bool waiters_cancel(waiters *w, const attestation *self, omadm_token token);
/* Completes all of them: 200 with this value, or a failure. */
void waiters_answer(waiters *w, const attestation *self, omadm_status status, omadm_str value);

#endif
