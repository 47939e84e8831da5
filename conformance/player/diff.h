/* SPDX-License-Identifier: MIT */
/*
 * Two messages side by side, for a person.
 */
#ifndef OMADM_PLAYER_DIFF_H
#define OMADM_PLAYER_DIFF_H

#include <stdbool.h>

#include <omadm/error.h>
#include <omadm/types.h>

#include "conformance/player/message.h"

/*
 * Appends both, an element a line, expected on the left; the first differing place is marked.
 * columns: 80 to 160, others are taken as the nearest. Long messages are shown around the
 * difference only.
 */
omadm_err diff_write(const xmlDoc *expected, const xmlDoc *actual,
                     const message_difference *difference, unsigned columns, bool colour,
                     omadm_buf *out);

/* Appends one message, an element a line, each line after `indent`. */
omadm_err diff_write_message(const xmlDoc *message, const char *indent, omadm_buf *out);

#endif
