/* SPDX-License-Identifier: MIT */
/* Jobs of a plugin in its own process: a few threads, which start with the first job. */
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "csp-framework/isolated/child/child.h"

static void push(child_queue *q, child_job *job) {
  job->next = NULL;
  *(q->last != NULL ? &q->last->next : &q->first) = job;
  q->last = job;
}

static child_job *pop(child_queue *q) {
  child_job *job = q->first;
  if (job == NULL) return NULL;
  q->first = job->next;
  if (q->first == NULL) q->last = NULL;
  return job;
}

bool child_jobs_init(child *c) {
  c->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return c->bell >= 0;
}

static void *work(void *arg) {
  const uint64_t one = 1;
  child *c = arg;
  pthread_mutex_lock(&c->lock);
  for (;;) {
    child_job *job = pop(&c->queued);
    if (job == NULL && c->closing) break;
    if (job == NULL) {
      pthread_cond_wait(&c->work, &c->lock);
      continue;
    }
    pthread_mutex_unlock(&c->lock);
    job->run(job->arg);
    pthread_mutex_lock(&c->lock);
    push(&c->finished, job);
    c->ended++;
    ssize_t n = write(c->bell, &one, sizeof one);
    (void)n; /* a full counter rings as well */
    pthread_cond_broadcast(&c->changed);
  }
  pthread_mutex_unlock(&c->lock);
  return NULL;
}

/* One more thread while all are busy. */
static void start_thread(child *c) {
  sigset_t all, before;
  if (c->n_threads == CHILD_THREADS || c->jobs <= c->n_threads) return;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  if (pthread_create(&c->threads[c->n_threads], NULL, work, c) == 0) c->n_threads++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

omadm_err child_job_add(child *c, void (*run)(void *arg), void (*done)(void *arg), void *arg) {
  child_job *job = malloc(sizeof *job);
  if (job == NULL) return OMADM_E_NOMEM;
  *job = (child_job){.run = run, .done = done, .arg = arg};
  c->jobs++;
  start_thread(c);
  if (c->n_threads == 0) {
    c->jobs--;
    free(job);
    return OMADM_E_NOMEM;
  }
  pthread_mutex_lock(&c->lock);
  push(&c->queued, job);
  pthread_cond_signal(&c->work);
  pthread_mutex_unlock(&c->lock);
  return OMADM_OK;
}

void child_jobs_tell(child *c) {
  pthread_mutex_lock(&c->lock);
  uint64_t ended = c->ended;
  c->ended = 0;
  pthread_mutex_unlock(&c->lock);
  if (ended == 0) return;
  wire_writer w = wire_begin(&c->out);
  wire_put(&w, ended);
  if (w.err == 0) child_send(c, WIRE_READY, 0, omadm_buf_str(&c->out));
}

void child_job_done(child *c) {
  pthread_mutex_lock(&c->lock);
  child_job *job = pop(&c->finished);
  pthread_mutex_unlock(&c->lock);
  if (job == NULL) return;
  if (job->done != NULL) job->done(job->arg);
  free(job);
  c->jobs--;
}

void child_jobs_finish(child *c) {
  while (c->jobs > 0) {
    pthread_mutex_lock(&c->lock);
    while (c->finished.first == NULL)
      pthread_cond_wait(&c->changed, &c->lock);
    pthread_mutex_unlock(&c->lock);
    child_job_done(c);
  }
}

void child_jobs_dispose(child *c) {
  pthread_mutex_lock(&c->lock);
  c->closing = true;
  pthread_cond_broadcast(&c->work);
  pthread_mutex_unlock(&c->lock);
  for (unsigned i = 0; i < c->n_threads; i++)
    pthread_join(c->threads[i], NULL);
  close(c->bell);
}
