/* SPDX-License-Identifier: MIT */
/*
 * What a transcript is about to change in the client: it is looked at before, and put back behind,
 * so that the next transcript finds the device as this one did. Private to the served client.
 */
#ifndef OMADM_PLAYER_SERVE_KEEP_H
#define OMADM_PLAYER_SERVE_KEEP_H

#include "conformance/player/serve_setup.h"

/* A leaf as it was. */
typedef struct serve_kept {
  char *uri;
  char *value;
  char *format; /* NULL: not said */
  char *type; /* NULL: not said */
} serve_kept;

/* Starts as all zero. */
typedef struct serve_keep {
  serve_kept *leaves;
  size_t count;
} serve_keep;

/* Whether the transcript changes anything that should be put back. */
bool serve_keep_is_needed(const omadm_transcript *transcript);

/* Looks at the leaves that the transcript replaces, and at the ancestors of what it adds: those
 * that are missing go to `made`, since a client may make them of its own accord. */
omadm_err serve_keep_look(serve_talk *talk, const omadm_transcript *transcript, serve_keep *self,
                          serve_made *made, omadm_error *error);

/* Queues a Replace for each leaf, and forgets them; whether they succeed does not matter. */
void serve_keep_restore(serve_talk *talk, serve_keep *self);
void serve_keep_dispose(serve_keep *self);

#endif
