/* SPDX-License-Identifier: MIT */
/*
 * The player: plays a transcript against a client under test and says whether the two agree.
 */
#ifndef OMADM_PLAYER_PLAYER_H
#define OMADM_PLAYER_PLAYER_H

#include <libxml/tree.h>

#include "conformance/player/client.h"
#include "conformance/player/grammar.h"
#include "conformance/player/transcript.h"

typedef enum omadm_player_verdict {
  OMADM_VERDICT_PASSED = 0,
  OMADM_VERDICT_FAILED,
  OMADM_VERDICT_SKIPPED, /* not playable here: a step that only the inside can take, a plugin */
  OMADM_VERDICT_OTHER_ENCODING /* it makes sense in the other encoding only */
} omadm_player_verdict;

/* What came of one transcript. Dispose with omadm_player_result_dispose. */
typedef struct omadm_player_result {
  omadm_player_verdict verdict;
  omadm_buf reason; /* not PASSED: one line, "file:line: …"; no newline */
  omadm_buf details; /* FAILED: lines, the two messages side by side; may be empty */
  omadm_buf notes; /* lines: "not checked: …" */
  const char *clause; /* FAILED: of the rule that is broken; NULL: that of the transcript */
} omadm_player_result;

/* A message of the client's that agreed with its step. Everything is borrowed until it returns. */
typedef void (*omadm_player_watch)(void *ctx, const omadm_transcript_step *step,
                                   const omadm_player_request *request, const xmlDoc *message);

typedef struct omadm_player_options {
  size_t struct_size;
  omadm_player_mode mode;
  unsigned columns; /* width for details; 0: 120 */
  bool colour;
  bool freedoms; /* what the standard leaves to the client may differ (freedoms.h) */
  omadm_grammar *grammar; /* borrowed, for those who play many; NULL: one is made for this play */
  omadm_player_watch watch; /* may be NULL */
  void *watch_ctx;
} omadm_player_options;

/*
 * Plays it. Fills *out, which need not be initialised, in any case. Returns OMADM_OK whenever there
 * is a verdict, also a failed one; NOMEM otherwise.
 */
omadm_err omadm_player_play(const omadm_transcript *transcript, const omadm_player_client *client,
                            const omadm_player_options *options, omadm_player_result *out,
                            omadm_error *error);

/* Releases what the result holds. */
void omadm_player_result_dispose(omadm_player_result *result);

#endif
