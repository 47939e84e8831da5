/* SPDX-License-Identifier: MIT */
/* The process of an isolated plugin: what its files share. */
#ifndef OMADM_ISOLATED_CHILD_H
#define OMADM_ISOLATED_CHILD_H

#include <pthread.h>

#include <omadm/csp.h>
#include <omadm/tpm.h>

#include "csp-framework/isolated/wire.h"

/* Somebody who waits for an answer of the host. */
typedef struct child_waiter {
  struct child_waiter *next;
  uint64_t id;
  bool here;
  wire_message message;
} child_waiter;

typedef struct child_job {
  struct child_job *next;
  void (*run)(void *arg);
  void (*done)(void *arg);
  void *arg;
} child_job;

typedef struct child_queue {
  child_job *first, *last;
} child_queue;

enum { CHILD_THREADS = 4 };

typedef struct child {
  pthread_t main; /* the thread of the slots */
  pthread_mutex_t lock; /* of what stands here; who waits for the host reads for all */
  pthread_cond_t changed;
  bool reading; /* a thread is in the middle of it */
  bool gone; /* the host is */
  child_waiter *waiters;
  bool asked; /* `question` holds a slot that the host calls */
  wire_message question;
  uint64_t next_id;
  pthread_mutex_t sending; /* one whole message after the other */

  /* jobs.c */
  child_queue queued, finished;
  bool closing;
  unsigned n_threads;
  pthread_t threads[CHILD_THREADS];
  pthread_cond_t work;
  int bell; /* rings when a job has ended */
  uint64_t ended; /* in `finished`, and the host does not know */
  uint64_t jobs; /* whose done has not returned; of the main thread */

  /* The main thread's. */
  const omadm_csp_slots *slots;
  uint64_t self;
  omadm_buf out; /* a body under way */
  child_waiter waiter;
  char *lent; /* by the last service that lends */
  omadm_buf answers; /* values and names of the slot that runs, for DONE */
  omadm_token running; /* its request; 0: none that values may wait for */
  uint32_t gives; /* what its slot may append: WIRE_VALUE, WIRE_CHILD or 0 */
  uint64_t room; /* octets of a value that surely are taken */
} child;

/* channel.c: the lock is not held. */
/* Sends what has no answer. */
void child_send(child *c, uint32_t type, uint64_t id, omadm_str body);
/* Asks the host, and waits; the answer is in waiter->message. False: the host is gone. */
bool child_ask(child *c, uint32_t type, omadm_str body, child_waiter *waiter);
void child_waiter_dispose(child_waiter *waiter);
/* The main thread, between slots: waits for a slot (true, in c->question) or for jobs that have
 * ended (true, and c->asked is not set). False: the host is gone. */
bool child_listen(child *c);

/* jobs.c */
bool child_jobs_init(child *c);
/* OK: it runs. */
omadm_err child_job_add(child *c, void (*run)(void *arg), void (*done)(void *arg), void *arg);
/* Tells the host what has ended. */
void child_jobs_tell(child *c);
/* Calls `done` of one that has. */
void child_job_done(child *c);
/* Waits for all jobs. */
void child_jobs_finish(child *c);
void child_jobs_dispose(child *c);

/* services.c: the table that the plugin gets. */
extern const omadm_csp_services child_services;
/* Drops what a service lent. */
void child_forget(child *c);
/* For a service of the main thread. NOT_FOUND: the handle is not the plugin's. STATE, and a line of
 * the host's log: another thread calls. */
omadm_err child_own(uint64_t host, wire_type service, child **c);
/* main.c: NULL where the handle is not the plugin's. */
child *child_of(uint64_t host);

/* remote.c, tpm.c: services for any thread. */
void child_log(uint64_t host, int level, omadm_str text);
int64_t child_now(uint64_t host);
omadm_err child_http(uint64_t host, const omadm_csp_http_request *request,
                     omadm_csp_http_reply *reply);
extern const omadm_tpm_calls child_tpm;

/* slots.c: runs what the host asks, and answers. False: it was close. */
bool child_slot(child *c);

#endif
