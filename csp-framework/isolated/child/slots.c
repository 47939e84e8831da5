/* SPDX-License-Identifier: MIT */
/* What the host asks of the plugin. */
#include <stdlib.h>

#include "csp-framework/isolated/child/child.h"

typedef omadm_status (*request_slot)(uint64_t self, const omadm_csp_request *request);
typedef omadm_status (*stage_slot)(uint64_t self, uint64_t transaction);

/* A span in memory of exactly its size, so that a sanitizer finds a read beyond it. */
static omadm_str own(wire_reader *r) {
  omadm_str s = wire_get_str(r);
  char *copy = malloc(s.len > 0 ? s.len : 1);
  if (copy == NULL) abort();
  if (s.len > 0) memcpy(copy, s.ptr, s.len);
  return (omadm_str){copy, s.len};
}

static void get_request(wire_reader *r, omadm_csp_request *q) {
  *q = (omadm_csp_request){.struct_size = sizeof *q};
  omadm_str *spans[] = {&q->uri,  &q->server_id, &q->session_id, &q->correlator,
                        &q->type, &q->value,     &q->name};
  q->root = wire_get_u32(r);
  q->node = wire_get_u32(r);
  q->n_names = wire_get_u32(r);
  q->token = wire_get(r);
  q->transaction = wire_get(r);
  q->format = (omadm_format)wire_get(r);
  q->value_size = wire_get(r);
  q->has_value = wire_get_u32(r);
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    *spans[i] = own(r);
  omadm_str *names = calloc((size_t)q->n_names + 1, sizeof *names);
  if (names == NULL) abort();
  for (size_t i = 0; i < q->n_names; i++)
    names[i] = own(r);
  q->names = names;
}

static void free_request(omadm_csp_request *q) {
  omadm_str spans[] = {q->uri,  q->server_id, q->session_id, q->correlator,
                       q->type, q->value,     q->name};
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    free((void *)(uintptr_t)spans[i].ptr);
  for (size_t i = 0; i < q->n_names; i++)
    free((void *)(uintptr_t)q->names[i].ptr);
  free((void *)(uintptr_t)q->names);
}

static omadm_status run_request(child *c, size_t number, wire_reader *r) {
  omadm_csp_request q;
  request_slot slot = NULL;
  memcpy(&slot, (const char *)c->slots + number * sizeof slot, sizeof slot);
  c->gives = number == WIRE_SLOT_OF(get) ? WIRE_VALUE : 0;
  if (number == WIRE_SLOT_OF(list)) c->gives = WIRE_CHILD;
  c->room = wire_get(r);
  get_request(r, &q);
  c->running = q.token;
  omadm_status status = slot(c->self, &q);
  c->running = 0;
  free_request(&q);
  return status;
}

static omadm_status run_event(child *c, wire_reader *r) {
  uint32_t event = wire_get_u32(r);
  omadm_str text = own(r);
  c->slots->event(c->self, (omadm_csp_event)event, text);
  free((void *)(uintptr_t)text.ptr);
  return OMADM_ST_OK;
}

static omadm_status run_close(child *c) {
  child_jobs_finish(c);
  c->slots->close(c->self);
  return OMADM_ST_OK;
}

static omadm_status run(child *c, size_t number, wire_reader *r) {
  stage_slot stage = NULL;
  switch (number) {
  case WIRE_SLOT_DONE: child_job_done(c); return OMADM_ST_OK;
  case WIRE_SLOT_OF(open): return c->slots->open(&child_services, (uint64_t)(uintptr_t)c, &c->self);
  case WIRE_SLOT_OF(close): return run_close(c);
  case WIRE_SLOT_OF(cancel): c->slots->cancel(c->self, wire_get(r)); return OMADM_ST_OK;
  case WIRE_SLOT_OF(event): return run_event(c, r);
  case WIRE_SLOT_OF(begin):
  case WIRE_SLOT_OF(prepare):
  case WIRE_SLOT_OF(commit):
  case WIRE_SLOT_OF(rollback):
    memcpy(&stage, (const char *)c->slots + number * sizeof stage, sizeof stage);
    return stage(c->self, wire_get(r));
  default: return run_request(c, number, r);
  }
}

/* The memory of a question serves the next one. */
static void give_back(child *c, wire_message *m) {
  enum { KEEP = 4 * WIRE_PACKET };
  pthread_mutex_lock(&c->lock);
  bool keep = m->body.cap <= KEEP && !c->asked && c->question.body.ptr == NULL;
  if (keep) c->question.body = m->body;
  pthread_mutex_unlock(&c->lock);
  if (!keep) omadm_buf_dispose(&m->body);
}

bool child_slot(child *c) {
  pthread_mutex_lock(&c->lock);
  wire_message m = c->question;
  c->question = (wire_message){0};
  c->asked = false;
  pthread_mutex_unlock(&c->lock);
  wire_reader r = {.left = omadm_buf_str(&m.body)};
  size_t number = (size_t)wire_get(&r);
  omadm_status status = number < WIRE_SLOTS ? run(c, number, &r) : OMADM_ST_FAILED;
  wire_writer w = wire_begin(&c->out);
  wire_put(&w, status);
  wire_put(&w, c->jobs);
  wire_put_octets(&w, c->answers.ptr, c->answers.len);
  if (w.err != 0) abort(); /* the host would wait for its answer */
  child_send(c, WIRE_DONE, m.id, omadm_buf_str(&c->out));
  c->answers.len = 0;
  give_back(c, &m);
  return number != WIRE_SLOT_OF(close);
}
