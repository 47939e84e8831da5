/* SPDX-License-Identifier: MIT */
/* What processes say between slots. */
#include <poll.h>
#include <stdlib.h>

#include "base/clock.h"
#include "csp-framework/isolated/process.h"
#include "csp-framework/slow.h"

enum { AT_ONCE = 64 }; /* messages of one process before others have their turn */

/* Calls `done` of jobs that have ended. */
static int end_jobs(fw_isolated *p) {
  int done = 0;
  for (; p->life.link != NULL && p->life.ready > 0 && done < AT_ONCE; done++) {
    omadm_status status = OMADM_ST_OK;
    int64_t began = slow_begin();
    wire_writer w = wire_begin(&p->out);
    wire_put(&w, WIRE_SLOT_DONE);
    if (w.err != 0) break;
    p->life.ready--;
    if (process_ask(p, 0, omadm_buf_str(&p->out), &status) == ASK_DONE)
      slow_end(p->csp, SLOW_DONE, "done", began);
  }
  return done;
}

/* Takes what the process has to say. */
static int listen_to(fw_isolated *p) {
  int done = 0;
  p->until = omadm_clock_ms() + p->slot_ms; /* for all of them */
  for (int i = 0; i < AT_ONCE && p->life.link != NULL && omadm_clock_ms() <= p->until; i++) {
    wire_outcome outcome = wire_receive(p->life.link->fd, &p->message, WIRE_MOST, p->until, false);
    if (outcome == WIRE_NONE) break;
    if (outcome == WIRE_OK && serve(p, &p->message, &done)) continue;
    const char *why = p->misdeed != NULL ? p->misdeed : "it sent what no plugin sends";
    process_lost(p, outcome == WIRE_GONE ? NULL : why);
    done++;
  }
  return done;
}

static size_t count(const omadm_framework *fw) {
  size_t n = 0;
  for (const fw_isolated *p = fw->isolated; p != NULL; p = p->next)
    n += p->life.link != NULL;
  return n;
}

/* Serves all that is there. */
static int serve_all(omadm_framework *fw, bool jobs) {
  int done = 0;
  for (fw_isolated *p = fw->isolated; p != NULL; p = p->next) {
    done += listen_to(p);
    if (jobs) done += end_jobs(p);
    done += process_settle(p);
  }
  return done;
}

/* Waits for a process or the worker. True where the worker has something, or for a signal, which
 * deserves its caller's attention. */
static bool wait_any(const omadm_framework *fw, struct pollfd *fds, int worker_fd, int timeout_ms) {
  nfds_t n = 1;
  fds[0] = (struct pollfd){.fd = worker_fd, .events = POLLIN};
  for (const fw_isolated *p = fw->isolated; p != NULL; p = p->next) {
    if (p->life.link != NULL) fds[n++] = (struct pollfd){.fd = p->life.link->fd, .events = POLLIN};
  }
  int ready = poll(fds, n, timeout_ms);
  return ready < 0 || fds[0].revents != 0;
}

int isolated_work(omadm_framework *fw, int worker_fd, int timeout_ms, bool jobs, bool *worker) {
  int done = serve_all(fw, jobs);
  struct pollfd *fds = calloc(count(fw) + 1, sizeof *fds);
  *worker = true;
  if (fds == NULL) return done;
  *worker = wait_any(fw, fds, worker_fd, done > 0 ? 0 : timeout_ms);
  free(fds);
  return done + serve_all(fw, jobs);
}

size_t isolated_jobs(const omadm_framework *fw) {
  enum { MOST = 1000000 }; /* whatever a process says */
  size_t n = 0;
  for (const fw_isolated *p = fw->isolated; p != NULL; p = p->next)
    n += p->life.jobs < MOST ? (size_t)p->life.jobs : MOST;
  return n;
}

void isolated_end_jobs(omadm_framework *fw) {
  for (fw_isolated *p = fw->isolated; p != NULL; p = p->next) {
    if (isolated_is_busy(p) && p->life.link != NULL) process_lost(p, "its jobs do not end");
  }
}
