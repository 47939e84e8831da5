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
  omadm_str cred, chal; /* XML of the header, and of the Status for the device's; may be empty */
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
/* Gives the command, and those in it, a CmdID where it has none, which stays in the document. */
omadm_err compose_complete(compose *self, xmlNode *command);
/* The command as it stands. */
omadm_err compose_command(compose *self, const xmlNode *command);

/* A piece of the value of a command's only Item. */
typedef struct compose_chunk {
  omadm_str data;
  size_t size; /* of the whole value; 0: not said */
  bool more; /* it is not the last */
} compose_chunk;

/* The command with that piece in place of its value. */
omadm_err compose_piece(compose *self, const xmlNode *command, const compose_chunk *chunk);
omadm_err compose_end(compose *self, bool final);

#endif
