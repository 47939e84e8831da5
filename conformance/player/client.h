/* SPDX-License-Identifier: MIT */
/*
 * The client under test, as the player sees it: a table of functions. There are two: the client of
 * this project inside the process, and whatever connects over HTTP (serve.h).
 *
 * Order of calls: begin once; then in the order of the transcript's steps; finish once, also after
 * a failed begin.
 */
#ifndef OMADM_PLAYER_CLIENT_H
#define OMADM_PLAYER_CLIENT_H

#include <stdbool.h>

#include <omadm/error.h>
#include <omadm/types.h>

#include "conformance/player/transcript.h"

/* How a session comes about. */
typedef enum omadm_player_start {
  OMADM_START_CLIENT = 0, /* the device's own wish: Alert 1201 */
  OMADM_START_NOTIFY, /* after the notification given by notify(): Alert 1200 */
  OMADM_START_ALERT /* because an alert waits in the outbox */
} omadm_player_start;

/* What next_request found. */
typedef enum omadm_player_outcome {
  OMADM_PLAYED_REQUEST = 0, /* there is a message; the session goes on */
  OMADM_PLAYED_DONE, /* the session is over, as the standard says */
  OMADM_PLAYED_ABORTED, /* over: Alert 1223 from either side */
  OMADM_PLAYED_REFUSED, /* over: broken off by the client: undecodable, wrong session, credentials,
                           address, transport */
  OMADM_PLAYED_OVER /* over; how cannot be seen from where the client is watched */
} omadm_player_outcome;

/* WBXML for the player, which has none of its own: both append to *out. SYNTAX with the reason. */
typedef struct omadm_player_codec {
  omadm_err (*encode)(omadm_str xml, omadm_buf *out, omadm_error *error);
  omadm_err (*decode)(omadm_str wbxml, omadm_buf *out, omadm_error *error);
} omadm_player_codec;

/* How the client is to be driven; the result must be the same whatever stands here. */
typedef struct omadm_player_mode {
  size_t struct_size;
  bool wbxml; /* the conversation is in WBXML, where the transcript does not say otherwise */
  bool follow; /* it is in the encoding of the client's first message instead */
  const omadm_player_codec *codec; /* borrowed; NULL: what needs WBXML is skipped */
  size_t chunk; /* feed received octets in pieces of so many; 0: whole */
  bool late; /* every CSP answers late, in shuffled order */
  bool copy; /* every argument of a CSP is copied through a byte buffer */
} omadm_player_mode;

/* One HTTP request of the client. Borrowed until the next call on the client. */
typedef struct omadm_player_request {
  omadm_str url;
  omadm_str content_type;
  const omadm_transcript_pair *headers; /* the others; names in lower case */
  size_t header_count;
  omadm_str body;
} omadm_player_request;

/* An answer of the server's. Borrowed until the call returns. */
typedef struct omadm_player_response {
  unsigned status; /* of HTTP */
  omadm_str content_type; /* absent: the one of the request's encoding */
  const omadm_transcript_pair *headers;
  size_t header_count;
  omadm_str body; /* may be empty */
} omadm_player_response;

/* A node as the tree holds it. Borrowed until the next call on the client. ptr is NULL for what the
 * client cannot tell. */
typedef struct omadm_player_node {
  bool absent; /* there is no such node; the rest means nothing */
  omadm_str format;
  omadm_str type;
  omadm_str acl;
  omadm_str title;
  omadm_str value;
} omadm_player_node;

/*
 * The table. A slot may be NULL, or return OMADM_E_UNSUPPORTED, where the client cannot show or do
 * it from where it stands: a read is then reported "not checked", and a step that cannot be taken
 * makes the transcript "skipped". Any other failure fails the transcript with the error's text.
 * Optional: all but begin, next_request, respond.
 */
typedef struct omadm_player_client {
  size_t struct_size;
  const char *name;
  void *self; /* first argument of each slot */

  /* What the calls up to finish belong to; said before begin. */
  void (*next_transcript)(void *self, const omadm_transcript *transcript);
  /* A fresh device as `setup` says: accounts, DDFs, nodes, clock, random, limits. setup and mode
   * live until finish. */
  omadm_err (*begin)(void *self, const omadm_transcript_setup *setup, const omadm_player_mode *mode,
                     omadm_error *error);
  /* After begin: a line about what could not be set up, for the notes; NULL where there is none
   * left. Borrowed until finish. */
  const char *(*remark)(void *self);
  /* What is known of the client before its first message: its {{device}}, the {{url}} of the first
   * account. Appended to *out; NOT_FOUND for any other name. */
  omadm_err (*known)(void *self, omadm_str name, omadm_buf *out);
  /* Starts a session with the account. The first message is fetched with next_request. */
  omadm_err (*session_begin)(void *self, omadm_str server_id, omadm_player_start start,
                             omadm_error *error);
  /* The client's next message, or how the session ended; asked again after the end it answers the
   * same. May block. */
  omadm_err (*next_request)(void *self, omadm_player_outcome *outcome,
                            omadm_player_request *request, omadm_error *error);
  /* The answer to the last request. */
  omadm_err (*respond)(void *self, const omadm_player_response *response, omadm_error *error);
  /* Cuts the connection instead of an answer. */
  omadm_err (*drop)(void *self, omadm_error *error);
  /* A notification (package 0) arrives. A rejected one is not a failure: the session that follows
   * does not begin. */
  omadm_err (*notify)(void *self, omadm_str octets, omadm_error *error);
  /* A bootstrap document arrives; the fields are those of the step. */
  omadm_err (*bootstrap)(void *self, const omadm_transcript_step *step, omadm_error *error);
  /* A CSP raises an alert; the fields are those of the step. */
  omadm_err (*raise)(void *self, const omadm_transcript_step *step, omadm_error *error);
  /* The device itself changes (or adds) a leaf. */
  omadm_err (*change)(void *self, const omadm_transcript_step *step, omadm_error *error);
  /* What the user will do at the next UI alert: the answer of the step. Several calls queue up. */
  omadm_err (*user)(void *self, omadm_str answer, omadm_error *error);
  /* Somebody at the device ends the session. */
  omadm_err (*abort)(void *self, omadm_error *error);
  /* The clock moves on, timers fire. */
  omadm_err (*advance)(void *self, unsigned seconds, omadm_error *error);
  /* An orderly stop and start on the same state. An open session is over. */
  omadm_err (*restart)(void *self, omadm_error *error);
  /* Killed where it stands, then started again on the same state. */
  omadm_err (*crash)(void *self, omadm_error *error);
  /* The node as the device sees it (no rights). An absent node is not a failure. */
  omadm_err (*read_node)(void *self, omadm_str uri, omadm_player_node *out, omadm_error *error);
  /* How many alerts wait. */
  omadm_err (*outbox_count)(void *self, size_t *out, omadm_error *error);
  /* The end of the transcript: drop the device and its state. */
  void (*finish)(void *self);
} omadm_player_client;

#endif
