/* SPDX-License-Identifier: MIT */
/* The thread that owns the connection, and how a call waits for it. */
#include "tpm/tss2.h"

#include <signal.h>
#include <string.h>

#include <openssl/crypto.h>

#include "base/clock.h"
#include "base/mem.h"

enum { PAUSE_FIRST_MS = 5, PAUSE_LONGEST_MS = 500 };

typedef struct job {
  tss2_run *run;
  size_t size; /* of args */
  int64_t until;
  bool done;
  omadm_tpm_status status;
  tss2_notes notes;
  _Alignas(max_align_t) unsigned char args[];
} job;

struct tss2_thread {
  pthread_mutex_t lock; /* of everything below but link, log and deadline_ms */
  pthread_cond_t changed;
  job *job; /* waits for the thread, or runs, or is to be taken away by its caller */
  bool stuck; /* the caller of the job has gone; the thread frees it */
  bool old_family; /* what the link knew at the end of the last job */
  bool started, closing, ended;
  unsigned callers;
  unsigned users; /* its owner, the thread and the callers */
  pthread_t thread;
  tss2_link link; /* the thread's alone */
  const omadm_log *log;
  unsigned deadline_ms;
};

/* Its arguments may be secret. */
static void job_free(job *j) {
  OPENSSL_cleanse(j->args, j->size);
  omadm_mem_free(&omadm_mem_default, j);
}

static void destroy(tss2_thread *t) {
  if (t->link.port.dispose != NULL) t->link.port.dispose(t->link.port.ctx);
  pthread_cond_destroy(&t->changed);
  pthread_mutex_destroy(&t->lock);
  omadm_mem_free(&omadm_mem_default, t);
}

/* Unlocks; the last one destroys. */
static void leave(tss2_thread *t) {
  bool last = --t->users == 0;
  pthread_cond_broadcast(&t->changed);
  pthread_mutex_unlock(&t->lock);
  if (last) destroy(t);
}

/* False when `until` has passed. The lock is held. */
static bool wait_until(tss2_thread *t, int64_t until) {
  struct timespec at = {.tv_sec = (time_t)(until / 1000),
                        .tv_nsec = (long)(until % 1000) * 1000000};
  return pthread_cond_timedwait(&t->changed, &t->lock, &at) == 0 || omadm_clock_ms() < until;
}

/* A busy TPM is asked again until the deadline. A connection that broke is replaced once, where it
 * was an old one: the TPM may have gone and come since. */
static omadm_tpm_status serve(tss2_link *link, job *j) {
  link->until = j->until;
  link->notes = &j->notes;
  for (int pause = PAUSE_FIRST_MS;;) {
    bool old = link->esys != NULL;
    omadm_tpm_status status = tss2_link_open(link);
    if (status == OMADM_TPM_OK) status = j->run(link, j->args);
    if (status == OMADM_TPM_IO) tss2_link_close(link);
    bool again = status == OMADM_TPM_IO && old;
    if (status == OMADM_TPM_BUSY && omadm_clock_ms() + 2 * pause < j->until) {
      omadm_clock_sleep(pause);
      pause = pause * 2 < PAUSE_LONGEST_MS ? pause * 2 : PAUSE_LONGEST_MS;
      again = true;
    }
    if (!again) {
      link->notes = NULL;
      return status;
    }
    j->notes.n = 0;
  }
}

static void *thread_main(void *arg) {
  tss2_thread *t = arg;
  pthread_mutex_lock(&t->lock);
  for (;;) {
    job *j = t->job;
    if (j == NULL || j->done) {
      if (t->closing) break;
      pthread_cond_wait(&t->changed, &t->lock);
      continue;
    }
    pthread_mutex_unlock(&t->lock);
    j->status = serve(&t->link, j);
    pthread_mutex_lock(&t->lock);
    j->done = true;
    t->old_family = t->link.old_family;
    if (t->stuck) {
      job_free(j);
      t->job = NULL;
      t->stuck = false;
    }
    pthread_cond_broadcast(&t->changed);
  }
  pthread_mutex_unlock(&t->lock);
  tss2_link_close(&t->link);
  pthread_mutex_lock(&t->lock);
  t->ended = true;
  leave(t);
  return NULL;
}

/* The thread sees no signals: handlers run where the program expects them. The lock is held. */
static bool start(tss2_thread *t) {
  sigset_t all, before;
  if (t->started) return true;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  t->started = pthread_create(&t->thread, NULL, thread_main, t) == 0;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (t->started) t->users++;
  return t->started;
}

/* Takes the thread for this job and waits for its end. The lock is held, and afterwards the job is
 * the thread's where the answer is TIMEOUT. */
static omadm_tpm_status take_turn(tss2_thread *t, job *j) {
  while (t->job != NULL && !t->stuck && !t->closing) {
    if (!wait_until(t, j->until)) return OMADM_TPM_BUSY;
  }
  if (t->closing) return OMADM_TPM_ABSENT;
  if (t->stuck) return OMADM_TPM_BUSY;
  if (!start(t)) return OMADM_TPM_RESOURCE;
  t->job = j;
  pthread_cond_broadcast(&t->changed);
  while (!j->done) {
    if (wait_until(t, j->until) || j->done) continue;
    t->stuck = true;
    pthread_cond_broadcast(&t->changed);
    return OMADM_TPM_TIMEOUT;
  }
  t->job = NULL;
  pthread_cond_broadcast(&t->changed);
  return j->status;
}

static void log_notes(const omadm_log *log, const tss2_notes *notes) {
  for (unsigned i = 0; i < notes->n; i++)
    omadm_log_line(log, notes->rows[i].level, "tpm", "%s", notes->rows[i].text);
}

omadm_tpm_status tss2_thread_call(tss2_thread *t, tss2_run *run, void *args, size_t size) {
  job *j = omadm_mem_new(&omadm_mem_default, 1, sizeof *j + size);
  if (j == NULL) return OMADM_TPM_RESOURCE;
  j->run = run;
  j->size = size;
  j->until = omadm_clock_ms() + t->deadline_ms;
  memcpy(j->args, args, size);
  pthread_mutex_lock(&t->lock);
  t->users++;
  t->callers++;
  omadm_tpm_status status = take_turn(t, j);
  pthread_mutex_unlock(&t->lock);
  if (status == OMADM_TPM_OK) memcpy(args, j->args, size);
  if (status == OMADM_TPM_TIMEOUT) {
    omadm_log_line(t->log, OMADM_LOG_WARN, "tpm", "the TPM did not answer in %u ms",
                   t->deadline_ms);
  } else {
    log_notes(t->log, &j->notes);
    job_free(j);
  }
  pthread_mutex_lock(&t->lock);
  t->callers--;
  leave(t);
  return status;
}

bool tss2_thread_old_family(tss2_thread *t) {
  pthread_mutex_lock(&t->lock);
  bool old = t->old_family;
  pthread_mutex_unlock(&t->lock);
  return old;
}

tss2_thread *tss2_thread_new(const tss2_port *port, const omadm_log *log, unsigned deadline_ms) {
  pthread_condattr_t monotonic;
  tss2_thread *t = omadm_mem_new(&omadm_mem_default, 1, sizeof *t);
  if (t == NULL) {
    port->dispose(port->ctx);
    return NULL;
  }
  pthread_mutex_init(&t->lock, NULL);
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&t->changed, &monotonic);
  pthread_condattr_destroy(&monotonic);
  t->link.port = *port;
  t->log = log;
  t->deadline_ms = deadline_ms;
  t->users = 1;
  return t;
}

/* Whether it is worth while to wait for the end: a thread whose job has missed its deadline may
 * stay away for ever. The lock is held. */
static bool ends_soon(const tss2_thread *t) {
  return t->callers > 0 || (t->started && !t->ended && !t->stuck);
}

void tss2_thread_free(tss2_thread *t) {
  int64_t until = omadm_clock_ms() + t->deadline_ms;
  pthread_mutex_lock(&t->lock);
  t->closing = true;
  pthread_cond_broadcast(&t->changed);
  while (ends_soon(t) && wait_until(t, until))
    continue;
  bool ended = t->ended, started = t->started;
  pthread_t thread = t->thread;
  leave(t);
  if (!started) return;
  if (ended) {
    pthread_join(thread, NULL);
  } else {
    pthread_detach(thread);
  }
}
