/* SPDX-License-Identifier: MIT */
/* Late answers: the one operation that a session may wait for, and its deadlines. */
#ifndef OMADM_SESSION_LATE_H
#define OMADM_SESSION_LATE_H

#include "omadm/session/state.h"

/* Remembers the token of a verb that answered PENDING. Returns PENDING; 500 for a token of 0. */
omadm_status late_wait(omadm_session *s, omadm_token token);

/* True where the answer waited for has arrived: *status and walk.reply are it, once. */
bool late_take(omadm_session *s, omadm_status *status);
/* The same for a task that notes in *waiting whether it asked: an answer to somebody else's
 * question is not taken. */
bool late_take_asked(omadm_session *s, bool *waiting, omadm_status *status);

/* When the commands of the message being walked have taken too long together. */
int64_t late_message_end(const omadm_session *s);

/* Parks the session until the answer or the deadline of the running command. */
void late_park(omadm_session *s);

/* The deadline has passed: cancels, and makes up the answer. 202 for an Exec, which goes on and is
   told by an alert; else 500. */
void late_expire(omadm_session *s);

/* Gives up what is waited for, without an answer. */
void late_cancel(omadm_session *s);

#endif
