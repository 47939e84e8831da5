/* SPDX-License-Identifier: MIT */
/*
 * The worker port: how a library that starts no thread runs slow work on one.
 */
#ifndef OMADM_WORKER_H
#define OMADM_WORKER_H

#include <omadm/error.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct omadm_worker {
  size_t struct_size;
  void *ctx;
  /* Queues run(arg) for a worker thread; done(arg) is then called by poll, on the thread that calls
   * poll. Any thread. */
  omadm_err (*submit)(void *ctx, void (*run)(void *arg), void (*done)(void *arg), void *arg);
  /* Calls `done` of what finished; waits for at most timeout_ms for the first. Returns how many.
   * One thread. */
  int (*poll)(void *ctx, int timeout_ms);
  /* Jobs submitted and not yet done. */
  size_t (*pending)(void *ctx);
  /* Ends a poll that waits in another thread. Any thread, also a signal handler. */
  void (*wake)(void *ctx);
  /* A descriptor for those who wait for more than a worker: your own event loop, and the framework
   * while plugins in processes of their own have something to say. Readable from the moment that a
   * job has finished, or wake was called, until poll has taken it; wait for it to be readable, then
   * call poll (omadm_framework_pump where a framework has the worker). The worker's: nobody else
   * reads or closes it. May be NULL, or answer -1: then they wait in slices of some milliseconds.
   */
  int (*fd)(void *ctx);
} omadm_worker;

/* A pool of `threads` pthreads. Owned by the caller, free with omadm_worker_free, which waits for
 * running jobs and calls their done. */
OMADM_EXPORT omadm_err omadm_worker_new(unsigned threads, omadm_worker **worker,
                                        omadm_error *error);
OMADM_EXPORT void omadm_worker_free(omadm_worker *worker);

#ifdef __cplusplus
}
#endif
#endif
