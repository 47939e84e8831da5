/* SPDX-License-Identifier: MIT */
/*
 * The table of commands: what each may do where, and who runs it. A command runs Item by Item; an
 * Item's function is called again after a late answer and finds its place in the walk.
 */
#ifndef OMADM_SESSION_COMMANDS_H
#define OMADM_SESSION_COMMANDS_H

#include "omadm/session/state.h"

enum {
  COMMAND_IN_ATOMIC = 1 << 0,
  COMMAND_IN_SEQUENCE = 1 << 1,
  COMMAND_NEEDS_DATA = 1 << 2, /* each Item, unless its Format is null */
  COMMAND_CHANGES = 1 << 3 /* may be a member of a transaction */
};

struct command_row {
  unsigned flags;
  omadm_status refused; /* answered in any case; 0: it runs */
  /* A container or an Alert: does all of it, gives codes to the answer. WAIT or PAUSE: it is called
   * again. NULL: the command runs by Items. */
  step (*whole)(omadm_session *s, const wire_command *command, answer *a);
  /* The current Item of the walk. PENDING: called again when the answer has come. */
  omadm_status (*item)(omadm_session *s);
  omadm_verb verb;
  unsigned right; /* OMADM_ACCESS_*, of DDF and ACL */
  omadm_status present; /* where the node exists; 0: it runs */
  omadm_status absent; /* where it does not; 0: it runs */
  omadm_status property; /* for ?prop=; 0: it runs */
};

/* The row of a kind; lives for ever. */
const command_row *command_row_of(wire_kind kind);

/* Why a command is not even begun in a frame of that kind (WIRE_UNKNOWN: the body): 0, or the code
 * that it is answered with. */
omadm_status command_refusal(const omadm_session *s, wire_kind frame, const wire_command *command);

/* The functions of the table: get.c, change.c, copy.c, server_alert.c, group.c. */
omadm_status get_item(omadm_session *s);
omadm_status add_item(omadm_session *s);
omadm_status replace_item(omadm_session *s);
omadm_status delete_item(omadm_session *s);
omadm_status exec_item(omadm_session *s);
omadm_status copy_item(omadm_session *s);
step server_alert(omadm_session *s, const wire_command *command, answer *a);
step atomic_open(omadm_session *s, const wire_command *command, answer *a);
step sequence_open(omadm_session *s, const wire_command *command, answer *a);

/* Asks the tree for the change of the walk's Item, or takes its late answer, and notes what was
 * accepted (change.c). */
/* What Meta says of the value of the walk's Item, whose octets come in chunks; *base64: they come
 * in base64. 200 or 415. change.c */
omadm_status change_read_head(omadm_session *s, omadm_value *head, bool *base64);
omadm_status change_run(omadm_session *s, omadm_status (*ask)(omadm_session *s));

#endif
