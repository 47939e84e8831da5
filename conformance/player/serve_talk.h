/* SPDX-License-Identifier: MIT */
/*
 * A session that the player conducts itself, with whatever client comes next: it sends commands and
 * learns what came of each. Private to the served client.
 */
#ifndef OMADM_PLAYER_SERVE_TALK_H
#define OMADM_PLAYER_SERVE_TALK_H

#include <libxml/tree.h>

#include "base/mem.h"

#include "conformance/player/serve_look.h"

/* One command, and what came of it. Lives as long as its talk; so must what its spans point to,
 * which is terminated but for the uri. */
typedef struct serve_command {
  struct serve_command *next;
  const char *name; /* Get, Add, Replace, Delete */
  omadm_str uri;
  const char *property; /* goes to URI?prop=PROPERTY; NULL: to the node itself */
  omadm_str format; /* of Add and Replace; absent: not said */
  omadm_str type;
  omadm_str value; /* ptr NULL: no Data */
  unsigned id; /* its CmdID */
  unsigned code; /* its Status; 0: none came */
  omadm_str found; /* a Get's Results; ptr NULL where there are none */
  omadm_str found_format; /* ptr NULL where the client does not say */
  omadm_str found_type;
  bool in_pieces; /* the value came as a large object, which is not put together here */
} serve_command;

typedef struct serve_talk {
  omadm_listener *listener;
  const omadm_player_codec *codec; /* borrowed; NULL: the client speaks XML only */
  bool wbxml; /* the message that waits came in WBXML, and so does the answer go */
  unsigned patience; /* seconds that a client may take to come, and a message */
  const char *name; /* in sentences: "the set-up session" */
  serve_dialect dialect; /* of the client */
  omadm_arena arena;
  xmlDoc *waiting; /* the client's message that waits for its answer */
  serve_command *queue; /* to be sent, in order */
  serve_command **queue_end;
  serve_command spare; /* given out when memory is short */
  bool short_of_memory;
} serve_talk;

/* Waits for a client and takes its first package. End with serve_talk_end, also on failure.
 * TIMEOUT, IO, SYNTAX, with a sentence. */
omadm_err serve_talk_begin(serve_talk *self, omadm_listener *listener,
                           const omadm_player_codec *codec, unsigned patience, const char *name,
                           omadm_error *error);

/* Puts a command into the queue. Never NULL: memory that is short is told by serve_talk_send. */
serve_command *serve_talk_add(serve_talk *self, const char *name, omadm_str uri);

/* Sends the queue as one message and takes all that the client answers. An empty queue sends
 * nothing. */
omadm_err serve_talk_send(serve_talk *self, omadm_error *error);

/* Tells the client that the session is over, where one waits; releases all. */
void serve_talk_end(serve_talk *self);

/* Ends somebody else's session: the request that the listener holds gets a last message, or, where
 * it is none of SyncML, its connection is cut. */
void serve_talk_dismiss(omadm_listener *listener, const omadm_player_codec *codec);

/* True for a Status that says done. */
bool serve_command_done(const serve_command *command);

#endif
