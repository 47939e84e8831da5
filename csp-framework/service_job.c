/* SPDX-License-Identifier: MIT */
/* Jobs, and waiting for what goes on outside of slots. */
#include <poll.h>

#include "base/clock.h"
#include "csp-framework/crossing.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/isolated/isolated.h"
#include "csp-framework/services.h"
#include "csp-framework/sized.h"
#include "csp-framework/slow.h"

struct fw_job {
  fw_job *next;
  fw_csp *csp;
  void (*run)(void *arg);
  void (*done)(void *arg);
  void *arg;
};

/* Runs on a worker's thread: it may touch the job and nothing of the framework. */
static void job_run(void *arg) {
  fw_job *job = arg;
  job->run(job->arg);
}

static void job_done(void *arg) {
  fw_job *job = arg;
  omadm_framework *fw = job->csp->fw;
  fw->n_jobs--;
  job->csp->jobs--;
  int64_t began = slow_begin();
  if (job->done != NULL) job->done(job->arg);
  slow_end(job->csp, SLOW_DONE, "done", began);
  omadm_mem_free(&fw->mem, job);
}

omadm_err service_job(uint64_t host, void (*run)(void *arg), void (*done)(void *arg), void *arg) {
  fw_csp *csp = NULL;
  omadm_err err = crossing_own(host, "job", &csp);
  if (err != 0) return err;
  if (run == NULL) return crossing_refuse(csp, "job", "nothing to run");
  services_forget(csp);
  omadm_framework *fw = csp->fw;
  omadm_worker *worker = fw->config.worker;
  fw_job *job = omadm_mem_new(&fw->mem, 1, sizeof *job);
  if (job == NULL) return OMADM_E_NOMEM;
  *job = (fw_job){.csp = csp, .run = run, .done = done, .arg = arg};
  if (worker != NULL) {
    err = worker->submit(worker->ctx, job_run, job_done, job);
    if (err != 0) {
      omadm_mem_free(&fw->mem, job);
      return err;
    }
  } else {
    *(fw->last_job != NULL ? &fw->last_job->next : &fw->jobs) = job;
    fw->last_job = job;
  }
  fw->n_jobs++;
  csp->jobs++;
  return OMADM_OK;
}

/* What there is of jobs in this process; waits for at most timeout_ms for the first. */
static int work(omadm_framework *fw, int timeout_ms) {
  omadm_worker *worker = fw->config.worker;
  if (worker != NULL) return worker->poll(worker->ctx, timeout_ms);
  if (fw->jobs == NULL) { /* only another call of the program can bring the answer */
    (void)poll(NULL, 0, timeout_ms > 0 ? timeout_ms : 0);
    return 0;
  }
  int n = 0;
  fw_job *job = fw->jobs;
  fw->jobs = fw->last_job = NULL; /* a job that a job asks for runs the next time */
  for (fw_job *next; job != NULL; job = next, n++) {
    next = job->next;
    fw->in_job = true;
    job_run(job);
    fw->in_job = false;
    job_done(job);
  }
  return n;
}

/* That of the worker; -1: it has none. */
static int worker_fd(const omadm_framework *fw) {
  omadm_worker *worker = fw->config.worker;
  return OMADM_HAS(omadm_worker, worker, fd) ? worker->fd(worker->ctx) : -1;
}

/* The same while CSPs have processes of their own, whom a worker without a descriptor leaves alone
 * for a moment at a time. */
static int work_all(omadm_framework *fw, int timeout_ms) {
  enum { SLICE_MS = 20 };
  bool blind = fw->config.worker != NULL && worker_fd(fw) < 0;
  /* The host that answers late has other things to do first, and its jobs end at the same place
   * however fast a process is. */
  bool jobs = timeout_ms > 0 || (fw->config.host_flags & OMADM_HOST_LATE) == 0;
  int64_t until = omadm_clock_ms() + (timeout_ms > 0 ? timeout_ms : 0);
  for (;;) {
    bool ready = false;
    int64_t left = until - omadm_clock_ms();
    int wait = left > 0 && fw->jobs == NULL ? (int)left : 0;
    int n = isolated_work(fw, worker_fd(fw), blind ? 0 : wait, jobs, &ready);
    if (blind && n == 0) n = work(fw, wait < SLICE_MS ? wait : SLICE_MS);
    if (!blind && (ready || fw->jobs != NULL)) n += work(fw, 0);
    /* A worker that called, and has nothing, was woken for the program's sake. */
    if (n > 0 || left <= 0 || ready) return n;
  }
}

int services_work(omadm_framework *fw, int timeout_ms) {
  bool idle = services_jobs(fw) == 0 && dispatch_outstanding(fw) == 0;
  if (fw->isolated != NULL) return work_all(fw, idle ? 0 : timeout_ms);
  return idle ? 0 : work(fw, timeout_ms);
}

size_t services_jobs(const omadm_framework *fw) {
  return fw->n_jobs + isolated_jobs(fw);
}

bool services_has_threads(const omadm_framework *fw) {
  return worker_fd(fw) >= 0;
}

void services_job_began(omadm_framework *fw) {
  fw->n_jobs++;
}

void services_job_ended(omadm_framework *fw) {
  fw->n_jobs--;
}

void services_finish(omadm_framework *fw) {
  int64_t until = omadm_clock_ms() + (int64_t)fw->config.limits.cancel_time * 1000;
  while (services_jobs(fw) > 0) {
    services_work(fw, 1000);
    if (omadm_clock_ms() > until) isolated_end_jobs(fw);
  }
}
