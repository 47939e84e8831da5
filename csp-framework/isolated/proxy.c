/* SPDX-License-Identifier: MIT */
/*
 * The slots that stand for those of another process. What a death means for a transaction is
 * decided here: one that dies after begin has lost the transaction, so that everything up to its
 * prepare is 500 and a roll-back has nothing to do; one that dies after prepare is asked again, by
 * the commit or roll-back, in its successor.
 */
#include "csp-framework/crossing.h"
#include "csp-framework/isolated/process.h"

static fw_isolated *of(uint64_t self) {
  return crossing_csp(self)->isolated;
}

/* Asks with the body that stands in p->out. A process that was found dead has not begun: the next
 * one is asked. `again`: so it is where it died. */
static omadm_status ask(fw_isolated *p, omadm_token token, bool again) {
  omadm_status status = process_ready(p);
  if (status != OMADM_ST_OK) return status;
  ask_outcome outcome = process_ask(p, token, omadm_buf_str(&p->out), &status);
  if (outcome == ASK_DONE) return status;
  if (p->lost || (outcome == ASK_DIED && !again)) return OMADM_ST_FAILED;
  status = process_ready(p);
  if (status != OMADM_ST_OK) return status;
  outcome = process_ask(p, token, omadm_buf_str(&p->out), &status);
  return outcome == ASK_DONE ? status : OMADM_ST_FAILED;
}

static omadm_status ask_request(uint64_t self, size_t slot, const omadm_csp_request *request) {
  fw_isolated *p = of(self);
  const omadm_limits *limits = &p->fw->config.limits;
  uint64_t room =
      limits->inline_value < limits->max_obj_size ? limits->inline_value : limits->max_obj_size;
  if (p->lost) return OMADM_ST_FAILED;
  wire_writer w = wire_begin(&p->out);
  wire_put(&w, slot);
  wire_put(&w, room < WIRE_PIECE ? room : WIRE_PIECE);
  wire_put_request(&w, request);
  return w.err == 0 ? ask(p, request->token, false) : OMADM_ST_FAILED;
}

#define REQUEST_PROXY(slot)                                                                        \
  static omadm_status proxy_##slot(uint64_t self, const omadm_csp_request *request) {              \
    return ask_request(self, WIRE_SLOT_OF(slot), request);                                         \
  }
REQUEST_PROXY(find)
REQUEST_PROXY(list)
REQUEST_PROXY(get)
REQUEST_PROXY(add)
REQUEST_PROXY(replace)
REQUEST_PROXY(remove)
REQUEST_PROXY(exec)
REQUEST_PROXY(rename)
REQUEST_PROXY(resume)
#undef REQUEST_PROXY

static omadm_status proxy_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  (void)services; /* the process has a table of its own, which asks for these */
  *self = host;
  return process_open(of(host));
}

static void proxy_close(uint64_t self) {
  fw_isolated *p = of(self);
  omadm_status status = OMADM_ST_OK;
  wire_writer w = wire_begin(&p->out);
  wire_put(&w, WIRE_SLOT_OF(close));
  if (p->life.link == NULL) return;
  if (w.err == 0 && p->life.opened &&
      process_ask(p, 0, omadm_buf_str(&p->out), &status) != ASK_DONE)
    return;
  process_end(p);
}

static omadm_status ask_stage(fw_isolated *p, size_t slot, uint64_t transaction, bool again) {
  wire_writer w = wire_begin(&p->out);
  wire_put(&w, slot);
  wire_put(&w, transaction);
  return w.err == 0 ? ask(p, 0, again) : OMADM_ST_FAILED;
}

static omadm_status proxy_begin(uint64_t self, uint64_t transaction) {
  fw_isolated *p = of(self);
  p->stage = STAGE_NONE;
  p->lost = false;
  omadm_status status = ask_stage(p, WIRE_SLOT_OF(begin), transaction, false);
  if (omadm_status_is_success(status)) p->stage = STAGE_BEGUN;
  return status;
}

static omadm_status proxy_prepare(uint64_t self, uint64_t transaction) {
  fw_isolated *p = of(self);
  if (p->lost || p->stage != STAGE_BEGUN) return OMADM_ST_FAILED;
  omadm_status status = ask_stage(p, WIRE_SLOT_OF(prepare), transaction, false);
  if (omadm_status_is_success(status)) p->stage = STAGE_PREPARED;
  return status;
}

static omadm_status proxy_commit(uint64_t self, uint64_t transaction) {
  fw_isolated *p = of(self);
  omadm_status status = ask_stage(p, WIRE_SLOT_OF(commit), transaction, true);
  p->stage = STAGE_NONE;
  p->lost = false;
  return status;
}

static omadm_status proxy_rollback(uint64_t self, uint64_t transaction) {
  fw_isolated *p = of(self);
  omadm_status status = OMADM_ST_OK;
  if (!p->lost)
    status = ask_stage(p, WIRE_SLOT_OF(rollback), transaction, p->stage == STAGE_PREPARED);
  if (p->lost) status = OMADM_ST_OK; /* with the process everything of it went */
  p->stage = STAGE_NONE;
  p->lost = false;
  return status;
}

static void proxy_cancel(uint64_t self, omadm_token token) {
  fw_isolated *p = of(self);
  omadm_status status = OMADM_ST_OK;
  if (p->life.link == NULL) return; /* its requests have ended with it */
  wire_writer w = wire_begin(&p->out);
  wire_put(&w, WIRE_SLOT_OF(cancel));
  wire_put(&w, token);
  if (w.err == 0) (void)process_ask(p, 0, omadm_buf_str(&p->out), &status);
}

static void proxy_event(uint64_t self, omadm_csp_event event, omadm_str text) {
  fw_isolated *p = of(self);
  wire_writer w = wire_begin(&p->out);
  wire_put(&w, WIRE_SLOT_OF(event));
  wire_put(&w, (uint64_t)event);
  wire_put_str(&w, text);
  if (w.err == 0) (void)ask(p, 0, false);
}

static const omadm_csp_slots proxies = {
    .struct_size = sizeof proxies,
    .open = proxy_open,
    .close = proxy_close,
    .find = proxy_find,
    .list = proxy_list,
    .get = proxy_get,
    .add = proxy_add,
    .replace = proxy_replace,
    .remove = proxy_remove,
    .exec = proxy_exec,
    .rename = proxy_rename,
    .begin = proxy_begin,
    .prepare = proxy_prepare,
    .commit = proxy_commit,
    .rollback = proxy_rollback,
    .cancel = proxy_cancel,
    .resume = proxy_resume,
    .event = proxy_event,
};

void proxy_fill(fw_isolated *p) {
  void (*none)(void) = NULL;
  p->life.slots = proxies;
  for (size_t i = WIRE_SLOT_OF(open); i < WIRE_SLOTS; i++) {
    if ((p->life.mask >> i & 1) == 0)
      memcpy((char *)&p->life.slots + i * sizeof none, &none, sizeof none);
  }
}
