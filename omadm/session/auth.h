/* SPDX-License-Identifier: MIT */
/*
 * Who proves what to whom (OMA-TS-DM_Protocol 9, OMA-TS-DM_Security 5.3-5.4): the two directions
 * are independent of each other. Until a server that must prove itself has done so, nothing of its
 * message counts but what both sides need to do it: its challenge, and where the answer goes.
 */
#ifndef OMADM_SESSION_AUTH_H
#define OMADM_SESSION_AUTH_H

#include "omadm/session/state.h"

/* Reads the credentials of both sides from the host. auth_end wipes them. */
omadm_err auth_begin(omadm_session *s, omadm_error *error);
void auth_end(omadm_session *s);

/* A header of the server that is accepted as such: is it the server's? Sets the code of its Status.
 */
void auth_judge(omadm_session *s);
/* The server's Status for our header. False: the session ended. */
bool auth_status(omadm_session *s, const wire_command *status, uint64_t code);
/* After all Statuses: what becomes of the commands, and which nonces are kept. False: the session
 * ended, or gives up. */
bool auth_conclude(omadm_session *s);

/* Before a message is composed: credentials and challenge, the nonce of which is kept first. */
omadm_err auth_prepare(omadm_session *s);
/* What goes into the header, and into the Status for the server's header. */
void auth_header(const omadm_session *s, wire_out_header *header);
void auth_challenge(const omadm_session *s, wire_out_status *status);
/* After a message was composed: its x-syncml-hmac. */
omadm_err auth_sign(omadm_session *s);

/* Package 1 goes again, as the server asked for credentials. True once. */
bool auth_repeats(omadm_session *s);
/* May alerts of the device go with the next message? */
static inline bool auth_may_tell(const omadm_session *s) {
  return s->auth.denied == 0 || s->auth.client.challenged;
}

/* Does the next message go to a server that has proved itself with the one it answers, or to nobody
 * known yet (package 1)? */
static inline bool auth_knows(const omadm_session *s) {
  return !s->header.present || s->auth.server.trusted;
}
/* Else what waits of messages before stays where it is: only what answers that message goes out,
 * and, where it asks for our credentials, package 1 (OMA-TS-DM_Protocol 9.1). */
static inline bool auth_holds(const omadm_session *s) {
  return !auth_knows(s) && !s->auth.client.challenged;
}

/* The two directions, for auth.c. */
void auth_client_prepare(omadm_session *s, omadm_err *err);
void auth_server_prepare(omadm_session *s, omadm_err *err);
/* Keeps the nonce that the server gave us. */
void auth_client_keep(omadm_session *s);
void auth_server_keep(omadm_session *s, bool has_commands);

/* A nonce or digest as it comes: base64; OPAQUE of WBXML whose Format is not b64 may be the octets
 * themselves. SYNTAX, LIMIT. */
omadm_err auth_decode(const wire_meta *meta, omadm_str text, omadm_buf *out);

#endif
