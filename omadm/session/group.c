/* SPDX-License-Identifier: MIT */
/* Atomic and Sequence (OMA-TS-DM_RepPro 6.6.3, 6.6.14). */
#include <omadm/tnds.h>

#include "omadm/session/commands.h"
#include "omadm/session/large.h"
#include "omadm/session/reply.h"
#include "omadm/session/report.h"
#include "omadm/session/target.h"
#include "omadm/session/walk.h"

static const omadm_str nothing = {NULL, 0};

/* A container has to be in one message, all of it; so an object in chunks cannot be in a container
 * (OMA-TS-DM_Protocol 7). */
static bool holds_chunk(omadm_session *s, walk_frame *frame) {
  size_t item = 0;
  const wire_command *c =
      large_in_member(s, frame->container->members, OMADM_ST_NOT_SUPPORTED, &item);
  if (c == NULL) return false;
  frame->culprit = c;
  frame->culprit_item = item;
  frame->culprit_code = OMADM_ST_NOT_SUPPORTED;
  return true;
}

step sequence_open(omadm_session *s, const wire_command *command, answer *a) {
  walk_frame *frame = walk_push(s, command, a);
  if (frame == NULL) return STEP_FAIL;
  a->code = holds_chunk(s, frame) ? OMADM_ST_FAILED : OMADM_ST_OK;
  frame->skip = a->code != OMADM_ST_OK;
  if (frame->skip) report_status(s, command, nothing, a->code, nothing);
  return STEP_DONE;
}

/* Members that cannot stand there are found before anything runs, so that nothing needs to be
 * undone for them. */
static bool structure_allows(const omadm_session *s, const wire_command *atomic) {
  for (const wire_command *c = atomic->members; c != NULL; c = c->next) {
    if (c->kind != WIRE_STATUS && command_refusal(s, WIRE_ATOMIC, c) != 0) return false;
  }
  return true;
}

/* A TNDS document, which asks for each of its nodes before it changes anything. */
static bool is_document(const omadm_session *s, const wire_command *command,
                        const wire_item *item) {
  omadm_encoding encoding;
  omadm_str type = item->meta.type.ptr != NULL ? item->meta.type : command->meta.type;
  if (type.ptr == NULL) type = target_type(s, item);
  return omadm_tnds_type(type, &encoding) == OMADM_OK;
}

/* May this Item be a member? What cannot be resolved yet may be made by an earlier member, and is
 * decided when it runs. */
static omadm_status enlist_item(omadm_session *s, const wire_command *command,
                                const wire_item *item, omadm_answer *told) {
  const command_row *row = command_row_of(command->kind);
  walk *w = &s->walk;
  uint32_t quirks = 0;
  bool takes = row->verb == OMADM_VERB_ADD || row->verb == OMADM_VERB_REPLACE;
  if (takes && is_document(s, command, item)) return OMADM_ST_OK;
  omadm_status found = target_resolve(s, item, &w->uri, &quirks, &w->node);
  bool creates = row->verb == OMADM_VERB_ADD ||
                 (row->verb == OMADM_VERB_REPLACE && s->dialect->replace_creates);
  bool there = found == OMADM_ST_OK ||
               (found == OMADM_ST_NOT_FOUND && creates && w->node.format != OMADM_FORMAT_ABSENT);
  if (!there || w->uri.query != OMADM_QUERY_NONE) return OMADM_ST_OK;
  return s->tree->enlist(s->tree->ctx, &s->origin, &w->node, row->verb, told);
}

static bool members_enlist(omadm_session *s, walk_frame *frame) {
  for (const wire_command *c = frame->container->members; c != NULL; c = c->next) {
    const command_row *row = command_row_of(c->kind);
    size_t i = 0;
    if ((row->flags & COMMAND_CHANGES) == 0) continue;
    for (const wire_item *item = c->items; item != NULL; item = item->next, i++) {
      omadm_answer told = {0};
      omadm_status status = enlist_item(s, c, item, &told);
      if (status == OMADM_ST_OK) continue;
      frame->culprit = c;
      frame->culprit_item = i;
      frame->culprit_code = status >= 400 && status < 600 ? status : OMADM_ST_NOT_SUPPORTED;
      report_status(s, c, omadm_str_trim(item->target), frame->culprit_code, told.detail);
      return false;
    }
  }
  return true;
}

step atomic_open(omadm_session *s, const wire_command *command, answer *a) {
  walk *w = &s->walk;
  walk_frame *frame = walk_push(s, command, a);
  if (frame == NULL) return STEP_FAIL;
  a->code = OMADM_ST_OK;
  if (!structure_allows(s, command) || holds_chunk(s, frame) || !members_enlist(s, frame)) {
    a->code = OMADM_ST_ATOMIC_FAILED;
  } else {
    /* A parked Atomic must not keep earlier changes from being durable. */
    reply_settle(s);
    omadm_status status = s->tree->begin(s->tree->ctx, &s->origin);
    if (status != OMADM_ST_OK)
      a->code = status >= 400 && status < 600 ? status : OMADM_ST_ATOMIC_FAILED;
  }
  frame->skip = a->code != OMADM_ST_OK;
  if (frame->skip) {
    report_status(s, command, nothing, a->code, nothing);
  } else {
    w->atomic = frame;
    w->n_changes = 0;
  }
  return STEP_DONE;
}

/* Room for one outcome a change, and that of one that failed. False: the session ended. */
static bool undo_room(omadm_session *s, omadm_status **undo) {
  *undo = omadm_arena_new(&s->arena, s->walk.n_changes + 1, sizeof **undo);
  if (*undo == NULL) session_fail(s, OMADM_E_NOMEM);
  return *undo != NULL;
}

/* Could all changes of the Item be taken back? */
static bool all_undone(const answer_item *item, const omadm_status *undo) {
  for (size_t i = 0; i <= item->more_changes; i++) {
    if (undo[(size_t)item->change + i] == OMADM_ST_ROLLBACK_FAILED) return false;
  }
  return true;
}

/* Tells each change of the Atomic what became of it; `refused` (or NO_CHANGE) keeps the code it is
 * given, and a document that failed on its way its own, if what it had changed is gone. */
static void tell_undone(walk_frame *frame, const omadm_status *undo, ptrdiff_t refused,
                        omadm_status code) {
  for (answer *a = frame->answer; a != NULL; a = a->next) {
    for (size_t i = 0; i < a->n_items; i++) {
      ptrdiff_t change = a->items[i].change;
      if (change == NO_CHANGE) continue;
      bool undone = all_undone(&a->items[i], undo);
      bool is_refused =
          refused >= change && refused <= change + (ptrdiff_t)a->items[i].more_changes;
      bool failed = !omadm_status_is_success(a->items[i].code);
      if (!undone || !failed)
        a->items[i].code = undone ? OMADM_ST_ROLLED_BACK : OMADM_ST_ROLLBACK_FAILED;
      if (is_refused) a->items[i].code = code;
      a->items[i].change = NO_CHANGE;
    }
  }
  frame->answer->code = OMADM_ST_ATOMIC_FAILED;
}

void atomic_fail(omadm_session *s) {
  walk *w = &s->walk;
  walk_frame *frame = w->atomic;
  omadm_status *undo = NULL;
  if (!undo_room(s, &undo)) return;
  s->tree->rollback(s->tree->ctx, undo, w->n_changes + 1);
  w->atomic = NULL;
  if (w->index < w->answer->n_items && undo[w->n_changes] == OMADM_ST_ROLLBACK_FAILED)
    w->answer->items[w->index].code = OMADM_ST_ROLLBACK_FAILED;
  reply_fill(w->answer, w->index + 1, OMADM_ST_NOT_EXECUTED);
  tell_undone(frame, undo, NO_CHANGE, 0);
  frame->skip = true;
  report_status(s, frame->container, nothing, OMADM_ST_ATOMIC_FAILED, nothing);
}

/* All members are effective; what they changed is told only when it is durable. */
static void tell_committed(omadm_session *s, walk_frame *frame) {
  for (answer *a = frame->answer; a != NULL; a = a->next) {
    for (size_t i = 0; i < a->n_items; i++) {
      a->items[i].unsettled = a->items[i].change != NO_CHANGE;
      a->items[i].change = NO_CHANGE;
    }
  }
  frame->answer->unsettled = true;
  if (s->unsettled == NULL) s->unsettled = frame->answer;
}

void atomic_close(omadm_session *s, walk_frame *frame) {
  walk *w = &s->walk;
  omadm_status *undo = NULL;
  size_t refused = 0;
  if (!undo_room(s, &undo)) return;
  omadm_status status = s->tree->commit(s->tree->ctx, &refused, undo, w->n_changes);
  w->atomic = NULL;
  if (status == OMADM_ST_OK) {
    tell_committed(s, frame);
  } else {
    bool known = refused < w->n_changes && status >= 400 && status < 600;
    tell_undone(frame, undo, known ? (ptrdiff_t)refused : NO_CHANGE, status);
  }
  report_status(s, frame->container, nothing, frame->answer->code, nothing);
}
