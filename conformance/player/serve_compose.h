/* SPDX-License-Identifier: MIT */
/*
 * The messages of a session that the player conducts: written, and read. Private to the served
 * client.
 */
#ifndef OMADM_PLAYER_SERVE_COMPOSE_H
#define OMADM_PLAYER_SERVE_COMPOSE_H

#include "conformance/player/serve_talk.h"

/*
 * Appends the server's answer to the client's message: a Status for all that stands in it, the
 * commands, whose ids are set; Final, or with `go_on` Alert 1222 instead. SYNTAX where the message
 * has no usable header.
 */
omadm_err serve_compose(const xmlDoc *message, serve_command *commands, bool go_on, omadm_buf *out,
                        omadm_error *error);

/* Takes Statuses and Results for the commands, sent in the message `reference`, out of an answer;
 * what is found is copied into the arena. */
omadm_err serve_settle(const xmlDoc *answer, unsigned reference, serve_command *commands,
                       omadm_arena *arena);

/* The MsgID; 0 where there is none. */
unsigned serve_message_number(const xmlDoc *message);
bool serve_message_is_final(const xmlDoc *message);

#endif
