/* SPDX-License-Identifier: MIT */
/* Atomic and Sequence (OMA-TS-DM_RepPro 6.6.3, 6.6.14). */
#include "omadm/session/commands.h"
#include "omadm/session/reply.h"
#include "omadm/session/report.h"
#include "omadm/session/target.h"
#include "omadm/session/walk.h"

static const omadm_str nothing = {NULL, 0};

void sequence_open(omadm_session *s, const wire_command *command, answer *a) {
  a->code = OMADM_ST_OK;
  walk_push(s, command, a);
}

/* Members that cannot stand there are found before anything runs, so that nothing needs to be
 * undone for them. */
static bool structure_allows(const omadm_session *s, const wire_command *atomic) {
  for (const wire_command *c = atomic->members; c != NULL; c = c->next) {
    if (c->kind != WIRE_STATUS && command_refusal(s, WIRE_ATOMIC, c) != 0) return false;
  }
  return true;
}

/* May this Item be a member? What cannot be resolved yet may be made by an earlier member, and is
 * decided when it runs. */
static omadm_status enlist_item(omadm_session *s, const command_row *row, const wire_item *item,
                                omadm_answer *told) {
  walk *w = &s->walk;
  uint32_t quirks = 0;
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
      omadm_status status = enlist_item(s, row, item, &told);
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

void atomic_open(omadm_session *s, const wire_command *command, answer *a) {
  walk *w = &s->walk;
  walk_frame *frame = walk_push(s, command, a);
  if (frame == NULL) return;
  a->code = OMADM_ST_OK;
  if (!structure_allows(s, command) || !members_enlist(s, frame)) {
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
    return;
  }
  w->atomic = frame;
  w->n_changes = 0;
}

/* Room for one outcome a change; NULL with none. False: the session ended. */
static bool undo_room(omadm_session *s, omadm_status **undo) {
  *undo = NULL;
  if (s->walk.n_changes == 0) return true;
  *undo = omadm_arena_new(&s->arena, s->walk.n_changes, sizeof **undo);
  if (*undo == NULL) session_fail(s, OMADM_E_NOMEM);
  return *undo != NULL;
}

/* Tells each change of the Atomic what became of it; `refused` (or NO_CHANGE) keeps the code it is
 * given. */
static void tell_undone(walk_frame *frame, const omadm_status *undo, ptrdiff_t refused,
                        omadm_status code) {
  for (answer *a = frame->answer; a != NULL; a = a->next) {
    for (size_t i = 0; i < a->n_items; i++) {
      ptrdiff_t change = a->items[i].change;
      if (change == NO_CHANGE) continue;
      bool undone = undo[change] != OMADM_ST_ROLLBACK_FAILED;
      a->items[i].code = undone ? OMADM_ST_ROLLED_BACK : OMADM_ST_ROLLBACK_FAILED;
      if (change == refused) a->items[i].code = code;
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
  s->tree->rollback(s->tree->ctx, undo, w->n_changes);
  w->atomic = NULL;
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
