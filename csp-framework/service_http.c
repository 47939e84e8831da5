/* SPDX-License-Identifier: MIT */
/* One HTTP exchange for a CSP, on whatever thread it comes from. */
#include "csp-framework/crossing.h"
#include "csp-framework/sized.h"

enum { N_SPANS = 5 };

/* An exchange on its way: what the CSP gave, as far as it has it, and what it gets. */
typedef struct exchange {
  omadm_csp_http_request request;
  omadm_csp_http_reply reply;
  crossing_span spans[N_SPANS];
  crossing_room headers, body;
} exchange;

static omadm_err fail(exchange *x, omadm_csp_http_stage stage, omadm_err err) {
  x->reply.stage = (uint32_t)stage;
  return err;
}

/* The octets of the request. What cannot cross is told by the stage that would have used it. */
static omadm_err pass_request(const fw_csp *csp, const omadm_csp_http_request *given, exchange *x) {
  sized_copy(&x->request, sizeof x->request, given, given->struct_size);
  x->request.struct_size = sizeof x->request;
  const struct {
    omadm_str *span;
    omadm_csp_http_stage stage;
  } parts[N_SPANS] = {
      {&x->request.method, OMADM_CSP_HTTP_URL},      {&x->request.url, OMADM_CSP_HTTP_URL},
      {&x->request.headers, OMADM_CSP_HTTP_HEADERS}, {&x->request.body, OMADM_CSP_HTTP_OPTIONS},
      {&x->request.ca, OMADM_CSP_HTTP_OPTIONS},
  };
  for (size_t i = 0; i < N_SPANS; i++) {
    omadm_err err = crossing_pass(csp, "http", *parts[i].span, &x->spans[i]);
    *parts[i].span = x->spans[i].s;
    if (err != 0)
      return fail(x, err == OMADM_E_NOMEM ? OMADM_CSP_HTTP_HANDLE : parts[i].stage, err);
  }
  return OMADM_OK;
}

static omadm_err take_reply(const fw_csp *csp, const omadm_csp_http_reply *given, exchange *x) {
  sized_copy(&x->reply, sizeof x->reply, given, given->struct_size);
  omadm_csp_http_reply *r = &x->reply;
  *r = (omadm_csp_http_reply){.struct_size = sizeof *r,
                              .headers = r->headers,
                              .headers_size = r->headers_size,
                              .body = r->body,
                              .body_size = r->body_size};
  omadm_err err = crossing_take(csp, "http", r->headers, r->headers_size, &x->headers);
  if (err == 0) err = crossing_take(csp, "http", r->body, r->body_size, &x->body);
  if (err != 0)
    return fail(x, err == OMADM_E_NOMEM ? OMADM_CSP_HTTP_HANDLE : OMADM_CSP_HTTP_OPTIONS, err);
  r->headers = x->headers.at;
  r->body = x->body.at;
  return OMADM_OK;
}

static omadm_err ask(const fw_csp *csp, exchange *x) {
  const omadm_framework_config *c = &csp->fw->config;
  if (c->http == NULL) return fail(x, OMADM_CSP_HTTP_HANDLE, OMADM_E_UNSUPPORTED);
  omadm_err err = c->http(c->ctx, &x->request, &x->reply);
  if (err == 0) return fail(x, OMADM_CSP_HTTP_DONE, OMADM_OK);
  return fail(x, x->reply.stage != 0 ? x->reply.stage : OMADM_CSP_HTTP_HANDLE, err);
}

/* The reply as far as the CSP knows it; its pointers stay what they were. */
static void give_reply(exchange *x, omadm_csp_http_reply *given) {
  omadm_csp_http_reply *r = &x->reply;
  if (r->headers_len > x->headers.size) r->headers_len = x->headers.size;
  if (r->body_len > x->body.size) r->body_len = x->body.size;
  crossing_give(&x->headers, r->headers_len);
  crossing_give(&x->body, r->body_len);
  r->struct_size = given->struct_size;
  r->headers = x->headers.home;
  r->headers_size = x->headers.size;
  r->body = x->body.home;
  r->body_size = x->body.size;
  sized_copy(given, given->struct_size < sizeof *r ? given->struct_size : sizeof *r, r, sizeof *r);
}

omadm_err service_http(uint64_t host, const omadm_csp_http_request *request,
                       omadm_csp_http_reply *reply) {
  const fw_csp *csp = crossing_csp(host);
  if (csp == NULL) return OMADM_E_NOT_FOUND;
  if (request == NULL || reply == NULL)
    return crossing_refuse(csp, "http", "no request, or no reply");
  if (request->struct_size == 0)
    return crossing_refuse(csp, "http", "a request whose struct_size is not set");
  if (reply->struct_size == 0)
    return crossing_refuse(csp, "http", "a reply whose struct_size is not set");
  exchange x = {.request = {0}};
  omadm_err err = take_reply(csp, reply, &x);
  if (err == 0) err = pass_request(csp, request, &x);
  if (err == 0) err = ask(csp, &x);
  give_reply(&x, reply);
  for (size_t i = 0; i < N_SPANS; i++)
    crossing_forget(&x.spans[i], false);
  return err;
}
