/* SPDX-License-Identifier: MIT */
/* The transport port in memory: a function instead of a server. */
#include <omadm/transport.h>

#include "base/mem.h"

typedef struct loopback {
  omadm_transport base;
  omadm_loopback_answer answer;
  void *ctx;
  int posted;
  omadm_err failed; /* what `answer` returned; told by step, as over a network */
  omadm_error why;
  omadm_response response;
} loopback;

static omadm_err loopback_post(omadm_transport *t, const omadm_out *out, omadm_error *error) {
  loopback *self = (loopback *)t;
  if (self->posted) return omadm_error_set(error, OMADM_E_STATE, "a message is already on its way");
  self->response = (omadm_response){.http_status = 200};
  omadm_error_clear(&self->why);
  self->failed = self->answer(self->ctx, out, &self->response, &self->why);
  if (self->failed == OMADM_E_REFUSED)
    return omadm_error_set(error, self->failed, "%s", self->why.text);
  self->posted = 1;
  return 0;
}

static int loopback_step(omadm_transport *t, int timeout_ms, omadm_response *response,
                         omadm_error *error) {
  loopback *self = (loopback *)t;
  (void)timeout_ms;
  if (!self->posted) return omadm_error_set(error, OMADM_E_STATE, "no message was posted");
  self->posted = 0;
  if (self->failed != 0) return omadm_error_set(error, self->failed, "%s", self->why.text);
  *response = self->response;
  return 1;
}

static void loopback_cancel(omadm_transport *t) {
  ((loopback *)t)->posted = 0;
}

static void loopback_free(omadm_transport *t) {
  omadm_mem_free(&omadm_mem_default, t);
}

omadm_err omadm_loopback_new(omadm_loopback_answer answer, void *ctx, omadm_transport **transport,
                             omadm_error *error) {
  static const omadm_transport_ops ops = {sizeof ops, loopback_post, loopback_step, loopback_cancel,
                                          loopback_free};
  *transport = NULL;
  if (answer == NULL)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "loopback: no answer function");
  loopback *self = omadm_mem_new(&omadm_mem_default, 1, sizeof *self);
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->base.ops = &ops;
  self->answer = answer;
  self->ctx = ctx;
  *transport = &self->base;
  return 0;
}
