/* SPDX-License-Identifier: MIT */
/*
 * Large objects (OMA-TS-DM_Protocol 7). One may come from the server in chunks, which go straight
 * to the tree: nothing is kept here but counts. Several may wait to be sent; they go one after the
 * other, behind all other rows, for a chunk is the last thing in its message.
 */
#ifndef OMADM_SESSION_LARGE_H
#define OMADM_SESSION_LARGE_H

#include "omadm/session/send.h"
#include "omadm/session/state.h"

void large_init(omadm_session *s);
void large_dispose(omadm_session *s);
/* Drops what came and what waits. */
void large_drop(omadm_session *s);

/* ---- large_in.c: from the server ---- */

/* Is an object on its way, or is this one? Else the two below have nothing to say. */
static inline bool large_in_concerns(const omadm_session *s, const wire_item *item) {
  return s->large_in.state != LARGE_NONE || s->large_in.ending || (item != NULL && item->more_data);
}
/* Does the command break into an object that is not complete? Then the object is gone, Alert 1225
 * says so, and the command is not to run (412). */
bool large_in_breaks(omadm_session *s, const wire_command *command);
/* The walk's Item, where it is a chunk or breaks into an object; NONE where it is neither. */
omadm_status large_in_item(omadm_session *s);
/* Has one of these members an Item that is a chunk? Its command and place, else NULL; the chunks
 * that follow are refused with this code. */
const wire_command *large_in_member(omadm_session *s, const wire_command *members,
                                    omadm_status code, size_t *item);
/* Drops what came of an object. */
void large_in_drop(omadm_session *s);
/* All commands of a message are done. */
void large_in_message_end(omadm_session *s);

/* ---- large_out.c: to the server ---- */

/* The value of a Get that is to be sent in chunks, where the tree keeps it (a snapshot, which is
 * taken over) or as an Item that fits no message. 200, 413, 5xx. */
omadm_status large_out_snapshot(omadm_session *s, omadm_str source, const omadm_answer *value);
omadm_status large_out_item(omadm_session *s, const wire_out_item *item);
/* Is one half sent? Then nothing but Statuses goes before its next chunk. */
bool large_out_begun(const omadm_session *s);
/* Writes what fits: whole objects, or one chunk. STORE: the tree no longer gives what it had. */
omadm_err large_out_write(omadm_session *s, composer *c);
/* The server's Status for an element of ours; its Alert 1225; its message is done. */
void large_out_status(omadm_session *s, uint64_t msg, uint64_t cmd, omadm_status code);
void large_out_again(omadm_session *s);
void large_out_message_end(omadm_session *s);

#endif
