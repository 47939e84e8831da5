/* SPDX-License-Identifier: MIT */
#include "health-attestation/waiters.h"

omadm_status waiters_add(waiters *w, omadm_token token) {
  if (w->n == WAITERS_MAX) return OMADM_ST_UNAVAILABLE;
  w->tokens[w->n++] = token;
  return OMADM_ST_PENDING;
}

bool waiters_cancel(waiters *w, const attestation *self, omadm_token token) {
  size_t i = 0;
  while (i < w->n && w->tokens[i] != token)
    i++;
  if (i == w->n) return false;
  w->tokens[i] = w->tokens[--w->n];
  (void)self->services->complete(self->host, token, OMADM_ST_UNAVAILABLE, NULL);
  return true;
}

void waiters_answer(waiters *w, const attestation *self, omadm_status status, omadm_str value) {
  const omadm_csp_services *s = self->services;
  for (size_t i = 0; i < w->n; i++) {
    omadm_err err = status == OMADM_ST_OK ? s->value(self->host, w->tokens[i], value) : OMADM_OK;
    (void)s->complete(self->host, w->tokens[i], err == 0 ? status : OMADM_ST_FAILED, NULL);
  }
  w->n = 0;
}
