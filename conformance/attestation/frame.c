/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <microhttpd.h>

#include "base/address.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"

#define FILE_MAX ((size_t)1 << 20)
/* Of all bodies that have not been answered yet. */
#define BODIES_MAX ((size_t)8 * FRAME_BODY_MAX)
enum { CONNECTIONS = 512, CONNECTIONS_OF_ADDRESS = 256, IDLE_SECONDS = 30 };

/* One request, from its first line until the connection is done with it. */
typedef struct exchange {
  char *query;
  omadm_buf body;
  bool begun; /* the first lines have arrived */
  bool too_large;
} exchange;

struct frame {
  struct MHD_Daemon *daemon;
  frame_answer *answer; /* set while frame_run runs */
  void *ctx;
  unsigned served;
  size_t bodies; /* octets that are held now */
  unsigned port;
  char origin[80];
  omadm_buf certificate;
  omadm_buf key;
};

/* The only place that sees the URI as it came. */
static void *begin_exchange(void *user, const char *uri, struct MHD_Connection *connection) {
  (void)user;
  (void)connection;
  exchange *x = calloc(1, sizeof *x);
  if (x == NULL) return NULL;
  const char *mark = strchr(uri, '?');
  x->query = strdup(mark == NULL ? "" : mark + 1);
  omadm_buf_init(&x->body, &omadm_mem_default, FRAME_BODY_MAX);
  return x;
}

static void drop_body(frame *self, exchange *x) {
  self->bodies -= x->body.len;
  omadm_buf_dispose(&x->body);
}

static void end_exchange(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode why) {
  exchange *x = *state;
  (void)connection;
  (void)why;
  *state = NULL;
  if (x == NULL) return;
  drop_body(user, x);
  free(x->query);
  free(x);
}

static omadm_str header(struct MHD_Connection *connection, const char *name) {
  return omadm_str_of(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

/* What of a client's wait was the service's own work (W3C Server Timing). */
static void add_timing(struct MHD_Response *response, const struct timespec *since) {
  struct timespec now = {0};
  char text[48];
  clock_gettime(CLOCK_MONOTONIC, &now);
  double took =
      (double)(now.tv_sec - since->tv_sec) * 1e3 + (double)(now.tv_nsec - since->tv_nsec) / 1e6;
  snprintf(text, sizeof text, "answer;dur=%.3f", took);
  MHD_add_response_header(response, "Server-Timing", text);
}

/* Hands the reply to MHD. Its body is freed with the response. */
static enum MHD_Result send_reply(struct MHD_Connection *connection, service_reply *reply,
                                  const struct timespec *since) {
  struct MHD_Response *response =
      reply->body.len == 0 ? MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT)
                           : MHD_create_response_from_buffer(reply->body.len, reply->body.ptr,
                                                             MHD_RESPMEM_MUST_COPY);
  omadm_buf_dispose(&reply->body);
  if (response == NULL) return MHD_NO;
  if (reply->content_type != NULL)
    MHD_add_response_header(response, "Content-Type", reply->content_type);
  if (reply->correlation[0] != 0) MHD_add_response_header(response, "MS-CV", reply->correlation);
  add_timing(response, since);
  enum MHD_Result result =
      MHD_queue_response(connection, reply->status > 0 ? (unsigned)reply->status : 500, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result serve(frame *self, struct MHD_Connection *connection, const exchange *x,
                             const char *method, const char *path) {
  service_reply reply = {.status = 500};
  struct timespec since = {0};
  clock_gettime(CLOCK_MONOTONIC, &since);
  omadm_buf_init(&reply.body, &omadm_mem_default, 0);
  if (x->too_large) {
    /* [MS-DHA] 2.1 knows 200, 400 and 500 only: what is too large is a bad request. */
    reply.status = 400;
    reply.content_type = "text/plain";
    omadm_buf_printf(&reply.body, "the body is larger than %zu octets, or there is no room now\n",
                     FRAME_BODY_MAX);
    return send_reply(connection, &reply, &since);
  }
  service_request request = {
      .method = omadm_str_of(method),
      .path = omadm_str_of(path),
      .query = omadm_str_of(x->query),
      .correlation = header(connection, "dhascorrelationid"),
      .authorization = header(connection, "Authorization"),
      .body = omadm_buf_str(&x->body),
  };
  if (request.correlation.len == 0) request.correlation = header(connection, "MS-CV");
  self->served++;
  self->answer(self->ctx, &request, &reply);
  return send_reply(connection, &reply, &since);
}

static void take_body(frame *self, exchange *x, omadm_str part) {
  if (x->too_large) return;
  if (self->bodies + part.len <= BODIES_MAX &&
      omadm_buf_add(&x->body, part.ptr, part.len) == OMADM_OK) {
    self->bodies += part.len;
    return;
  }
  x->too_large = true;
  drop_body(self, x);
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state) {
  frame *self = user;
  exchange *x = *state;
  (void)version;
  if (x == NULL || x->query == NULL || self->answer == NULL) return MHD_NO;
  if (!x->begun) {
    /* The first call has no data yet; answering here would close the connection before the body is
     * read. */
    x->begun = true;
    return MHD_YES;
  }
  if (*size > 0) {
    take_body(self, x, (omadm_str){data, *size});
    *size = 0;
    return MHD_YES;
  }
  return serve(self, connection, x, method, url);
}

/* A file as a terminated text. */
static omadm_err read_file(const char *path, omadm_buf *out, omadm_error *error) {
  char part[4096];
  omadm_err err = OMADM_OK;
  FILE *file = fopen(path, "rb");
  if (file == NULL) return omadm_error_set(error, OMADM_E_IO, "%s: cannot be opened", path);
  for (size_t n = 1; n > 0 && err == OMADM_OK;) {
    n = fread(part, 1, sizeof part, file);
    err = omadm_buf_add(out, part, n);
  }
  if (ferror(file)) err = OMADM_E_IO;
  fclose(file);
  if (err == OMADM_OK) err = omadm_buf_add(out, "", 1);
  return err == OMADM_OK ? err : omadm_error_set(error, err, "%s: cannot be read", path);
}

static omadm_err start(frame *self, const frame_options *options, omadm_error *error) {
  struct sockaddr_storage address;
  const char *host = options->host == NULL ? "127.0.0.1" : options->host;
  bool tls = options->certificate != NULL;
  if (!omadm_address_parse(host, options->port, &address))
    return omadm_error_set(error, OMADM_E_ARGUMENT, "%s is not an address in numbers", host);
  omadm_err err = tls ? read_file(options->certificate, &self->certificate, error) : OMADM_OK;
  if (tls && err == OMADM_OK) err = read_file(options->key, &self->key, error);
  if (err != OMADM_OK) return err;
  bool v6 = address.ss_family == AF_INET6;
  unsigned flags = (tls ? MHD_USE_TLS : 0) | (v6 ? MHD_USE_IPv6 : 0);
  struct MHD_OptionItem tls_options[] = {
      {tls ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, self->certificate.ptr},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, self->key.ptr},
      {MHD_OPTION_END, 0, NULL},
  };
  self->daemon = MHD_start_daemon(
      flags, options->port, NULL, NULL, handle, self, MHD_OPTION_SOCK_ADDR, &address,
      MHD_OPTION_URI_LOG_CALLBACK, begin_exchange, self, MHD_OPTION_NOTIFY_COMPLETED, end_exchange,
      self, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_LIMIT,
      (unsigned)CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)CONNECTIONS_OF_ADDRESS,
      MHD_OPTION_ARRAY, tls_options, MHD_OPTION_END);
  if (self->daemon == NULL)
    return omadm_error_set(error, OMADM_E_IO, "cannot listen on %s:%u%s", host, options->port,
                           tls ? ", or certificate and key do not fit" : "");
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_BIND_PORT);
  self->port = info == NULL ? options->port : info->port;
  snprintf(self->origin, sizeof self->origin, "%s://%s%.39s%s:%u", tls ? "https" : "http",
           v6 ? "[" : "", host, v6 ? "]" : "", self->port);
  return OMADM_OK;
}

omadm_err frame_new(const frame_options *options, frame **out, omadm_error *error) {
  *out = NULL;
  frame *self = calloc(1, sizeof *self);
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  omadm_buf_init(&self->certificate, &omadm_mem_default, FILE_MAX);
  omadm_buf_init(&self->key, &omadm_mem_default, FILE_MAX);
  omadm_err err = start(self, options, error);
  if (err != OMADM_OK) {
    frame_free(self);
    return err;
  }
  *out = self;
  return OMADM_OK;
}

void frame_free(frame *self) {
  if (self == NULL) return;
  if (self->daemon != NULL) MHD_stop_daemon(self->daemon);
  omadm_buf_dispose(&self->certificate);
  if (self->key.ptr != NULL) explicit_bzero(self->key.ptr, self->key.len);
  omadm_buf_dispose(&self->key);
  free(self);
}

unsigned frame_port(const frame *self) {
  return self->port;
}

const char *frame_origin(const frame *self) {
  return self->origin;
}

omadm_err frame_run(frame *self, frame_answer *answer, void *ctx, unsigned milliseconds,
                    unsigned *served, omadm_error *error) {
  omadm_err err = OMADM_OK;
  int64_t until = omadm_clock_ms() + milliseconds;
  self->answer = answer;
  self->ctx = ctx;
  self->served = 0;
  for (int64_t left = milliseconds; left > 0 && err == OMADM_OK; left = until - omadm_clock_ms()) {
    if (MHD_run_wait(self->daemon, left > 500 ? 500 : (int32_t)left) != MHD_YES)
      err = omadm_error_set(error, OMADM_E_IO, "the HTTP server failed");
  }
  self->answer = NULL;
  *served = self->served;
  return err;
}
