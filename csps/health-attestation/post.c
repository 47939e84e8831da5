/* SPDX-License-Identifier: MIT */
#include "health-attestation/post.h"

#include <string.h>

static const char *const ends[] = {
    [OMADM_CSP_HTTP_HANDLE] = "there is no HTTP client, or no memory for one",
    [OMADM_CSP_HTTP_URL] = "the URL is not usable",
    [OMADM_CSP_HTTP_OPTIONS] = "a setting of the HTTP client is not usable; see ca",
    [OMADM_CSP_HTTP_HEADERS] = "a header is not usable",
    [OMADM_CSP_HTTP_RESOLVE] = "the host has no address",
    [OMADM_CSP_HTTP_CONNECT] = "no connection",
    [OMADM_CSP_HTTP_TLS] = "the TLS handshake failed, or the service is a stranger",
    [OMADM_CSP_HTTP_SEND] = "sending broke off",
    [OMADM_CSP_HTTP_RECEIVE] = "no answer, a broken one, or too large a one",
    [OMADM_CSP_HTTP_STATUS] = "the answer has no usable status line",
    [OMADM_CSP_HTTP_TIMEOUT] = "no answer in time",
};

/* What stands in a query is not for the log. */
static void log_end(const evidence *e, omadm_str url, const omadm_csp_http_reply *reply) {
  const char *query = memchr(url.ptr, '?', url.len);
  int n = (int)(query != NULL ? (size_t)(query - url.ptr) : url.len);
  if (reply->stage == OMADM_CSP_HTTP_DONE)
    attestation_log(e->self, OMADM_CSP_LOG_INFO, "POST %.*s: HTTP %u, %zu octets", n, url.ptr,
                    reply->status, reply->body_len);
  else
    attestation_log(e->self, OMADM_CSP_LOG_INFO, "POST %.*s: %s", n, url.ptr,
                    reply->stage < sizeof ends / sizeof *ends ? ends[reply->stage] : "it failed");
}

omadm_err post(const evidence *e, const omadm_csp_http_request *request, octets *body,
               omadm_csp_http_reply *reply) {
  const omadm_csp_services *services = e->self->services;
  omadm_csp_http_request whole = *request;
  uint32_t left = evidence_left(e);
  whole.struct_size = sizeof whole;
  whole.timeout_ms = left > 0 ? left : 1;
  whole.method = (omadm_str)OMADM_STR("POST");
  whole.ca = octets_str(&e->settings.ca);
  reply->struct_size = sizeof *reply;
  reply->stage = OMADM_CSP_HTTP_HANDLE;
  if (!octets_reserve(body, reply->body_size)) return OMADM_E_NOMEM;
  reply->body = body->ptr + body->len;
  omadm_err err = OMADM_E_UNSUPPORTED;
  if (OMADM_HAS(omadm_csp_services, services, http))
    err = services->http(e->self->host, &whole, reply);
  log_end(e, whole.url, reply);
  if (err != 0) return err;
  if (reply->headers_len > reply->headers_size) reply->headers_len = reply->headers_size;
  if (reply->body_len > reply->body_size) reply->body_len = reply->body_size;
  body->len += reply->body_len;
  return OMADM_OK;
}
