/* SPDX-License-Identifier: MIT */
#include "transport/http.h"

#include <stdio.h>

#include <omadm/version.h>

#include "base/str.h"
#include "transport/clock.h"

enum { CONNECT_SECONDS = 30 };

/* libcurl calls it with pieces of the body. Returning less than it got ends the transfer. */
static size_t on_body(char *octets, size_t size, size_t n, void *ctx) {
  http_transport *h = ctx;
  h->broken = omadm_buf_add(&h->body, octets, size * n);
  return h->broken == 0 ? size * n : 0;
}

static size_t on_header(char *octets, size_t size, size_t n, void *ctx) {
  http_transport *h = ctx;
  (void)octets;
  h->header_octets += size * n;
  if (h->header_octets > HTTP_HEADER_OCTETS) h->broken = OMADM_E_LIMIT;
  return h->broken == 0 ? size * n : 0;
}

typedef struct text_option {
  CURLoption option;
  const char *value;
} text_option;

/* An empty COOKIEFILE turns cookies on, in memory only. The empty KEYPASSWD keeps OpenSSL from
 * asking at the terminal. */
static bool set_texts(http_transport *h) {
  const omadm_http_config *c = &h->config;
  const text_option options[] = {
      {CURLOPT_COOKIEFILE, ""},
      {CURLOPT_USERAGENT, c->user_agent != NULL ? c->user_agent : "omadm/" OMADM_VERSION},
      {CURLOPT_SSLCERT, c->client_cert},
      {CURLOPT_SSLKEY, c->client_key},
      {CURLOPT_KEYPASSWD, c->client_cert != NULL ? "" : NULL},
  };
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    if (options[i].value == NULL) continue;
    if (curl_easy_setopt(h->easy, options[i].option, options[i].value) != CURLE_OK) return false;
  }
  return true;
}

omadm_err http_request_prepare(http_transport *h, omadm_error *error) {
  const omadm_http_config *c = &h->config;
  bool good = http_handle_secure(h->easy, c->ca) && set_texts(h);
  unsigned connect = c->reply_time < CONNECT_SECONDS ? c->reply_time : CONNECT_SECONDS;
  /* Servers that ask for the client certificate by renegotiation cannot do that over HTTP/2 (RFC
   * 9113 9.2.1). */
  good = good &&
         curl_easy_setopt(h->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
         curl_easy_setopt(h->easy, CURLOPT_POST, 1L) == CURLE_OK &&
         curl_easy_setopt(h->easy, CURLOPT_TIMEOUT, (long)c->reply_time) == CURLE_OK &&
         curl_easy_setopt(h->easy, CURLOPT_CONNECTTIMEOUT, (long)connect) == CURLE_OK &&
         curl_easy_setopt(h->easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)c->receive) == CURLE_OK &&
         curl_easy_setopt(h->easy, CURLOPT_ERRORBUFFER, h->curl_text) == CURLE_OK &&
         curl_easy_setopt(h->easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
         curl_easy_setopt(h->easy, CURLOPT_WRITEDATA, h) == CURLE_OK &&
         curl_easy_setopt(h->easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
         curl_easy_setopt(h->easy, CURLOPT_HEADERDATA, h) == CURLE_OK;
  if (good) return 0;
  return omadm_error_set(
      error, OMADM_E_UNSUPPORTED,
      "this libcurl (%s) cannot do what a management session needs; 7.87 with TLS is the least",
      curl_version());
}

/* Appends "NAME: VALUE"; nothing where the value is empty. */
static omadm_err add_field(http_transport *h, const char *name, omadm_str value) {
  char *line = NULL;
  size_t size = strlen(name) + 2 + value.len + 1;
  if (value.len == 0) return 0;
  line = omadm_arena_alloc(&h->message, size);
  if (line == NULL) return OMADM_E_NOMEM;
  snprintf(line, size, "%s: %.*s", name, (int)value.len, value.ptr);
  struct curl_slist *longer = curl_slist_append(h->headers, line);
  if (longer == NULL) return OMADM_E_NOMEM;
  h->headers = longer;
  return 0;
}

/* What the answer may be: of a DM message both encodings, the own one first; else what is sent, and
 * nothing else (OMA-TS-SyncML_HTTPBinding 5.2). */
static omadm_str accept_of(omadm_str type) {
  static const struct {
    omadm_str type, accept;
  } messages[] = {
      {OMADM_STR("application/vnd.syncml.dm+xml"),
       OMADM_STR("application/vnd.syncml.dm+xml, application/vnd.syncml.dm+wbxml")},
      {OMADM_STR("application/vnd.syncml.dm+wbxml"),
       OMADM_STR("application/vnd.syncml.dm+wbxml, application/vnd.syncml.dm+xml")},
  };
  for (size_t i = 0; i < type.len; i++) {
    if (type.ptr[i] == ';') type.len = i;
  }
  type = omadm_str_trim(type);
  for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
    if (omadm_str_equal_nocase(type, messages[i].type)) return messages[i].accept;
  }
  return type;
}

/* The header fields of OMA-TS-SyncML_HTTPBinding 5.2. */
static omadm_err make_fields(http_transport *h, const omadm_out *out) {
  const struct {
    const char *name;
    omadm_str value;
  } fields[] = {
      {"Content-Type", out->content_type},    {"Accept", accept_of(out->content_type)},
      {"Accept-Charset", OMADM_STR("UTF-8")}, {"Cache-Control", OMADM_STR("no-store")},
      {"x-syncml-hmac", out->hmac},
  };
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    omadm_err err = add_field(h, fields[i].name, fields[i].value);
    if (err != 0) return err;
  }
  /* A field without value takes away libcurl's own: many servers leave a device waiting for "100
   * Continue". */
  struct curl_slist *longer = curl_slist_append(h->headers, "Expect:");
  if (longer == NULL) return OMADM_E_NOMEM;
  h->headers = longer;
  return 0;
}

omadm_err http_request_set(http_transport *h, const omadm_out *out, omadm_error *error) {
  if (http_has_control(out->content_type) || http_has_control(out->hmac) ||
      out->content_type.len > 1000 || out->hmac.len > 4000) {
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "a header field holds control characters or is too long");
  }
  omadm_arena_reset(&h->message);
  curl_slist_free_all(h->headers);
  h->headers = NULL;
  h->request = omadm_arena_copy(&h->message, out->body);
  omadm_err err = h->request.ptr != NULL ? make_fields(h, out) : OMADM_E_NOMEM;
  return err != 0 ? omadm_error_set(error, err, "out of memory") : 0;
}

omadm_err http_request_start(http_transport *h, omadm_error *error) {
  h->body.len = 0;
  h->header_octets = 0;
  h->broken = 0;
  h->curl_text[0] = '\0';
  h->response = (omadm_response){0};
  h->began = omadm_clock_ms();
  bool good = curl_easy_setopt(h->easy, CURLOPT_URL, h->target.url) == CURLE_OK &&
              curl_easy_setopt(h->easy, CURLOPT_HTTPHEADER, h->headers) == CURLE_OK &&
              curl_easy_setopt(h->easy, CURLOPT_POSTFIELDS, h->request.ptr) == CURLE_OK &&
              curl_easy_setopt(h->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)h->request.len) ==
                  CURLE_OK &&
              curl_multi_add_handle(h->multi, h->easy) == CURLM_OK;
  if (!good) return omadm_error_set(error, OMADM_E_NOMEM, "%s: out of memory", h->target.shown);
  h->phase = HTTP_RUNNING;
  h->attempts++;
  omadm_log_line(h->config.log, OMADM_LOG_DEBUG, http_log_module, "POST %s, %zu octets",
                 h->target.shown, h->request.len);
  return 0;
}

void http_request_end(http_transport *h) {
  if (h->phase == HTTP_RUNNING) curl_multi_remove_handle(h->multi, h->easy);
  h->phase = HTTP_IDLE;
}
