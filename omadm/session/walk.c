/* SPDX-License-Identifier: MIT */
#include "omadm/session/walk.h"

#include "omadm/session/commands.h"
#include "omadm/session/large.h"
#include "omadm/session/late.h"
#include "omadm/session/reply.h"
#include "omadm/session/report.h"

static const omadm_str nothing = {NULL, 0};

walk_frame *walk_push(omadm_session *s, const wire_command *container, answer *a) {
  walk_frame *frame = omadm_arena_new(&s->arena, 1, sizeof *frame);
  if (frame == NULL) {
    session_fail(s, OMADM_E_NOMEM);
    return NULL;
  }
  frame->parent = s->walk.top;
  frame->container = container;
  frame->next = container != NULL ? container->members : s->message->commands;
  frame->answer = a;
  s->walk.top = frame;
  return frame;
}

step walk_begin(omadm_session *s) {
  walk *w = &s->walk;
  w->top = NULL;
  w->command = NULL;
  w->atomic = NULL;
  w->message_began = s->now;
  walk_frame *body = walk_push(s, NULL, NULL);
  if (body == NULL) return STEP_FAIL;
  /* Who has not proved to be the server gets nothing done (OMA-TS-DM_Protocol 9). */
  body->skip = s->auth.denied != 0;
  return STEP_DONE;
}

static void item_begin(walk *w) {
  w->located = false;
  w->called = false;
  w->steps = 0;
  w->reply.detail = nothing;
}

/* The members of a container that does not run are answered one by one, and not run either. */
static void answer_unrun(omadm_session *s, const wire_command *command, answer *a,
                         omadm_status code) {
  reply_fill(a, 0, code);
  if (code != OMADM_ST_NOT_EXECUTED) report_status(s, command, nothing, code, nothing);
  if (command->members == NULL) return;
  walk_frame *frame = walk_push(s, command, a);
  if (frame != NULL) frame->skip = true;
}

static void skip_command(omadm_session *s, walk_frame *frame, wire_kind kind,
                         const wire_command *command, answer *a) {
  omadm_status code = s->auth.denied != 0 ? s->auth.denied : command_refusal(s, kind, command);
  bool to_blame = frame->culprit == command && code == 0;
  answer_unrun(s, command, a, code != 0 ? code : OMADM_ST_NOT_EXECUTED);
  if (to_blame && frame->culprit_item < a->n_items)
    a->items[frame->culprit_item].code = frame->culprit_code;
}

static void command_begin(omadm_session *s, walk_frame *frame, const wire_command *command) {
  walk *w = &s->walk;
  /* A Status is never answered (OMA-TS-SyncML_RepPro 6.4.1); those of the body were read before. */
  if (command->kind == WIRE_STATUS) return;
  s->result.commands++;
  answer *a = reply_answer(s, command);
  if (a == NULL) return;
  if (command->quirks != 0) report_quirks(s, command->quirks, command, nothing);
  wire_kind kind = frame->container != NULL ? frame->container->kind : WIRE_UNKNOWN;
  if (frame->skip) {
    skip_command(s, frame, kind, command, a);
    return;
  }
  if (large_in_concerns(s, NULL) && large_in_breaks(s, command)) {
    answer_unrun(s, command, a, OMADM_ST_INCOMPLETE);
    return;
  }
  omadm_status refusal = command_refusal(s, kind, command);
  if (refusal != 0) {
    answer_unrun(s, command, a, refusal);
    return;
  }
  w->row = command_row_of(command->kind);
  w->answer = a;
  w->index = 0;
  w->command = command;
  w->item = command->items;
  w->command_began = s->now;
  s->origin.cmd_ref = command->cmd_id;
  s->origin.correlator = s->dialect->correlator ? command->correlator : nothing;
  item_begin(w);
}

/* What a tree may not say to a server is an error of the tree. */
static omadm_status sendable(const omadm_session *s, omadm_status status) {
  if (status >= 200 && status < 600) return status;
  omadm_log_line(s->log, OMADM_LOG_ERROR, "session",
                 "the tree answered %u, which is no response code", status);
  return OMADM_ST_FAILED;
}

static omadm_status out_of_time(omadm_session *s) {
  s->walk.reply.detail = (omadm_str)OMADM_STR("message-time has passed");
  return OMADM_ST_FAILED;
}

omadm_status walk_step(omadm_session *s) {
  walk *w = &s->walk;
  if (w->steps == 0 && s->now >= late_message_end(s)) return out_of_time(s);
  if (w->steps++ < WALK_SLICE) return OMADM_ST_OK;
  w->steps = 0;
  w->paused = true;
  return OMADM_ST_PENDING;
}

/* The time for this message is over: what is left of it is answered without being asked. */
static omadm_status item_ask(omadm_session *s) {
  walk *w = &s->walk;
  if (!w->called && s->now >= late_message_end(s)) return out_of_time(s);
  /* What is done has to be told: nothing more is done while there is hardly room to tell it. */
  if (!w->called && s->reply_octets > s->config.limits.decoded / 4 * 3) {
    w->reply.detail = (omadm_str)OMADM_STR("too many answers wait for the server");
    return OMADM_ST_TOO_LARGE;
  }
  if (!large_in_concerns(s, w->item)) return w->row->item(s);
  omadm_status status = large_in_item(s);
  return status != OMADM_ST_NONE ? status : w->row->item(s);
}

static step item_run(omadm_session *s) {
  walk *w = &s->walk;
  w->paused = false;
  omadm_status status = item_ask(s);
  if (s->state == STATE_DONE) return STEP_FAIL;
  if (status == OMADM_ST_PENDING) return w->paused ? STEP_PAUSE : STEP_WAIT;
  status = sendable(s, status);
  w->answer->items[w->index].code = status;
  report_status(s, w->command, w->answer->items[w->index].target, status, w->reply.detail);
  if (w->atomic != NULL && !omadm_status_is_success(status)) {
    atomic_fail(s);
    w->command = NULL;
    return STEP_DONE;
  }
  w->item = w->item->next;
  w->index++;
  item_begin(w);
  if (w->item == NULL || w->index >= w->answer->n_items) w->command = NULL;
  return STEP_DONE;
}

/* A container, which opens a frame, or an Alert. */
static step whole_run(omadm_session *s) {
  walk *w = &s->walk;
  const walk_frame *frame = w->top;
  answer *a = w->answer;
  step r = w->row->whole(s, w->command, a);
  if (r != STEP_DONE) return r;
  w->command = NULL;
  if (w->atomic == frame && frame != NULL && a->code != OMADM_ST_OK) atomic_fail(s);
  return STEP_DONE;
}

static void frame_close(omadm_session *s) {
  walk *w = &s->walk;
  walk_frame *frame = w->top;
  w->top = frame->parent;
  if (frame == w->atomic) atomic_close(s, frame);
}

step walk_run(omadm_session *s) {
  walk *w = &s->walk;
  for (unsigned items = 0; s->state != STATE_DONE;) {
    if (w->command != NULL) {
      /* The caller has a clock and may want to stop; a long message gives it the chance. */
      if (items++ == WALK_SLICE) return STEP_PAUSE;
      step r = w->row->whole != NULL ? whole_run(s) : item_run(s);
      if (r != STEP_DONE) return r;
    } else if (w->top == NULL) {
      return STEP_DONE;
    } else if (w->top->next == NULL) {
      frame_close(s);
    } else {
      const wire_command *command = w->top->next;
      w->top->next = command->next;
      command_begin(s, w->top, command);
    }
  }
  return STEP_FAIL;
}
