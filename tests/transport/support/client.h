/* SPDX-License-Identifier: MIT */
/* The device's side of a test: an HTTP transport, one message at a time, and what it logged. */
#ifndef OMADM_TEST_CLIENT_H
#define OMADM_TEST_CLIENT_H

#include <omadm/transport.h>

typedef struct client {
  char address[256];
  omadm_http_config config; /* set what differs before client_open */
  omadm_transport *transport;
  omadm_log log;
  char lines[16384]; /* what was logged */
  omadm_error error; /* of the last call */
  omadm_response response; /* of the last answer */
} client;

#define CLIENT_TYPE "application/vnd.syncml.dm+xml"
#define CLIENT_BODY "<SyncML>\r\n\xC3\xA4 package 1</SyncML>"

/* Fast: one second to answer, back-off of 20 ms, two retries. */
void client_init(client *self, const char *scheme, unsigned port);
omadm_err client_open(client *self);
/* Posts CLIENT_BODY to `uri` (NULL: the account's address) and steps until there is an answer: 1,
 * or the error. */
int client_send(client *self, const char *uri);
void client_close(client *self);

/* Fails the test unless the last error has that code, and text in its sentence. */
void client_expect_error(const client *self, omadm_err code, const char *text);

#endif
