/* SPDX-License-Identifier: MIT */
/* Composing messages from the queue, under the server's MaxMsgSize (OMA-TS-DM_Protocol 6). */
#ifndef OMADM_SESSION_SEND_H
#define OMADM_SESSION_SEND_H

#include "omadm/session/state.h"

/* A message being written. */
typedef struct composer {
  wire_writer writer;
  uint64_t next_id;
  char id[OMADM_U64_DIGITS]; /* decimal of next_id */
  bool commands; /* something other than Statuses was written */
} composer;

/* The CmdID for the next element; it is used up by composer_used. */
omadm_str composer_id(composer *c);
void composer_used(composer *c);

/* Writes the next message and lends it: SEND. DONE where nothing needs to be said any more, or
 * where it cannot be said. */
omadm_step send_reply(omadm_session *s, omadm_out *out);

/* Lends the last message again, because the server repeated itself or could not be understood; this
 * counts as a round. */
omadm_step send_again(omadm_session *s, omadm_out *out);

/* Writes the last message: Alert 1223, with a Status for the header where one is due. After
 * session_give_up. */
omadm_step send_farewell(omadm_session *s, omadm_out *out);

/* Lends what was composed. */
void send_lend(omadm_session *s, omadm_out *out);

/* Would this Results Item fit a message of its own? */
bool send_fits_alone(omadm_session *s, const answer *a, const wire_out_item *item);

/* Can the smallest answer be sent under the server's MaxMsgSize? */
bool send_fits_anything(omadm_session *s);

#endif
