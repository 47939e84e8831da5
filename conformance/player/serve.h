/* SPDX-License-Identifier: MIT */
/*
 * The client under test is whatever connects: the player as an HTTP server.
 *
 * The nodes of <setup> are set by commands, in a session of the player's own before the
 * transcript's; those of <after> are read in another one behind it. Each session is one with the
 * next client that comes. What the set-up had to add is deleted again, as far as the client lets it
 * be, in the next session of the player's own.
 */
#ifndef OMADM_PLAYER_SERVE_H
#define OMADM_PLAYER_SERVE_H

#include <stdio.h>

#include "conformance/player/client.h"
#include "conformance/player/listener.h"

typedef struct omadm_serve omadm_serve;

typedef struct omadm_serve_options {
  size_t struct_size;
  unsigned patience; /* seconds that a session may take to begin, and a message to come; 0: 60 */
  unsigned linger; /* milliseconds of silence after which a session counts as over; 0: 2000 */
  bool configured; /* the client is what <setup> asks for, but for its nodes */
  bool restores; /* what a transcript changes is put back before the next */
  FILE *progress; /* says there for whom it waits, borrowed until free; NULL: nowhere */
} omadm_serve_options;

/*
 * *out is owned by the caller, free with omadm_serve_free. The listener is borrowed until then.
 * NOMEM.
 */
omadm_err omadm_serve_new(omadm_listener *listener, const omadm_serve_options *options,
                          omadm_serve **out, omadm_error *error);
void omadm_serve_free(omadm_serve *self);

/* The table, borrowed until omadm_serve_free. Serves any number of transcripts, one after the
 * other. */
const omadm_player_client *omadm_serve_client(omadm_serve *self);

#endif
