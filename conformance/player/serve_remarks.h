/* SPDX-License-Identifier: MIT */
/*
 * What of a transcript cannot be brought about from outside, in words. Private to the served
 * client.
 */
#ifndef OMADM_PLAYER_SERVE_REMARKS_H
#define OMADM_PLAYER_SERVE_REMARKS_H

#include "conformance/player/transcript.h"

/* Lines for the notes. Starts as all zero. */
typedef struct serve_remarks {
  char **lines; /* of this transcript */
  size_t count;
  size_t shown; /* so many were given out */
  char **mounts; /* DDFs spoken of already */
  size_t mount_count;
} serve_remarks;

/* Collects the transcript's remarks anew. A DDF is spoken of once. */
omadm_err serve_remarks_collect(serve_remarks *self, const omadm_transcript_setup *setup);

/* The next line, borrowed until the next collection; NULL behind the last. */
const char *serve_remarks_next(serve_remarks *self);

void serve_remarks_dispose(serve_remarks *self);

/* UNSUPPORTED, with a sentence, where the client has to have a limit, a quirk or further hosts:
   without it, it answers otherwise and is right. */
omadm_err serve_remarks_check_setup(const omadm_transcript_setup *setup, omadm_error *error);

/* UNSUPPORTED, with a sentence, where a step takes place inside of the client. */
omadm_err serve_remarks_check_steps(const omadm_transcript *transcript, omadm_error *error);

#endif
