/* SPDX-License-Identifier: MIT */
#include "csp-framework/dispatch.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "csp-framework/exec.h"
#include "csp-framework/host.h"
#include "csp-framework/op.h"
#include "csp-framework/request.h"
#include "csp-framework/services.h"
#include "csp-framework/slow.h"
#include "csp-framework/values.h"

#define FIND OMADM_VERB_COPY /* which is no verb of a CSP */

/* Where a verb's slot is, what a CSP without it answers, and the slot's name. */
static const struct {
  size_t offset;
  omadm_status missing;
  const char *name;
} verbs[] = {
    [OMADM_VERB_GET] = {offsetof(omadm_csp_slots, get), OMADM_ST_NOT_ALLOWED, "get"},
    [OMADM_VERB_LIST] = {offsetof(omadm_csp_slots, list), OMADM_ST_OK, "list"},
    [OMADM_VERB_ADD] = {offsetof(omadm_csp_slots, add), OMADM_ST_NOT_SUPPORTED, "add"},
    [OMADM_VERB_REPLACE] = {offsetof(omadm_csp_slots, replace), OMADM_ST_NOT_SUPPORTED, "replace"},
    [OMADM_VERB_DELETE] = {offsetof(omadm_csp_slots, remove), OMADM_ST_NOT_SUPPORTED, "remove"},
    [OMADM_VERB_EXEC] = {offsetof(omadm_csp_slots, exec), OMADM_ST_NOT_SUPPORTED, "exec"},
    [OMADM_VERB_RENAME] = {offsetof(omadm_csp_slots, rename), OMADM_ST_NOT_SUPPORTED, "rename"},
    [FIND] = {offsetof(omadm_csp_slots, find), OMADM_ST_OK, "find"},
};

static host_slot slot_of(const fw_csp *csp, omadm_verb verb) {
  host_slot slot = NULL;
  memcpy(&slot, (const char *)csp->slots + verbs[verb].offset, sizeof slot);
  return slot;
}

const char *dispatch_missing(const fw_csp *csp, omadm_verb verb, omadm_status *status) {
  if (slot_of(csp, verb) != NULL) return NULL;
  *status = verbs[verb].missing;
  return verbs[verb].name;
}

fw_call *dispatch_new(omadm_framework *fw, fw_csp *csp) {
  fw_call *call = fw->idle_calls;
  if (call != NULL) {
    fw->idle_calls = call->next;
  } else {
    call = omadm_mem_new(&fw->mem, 1, sizeof *call);
    if (call == NULL) return NULL;
    omadm_buf_init(&call->value, &fw->mem, omadm_size_clamp(fw->config.limits.max_obj_size));
    omadm_buf_init(&call->type, &fw->mem, 0);
    omadm_buf_init(&call->asked, &fw->mem, 0);
    omadm_arena_init(&call->arena, &fw->mem, 0);
  }
  call->prev = NULL;
  call->next = fw->calls;
  if (fw->calls != NULL) fw->calls->prev = call;
  fw->calls = call;
  call->token = fw->next_token++;
  call->csp = csp;
  call->verb = OMADM_VERB_GET;
  call->state = CALL_RUNNING;
  call->status = call->ended = OMADM_ST_NONE;
  call->completed = call->waited = call->has_alert = call->told = call->journalled = false;
  call->died = false;
  call->op = NULL;
  call->large = call->given = NULL;
  call->told_as = 0;
  call->value.len = call->type.len = call->asked.len = 0;
  return call;
}

static void call_dispose(omadm_framework *fw, fw_call *call) {
  omadm_buf_dispose(&call->value);
  omadm_buf_dispose(&call->type);
  omadm_buf_dispose(&call->asked);
  omadm_arena_dispose(&call->arena);
  omadm_mem_free(&fw->mem, call);
}

void dispatch_free(omadm_framework *fw, fw_call *call) {
  enum { KEEP = 64 * 1024 }; /* of a value's memory */
  if (call->prev != NULL) call->prev->next = call->next;
  if (call->prev == NULL) fw->calls = call->next;
  if (call->next != NULL) call->next->prev = call->prev;
  if (call->value.cap > KEEP) omadm_buf_dispose(&call->value);
  values_leave(fw, call->large);
  values_leave(fw, call->given);
  call->large = call->given = NULL;
  if (call->arena.block != NULL) omadm_arena_dispose(&call->arena);
  call->token = 0;
  call->next = fw->idle_calls;
  fw->idle_calls = call;
}

void dispatch_dispose(omadm_framework *fw) {
  fw->lent = NULL;
  while (fw->calls != NULL)
    dispatch_free(fw, fw->calls);
  while (fw->idle_calls != NULL) {
    fw_call *call = fw->idle_calls;
    fw->idle_calls = call->next;
    call_dispose(fw, call);
  }
}

void dispatch_lend(omadm_framework *fw, fw_call *call) {
  dispatch_release(fw);
  fw->lent = call;
}

static void enqueue(omadm_framework *fw, fw_call *call) {
  call->state = CALL_DONE;
  call->queued = NULL;
  *(fw->last_done != NULL ? &fw->last_done->queued : &fw->done) = call;
  fw->last_done = call;
}

void dispatch_fault(omadm_framework *fw, const fw_call *call, const char *format, ...) {
  char fault[120];
  omadm_str uri = call->told ? call->uri : omadm_buf_str(&call->asked);
  va_list ap;
  va_start(ap, format);
  vsnprintf(fault, sizeof fault, format, ap);
  va_end(ap);
  fw_log(fw, OMADM_LOG_ERROR, "%s: %s %.*s %s", call->csp->name, verbs[call->verb].name,
         (int)uri.len, uri.len > 0 ? uri.ptr : "", fault);
}

/* May that be the answer to the verb? Authentication is not a CSP's (401, 407). */
static bool is_answer(omadm_verb verb, omadm_status status) {
  if (status == OMADM_ST_OK) return true;
  if (status == OMADM_ST_ACCEPTED) return verb == OMADM_VERB_EXEC;
  return status >= 400 && status < 600 && status != OMADM_ST_INVALID_CREDENTIALS &&
         status != OMADM_ST_MISSING_CREDENTIALS;
}

/* A CSP may answer anything; a server is told only what <omadm/csp.h> allows. */
static omadm_status checked(omadm_framework *fw, const fw_call *call, omadm_status status) {
  if (is_answer(call->verb, status)) return status;
  if (status < 100 || status >= 600)
    dispatch_fault(fw, call, "answered %u, which is no response code; 500 is told", status);
  else
    dispatch_fault(fw, call, "answered %u, which is no answer to %s %s; 500 is told", status,
                   call->verb == OMADM_VERB_ADD || call->verb == OMADM_VERB_EXEC ? "an" : "a",
                   verbs[call->verb].name);
  return OMADM_ST_FAILED;
}

/* Calls the slot of the call's verb. How long it takes is a plugin's matter: the slots of a stored
 * CSP are our own, and no job could do their work. */
static omadm_status run_slot(omadm_framework *fw, fw_call *call, host_slot slot,
                             const omadm_csp_request *request) {
  if (call->csp->stored) return host_call(fw, slot, call->csp->self, request);
  int64_t began = slow_begin();
  omadm_status status = host_call(fw, slot, call->csp->self, request);
  slow_end(call->csp, verbs[call->verb].offset, verbs[call->verb].name, began);
  return status;
}

omadm_status dispatch_run(omadm_framework *fw, fw_call *call, omadm_verb verb,
                          omadm_csp_request *request, bool at_once) {
  call->verb = verb;
  (void)omadm_buf_add_str(&call->asked, request->uri);
  request->token = call->token;
  host_slot slot = slot_of(call->csp, verb);
  omadm_status status = verbs[verb].missing;
  if (slot != NULL) status = run_slot(fw, call, slot, request);
  if (status == OMADM_ST_PENDING && !call->completed) {
    call->state = CALL_PENDING;
    return OMADM_ST_PENDING;
  }
  if (status == OMADM_ST_PENDING) {
    status = call->ended;
    call->ended = OMADM_ST_NONE;
  }
  call->status = status = checked(fw, call, status);
  if (at_once || (fw->config.host_flags & OMADM_HOST_LATE) == 0) return status;
  enqueue(fw, call);
  return OMADM_ST_PENDING;
}

omadm_status dispatch_wait(omadm_framework *fw, fw_call *call, uint64_t seconds) {
  int64_t left = (int64_t)(seconds < 86400 ? seconds : 86400) * 1000;
  int64_t deadline = omadm_clock_ms() + left;
  call->waited = true;
  while (call->state == CALL_PENDING && left > 0 && services_jobs(fw) > 0) {
    services_work(fw, (int)left);
    left = deadline - omadm_clock_ms();
  }
  call->waited = false;
  return call->state == CALL_DONE ? call->status : OMADM_ST_PENDING;
}

omadm_status dispatch_find(omadm_framework *fw, const fw_node *node, size_t up) {
  omadm_csp_request request;
  dispatch_release(fw);
  fw_call *call = dispatch_new(fw, node->mount->csp);
  if (call == NULL || request_fill(fw, node, up, &request) != 0) {
    if (call != NULL) dispatch_free(fw, call);
    return OMADM_ST_FAILED;
  }
  call->verb = FIND;
  (void)omadm_buf_add_str(&call->asked, request.uri);
  request.token = call->token;
  omadm_status status = run_slot(fw, call, call->csp->slots->find, &request);
  status = checked(fw, call, status);
  dispatch_free(fw, call);
  return status;
}

fw_call *dispatch_call(const fw_csp *csp, omadm_token token) {
  for (fw_call *call = csp->fw->calls; call != NULL; call = call->next) {
    if (call->token == token) return call->csp == csp ? call : NULL;
  }
  return NULL;
}

void dispatch_accept(omadm_framework *fw, const fw_call *call) {
  fw_log(fw, OMADM_LOG_INFO, "%s: %s %.*s goes on, and 202 is told; an alert will tell its end",
         call->csp->name, verbs[call->verb].name, (int)call->uri.len,
         call->uri.len > 0 ? call->uri.ptr : "");
}

void dispatch_give_up(omadm_framework *fw, const fw_call *call) {
  fw_log(fw, OMADM_LOG_WARN, "%s: %s %.*s is given up: it was not answered in time",
         call->csp->name, verbs[call->verb].name, (int)call->asked.len,
         call->asked.len > 0 ? call->asked.ptr : "");
}

/* One that was told 202 ends at the next start, where it can be resumed. */
static bool is_forgotten(const fw_call *call) {
  if (call->completed) return false;
  if (call->state == CALL_PENDING && !call->told) return true;
  bool goes_on = call->journalled && call->csp->slots->resume != NULL;
  return call->told && call->journalled && !goes_on;
}

void dispatch_name_forgotten(const fw_csp *csp) {
  for (const fw_call *call = csp->fw->calls; call != NULL; call = call->next) {
    if (call->csp != csp || !is_forgotten(call)) continue;
    omadm_str uri = call->told ? call->uri : omadm_buf_str(&call->asked);
    fw_log(csp->fw, OMADM_LOG_WARN, "%s never completed %s %.*s", csp->name, verbs[call->verb].name,
           (int)uri.len, uri.len > 0 ? uri.ptr : "");
  }
}

static omadm_err keep_alert(fw_call *call, const omadm_csp_alert *alert) {
  call->alert = *alert;
  omadm_str *spans[] = {&call->alert.type, &call->alert.data, &call->alert.source};
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
    *spans[i] = omadm_arena_copy(&call->arena, *spans[i]);
    if (spans[i]->ptr == NULL) return OMADM_E_NOMEM;
  }
  call->has_alert = true;
  return OMADM_OK;
}

/* May this call still be completed? An Exec may end after its slot has answered. */
static bool is_open(const fw_call *call) {
  if (call == NULL || call->completed) return false;
  return call->state == CALL_RUNNING || call->state == CALL_PENDING ||
         call->verb == OMADM_VERB_EXEC;
}

omadm_err dispatch_complete(fw_csp *csp, omadm_token token, omadm_status status,
                            const omadm_csp_alert *alert) {
  omadm_framework *fw = csp->fw;
  fw_call *call = dispatch_call(csp, token);
  if (!is_open(call)) {
    fw_log(fw, OMADM_LOG_WARN, "%s completes request %llu, which is not open (any more); ignored",
           csp->name, (unsigned long long)token);
    return call == NULL ? OMADM_E_NOT_FOUND : OMADM_E_STATE;
  }
  call->completed = true;
  call->ended = checked(fw, call, status);
  if (alert != NULL && keep_alert(call, alert) != 0)
    fw_log(fw, OMADM_LOG_ERROR, "out of memory for an alert of %s; the code alone is told",
           csp->name);
  if (call->state == CALL_TOLD || (call->told && call->state == CALL_PENDING)) {
    exec_ended(fw, call);
  } else if (call->state == CALL_PENDING) {
    call->status = call->ended;
    call->ended = OMADM_ST_NONE;
    if (call->waited)
      call->state = CALL_DONE;
    else
      enqueue(fw, call);
  }
  return OMADM_OK;
}

/* Takes the call that is to be delivered next out of the queue: the first, or in the late host any.
 */
static fw_call *dequeue(omadm_framework *fw) {
  size_t n = 0;
  if ((fw->config.host_flags & OMADM_HOST_LATE) != 0) {
    for (fw_call *call = fw->done; call != NULL; call = call->queued)
      n++;
    n = n > 1 ? host_late_pick(&fw->shuffle, n) : 0;
  }
  fw_call *before = NULL;
  fw_call *call = fw->done;
  for (; n > 0; n--) {
    before = call;
    call = call->queued;
  }
  *(before != NULL ? &before->queued : &fw->done) = call->queued;
  if (fw->last_done == call) fw->last_done = before;
  call->state = CALL_TAKEN;
  return call;
}

int dispatch_deliver(omadm_framework *fw) {
  int n = 0;
  while (fw->done != NULL) {
    fw_call *call = dequeue(fw);
    n++;
    if (call->op != NULL) {
      op_deliver(fw, call);
    } else if (call->told) {
      exec_ended(fw, call);
    } else {
      dispatch_free(fw, call);
    }
  }
  return n;
}

size_t dispatch_outstanding(const omadm_framework *fw) {
  size_t n = 0;
  for (const fw_call *call = fw->calls; call != NULL; call = call->next)
    n += call->state == CALL_PENDING || call->state == CALL_DONE ||
         (call->state == CALL_TOLD && call->journalled);
  return n;
}
