/* SPDX-License-Identifier: MIT */
#include "support/web_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <cmocka.h>

enum { MOST = 40 };

struct web_server {
  struct MHD_Daemon *daemon;
  const web_reply *replies;
  size_t n_replies;
  pthread_mutex_t lock;
  web_request *requests[MOST];
  size_t count;
};

typedef struct chunk_source {
  const char *body;
  size_t len;
  size_t chunk;
} chunk_source;

static ssize_t next_chunk(void *ctx, uint64_t at, char *out, size_t room) {
  chunk_source *s = ctx;
  if (at >= s->len) return MHD_CONTENT_READER_END_OF_STREAM;
  size_t n = s->len - (size_t)at;
  if (n > s->chunk) n = s->chunk;
  if (n > room) n = room;
  memcpy(out, s->body + at, n);
  return (ssize_t)n;
}

static struct MHD_Response *make_response(const web_reply *reply) {
  size_t len = reply->body_len > 0 || reply->body == NULL ? reply->body_len : strlen(reply->body);
  struct MHD_Response *r = NULL;
  if (reply->chunk > 0) {
    chunk_source *s = malloc(sizeof *s);
    *s = (chunk_source){reply->body, len, reply->chunk};
    r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, next_chunk, s, free);
  } else {
    r = MHD_create_response_from_buffer(len, (void *)(uintptr_t)reply->body,
                                        MHD_RESPMEM_PERSISTENT);
  }
  if (reply->type != NULL) MHD_add_response_header(r, "Content-Type", reply->type);
  for (size_t i = 0; i + 1 < 6 && reply->headers[i] != NULL; i += 2) {
    MHD_add_response_header(r, reply->headers[i], reply->headers[i + 1]);
  }
  return r;
}

static enum MHD_Result keep_header(void *ctx, enum MHD_ValueKind kind, const char *name,
                                   const char *value) {
  web_request *q = ctx;
  size_t len = strlen(q->headers);
  (void)kind;
  snprintf(q->headers + len, sizeof q->headers - len, "%s: %s\n", name, value != NULL ? value : "");
  return MHD_YES;
}

static enum MHD_Result keep_query(void *ctx, enum MHD_ValueKind kind, const char *name,
                                  const char *value) {
  web_request *q = ctx;
  size_t len = strlen(q->url);
  (void)kind;
  snprintf(q->url + len, sizeof q->url - len, "%c%s=%s", strchr(q->url, '?') != NULL ? '&' : '?',
           name, value);
  return MHD_YES;
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **state) {
  web_server *self = ctx;
  web_request *q = *state;
  (void)version;
  if (q == NULL) {
    q = *state = calloc(1, sizeof *q);
    snprintf(q->method, sizeof q->method, "%s", method);
    snprintf(q->url, sizeof q->url, "%s", url);
    MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, keep_query, q);
    MHD_get_connection_values(c, MHD_HEADER_KIND, keep_header, q);
    return MHD_YES;
  }
  if (*body_len > 0) {
    size_t room = sizeof q->body - q->body_len;
    size_t n = *body_len < room ? *body_len : room;
    memcpy(q->body + q->body_len, body, n);
    q->body_len += n;
    *body_len = 0;
    return MHD_YES;
  }
  pthread_mutex_lock(&self->lock);
  size_t number = self->count < MOST ? self->count++ : MOST - 1;
  if (self->requests[number] != NULL) free(self->requests[number]);
  self->requests[number] = q;
  pthread_mutex_unlock(&self->lock);
  *state = NULL;
  const web_reply *reply = &self->replies[number < self->n_replies ? number : self->n_replies - 1];
  struct timespec delay = {reply->delay_ms / 1000, (long)(reply->delay_ms % 1000) * 1000000};
  nanosleep(&delay, NULL);
  struct MHD_Response *r = make_response(reply);
  enum MHD_Result result = MHD_queue_response(c, reply->status > 0 ? reply->status : 200, r);
  MHD_destroy_response(r);
  return result;
}

static void on_completed(void *ctx, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode why) {
  (void)ctx;
  (void)c;
  (void)why;
  free(*state);
  *state = NULL;
}

web_server *web_start(const web_reply *replies, size_t n, const char *cert, const char *key) {
  web_server *self = calloc(1, sizeof *self);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  assert_non_null(self);
  self->replies = replies;
  self->n_replies = n;
  pthread_mutex_init(&self->lock, NULL);
  struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)cert},
                                 {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
                                 {MHD_OPTION_END, 0, NULL}};
  if (cert == NULL) tls[0].option = MHD_OPTION_END;
  unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | (cert != NULL ? (unsigned)MHD_USE_TLS : 0U);
  self->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, self, MHD_OPTION_SOCK_ADDR,
                                  &address, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                                  MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
  assert_non_null(self->daemon);
  return self;
}

void web_stop(web_server *self) {
  MHD_stop_daemon(self->daemon);
  for (size_t i = 0; i < MOST; i++)
    free(self->requests[i]);
  pthread_mutex_destroy(&self->lock);
  free(self);
}

unsigned web_port(const web_server *self) {
  return MHD_get_daemon_info(self->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
}

size_t web_count(web_server *self) {
  pthread_mutex_lock(&self->lock);
  size_t n = self->count;
  pthread_mutex_unlock(&self->lock);
  return n;
}

const web_request *web_at(web_server *self, size_t i) {
  pthread_mutex_lock(&self->lock);
  const web_request *q = i < self->count ? self->requests[i] : NULL;
  pthread_mutex_unlock(&self->lock);
  assert_non_null(q);
  return q;
}

int web_has(const web_request *request, const char *name, const char *value) {
  for (const char *line = request->headers; *line != '\0'; line = strchr(line, '\n') + 1) {
    const char *colon = strstr(line, ": ");
    const char *end = strchr(line, '\n');
    if ((size_t)(colon - line) != strlen(name) || strncasecmp(line, name, strlen(name)) != 0)
      continue;
    if (value == NULL) return 1;
    if ((size_t)(end - colon - 2) == strlen(value) && strncmp(colon + 2, value, strlen(value)) == 0)
      return 1;
  }
  return 0;
}
