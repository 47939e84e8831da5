/* SPDX-License-Identifier: MIT */
#include "omadm/session/commands.h"

#include "omadm/session/report.h"

/* OMA-TS-DM_RepPro 6.6; what DM leaves out of SyncML is an optional feature that is not supported,
 * 406. */
static const command_row rows[WIRE_KINDS] = {
    [WIRE_UNKNOWN] = {.refused = OMADM_ST_NOT_IMPLEMENTED},
    [WIRE_ADD] = {.flags = COMMAND_IN_ATOMIC | COMMAND_IN_SEQUENCE | COMMAND_CHANGES,
                  .item = add_item,
                  .verb = OMADM_VERB_ADD,
                  .right = OMADM_ACCESS_ADD,
                  .present = OMADM_ST_EXISTS,
                  .property = OMADM_ST_NOT_ALLOWED},
    [WIRE_ALERT] = {.flags = COMMAND_IN_ATOMIC | COMMAND_IN_SEQUENCE, .whole = server_alert},
    [WIRE_ATOMIC] = {.flags = COMMAND_IN_SEQUENCE, .whole = atomic_open},
    [WIRE_COPY] = {.flags = COMMAND_IN_ATOMIC | COMMAND_IN_SEQUENCE | COMMAND_CHANGES,
                   .item = copy_item,
                   .verb = OMADM_VERB_COPY,
                   .right = OMADM_ACCESS_REPLACE,
                   .absent = OMADM_ST_NOT_FOUND,
                   .property = OMADM_ST_NOT_ALLOWED},
    [WIRE_DELETE] = {.flags = COMMAND_IN_ATOMIC | COMMAND_IN_SEQUENCE | COMMAND_CHANGES,
                     .item = delete_item,
                     .verb = OMADM_VERB_DELETE,
                     .right = OMADM_ACCESS_DELETE,
                     .absent = OMADM_ST_NOT_FOUND,
                     .property = OMADM_ST_NOT_ALLOWED},
    [WIRE_EXEC] = {.flags = COMMAND_IN_ATOMIC | COMMAND_IN_SEQUENCE | COMMAND_CHANGES,
                   .item = exec_item,
                   .verb = OMADM_VERB_EXEC,
                   .right = OMADM_ACCESS_EXEC,
                   .absent = OMADM_ST_NOT_FOUND,
                   .property = OMADM_ST_NOT_ALLOWED},
    [WIRE_GET] = {.flags = COMMAND_IN_SEQUENCE,
                  .item = get_item,
                  .verb = OMADM_VERB_GET,
                  .right = OMADM_ACCESS_GET,
                  .absent = OMADM_ST_NOT_FOUND},
    [WIRE_MAP] = {.refused = OMADM_ST_NOT_SUPPORTED},
    [WIRE_MOVE] = {.refused = OMADM_ST_NOT_SUPPORTED},
    [WIRE_PUT] = {.refused = OMADM_ST_NOT_SUPPORTED},
    [WIRE_REPLACE] = {.flags = COMMAND_IN_ATOMIC | COMMAND_IN_SEQUENCE | COMMAND_NEEDS_DATA |
                               COMMAND_CHANGES,
                      .item = replace_item,
                      .verb = OMADM_VERB_REPLACE,
                      .right = OMADM_ACCESS_REPLACE,
                      .absent = OMADM_ST_NOT_FOUND},
    [WIRE_RESULTS] = {.refused = OMADM_ST_NOT_SUPPORTED},
    [WIRE_SEARCH] = {.refused = OMADM_ST_NOT_SUPPORTED},
    [WIRE_SEQUENCE] = {.whole = sequence_open},
    [WIRE_STATUS] = {.refused = OMADM_ST_BAD_REQUEST}, /* read before, and never answered */
    [WIRE_SYNC] = {.refused = OMADM_ST_NOT_SUPPORTED},
};

const command_row *command_row_of(wire_kind kind) {
  return &rows[kind < WIRE_KINDS ? kind : WIRE_UNKNOWN];
}

omadm_status command_refusal(const omadm_session *s, wire_kind frame, const wire_command *command) {
  const command_row *row = command_row_of(command->kind);
  /* CmdRef 0 means the header, so that no command can have it (OMA-TS-SyncML_RepPro 6.1.4). */
  if (command->cmd_id.len == 0 || omadm_str_is(command->cmd_id, "0")) return OMADM_ST_BAD_REQUEST;
  if (command->kind == WIRE_UNKNOWN) return (omadm_status)s->dialect->unknown_command;
  if (row->refused != 0) return row->refused;
  if (command->kind == WIRE_COPY && !s->dialect->copy) return OMADM_ST_NOT_SUPPORTED;
  /* OMA-TS-DM_RepPro 6.6.3: what cannot stand in an Atomic is 500; a Sequence in a Sequence
   * likewise. */
  if (frame == WIRE_ATOMIC && (row->flags & COMMAND_IN_ATOMIC) == 0) return OMADM_ST_FAILED;
  if (frame == WIRE_SEQUENCE && (row->flags & COMMAND_IN_SEQUENCE) == 0) return OMADM_ST_FAILED;
  if (row->item != NULL && command->n_items == 0) return OMADM_ST_INCOMPLETE;
  return quirks_refused(s, command->quirks) ? OMADM_ST_BAD_REQUEST : 0;
}
