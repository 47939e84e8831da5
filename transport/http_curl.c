/* SPDX-License-Identifier: MIT */
/* HTTP(S) behind the transport port (OMA-TS-SyncML_HTTPBinding 5): one message at a time, retried
 * and redirected by our rules. */
#include "transport/http.h"

#include <errno.h>
#include <unistd.h>

#include "base/str.h"
#include "transport/clock.h"

enum { LONGEST_REST_MS = 60000 };

const char http_log_module[] = "http";

void omadm_http_config_init(omadm_http_config *config) {
  *config = (omadm_http_config){
      .struct_size = sizeof *config,
      .receive = 8388608,
      .reply_time = 60,
      .retries = 3,
      .retry_after_max = 120,
      .backoff_ms = 1000,
  };
}

/* Back-off doubles with each attempt. */
static int64_t back_off(const http_transport *h) {
  int64_t ms = h->config.backoff_ms;
  for (unsigned i = 1; i < h->attempts && ms < LONGEST_REST_MS; i++)
    ms *= 2;
  return ms < LONGEST_REST_MS ? ms : LONGEST_REST_MS;
}

/* Takes *target as the place to go, after the rules; it is disposed of on failure. */
static omadm_err go_to(http_transport *h, http_address *target, omadm_error *error) {
  omadm_err err = http_address_judge(&h->account, h->config.hosts, target, error);
  if (err == 0 && h->tls && !target->tls) {
    err = omadm_error_set(error, OMADM_E_REFUSED,
                          "%s: refused, a session that went over https stays there", target->shown);
  }
  if (err != 0) {
    http_address_dispose(target);
    return err;
  }
  http_address_dispose(&h->target);
  h->target = *target;
  h->tls = target->tls;
  if (!target->tls && !h->warned && !http_address_is_loopback(target)) {
    h->warned = true;
    omadm_log_line(h->config.log, OMADM_LOG_WARN, http_log_module,
                   "%s: plain http: everybody on the way can read and change what is said",
                   target->shown);
  }
  return 0;
}

static omadm_err http_post(omadm_transport *t, const omadm_out *out, omadm_error *error) {
  http_transport *h = (http_transport *)t;
  http_address target = {0};
  if (h->phase != HTTP_IDLE)
    return omadm_error_set(error, OMADM_E_STATE, "a message is already on its way");
  omadm_str uri = out->uri.len > 0 ? out->uri : omadm_str_of(h->account.url);
  /* A relative RespURI is not allowed, and is read as a browser would. */
  omadm_err err =
      http_address_parse(&target, h->target.url != NULL ? &h->target : &h->account, uri, error);
  if (err == OMADM_E_ARGUMENT) err = OMADM_E_REFUSED;
  if (err == 0) err = go_to(h, &target, error);
  if (err == 0) err = http_request_set(h, out, error);
  if (err != 0) return err;
  h->attempts = 0;
  h->redirects = 0;
  return http_request_start(h, error);
}

/* A redirect: the same message to another place. Nothing of it is kept for the next message but the
 * base of relative addresses. */
static omadm_err follow(http_transport *h, omadm_str location, omadm_error *error) {
  http_address target = {0};
  if (++h->redirects > HTTP_REDIRECTS) {
    return omadm_error_set(error, OMADM_E_HTTP, "%s: more than %d redirects", h->target.shown,
                           HTTP_REDIRECTS);
  }
  omadm_err err = http_address_parse(&target, &h->target, location, error);
  if (err == OMADM_E_ARGUMENT) err = OMADM_E_REFUSED;
  if (err == 0) err = go_to(h, &target, error);
  if (err != 0) return err;
  omadm_log_line(h->config.log, OMADM_LOG_INFO, http_log_module, "redirected to %s",
                 h->target.shown);
  return http_request_start(h, error);
}

/* Another attempt, later; or the end, when there were enough. */
static int rest(http_transport *h, int64_t wait_ms, const omadm_error *why, omadm_error *error) {
  if (h->attempts > h->config.retries) {
    return omadm_error_set(error, why->code, "%s; gave up after %u attempts", why->text,
                           h->attempts);
  }
  if (wait_ms < 0) wait_ms = back_off(h);
  omadm_log_line(h->config.log, OMADM_LOG_WARN, http_log_module, "%s; again in %lld ms", why->text,
                 (long long)wait_ms);
  h->resume_at = omadm_clock_ms() + wait_ms;
  h->phase = HTTP_RESTING;
  return 0;
}

static int finished(http_transport *h, CURLcode code, omadm_response *response,
                    omadm_error *error) {
  omadm_error why = {0};
  omadm_str location = {NULL, 0};
  int64_t wait_ms = -1;
  http_verdict verdict = http_judge(h, code, &location, &wait_ms, &why);
  http_request_end(h);
  *response = h->response;
  switch (verdict) {
  case HTTP_ANSWERED:
    omadm_log_line(h->config.log, OMADM_LOG_DEBUG, http_log_module,
                   "%s answered %d, %zu octets, in %lld ms", h->target.shown, response->http_status,
                   response->body.len, (long long)(omadm_clock_ms() - h->began));
    return 1;
  case HTTP_MOVED: return follow(h, location, error);
  case HTTP_AGAIN: return rest(h, wait_ms, &why, error);
  case HTTP_FAILED: break;
  }
  return omadm_error_set(error, why.code, "%s", why.text);
}

/* Lets libcurl work, and says whether the transfer has come to its end. */
static bool is_over(http_transport *h, CURLcode *code) {
  int running = 0;
  int left = 0;
  if (curl_multi_perform(h->multi, &running) != CURLM_OK) {
    *code = CURLE_OUT_OF_MEMORY;
    return true;
  }
  for (CURLMsg *m = curl_multi_info_read(h->multi, &left); m != NULL;
       m = curl_multi_info_read(h->multi, &left)) {
    if (m->msg != CURLMSG_DONE) continue;
    *code = m->data.result;
    return true;
  }
  return false;
}

static int http_step(omadm_transport *t, int timeout_ms, omadm_response *response,
                     omadm_error *error) {
  http_transport *h = (http_transport *)t;
  CURLcode code = CURLE_OK;
  int64_t until = omadm_clock_ms() + (timeout_ms > 0 ? timeout_ms : 0);
  *response = (omadm_response){0};
  if (h->phase == HTTP_IDLE) return omadm_error_set(error, OMADM_E_STATE, "no message was posted");
  if (h->phase == HTTP_RESTING) {
    int nap = clock_left(h->resume_at, timeout_ms > 0 ? timeout_ms : 0);
    if (nap > 0) curl_multi_poll(h->multi, NULL, 0, nap, NULL);
    if (omadm_clock_ms() < h->resume_at) return 0;
    omadm_err err = http_request_start(h, error);
    if (err != 0) return err;
  }
  bool over = is_over(h, &code);
  if (!over) {
    curl_multi_poll(h->multi, NULL, 0, clock_left(until, timeout_ms), NULL);
    over = is_over(h, &code);
  }
  return over ? finished(h, code, response, error) : 0;
}

static void http_cancel(omadm_transport *t) {
  http_request_end((http_transport *)t);
}

static void http_free(omadm_transport *t) {
  http_transport *h = (http_transport *)t;
  http_request_end(h);
  curl_easy_cleanup(h->easy);
  curl_multi_cleanup(h->multi);
  curl_slist_free_all(h->headers);
  http_address_dispose(&h->account);
  http_address_dispose(&h->target);
  omadm_buf_dispose(&h->body);
  omadm_arena_dispose(&h->message);
  omadm_arena_dispose(&h->settings);
  omadm_mem_free(&omadm_mem_default, h);
}

static omadm_err copy_text(http_transport *h, const char **text) {
  if (*text == NULL) return 0;
  *text = omadm_arena_copy(&h->settings, omadm_str_of(*text)).ptr;
  return *text != NULL ? 0 : OMADM_E_NOMEM;
}

/* A caller built earlier has a shorter table: what it does not know keeps its default. */
static omadm_err copy_config(http_transport *h, const omadm_http_config *config) {
  omadm_http_config_init(&h->config);
  size_t n = config->struct_size < sizeof h->config ? config->struct_size : sizeof h->config;
  memcpy(&h->config, config, n);
  const char **texts[] = {&h->config.address,     &h->config.hosts,      &h->config.ca,
                          &h->config.client_cert, &h->config.client_key, &h->config.user_agent};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    omadm_err err = copy_text(h, texts[i]);
    if (err != 0) return err;
  }
  return 0;
}

/* Said now, by its name, rather than as a failed handshake later. */
static omadm_err check_file(const char *key, const char *path, omadm_error *error) {
  if (path == NULL || access(path, R_OK) == 0) return 0;
  return omadm_error_set(error, OMADM_E_IO, "%s = %s: %s", key, path, strerror(errno));
}

static omadm_err check_config(http_transport *h, omadm_error *error) {
  const omadm_http_config *c = &h->config;
  if (c->address == NULL || c->receive == 0 || c->receive > SIZE_MAX / 2 || c->reply_time == 0 ||
      c->reply_time > 86400) {
    return omadm_error_set(
        error, OMADM_E_ARGUMENT,
        "HTTP needs an address, and receive = and reply-time = (at most a day) above 0");
  }
  if (c->client_key != NULL && c->client_cert == NULL) {
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "client-key = without client-cert = is of no use");
  }
  omadm_err err = check_file("ca", c->ca, error);
  if (err == 0) err = check_file("client-cert", c->client_cert, error);
  if (err == 0) err = check_file("client-key", c->client_key, error);
  return err != 0 ? err : http_address_parse(&h->account, NULL, omadm_str_of(c->address), error);
}

omadm_err omadm_http_new(const omadm_http_config *config, omadm_transport **transport,
                         omadm_error *error) {
  static const omadm_transport_ops ops = {sizeof ops, http_post, http_step, http_cancel, http_free};
  *transport = NULL;
  http_transport *h = omadm_mem_new(&omadm_mem_default, 1, sizeof *h);
  if (h == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  h->base.ops = &ops;
  omadm_arena_init(&h->settings, &omadm_mem_default, 0);
  omadm_arena_init(&h->message, &omadm_mem_default, 0);
  h->easy = http_handle_new();
  h->multi = curl_multi_init();
  omadm_err err = h->multi != NULL && h->easy != NULL ? copy_config(h, config) : OMADM_E_NOMEM;
  if (err != 0) omadm_error_set(error, err, "out of memory");
  if (err == 0) err = check_config(h, error);
  omadm_buf_init(&h->body, &omadm_mem_default, omadm_size_clamp(h->config.receive));
  if (err == 0) err = http_request_prepare(h, error);
  if (err != 0) {
    http_free(&h->base);
    return err;
  }
  *transport = &h->base;
  return 0;
}
