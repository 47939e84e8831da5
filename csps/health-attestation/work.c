/* SPDX-License-Identifier: MIT */
#include "health-attestation/work.h"

static void job_run(void *arg) {
  work *w = arg;
  w->ran = true;
  w->run(w);
}

static void end(work *w) {
  attestation *self = w->self;
  self->first = w->next;
  if (self->first == NULL) self->last = NULL;
  if (w->ran) evidence_keep(&w->evidence);
  w->done(w);
}

static void start_first(attestation *self);

static void job_done(void *arg) {
  work *w = arg;
  attestation *self = w->self;
  end(w);
  start_first(self);
}

/* The evidence is set up when its turn has come: the work before it may have made the key. */
static void start_first(attestation *self) {
  while (self->first != NULL && !self->first->started) {
    work *w = self->first;
    w->started = true;
    if (evidence_init(&w->evidence, self) &&
        self->services->job(self->host, job_run, job_done, w) == 0)
      return;
    attestation_log(self, OMADM_CSP_LOG_ERROR, "attestation could not be started; see above");
    end(w);
  }
}

void work_start(attestation *self, work *w) {
  w->self = self;
  *(self->last != NULL ? &self->last->next : &self->first) = w;
  self->last = w;
  start_first(self);
}

void work_dispose(work *w) {
  evidence_dispose(&w->evidence);
}
