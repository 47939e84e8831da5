/* SPDX-License-Identifier: MIT */
#include "conformance/player/listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <microhttpd.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#include "conformance/player/files.h"

#define BODY_MAX ((size_t)8 << 20)
#define FLUSH_MILLISECONDS 5000

/* One request: from its first line until MHD says that the connection is done with it. */
typedef struct exchange {
  struct exchange *next; /* those that wait for their turn */
  struct MHD_Connection *connection;
  omadm_arena arena;
  omadm_buf body;
  omadm_str url;
  omadm_str content_type;
  omadm_transcript_pair *headers;
  size_t header_count;
  struct MHD_Response *response; /* set by answer */
  unsigned status;
  bool begun; /* the first lines have arrived */
  bool whole; /* the body has arrived, the connection is suspended */
  bool cut;
  bool too_large;
} exchange;

struct omadm_listener {
  struct MHD_Daemon *daemon;
  omadm_arena arena; /* certificate and key */
  size_t max_body;
  unsigned port;
  char origin[80];
  const char *scheme;
  char host[48];
  exchange *waiting; /* whole requests, oldest first; the head is the one being answered */
};

static void *begin_exchange(void *user, const char *uri, struct MHD_Connection *connection) {
  (void)user;
  exchange *x = calloc(1, sizeof *x);
  if (x == NULL) return NULL;
  x->connection = connection;
  omadm_arena_init(&x->arena, &omadm_mem_default, 0);
  omadm_buf_init(&x->body, &omadm_mem_default, 0);
  x->url = omadm_arena_copy(&x->arena, omadm_str_of(uri));
  return x;
}

static void forget(omadm_listener *self, exchange *x) {
  for (exchange **at = &self->waiting; *at != NULL; at = &(*at)->next) {
    if (*at != x) continue;
    *at = x->next;
    return;
  }
}

static void end_exchange(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why) {
  exchange *x = *state;
  (void)connection;
  (void)why;
  *state = NULL;
  if (x == NULL) return;
  forget(user, x);
  if (x->response != NULL) MHD_destroy_response(x->response);
  omadm_buf_dispose(&x->body);
  omadm_arena_dispose(&x->arena);
  free(x);
}

static enum MHD_Result count_header(void *user, enum MHD_ValueKind kind, const char *name,
                                    const char *value) {
  (void)kind;
  (void)name;
  (void)value;
  (*(size_t *)user)++;
  return MHD_YES;
}

static enum MHD_Result keep_header(void *user, enum MHD_ValueKind kind, const char *name,
                                   const char *value) {
  exchange *x = user;
  (void)kind;
  char *lower = (char *)omadm_arena_copy(&x->arena, omadm_str_of(name)).ptr;
  omadm_str text = omadm_arena_copy(&x->arena, omadm_str_of(value));
  if (lower == NULL || text.ptr == NULL) return MHD_NO;
  for (char *c = lower; *c != 0; c++)
    *c = (char)omadm_ascii_lower(*c);
  if (strcmp(lower, "content-type") == 0) {
    x->content_type = text;
  } else {
    x->headers[x->header_count++] = (omadm_transcript_pair){omadm_str_of(lower), text};
  }
  return MHD_YES;
}

/* Headers and whole URL, once the body is there. */
static bool complete(omadm_listener *self, exchange *x) {
  size_t count = 0;
  char url[2048];
  const char *host = MHD_lookup_connection_value(x->connection, MHD_HEADER_KIND, "Host");
  MHD_get_connection_values(x->connection, MHD_HEADER_KIND, count_header, &count);
  x->headers = omadm_arena_new(&x->arena, count + 1, sizeof *x->headers);
  if (x->headers == NULL) return false;
  MHD_get_connection_values(x->connection, MHD_HEADER_KIND, keep_header, x);
  if (x->url.len > 0 && x->url.ptr[0] == '/') {
    snprintf(url, sizeof url, "%s://%s%s", self->scheme, host == NULL ? self->host : host,
             x->url.ptr);
    x->url = omadm_arena_copy(&x->arena, omadm_str_of(url));
  }
  return x->url.ptr != NULL;
}

static void append(omadm_listener *self, exchange *x) {
  exchange **at = &self->waiting;
  while (*at != NULL)
    at = &(*at)->next;
  x->whole = true;
  *at = x;
  MHD_suspend_connection(x->connection);
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status) {
  struct MHD_Response *empty = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  enum MHD_Result result = MHD_queue_response(connection, status, empty);
  MHD_destroy_response(empty);
  return result;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state) {
  omadm_listener *self = user;
  exchange *x = *state;
  (void)url;
  (void)version;
  if (x == NULL || x->cut) return MHD_NO;
  if (x->response != NULL) return MHD_queue_response(connection, x->status, x->response);
  if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
    return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED);
  if (!x->begun) {
    /* The first call has no data yet; answering here would close the connection before the body is
     * read. */
    x->begun = true;
    return MHD_YES;
  }
  if (*size > 0) {
    if (x->body.len + *size > self->max_body || omadm_buf_add(&x->body, data, *size) != OMADM_OK)
      x->too_large = true;
    *size = 0;
    return MHD_YES;
  }
  if (x->too_large) return refuse(connection, MHD_HTTP_CONTENT_TOO_LARGE);
  if (x->whole) return MHD_YES;
  if (!complete(self, x)) return MHD_NO;
  append(self, x);
  return MHD_YES;
}

static omadm_err read_tls(omadm_listener *self, const omadm_listener_options *options,
                          omadm_str *certificate, omadm_str *key, omadm_error *error) {
  if (options->certificate == NULL) return OMADM_OK;
  omadm_err err = files_read(options->certificate, &self->arena, certificate, error);
  return err == OMADM_OK ? files_read(options->key, &self->arena, key, error) : err;
}

static omadm_err start(omadm_listener *self, const omadm_listener_options *options,
                       omadm_error *error) {
  struct sockaddr_storage address;
  omadm_str certificate = {NULL, 0};
  omadm_str key = {NULL, 0};
  const char *host = options->host == NULL ? "127.0.0.1" : options->host;
  if (!omadm_address_parse(host, options->port, &address)) {
    return omadm_error_set(error, OMADM_E_ARGUMENT, "%s is not an address in numbers", host);
  }
  omadm_err err = read_tls(self, options, &certificate, &key, error);
  if (err != OMADM_OK) return err;
  bool tls = certificate.ptr != NULL;
  unsigned flags = MHD_ALLOW_SUSPEND_RESUME | (tls ? MHD_USE_TLS : 0) |
                   (address.ss_family == AF_INET6 ? MHD_USE_IPv6 : 0);
  struct MHD_OptionItem tls_options[] = {
      {tls ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, (void *)(uintptr_t)certificate.ptr},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key.ptr},
      {MHD_OPTION_END, 0, NULL},
  };
  self->daemon = MHD_start_daemon(
      flags, options->port, NULL, NULL, handle, self, MHD_OPTION_SOCK_ADDR, &address,
      MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, self, MHD_OPTION_NOTIFY_COMPLETED, end_exchange,
      self, MHD_OPTION_CONNECTION_TIMEOUT, 300U, MHD_OPTION_ARRAY, tls_options, MHD_OPTION_END);
  if (self->daemon == NULL) {
    return omadm_error_set(error, OMADM_E_IO, "cannot listen on %s:%u%s", host, options->port,
                           tls ? ", or certificate and key do not fit" : "");
  }
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_BIND_PORT);
  self->port = info == NULL ? options->port : info->port;
  self->scheme = tls ? "https" : "http";
  bool v6 = address.ss_family == AF_INET6;
  snprintf(self->host, sizeof self->host, "%s%.39s%s", v6 ? "[" : "", host, v6 ? "]" : "");
  snprintf(self->origin, sizeof self->origin, "%s://%s:%u", self->scheme, self->host, self->port);
  return OMADM_OK;
}

omadm_err omadm_listener_new(const omadm_listener_options *options, omadm_listener **out,
                             omadm_error *error) {
  *out = NULL;
  omadm_listener *self = calloc(1, sizeof *self);
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  omadm_arena_init(&self->arena, &omadm_mem_default, 0);
  self->max_body = options->max_body == 0 ? BODY_MAX : options->max_body;
  omadm_err err = start(self, options, error);
  if (err != OMADM_OK) {
    omadm_listener_free(self);
    return err;
  }
  *out = self;
  return OMADM_OK;
}

void omadm_listener_free(omadm_listener *self) {
  if (self == NULL) return;
  for (exchange *x = self->waiting; x != NULL; x = x->next) {
    x->cut = true;
    MHD_resume_connection(x->connection);
  }
  if (self->daemon != NULL) MHD_stop_daemon(self->daemon);
  omadm_arena_dispose(&self->arena);
  free(self);
}

unsigned omadm_listener_port(const omadm_listener *self) {
  return self->port;
}

const char *omadm_listener_origin(const omadm_listener *self) {
  return self->origin;
}

omadm_err omadm_listener_next(omadm_listener *self, unsigned milliseconds,
                              omadm_player_request *request, omadm_error *error) {
  uint64_t until = (uint64_t)omadm_clock_ms() + milliseconds;
  while (self->waiting == NULL) {
    uint64_t now = (uint64_t)omadm_clock_ms();
    if (now >= until)
      return omadm_error_set(error, OMADM_E_TIMEOUT, "no request within %u ms", milliseconds);
    uint64_t left = until - now;
    if (MHD_run_wait(self->daemon, left > 500 ? 500 : (int32_t)left) != MHD_YES) {
      return omadm_error_set(error, OMADM_E_IO, "the HTTP server failed");
    }
  }
  const exchange *x = self->waiting;
  *request = (omadm_player_request){x->url, x->content_type, x->headers, x->header_count,
                                    omadm_buf_str(&x->body)};
  return OMADM_OK;
}

/* Lets the answered connection go on, until it is done with the request. */
static void flush(omadm_listener *self, exchange *x) {
  uint64_t until = (uint64_t)omadm_clock_ms() + FLUSH_MILLISECONDS;
  MHD_resume_connection(x->connection);
  while ((uint64_t)omadm_clock_ms() < until) {
    bool pending = false;
    for (exchange *w = self->waiting; w != NULL; w = w->next)
      pending = pending || w == x;
    if (!pending || MHD_run_wait(self->daemon, 50) != MHD_YES) break;
  }
  forget(self, x);
}

omadm_err omadm_listener_answer(omadm_listener *self, const omadm_player_response *response,
                                omadm_error *error) {
  exchange *x = self->waiting;
  if (x == NULL) return omadm_error_set(error, OMADM_E_STATE, "no request waits for an answer");
  void *body = (void *)(uintptr_t)response->body.ptr;
  struct MHD_Response *answer =
      MHD_create_response_from_buffer(response->body.len, body, MHD_RESPMEM_MUST_COPY);
  if (answer == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  if (response->content_type.len > 0) {
    omadm_str type = omadm_arena_copy(&x->arena, response->content_type);
    if (type.ptr != NULL) MHD_add_response_header(answer, "Content-Type", type.ptr);
  }
  for (size_t i = 0; i < response->header_count; i++) {
    omadm_str name = omadm_arena_copy(&x->arena, response->headers[i].name);
    omadm_str value = omadm_arena_copy(&x->arena, response->headers[i].value);
    if (name.ptr != NULL && value.ptr != NULL) MHD_add_response_header(answer, name.ptr, value.ptr);
  }
  x->status = response->status;
  x->response = answer;
  flush(self, x);
  return OMADM_OK;
}

omadm_err omadm_listener_cut(omadm_listener *self, omadm_error *error) {
  exchange *x = self->waiting;
  if (x == NULL) return omadm_error_set(error, OMADM_E_STATE, "no request waits for an answer");
  x->cut = true;
  flush(self, x);
  return OMADM_OK;
}
