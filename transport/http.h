/* SPDX-License-Identifier: MIT */
/*
 * The HTTP transport, shared by its files: http_curl.c (the port and its phases), http_request.c
 * (what libcurl is told) and http_verdict.c (what a finished transfer means); and what it has in
 * common with the single exchange of exchange_curl.c.
 */
#ifndef OMADM_TRANSPORT_HTTP_H
#define OMADM_TRANSPORT_HTTP_H

#include <omadm/transport.h>

#include <curl/curl.h>
#include <stdbool.h>

#include "base/mem.h"
#include "transport/http_address.h"

enum {
  HTTP_REDIRECTS = 5,
  /* Of all header fields of an answer: a server may send them without end. */
  HTTP_HEADER_OCTETS = 65536
};

typedef enum http_phase {
  HTTP_IDLE = 0, /* no message is on its way */
  HTTP_RUNNING, /* libcurl works */
  HTTP_RESTING /* until resume_at: back-off */
} http_phase;

typedef struct http_transport {
  omadm_transport base;
  omadm_http_config config; /* strings in `settings` */
  omadm_arena settings;
  http_address account;
  CURLM *multi;
  CURL *easy; /* one for all messages: its cookies and connection live as long as the session */
  bool tls; /* a message went over https; there is no way back */
  bool warned; /* that plain http is readable by others */

  /* One message and its answer. */
  http_phase phase;
  omadm_arena message; /* strings of request and answer */
  struct curl_slist *headers;
  omadm_str request;
  http_address target; /* where it goes now; the base of a relative RespURI afterwards */
  unsigned attempts;
  unsigned redirects;
  int64_t resume_at;
  int64_t began;
  omadm_buf body;
  size_t header_octets;
  omadm_err broken; /* why a callback stopped libcurl */
  omadm_response response;
  char curl_text[CURL_ERROR_SIZE];
} http_transport;

extern const char http_log_module[];

/* A handle of libcurl, after its own start-up, which must not run in two threads at once. NULL
 * without memory. Any thread. Free with curl_easy_cleanup. */
CURL *http_handle_new(void);
/* What holds for every exchange: TLS 1.2, certificates checked, against `ca` alone where that is
 * not NULL; http and https only, no redirects, no signals. False: this libcurl cannot. */
bool http_handle_secure(CURL *easy, const char *ca);
/* Control characters would end a header field and begin another. */
bool http_has_control(omadm_str s);
/* How far a transfer came that libcurl gave up: a stage of failure, LIMIT or NOMEM. curl_text is
 * what CURLOPT_ERRORBUFFER holds. */
omadm_err http_failure_stage(CURLcode code, const char *curl_text);
/* What is wrong with the certificate of a CURLE_PEER_FAILED_VERIFICATION; a constant. */
const char *http_certificate_text(CURL *easy);

/* Sets what stays the same for all messages. ARGUMENT: libcurl lacks a feature; NOMEM. */
omadm_err http_request_prepare(http_transport *h, omadm_error *error);
/* Copies the message and makes its header fields. ARGUMENT: control characters in them. */
omadm_err http_request_set(http_transport *h, const omadm_out *out, omadm_error *error);
/* Sends it to h->target, for the first time or again: the same octets. */
omadm_err http_request_start(http_transport *h, omadm_error *error);
void http_request_end(http_transport *h);

typedef enum http_verdict {
  HTTP_ANSWERED, /* h->response is filled */
  HTTP_MOVED, /* to the address in *location */
  HTTP_AGAIN, /* worth another attempt, after *wait_ms where that is not negative */
  HTTP_FAILED
} http_verdict;

/* Judges the finished transfer. For AGAIN and FAILED *error says why; *location lives in the
 * message's arena. */
http_verdict http_judge(http_transport *h, CURLcode code, omadm_str *location, int64_t *wait_ms,
                        omadm_error *error);

#endif
