/* SPDX-License-Identifier: MIT */
/* Finds CmdIDs that name two commands of a message (OMA-TS-SyncML_RepPro 6.1.4). */
#ifndef OMADM_WIRE_IDS_H
#define OMADM_WIRE_IDS_H

#include "omadm/wire/build.h"

/* A command, and what finding duplicates needs. */
struct built_command {
  wire_command command; /* first: a wire_command of a message is one of these */
  built_command *previous; /* in the document; later, in a sorted list */
  size_t number; /* in the document */
  const char *noted; /* its CmdID when it was noted */
};

/* The CmdID of a command is known. Ids that only ever grow, as those of most servers do, cost
 * nothing more. */
void wire_ids_note(wire_build *b, wire_command *command);

/* Flags all but the first command of each CmdID. */
void wire_ids_mark_duplicates(wire_build *b);

#endif
