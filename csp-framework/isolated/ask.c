/* SPDX-License-Identifier: MIT */
/* A slot in another process: a message goes, and until its answer comes the process is served. */
#include "csp-framework/isolated/process.h"

#include <poll.h>

#include "base/clock.h"

static const char *reason(wire_outcome outcome) {
  if (outcome == WIRE_LATE) return "a slot took longer than slot-time allows";
  return outcome == WIRE_BAD ? "it sent what is no message" : NULL;
}

/* The answer of the slot, which may say anything. */
static bool take_done(fw_isolated *p, omadm_status *status) {
  wire_reader r = {.left = omadm_buf_str(&p->message.body)};
  uint64_t code = wire_get(&r), jobs = wire_get(&r);
  if (r.failed || code > UINT16_MAX || !serve_answers(p, &r, &p->spoiled)) return false;
  p->life.jobs = jobs;
  *status = p->spoiled == 0 ? (omadm_status)code : OMADM_ST_FAILED;
  return true;
}

/* An exchange that waits for its turn gets it while the slot is waited for: the slot may wait for
 * its answer. */
static void give_turns(fw_isolated *p) {
  enum { SLICE_MS = 10 };
  struct pollfd fd = {.fd = p->life.link->fd, .events = POLLIN};
  while (p->waiting != NULL && omadm_clock_ms() <= p->until) {
    remote_start(p);
    if (p->waiting == NULL || poll(&fd, 1, SLICE_MS) != 0) return;
  }
}

static ask_outcome wait_done(fw_isolated *p, uint64_t id, omadm_status *status) {
  int done = 0;
  for (;;) {
    give_turns(p);
    wire_outcome outcome = wire_receive(p->life.link->fd, &p->message, WIRE_MOST, p->until, true);
    if (outcome == WIRE_OK && omadm_clock_ms() > p->until) outcome = WIRE_LATE;
    if (outcome == WIRE_OK && p->message.type == WIRE_DONE && p->message.id == id) {
      if (take_done(p, status)) return ASK_DONE;
      outcome = WIRE_BAD;
    } else if (outcome == WIRE_OK && !serve(p, &p->message, &done)) {
      outcome = WIRE_BAD;
    }
    if (outcome == WIRE_OK) continue;
    process_lost(p, p->misdeed != NULL ? p->misdeed : reason(outcome));
    return ASK_DIED;
  }
}

ask_outcome process_ask(fw_isolated *p, omadm_token token, omadm_str body, omadm_status *status) {
  uint64_t id = ++p->next_id;
  int64_t until = omadm_clock_ms() + p->slot_ms, outer_until = p->until;
  if (!process_send(p->life.link, WIRE_SLOT, id, body, until)) {
    process_lost(p, NULL);
    return ASK_UNSENT;
  }
  omadm_token outer = p->running;
  p->running = token;
  p->until = until;
  p->spoiled = OMADM_OK;
  ask_outcome outcome = wait_done(p, id, status);
  p->running = outer;
  p->until = outer_until;
  return outcome;
}

omadm_status process_open(fw_isolated *p) {
  omadm_status status = OMADM_ST_FAILED;
  wire_writer w = wire_begin(&p->order);
  wire_put(&w, WIRE_SLOT_OF(open));
  if (w.err != 0 || p->life.link == NULL ||
      process_ask(p, 0, omadm_buf_str(&p->order), &status) != ASK_DONE)
    return OMADM_ST_FAILED;
  p->life.opened = omadm_status_is_success(status);
  return status;
}

/* It has died as often as it may for now. */
static bool is_storm(fw_isolated *p) {
  int64_t oldest = p->deaths[STORM_DEATHS - 1];
  if (oldest == 0 || omadm_clock_ms() - oldest > STORM_MS) {
    p->storm_told = false;
    return false;
  }
  if (!p->storm_told)
    fw_log(p->fw, OMADM_LOG_ERROR,
           "%s: its process ended %d times within %d s; it is answered 503 until they are over",
           p->csp->name, (int)STORM_DEATHS, STORM_MS / 1000);
  p->storm_told = true;
  return true;
}

omadm_status process_ready(fw_isolated *p) {
  omadm_error error = {0};
  if (p->life.link != NULL) return OMADM_ST_OK;
  if (is_storm(p)) return OMADM_ST_UNAVAILABLE;
  if (process_start(p, &error) != 0) {
    fw_log(p->fw, OMADM_LOG_ERROR, "%s: %s", p->csp->name, error.text);
    process_lost(p, NULL);
    return OMADM_ST_FAILED;
  }
  omadm_status status = process_open(p);
  if (omadm_status_is_success(status)) {
    fw_log(p->fw, OMADM_LOG_INFO, "%s: has a new process, %d", p->csp->name, (int)p->life.pid);
    return OMADM_ST_OK;
  }
  if (p->life.link != NULL) process_lost(p, "it does not open");
  return OMADM_ST_FAILED;
}
