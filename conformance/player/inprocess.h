/* SPDX-License-Identifier: MIT */
/*
 * This project's client as the client under test: engine, framework and CSPs in the process, on a
 * store in memory that is thrown away, with a clock that stands still and random octets from a
 * counter.
 */
#ifndef OMADM_PLAYER_INPROCESS_H
#define OMADM_PLAYER_INPROCESS_H

#include "conformance/player/client.h"

#include <omadm/log.h>

/* Fills *client. Owned by the caller, free with omadm_inprocess_free. `log` (may be NULL) takes the
 * lines of engine and CSPs. */
omadm_err omadm_inprocess_new(const omadm_log *log, omadm_player_client *client,
                              omadm_error *error);
void omadm_inprocess_free(omadm_player_client *client);

#endif
