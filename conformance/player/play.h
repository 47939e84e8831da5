/* SPDX-License-Identifier: MIT */
/*
 * One play in progress: what the steps and the checks at the end share. Private to the player.
 */
#ifndef OMADM_PLAYER_PLAY_H
#define OMADM_PLAYER_PLAY_H

#include <libxml/tree.h>

#include "conformance/player/bindings.h"
#include "conformance/player/grammar.h"
#include "conformance/player/player.h"

typedef struct play {
  const omadm_transcript *transcript;
  const omadm_player_client *client;
  omadm_player_options options;
  omadm_player_result *result;
  omadm_grammar *grammar;
  bindings names;
  bindings ids; /* "MsgID/CmdID" of the transcript: the CmdID that the client chose instead */
  bool open; /* a session is under way */
  bool waiting; /* the client waits for an answer */
  bool wbxml; /* the conversation is in WBXML */
  bool expects_wbxml; /* so is the next message of the client's */
  bool begun; /* the client has sent a message in this session */
  omadm_player_outcome outcome; /* of the last session that is over */
} play;

/* All return true where the play goes on. On false the verdict is in result. */
bool play_fail(play *self, int line, const char *format, ...) OMADM_PRINTF(3, 4);
bool play_skip(play *self, int line, const char *format, ...) OMADM_PRINTF(3, 4);
void play_note(play *self, const char *format, ...) OMADM_PRINTF(2, 3);

/* What a slot answered: fails, or skips where it is UNSUPPORTED. */
bool play_check(play *self, int line, const char *what, omadm_err err, const omadm_error *error);

/* Whether the transcript can be played in this encoding at all. */
bool play_check_encoding(play *self, bool wbxml);

/* One step. */
bool play_step(play *self, const omadm_transcript_step *step);

/* A <client> step: fetches the message and compares it (exchange.c). */
bool play_client(play *self, const omadm_transcript_step *step);
bool play_server(play *self, const omadm_transcript_step *step);

/* The session must be over now; `line` is where the transcript says so. */
bool play_session_over(play *self, int line);

/* <after>. */
bool play_after(play *self);

#endif
