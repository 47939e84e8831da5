/* SPDX-License-Identifier: MIT */
/*
 * The player: plays a transcript against a client under test and says whether the two agree.
 */
#ifndef OMADM_PLAYER_PLAYER_H
#define OMADM_PLAYER_PLAYER_H

#include "conformance/player/client.h"
#include "conformance/player/transcript.h"

typedef enum omadm_player_verdict {
  OMADM_VERDICT_PASSED = 0,
  OMADM_VERDICT_FAILED,
  OMADM_VERDICT_SKIPPED /* not playable here: the encoding, or a step that only the inside can take
                         */
} omadm_player_verdict;

/* What came of one transcript. Dispose with omadm_player_result_dispose. */
typedef struct omadm_player_result {
  omadm_player_verdict verdict;
  omadm_buf reason; /* FAILED, SKIPPED: one line, "file:line: …"; no newline */
  omadm_buf details; /* FAILED: lines, the two messages side by side; may be empty */
  omadm_buf notes; /* lines: "not checked: …" */
} omadm_player_result;

typedef struct omadm_player_options {
  size_t struct_size;
  omadm_player_mode mode;
  unsigned columns; /* width for details; 0: 120 */
  bool colour;
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
