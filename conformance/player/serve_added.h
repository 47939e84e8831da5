/* SPDX-License-Identifier: MIT */
/*
 * What a transcript's own Adds make in the client, so that it can be deleted again. Private to the
 * served client.
 */
#ifndef OMADM_PLAYER_SERVE_ADDED_H
#define OMADM_PLAYER_SERVE_ADDED_H

#include <omadm/error.h>

#include "conformance/player/serve_setup.h"

/* The Adds of one message, until they are answered. Starts as all zero. */
typedef struct serve_added {
  xmlDoc *sent; /* the server's last message that holds an Add; NULL: none */
} serve_added;

/* A message of the server's goes out. One that cannot be read adds nothing. */
omadm_err serve_added_note(serve_added *self, const omadm_player_codec *codec, omadm_str body);

/* A message of the client's has come: what it answered with 2xx is there now. NOMEM. */
omadm_err serve_added_confirm(serve_added *self, const omadm_player_codec *codec, omadm_str body,
                              serve_made *made);

void serve_added_clear(serve_added *self);

#endif
