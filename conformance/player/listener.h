/* SPDX-License-Identifier: MIT */
/*
 * An HTTP(S) server for one conversation at a time, without a thread: the caller asks for the next
 * request, and answers it.
 */
#ifndef OMADM_PLAYER_LISTENER_H
#define OMADM_PLAYER_LISTENER_H

#include "conformance/player/client.h"

typedef struct omadm_listener omadm_listener;

typedef struct omadm_listener_options {
  size_t struct_size;
  const char *host; /* a numeric address; NULL: 127.0.0.1 */
  unsigned short port; /* 0: any free one */
  const char *certificate; /* file, PEM; NULL: plain HTTP */
  const char *key; /* file, PEM */
  size_t max_body; /* larger bodies are answered 413 here; 0: 8 MiB */
} omadm_listener_options;

/* Binds and listens. *out is owned by the caller, free with omadm_listener_free. */
omadm_err omadm_listener_new(const omadm_listener_options *options, omadm_listener **out,
                             omadm_error *error);
void omadm_listener_free(omadm_listener *self);

/* The port that it listens on, and "http://host:port" or "https://…"; borrowed until free. */
unsigned omadm_listener_port(const omadm_listener *self);
const char *omadm_listener_origin(const omadm_listener *self);

/*
 * Waits for the next POST. *request is borrowed until it is answered or cut; until then this call
 * gives it again. TIMEOUT when none has come in so many milliseconds.
 */
omadm_err omadm_listener_next(omadm_listener *self, unsigned milliseconds,
                              omadm_player_request *request, omadm_error *error);

/* Answers the request given last, and waits until the answer is on its way. STATE where there is
 * none. */
omadm_err omadm_listener_answer(omadm_listener *self, const omadm_player_response *response,
                                omadm_error *error);

/* Closes the connection of the request given last without an answer. */
omadm_err omadm_listener_cut(omadm_listener *self, omadm_error *error);

#endif
