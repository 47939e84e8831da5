/* SPDX-License-Identifier: MIT */
/*
 * What is answered: while a message is walked, one answer a command; at its end, rows of the queue
 * that send.c empties into messages. Where memory is short the session ends and NULL or false is
 * returned.
 */
#ifndef OMADM_SESSION_REPLY_H
#define OMADM_SESSION_REPLY_H

#include "omadm/session/state.h"

/* A new answer at the end of this message's, with one entry for each Item and all codes NONE. */
answer *reply_answer(omadm_session *s, const wire_command *command);

/* Gives a code to the command and to each of its Items from `index` on. */
void reply_fill(answer *a, size_t index, omadm_status code);

/*
 * Adds the value of a Get to the answer of the running command: its Status is then 200. One that
 * fits no message of the server's size goes in chunks; a snapshot is taken over. 413 where it is
 * larger than the server's MaxObjSize, or all values together pass half of limits.decoded.
 */
omadm_status reply_result(omadm_session *s, omadm_str source, const omadm_answer *value);

/* Meta of a value in this dialect; spans are the value's. */
wire_out_meta reply_meta(const omadm_session *s, const omadm_answer *value, bool base64);

/* How a value is told in this dialect: Meta, and base64 for bin. Copied into the reply's arena. */
omadm_err reply_item(omadm_session *s, omadm_str source, const omadm_answer *value,
                     wire_out_item *item);

/* Notes an accepted change of the running Item: not durable yet, or a part of the open Atomic. */
void reply_changed(omadm_session *s);

/* The running Item failed at a node above its target: the Status gets an Item whose Target names it
 * (OMA-TS-DM_RepPro 6.6.1). */
void reply_name_parent(omadm_session *s, omadm_str uri);

/* Makes accepted changes durable, if there are any; where that fails, each Status that tells of one
 * becomes the failure. */
void reply_settle(omadm_session *s);

/* The answers of this message become rows, before what is queued of an earlier one. False: no
 * memory. */
bool reply_finish(omadm_session *s);

/* A new row at the end of the queue. */
reply_row *reply_row_add(omadm_session *s, row_kind kind);

/* Takes the first row from the queue. */
void reply_row_drop(omadm_session *s);

/* Forgets all rows and answers. */
void reply_clear(omadm_session *s);

#endif
