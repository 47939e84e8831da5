/* SPDX-License-Identifier: MIT */
/*
 * What a client's message tells at a glance: where a session begins and ends, and in which dialect.
 * Private to the served client.
 */
#ifndef OMADM_PLAYER_SERVE_LOOK_H
#define OMADM_PLAYER_SERVE_LOOK_H

#include "conformance/player/listener.h"

typedef enum serve_dialect {
  SERVE_DIALECT_UNKNOWN = 0, /* nothing of package 1 tells */
  SERVE_DIALECT_OMA,
  SERVE_DIALECT_WINDOWS
} serve_dialect;

typedef struct serve_glance {
  bool first; /* MsgID 1 */
  bool later; /* another MsgID */
  bool aborts; /* carries Alert 1223 */
  serve_dialect dialect; /* of a first message */
} serve_glance;

/* All false for what cannot be read. The codec may be NULL. */
serve_glance serve_look_into(const omadm_player_codec *codec, omadm_str body);

/*
 * Waits for a message that can begin a session; what is left of a session that was given up is cut
 * off. The request stays with the listener. TIMEOUT, with a sentence, after so many seconds.
 */
omadm_err serve_look_for_first(omadm_listener *listener, const omadm_player_codec *codec,
                               unsigned seconds, omadm_player_request *request, serve_glance *seen,
                               omadm_error *error);

/* Whether the client speaks what the transcript's account asks for. UNSUPPORTED, with a sentence,
 * where it visibly does not. An absent id is the first account. */
omadm_err serve_look_at_dialect(serve_dialect found, const omadm_transcript_setup *setup,
                                omadm_str server_id, omadm_error *error);

#endif
