/* SPDX-License-Identifier: MIT */
/* What a plugin in its own process may call from any thread. */
#include <stdlib.h>

#include "csp-framework/isolated/child/child.h"

void child_log(uint64_t host, int level, omadm_str text) {
  enum { LINE = 1000 };
  child *c = child_of(host);
  omadm_buf out = {0};
  wire_writer w = wire_begin(&out);
  if (text.len > LINE) text.len = LINE;
  wire_put(&w, level >= 0 && level <= OMADM_CSP_LOG_DEBUG ? (uint64_t)level : OMADM_CSP_LOG_DEBUG);
  wire_put_span(&w, text);
  if (w.err == 0 && c != NULL) child_send(c, WIRE_LOG, 0, omadm_buf_str(&out));
  omadm_buf_dispose(&out);
}

int64_t child_now(uint64_t host) {
  child *c = child_of(host);
  child_waiter waiter = {0};
  int64_t now = 0;
  if (c != NULL && child_ask(c, WIRE_NOW, (omadm_str){NULL, 0}, &waiter)) {
    wire_reader r = {.left = omadm_buf_str(&waiter.message.body)};
    now = (int64_t)wire_get(&r);
  }
  child_waiter_dispose(&waiter);
  return now;
}

static void put_exchange(wire_writer *w, const omadm_csp_http_request *q,
                         const omadm_csp_http_reply *p) {
  const omadm_str spans[] = {q->method, q->url, q->headers, q->body, q->ca};
  wire_put(w, q->timeout_ms);
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
    wire_put_span(w, spans[i]);
  wire_put(w, p->headers != NULL || p->headers_size == 0);
  wire_put(w, p->headers_size < WIRE_HEADERS ? p->headers_size : WIRE_HEADERS);
  wire_put(w, p->body != NULL || p->body_size == 0);
  wire_put(w, p->body_size < WIRE_ANSWERS ? p->body_size : WIRE_ANSWERS);
}

/* Copies as much as there is room for; returns its length. */
static size_t take(wire_reader *r, char *room, size_t size) {
  omadm_str s = wire_get_str(r);
  if (s.len > size || room == NULL) s.len = 0;
  if (s.len > 0) memcpy(room, s.ptr, s.len);
  return s.len;
}

static omadm_err get_reply(const wire_message *m, omadm_csp_http_reply *p) {
  wire_reader r = {.left = omadm_buf_str(&m->body)};
  omadm_err err = -(omadm_err)wire_get(&r);
  p->stage = wire_get_u32(&r);
  p->status = wire_get_u32(&r);
  p->headers_cut = wire_get_u32(&r);
  p->headers_len = take(&r, p->headers, p->headers_size);
  p->body_len = take(&r, p->body, p->body_size);
  return err;
}

/* As much of a structure as its maker knows of it. */
static void sized(void *to, size_t to_size, const void *from, size_t from_size) {
  memset(to, 0, to_size);
  memcpy(to, from, from_size < to_size ? from_size : to_size);
}

omadm_err child_http(uint64_t host, const omadm_csp_http_request *request,
                     omadm_csp_http_reply *reply) {
  child *c = child_of(host);
  if (c == NULL) return OMADM_E_NOT_FOUND;
  if (request == NULL || reply == NULL || request->struct_size == 0 || reply->struct_size == 0)
    return OMADM_E_ARGUMENT;
  omadm_csp_http_request q;
  omadm_csp_http_reply p;
  omadm_buf out = {0};
  child_waiter waiter = {0};
  sized(&q, sizeof q, request, request->struct_size);
  sized(&p, sizeof p, reply, reply->struct_size);
  p.headers_len = p.body_len = p.status = p.headers_cut = 0;
  p.stage = OMADM_CSP_HTTP_HANDLE;
  omadm_err err = q.body.len > WIRE_ANSWERS || q.headers.len > WIRE_HEADERS ? OMADM_E_LIMIT : 0;
  wire_writer w = wire_begin(&out);
  if (err == 0) put_exchange(&w, &q, &p);
  if (err == 0) err = w.err;
  if (err == 0)
    err = child_ask(c, WIRE_HTTP, omadm_buf_str(&out), &waiter) ? get_reply(&waiter.message, &p)
                                                                : OMADM_E_STATE;
  size_t size = reply->struct_size < sizeof p ? reply->struct_size : sizeof p;
  memcpy(reply, &p, size);
  omadm_buf_dispose(&out);
  child_waiter_dispose(&waiter);
  return err;
}
