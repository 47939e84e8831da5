/* SPDX-License-Identifier: MIT */
/* A server on loopback that says, octet by octet, what a well-behaved one would never say. One
 * thread, one connection at a time. */
#ifndef OMADM_TEST_RAW_SERVER_H
#define OMADM_TEST_RAW_SERVER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct raw_connection raw_connection;
typedef struct raw_server raw_server;

/* Serves a connection whose request was read; `number` counts from 0. */
typedef void (*raw_serve)(raw_connection *c, unsigned number);

/* cert: a PEM file with certificate and key for TLS 1.3, or NULL. client_ca: a certificate by that
 * authority is required. */
raw_server *raw_start(raw_serve serve, const char *cert, const char *client_ca);
void raw_stop(raw_server *self);
unsigned raw_port(const raw_server *self);
/* Connections that were accepted. */
unsigned raw_count(const raw_server *self);

/* Sends text; false when the client has gone. */
bool raw_say(raw_connection *c, const char *text);
bool raw_send(raw_connection *c, const void *octets, size_t n);
/* Ends the connection with a TCP reset. */
void raw_reset(raw_connection *c);
/* Says nothing, reads nothing: FIN, then a reset. */
void raw_hang_up(raw_connection *c);
void raw_sleep(unsigned ms);

#endif
