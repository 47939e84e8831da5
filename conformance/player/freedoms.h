/* SPDX-License-Identifier: MIT */
/*
 * What the standard leaves to a client. A transcript shows the choices of this project's own
 * client; another one that chooses otherwise is right too.
 */
#ifndef OMADM_PLAYER_FREEDOMS_H
#define OMADM_PLAYER_FREEDOMS_H

#include <libxml/tree.h>

#include <omadm/error.h>
#include <omadm/types.h>

#include "conformance/player/bindings.h"

/*
 * Takes out of both messages what is left to the client (the table in freedoms.c says what, and by
 * which clause), so that they compare as equal where nothing else differs. What must not differ
 * stays. `ids` learns the CmdIDs that the client chose in place of those of the transcript.
 */
void freedoms_take(xmlDoc *expected, xmlDoc *actual, bindings *ids);

/* Appends a message of the server's, its references to commands of the client's being to the CmdIDs
 * that the client chose. */
omadm_err freedoms_refer(const bindings *ids, omadm_str message, omadm_buf *out);

#endif
