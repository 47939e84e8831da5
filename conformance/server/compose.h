/* SPDX-License-Identifier: MIT */
/*
 * The server's messages.
 */
#ifndef OMADM_SERVER_COMPOSE_H
#define OMADM_SERVER_COMPOSE_H

#include <stdbool.h>

#include <libxml/tree.h>

#include <omadm/error.h>
#include <omadm/types.h>

typedef struct compose {
  omadm_buf *out;
  const xmlNode *package; /* whose CmdIDs are taken; NULL: none */
  unsigned last_id; /* the last CmdID given */
} compose;

/* Begins a message: header, <SyncBody>. */
omadm_err compose_begin(compose *self, const char *session_id, unsigned message_id,
                        const char *target, const char *source);
/* A Status; target and source may be NULL. */
omadm_err compose_status(compose *self, const char *message_ref, const char *command_ref,
                         const char *command, const char *target, const char *source,
                         unsigned code);
/* An Alert without Item. */
omadm_err compose_alert(compose *self, unsigned code);
/* The package's commands. Those without CmdID get one, which stays in the document. */
omadm_err compose_package(compose *self, xmlNode *package);
omadm_err compose_end(compose *self, bool final);

#endif
