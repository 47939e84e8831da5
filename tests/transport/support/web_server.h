/* SPDX-License-Identifier: MIT */
/* An HTTP(S) server on loopback (libmicrohttpd) that answers by a script and remembers what it was
 * asked. */
#ifndef OMADM_TEST_WEB_SERVER_H
#define OMADM_TEST_WEB_SERVER_H

#include <stddef.h>

typedef struct web_reply {
  unsigned status; /* 0: 200 */
  const char *type; /* NULL: none */
  const char *body; /* NULL: empty */
  size_t body_len; /* 0: strlen(body) */
  const char *headers[6]; /* name, value, name, value … */
  size_t chunk; /* above 0: chunked, in pieces of that size */
  unsigned delay_ms;
} web_reply;

typedef struct web_request {
  char method[16];
  char url[512]; /* with query */
  char headers[4096]; /* "Name: value\n"… */
  char body[65536];
  size_t body_len;
} web_request;

typedef struct web_server web_server;

/* Request number i gets replies[i], those beyond the last one the last. Texts are borrowed. cert
 * and key are PEM, or NULL. */
web_server *web_start(const web_reply *replies, size_t n, const char *cert, const char *key);
void web_stop(web_server *self);
unsigned web_port(const web_server *self);
/* How many requests came; and the one with that number. */
size_t web_count(web_server *self);
const web_request *web_at(web_server *self, size_t i);

/* True where the request carries that header field; value NULL: any. */
int web_has(const web_request *request, const char *name, const char *value);

#endif
