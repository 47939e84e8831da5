/* SPDX-License-Identifier: MIT */
/* The worker port on POSIX threads: one queue in, one list out, an eventfd that tells poll. */
#include <omadm/worker.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/mem.h"
#include "transport/clock.h"

enum { MOST_THREADS = 64 };

typedef struct job {
  struct job *next;
  void (*run)(void *arg);
  void (*done)(void *arg);
  void *arg;
} job;

typedef struct job_list {
  job *first;
  job **end;
} job_list;

typedef struct pool {
  omadm_worker base;
  pthread_mutex_t lock; /* of everything below but fd, woken and threads */
  pthread_cond_t work;
  job_list queued;
  job_list finished;
  size_t pending;
  bool closing;
  int fd; /* readable when poll has a reason to look */
  atomic_int woken;
  unsigned n_threads;
  pthread_t threads[MOST_THREADS];
} pool;

static void list_init(job_list *list) {
  list->first = NULL;
  list->end = &list->first;
}

static void list_push(job_list *list, job *j) {
  j->next = NULL;
  *list->end = j;
  list->end = &j->next;
}

static job *list_pop(job_list *list) {
  job *j = list->first;
  if (j == NULL) return NULL;
  list->first = j->next;
  if (list->first == NULL) list->end = &list->first;
  return j;
}

/* Async-signal-safe. A full counter is readable as well, so that a failed write loses nothing. */
static void ring(const pool *p) {
  const uint64_t one = 1;
  int saved = errno;
  ssize_t n = write(p->fd, &one, sizeof one);
  (void)n;
  errno = saved;
}

static void *thread_main(void *arg) {
  pool *p = arg;
  pthread_mutex_lock(&p->lock);
  for (;;) {
    job *j = list_pop(&p->queued);
    if (j == NULL) {
      if (p->closing) break;
      pthread_cond_wait(&p->work, &p->lock);
      continue;
    }
    pthread_mutex_unlock(&p->lock);
    j->run(j->arg);
    pthread_mutex_lock(&p->lock);
    list_push(&p->finished, j);
    ring(p);
  }
  pthread_mutex_unlock(&p->lock);
  return NULL;
}

static omadm_err pool_submit(void *ctx, void (*run)(void *arg), void (*done)(void *arg),
                             void *arg) {
  pool *p = ctx;
  job *j = omadm_mem_new(&omadm_mem_default, 1, sizeof *j);
  if (j == NULL) return OMADM_E_NOMEM;
  *j = (job){.run = run, .done = done, .arg = arg};
  pthread_mutex_lock(&p->lock);
  bool closing = p->closing;
  if (!closing) {
    list_push(&p->queued, j);
    p->pending++;
    pthread_cond_signal(&p->work);
  }
  pthread_mutex_unlock(&p->lock);
  if (closing) omadm_mem_free(&omadm_mem_default, j);
  return closing ? OMADM_E_STATE : 0;
}

/* Calls done of what has finished. The lock is not held meanwhile: done may submit. */
static int settle(pool *p) {
  int n = 0;
  pthread_mutex_lock(&p->lock);
  job_list taken = p->finished;
  if (taken.first == NULL) list_init(&taken);
  list_init(&p->finished);
  pthread_mutex_unlock(&p->lock);
  for (job *j = list_pop(&taken); j != NULL; j = list_pop(&taken)) {
    if (j->done != NULL) j->done(j->arg);
    omadm_mem_free(&omadm_mem_default, j);
    pthread_mutex_lock(&p->lock);
    p->pending--;
    pthread_mutex_unlock(&p->lock);
    n++;
  }
  return n;
}

static int pool_poll(void *ctx, int timeout_ms) {
  pool *p = ctx;
  int64_t until = omadm_clock_ms() + (timeout_ms > 0 ? timeout_ms : 0);
  for (;;) {
    uint64_t rings = 0;
    ssize_t got = read(p->fd, &rings, sizeof rings);
    (void)
        got; /* never blocks; what matters is that the counter is 0 before the list is looked at */
    int n = settle(p);
    if (atomic_exchange(&p->woken, 0) != 0 || n > 0) return n;
    int left = clock_left(until, timeout_ms);
    if (left == 0) return 0;
    struct pollfd wait = {.fd = p->fd, .events = POLLIN};
    /* A signal whose handler did not wake this pool still deserves its caller's attention. */
    if (poll(&wait, 1, left) < 0 && errno == EINTR) return settle(p);
  }
}

static size_t pool_pending(void *ctx) {
  pool *p = ctx;
  pthread_mutex_lock(&p->lock);
  size_t n = p->pending;
  pthread_mutex_unlock(&p->lock);
  return n;
}

static void pool_wake(void *ctx) {
  pool *p = ctx;
  atomic_store(&p->woken, 1);
  ring(p);
}

static int pool_fd(void *ctx) {
  const pool *p = ctx;
  return p->fd;
}

/* Threads see no signals: handlers run where the program expects them. */
static int start_threads(pool *p, unsigned threads) {
  sigset_t all, before;
  int failed = 0;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (failed == 0 && p->n_threads < threads) {
    failed = pthread_create(&p->threads[p->n_threads], NULL, thread_main, p);
    if (failed == 0) p->n_threads++;
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  return failed;
}

void omadm_worker_free(omadm_worker *worker) {
  if (worker == NULL) return;
  pool *p = worker->ctx;
  pthread_mutex_lock(&p->lock);
  p->closing = true;
  pthread_cond_broadcast(&p->work);
  pthread_mutex_unlock(&p->lock);
  for (unsigned i = 0; i < p->n_threads; i++)
    pthread_join(p->threads[i], NULL);
  settle(p);
  pthread_cond_destroy(&p->work);
  pthread_mutex_destroy(&p->lock);
  if (p->fd >= 0) close(p->fd);
  omadm_mem_free(&omadm_mem_default, p);
}

omadm_err omadm_worker_new(unsigned threads, omadm_worker **worker, omadm_error *error) {
  *worker = NULL;
  if (threads == 0 || threads > MOST_THREADS) {
    return omadm_error_set(error, OMADM_E_ARGUMENT, "a worker pool has 1 to %d threads, not %u",
                           MOST_THREADS, threads);
  }
  pool *p = omadm_mem_new(&omadm_mem_default, 1, sizeof *p);
  if (p == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  p->base =
      (omadm_worker){sizeof p->base, p, pool_submit, pool_poll, pool_pending, pool_wake, pool_fd};
  list_init(&p->queued);
  list_init(&p->finished);
  pthread_mutex_init(&p->lock, NULL);
  pthread_cond_init(&p->work, NULL);
  p->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int failed = p->fd < 0 ? errno : start_threads(p, threads);
  if (failed != 0) {
    errno = failed;
    omadm_err err =
        omadm_error_set(error, OMADM_E_IO, "a worker pool of %u threads cannot start: %s", threads,
                        strerror(failed));
    omadm_worker_free(&p->base);
    return err;
  }
  *worker = &p->base;
  return 0;
}
