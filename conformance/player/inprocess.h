/* SPDX-License-Identifier: MIT */
/*
 * This project's client as the client under test: engine, framework and CSPs in the process, on a
 * store in memory that is thrown away, with a clock that stands still and random octets from a
 * counter. There is no network. Jobs of CSPs run while nothing else is left to do: where a session
 * waits for them, and before the next one begins.
 */
#ifndef OMADM_PLAYER_INPROCESS_H
#define OMADM_PLAYER_INPROCESS_H

#include "conformance/player/client.h"

#include <omadm/framework.h>
#include <omadm/log.h>

/* Borrowed for the client's life, as is what it points to. */
typedef struct omadm_inprocess_config {
  size_t struct_size;
  const omadm_log *log; /* takes the lines of engine and CSPs; may be NULL */
  /* Folders in which <plugin name="X"/> finds X.so, in this order. A transcript whose plugin is in
     none of them is skipped. */
  const char *const *plugins;
  size_t plugin_count;
  const omadm_isolation *isolation; /* plugins have a process of their own; NULL: they have not */
} omadm_inprocess_config;

/* WBXML by this project's own <omadm/wbxml.h>: binary values go as octets, serialised trees as
 * documents of their own. */
extern const omadm_player_codec omadm_inprocess_codec;

/* Fills *client. Owned by the caller, free with omadm_inprocess_free. */
omadm_err omadm_inprocess_new(const omadm_inprocess_config *config, omadm_player_client *client,
                              omadm_error *error);
void omadm_inprocess_free(omadm_player_client *client);

#endif
