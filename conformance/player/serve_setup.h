/* SPDX-License-Identifier: MIT */
/*
 * Setting and reading nodes from outside, by commands of a session. Private to the served client.
 */
#ifndef OMADM_PLAYER_SERVE_SETUP_H
#define OMADM_PLAYER_SERVE_SETUP_H

#include "conformance/player/serve_talk.h"

/* The nodes that were made in the client, oldest first. Starts as all zero. */
typedef struct serve_made {
  char **uris;
  size_t count;
  size_t capacity;
} serve_made;

omadm_err serve_made_add(serve_made *self, omadm_str uri);
void serve_made_dispose(serve_made *self);

/* Queues a Delete for each, the youngest first, and forgets them; whether they succeed does not
 * matter. */
void serve_setup_clean(serve_talk *talk, serve_made *made);

/*
 * Brings the nodes about: Replace, and Add, parents first, where there is nothing to replace. What
 * had to be added goes to `made`. UNSUPPORTED for nodes that the client does not let be set:
 * "not set up: URI (code), URI (code)".
 */
omadm_err serve_setup_run(serve_talk *talk, const omadm_transcript_setup *setup, serve_made *made,
                          omadm_error *error);

/* What was read of the nodes of <after>. */
typedef struct serve_reading {
  const omadm_transcript_node *want;
  const serve_command *value;
  const serve_command *acl; /* NULL: not wanted */
  const serve_command *title; /* NULL: not wanted */
} serve_reading;

/* Reads the nodes; *out, an array of `count`, lives as long as the talk. */
omadm_err serve_setup_read(serve_talk *talk, const omadm_transcript_node *nodes, size_t count,
                           serve_reading **out, omadm_error *error);

/* What a reading says; borrowed as above. UNSUPPORTED, the text being the code, where the client
 * does not let the node be read. */
omadm_err serve_setup_show(serve_talk *talk, const serve_reading *reading, omadm_player_node *out,
                           omadm_error *error);

#endif
