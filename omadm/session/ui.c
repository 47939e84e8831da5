/* SPDX-License-Identifier: MIT */
#include "omadm/session/ui.h"

#include "omadm/session/commands.h"
#include "omadm/session/reply.h"
#include "omadm/session/report.h"
#include "omadm/session/ui_options.h"

/* The Items of an alert before its choices: options and prompt (OMA-TS-DM_Protocol 10.2). */
enum { BEFORE_CHOICES = 2 };

static const omadm_str nothing = {NULL, 0};

static const struct {
  const char *code;
  omadm_ui_kind kind;
} kinds[] = {{"1100", OMADM_UI_DISPLAY},
             {"1101", OMADM_UI_CONFIRM},
             {"1102", OMADM_UI_TEXT},
             {"1103", OMADM_UI_CHOICE},
             {"1104", OMADM_UI_CHOICES}};

omadm_ui_kind ui_kind_of(omadm_str code) {
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (omadm_str_is(code, kinds[i].code)) return kinds[i].kind;
  }
  return 0;
}

static bool has_choices(omadm_ui_kind kind) {
  return kind == OMADM_UI_CHOICE || kind == OMADM_UI_CHOICES;
}

/* What the outcome is told as (OMA-TS-DM_Protocol 10.2, 10.3.2). */
static omadm_status status_of(omadm_ui_outcome outcome) {
  switch (outcome) {
  case OMADM_UI_ANSWERED: return OMADM_ST_OK;
  case OMADM_UI_REJECTED: return OMADM_ST_NOT_MODIFIED;
  case OMADM_UI_CANCELLED: return OMADM_ST_CANCELLED;
  case OMADM_UI_TIMED_OUT: return OMADM_ST_TIMEOUT;
  case OMADM_UI_UNFIT: return OMADM_ST_RANGE;
  case OMADM_UI_PENDING: break;
  }
  return OMADM_ST_FAILED;
}

/* 200 and the question; or why it cannot be asked. */
static omadm_status read_question(omadm_session *s, omadm_ui_kind kind, const wire_command *command,
                                  omadm_ui_question *q) {
  *q = (omadm_ui_question){.struct_size = sizeof *q, .kind = kind};
  size_t least = BEFORE_CHOICES + (has_choices(kind) ? 1 : 0);
  if (command->n_items < least) return OMADM_ST_INCOMPLETE;
  const wire_item *item = command->items;
  omadm_str options = item->data;
  item = item->next;
  if (item->data.len == 0) return OMADM_ST_INCOMPLETE;
  q->text = item->data;
  if (has_choices(kind)) {
    size_t n = command->n_items - BEFORE_CHOICES;
    omadm_str *choices = omadm_arena_new(&s->arena, n, sizeof *choices);
    if (choices == NULL) {
      session_fail(s, OMADM_E_NOMEM);
      return OMADM_ST_FAILED;
    }
    for (item = item->next; item != NULL; item = item->next)
      choices[q->n_choices++] = item->data;
    q->choices = choices;
  }
  omadm_err err = ui_options_read(options, &s->arena, q);
  if (err != OMADM_OK) session_fail(s, err);
  return err == OMADM_OK ? OMADM_ST_OK : OMADM_ST_FAILED;
}

/* Does the reply fit the question? A port that says otherwise is broken. */
static bool fits(const omadm_ui_question *q, omadm_ui_outcome outcome, const omadm_ui_reply *r) {
  if (outcome == OMADM_UI_REJECTED) return q->kind == OMADM_UI_CONFIRM;
  if (outcome != OMADM_UI_ANSWERED || !has_choices(q->kind)) return true;
  if (r->n_choices > q->n_choices || (q->kind == OMADM_UI_CHOICE && r->n_choices != 1))
    return false;
  for (size_t i = 0; i < r->n_choices; i++) {
    if (r->choices[i] == 0 || r->choices[i] > q->n_choices) return false;
  }
  return true;
}

/* What is told beside 200: the text, or an Item for each choice (OMA-TS-DM_Protocol 10.2.3-5). The
 * reply of the port is borrowed, and the rows outlive the message. */
static omadm_err keep_reply(omadm_session *s, const omadm_ui_question *q, const omadm_ui_reply *r) {
  question *asked = &s->question;
  size_t n = q->kind == OMADM_UI_TEXT ? 1 : has_choices(q->kind) ? r->n_choices : 0;
  if (n == 0) return OMADM_OK;
  wire_out_item *items = omadm_arena_new(&s->reply, n, sizeof *items);
  if (items == NULL) return OMADM_E_NOMEM;
  for (size_t i = 0; i < n; i++) {
    char digits[OMADM_U64_DIGITS];
    omadm_str told = q->kind == OMADM_UI_TEXT ? r->text : omadm_u64_text(r->choices[i], digits);
    items[i].has_data = true;
    items[i].data = told.len > 0 ? omadm_arena_copy(&s->reply, told) : nothing;
    if (told.len > 0 && items[i].data.ptr == NULL) return OMADM_E_NOMEM;
  }
  asked->items = items;
  asked->n_items = n;
  return OMADM_OK;
}

/* The question is over. */
static void settle(omadm_session *s, omadm_ui_outcome outcome, const omadm_ui_reply *reply) {
  question *asked = &s->question;
  asked->token = 0;
  asked->over = true;
  asked->status = status_of(outcome);
  if (!fits(&asked->text, outcome, reply)) {
    omadm_log_line(s->log, OMADM_LOG_ERROR, "session",
                   "the user interface gave an answer that does not fit the question");
    asked->status = OMADM_ST_FAILED;
  } else if (outcome == OMADM_UI_ANSWERED) {
    omadm_err err = keep_reply(s, &asked->text, reply);
    if (err != OMADM_OK) session_fail(s, err);
  }
}

/* How long the user has: what the server says, and never more than the limit. */
static int64_t user_deadline(const omadm_session *s, const omadm_ui_question *q) {
  uint64_t seconds = s->config.limits.user_time;
  if (q->max_seconds > 0 && q->max_seconds < seconds) seconds = q->max_seconds;
  int64_t at = 0;
  return __builtin_add_overflow(s->now, (int64_t)seconds * 1000, &at) ? INT64_MAX : at;
}

static step ask(omadm_session *s) {
  question *asked = &s->question;
  omadm_ui_reply reply = {0};
  asked->deadline = user_deadline(s, &asked->text);
  asked->asked_at = s->now;
  omadm_ui_outcome outcome = s->config.ui->ask(s->config.ui->ctx, &asked->text, &reply);
  if (outcome == OMADM_UI_PENDING && reply.token != 0) {
    asked->token = reply.token;
    return STEP_WAIT;
  }
  settle(s, outcome, &reply);
  return s->state == STATE_DONE ? STEP_FAIL : STEP_PAUSE;
}

/* OMA-TS-DM_Protocol 10.1, 10.2.2: "no" ends the Sequence that the alert stands in; cancelling ends
 * all of the message. An Atomic is rolled back either way (walk.c). */
static void stop_what_follows(omadm_session *s, omadm_status status) {
  walk_frame *frame = s->walk.top;
  bool all = status == OMADM_ST_CANCELLED;
  if (status == OMADM_ST_NOT_MODIFIED && frame->container != NULL &&
      frame->container->kind == WIRE_SEQUENCE)
    frame->skip = true;
  for (; all && frame != NULL; frame = frame->parent)
    frame->skip = true;
}

static step finish(omadm_session *s, const wire_command *command, answer *a) {
  question *asked = &s->question;
  omadm_status status = asked->status;
  /* What the user took is not the commands' time. */
  s->walk.message_began += s->now - asked->asked_at;
  a->told = asked->items;
  a->n_told = asked->n_items;
  *asked = (question){0};
  reply_fill(a, 0, status);
  report_status(s, command, command->data, status, nothing);
  stop_what_follows(s, status);
  return s->state == STATE_DONE ? STEP_FAIL : STEP_DONE;
}

step ui_run(omadm_session *s, omadm_ui_kind kind, const wire_command *command, answer *a) {
  if (s->question.over) return finish(s, command, a);
  omadm_status status = OMADM_ST_NOT_SUPPORTED;
  if (s->dialect->user_alerts && OMADM_HAS(omadm_ui, s->config.ui, ask))
    status = read_question(s, kind, command, &s->question.text);
  if (s->state == STATE_DONE) return STEP_FAIL;
  if (status == OMADM_ST_OK) return ask(s);
  reply_fill(a, 0, status);
  report_status(s, command, command->data, status, nothing);
  return s->state == STATE_DONE ? STEP_FAIL : STEP_DONE;
}

void ui_withdraw(omadm_session *s) {
  if (s->question.token != 0 && OMADM_HAS(omadm_ui, s->config.ui, withdraw))
    s->config.ui->withdraw(s->config.ui->ctx, s->question.token);
  s->question = (question){0};
}

void ui_expire(omadm_session *s) {
  const omadm_ui_reply none = {0};
  if (OMADM_HAS(omadm_ui, s->config.ui, withdraw))
    s->config.ui->withdraw(s->config.ui->ctx, s->question.token);
  settle(s, OMADM_UI_TIMED_OUT, &none);
}

omadm_err omadm_session_user_answered(omadm_session *s, omadm_token token, omadm_ui_outcome outcome,
                                      const omadm_ui_reply *reply) {
  const omadm_ui_reply none = {0};
  if (s->state != STATE_WAIT || token == 0 || token != s->question.token) return OMADM_E_NOT_FOUND;
  s->state = STATE_WORK;
  settle(s, outcome, reply != NULL ? reply : &none);
  return s->state == STATE_DONE ? OMADM_E_NOMEM : OMADM_OK;
}
