/* SPDX-License-Identifier: MIT */
/* Which rule of the standard a difference breaks, where that can be said without the transcript. */
#ifndef OMADM_PLAYER_RULES_H
#define OMADM_PLAYER_RULES_H

#include "conformance/player/message.h"

/* The clause; NULL where only the transcript knows. A difference that follows from another one,
 * such as a missing Status for the header, is told as that one. */
const char *rules_find(const xmlDoc *expected, const xmlDoc *actual,
                       message_difference *difference);

#endif
