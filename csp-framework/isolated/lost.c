/* SPDX-License-Identifier: MIT */
/* What the death of a process means for what was asked of it. */
#include "base/clock.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/exec.h"
#include "csp-framework/isolated/process.h"
#include "csp-framework/keys.h"

enum { AT_ONCE = 64 }; /* messages */

/* What it still said before it went. */
static void drain(fw_isolated *p) {
  int done = 0;
  p->until = omadm_clock_ms();
  for (int i = 0; i < AT_ONCE; i++) {
    if (wire_receive(p->life.link->fd, &p->message, WIRE_MOST, p->until, false) != WIRE_OK ||
        !serve(p, &p->message, &done))
      return;
  }
}

/* Requests that are late end with 500. Execs whose server waits for an alert are left to
 * process_settle; those of which nobody expects more are forgotten. */
static void end_calls(fw_isolated *p) {
  fw_csp *csp = p->csp;
  for (fw_call *call = p->fw->calls, *next; call != NULL; call = next) {
    next = call->next;
    if (call->csp != csp || call->completed) continue;
    if (call->state == CALL_TOLD && !call->journalled) {
      dispatch_free(p->fw, call);
    } else if (call->state == CALL_TOLD || (call->state == CALL_PENDING && call->told)) {
      call->died = p->unsettled = true;
    } else if (call->state == CALL_PENDING) {
      call->died = true;
      (void)dispatch_complete(csp, call->token, OMADM_ST_FAILED, NULL);
    } else if (call->state == CALL_RUNNING && call->token == p->running) {
      call->died = true; /* its slot answers 500 */
    }
  }
}

void process_lost(fw_isolated *p, const char *why) {
  if (why == NULL && p->life.link != NULL && atomic_load(&p->life.link->late))
    why = "it did not take in time what it was sent";
  if (p->life.link != NULL && why == NULL && p->csp != NULL) drain(p);
  process_kill(p, why);
  p->misdeed = NULL;
  if (p->csp != NULL) keys_close(p->csp);
  memmove(p->deaths + 1, p->deaths, sizeof p->deaths - sizeof *p->deaths);
  p->deaths[0] = omadm_clock_ms();
  if (p->stage == STAGE_BEGUN) p->lost = true;
  if (p->csp != NULL) end_calls(p);
}

static fw_call *next_unsettled(const fw_isolated *p) {
  fw_call *call = p->fw->calls;
  while (call != NULL && !(call->csp == p->csp && call->told && call->died && !call->completed))
    call = call->next;
  return call;
}

int process_settle(fw_isolated *p) {
  int n = 0;
  if (!p->unsettled || process_ready(p) != OMADM_ST_OK) return 0;
  p->unsettled = false;
  for (fw_call *call; (call = next_unsettled(p)) != NULL; n++) {
    call->died = false;
    if (call->journalled)
      exec_go_on(p->fw, call);
    else
      (void)dispatch_complete(p->csp, call->token, OMADM_ST_FAILED, NULL);
  }
  return n;
}
