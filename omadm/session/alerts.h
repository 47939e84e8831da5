/* SPDX-License-Identifier: MIT */
/* The outbox: alerts that ride on messages which must be sent anyway (OMA-TS-DM_Protocol 8.7). */
#ifndef OMADM_SESSION_ALERTS_H
#define OMADM_SESSION_ALERTS_H

#include "omadm/session/send.h"

/* Writes the waiting alerts that fit and were not sent in this session. */
omadm_err alerts_write(omadm_session *s, composer *c);

/* A Status of the server; tells the outbox where it answers an alert. */
void alerts_status(omadm_session *s, uint64_t msg_ref, uint64_t cmd_ref, omadm_status status);

#endif
