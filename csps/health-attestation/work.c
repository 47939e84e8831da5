/* SPDX-License-Identifier: MIT */
#include "health-attestation/work.h"

static void key_run(void *arg) {
  work *w = arg;
  w->key = evidence_open(&w->evidence);
}

static void rest_run(void *arg) {
  work *w = arg;
  w->ran = !w->unwanted;
  if (w->ran) w->run(w);
  evidence_close(&w->evidence);
}

static void rest_done(void *arg) {
  work *w = arg;
  w->done(w);
}

static void unlink_first(attestation *self) {
  self->first = self->first->next;
  if (self->first == NULL) self->last = NULL;
}

static void start_waiting(attestation *self);

static void key_done(void *arg) {
  work *w = arg;
  attestation *self = w->self;
  unlink_first(self);
  evidence_keep(&w->evidence);
  w->begun = true;
  start_waiting(self);
  if (self->services->job(self->host, rest_run, rest_done, w) == 0) return;
  attestation_log(self, OMADM_CSP_LOG_ERROR, "attestation could not go on; see above");
  evidence_close(&w->evidence);
  w->done(w);
}

/* The evidence is set up when its turn has come: the work before it may have made the key. */
static bool start_first(attestation *self) {
  work *w = self->first;
  if (evidence_init(&w->evidence, self) &&
      self->services->job(self->host, key_run, key_done, w) == 0)
    return true;
  attestation_log(self, OMADM_CSP_LOG_ERROR, "attestation could not be started; see above");
  unlink_first(self);
  return false;
}

static void start_waiting(attestation *self) {
  for (work *w; (w = self->first) != NULL && !start_first(self);)
    w->done(w);
}

bool work_start(attestation *self, work *w) {
  w->self = self;
  *(self->last != NULL ? &self->last->next : &self->first) = w;
  self->last = w;
  return self->first != w || start_first(self);
}

bool work_take_back(work *w) {
  work *before = w->self->first;
  while (before != NULL && before->next != w)
    before = before->next;
  if (before == NULL) return false;
  before->next = w->next;
  if (w->self->last == w) w->self->last = before;
  return true;
}

void work_dispose(work *w) {
  evidence_dispose(&w->evidence);
}
