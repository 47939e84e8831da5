/* SPDX-License-Identifier: MIT */
/* A server's message: decoded, its header judged, its Statuses read (OMA-TS-DM_Protocol 8.4, 8.6).
 */
#ifndef OMADM_SESSION_ACCEPT_H
#define OMADM_SESSION_ACCEPT_H

#include "omadm/session/state.h"

typedef enum verdict {
  VERDICT_RUN = 0, /* its commands are to be walked */
  VERDICT_REPEAT, /* the last message is to be sent again, as it was */
  VERDICT_OVER /* nothing of it is executed: the session is over, or will be after a farewell */
} verdict;

/* Reads the gathered body into s->message and judges it. */
verdict accept_message(omadm_session *s);

#endif
