/* SPDX-License-Identifier: MIT */
#include "omadm/session/late.h"

#include "omadm/session/report.h"
#include "omadm/session/ui.h"

omadm_status late_wait(omadm_session *s, omadm_token token) {
  if (token == 0) {
    omadm_log_line(s->log, OMADM_LOG_ERROR, "session",
                   "the tree answers later, but without a token");
    return OMADM_ST_FAILED;
  }
  s->late.token = token;
  s->late.arrived = false;
  return OMADM_ST_PENDING;
}

bool late_take(omadm_session *s, omadm_status *status) {
  if (!s->late.arrived) return false;
  s->late.arrived = false;
  s->walk.reply = s->late.answer;
  *status = s->late.status;
  return true;
}

bool late_take_asked(omadm_session *s, bool *waiting, omadm_status *status) {
  if (!*waiting) return false;
  *waiting = false;
  return late_take(s, status);
}

static int64_t later(int64_t from, uint64_t seconds) {
  int64_t at = 0;
  if (seconds > INT64_MAX / 1000 || __builtin_add_overflow(from, (int64_t)seconds * 1000, &at))
    return INT64_MAX;
  return at;
}

int64_t late_message_end(const omadm_session *s) {
  return later(s->walk.message_began, s->config.limits.message_time);
}

void late_park(omadm_session *s) {
  s->state = STATE_WAIT;
  if (s->question.token != 0) {
    s->deadline = s->question.deadline;
    return;
  }
  int64_t command = later(s->walk.command_began, s->config.limits.command_time);
  int64_t message = late_message_end(s);
  s->deadline = command < message ? command : message;
}

void late_expire(omadm_session *s) {
  const walk *w = &s->walk;
  if (s->question.token != 0) {
    ui_expire(s);
    return;
  }
  bool goes_on = w->command != NULL && w->command->kind == WIRE_EXEC && w->atomic == NULL;
  s->tree->cancel(s->tree->ctx, s->late.token);
  s->late.token = 0;
  s->late.arrived = true;
  s->late.status = goes_on ? OMADM_ST_ACCEPTED : OMADM_ST_FAILED;
  s->late.answer = (omadm_answer){.detail = OMADM_STR("no answer in time")};
}

void late_cancel(omadm_session *s) {
  if (s->late.token != 0) s->tree->cancel(s->tree->ctx, s->late.token);
  s->late.token = 0;
  s->late.arrived = false;
  ui_withdraw(s);
}

/* The spans of an answer, copied one after the other into one buffer that does not move meanwhile.
 */
static omadm_err keep_answer(late_answer *late, const omadm_answer *given) {
  late->answer = given != NULL ? *given : (omadm_answer){0};
  late->text.len = 0;
  omadm_str *spans[] = {&late->answer.type, &late->answer.data, &late->answer.detail,
                        &late->answer.at};
  size_t total = 0;
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
    if (__builtin_add_overflow(total, spans[i]->len, &total)) return OMADM_E_LIMIT;
  }
  omadm_err err = omadm_buf_reserve(&late->text, total);
  for (size_t i = 0; i < sizeof spans / sizeof *spans && err == OMADM_OK; i++) {
    size_t at = late->text.len;
    err = omadm_buf_add_str(&late->text, *spans[i]);
    if (err == OMADM_OK && spans[i]->len > 0) spans[i]->ptr = late->text.ptr + at;
  }
  return err;
}

omadm_err omadm_session_complete(omadm_session *s, omadm_token token, omadm_status status,
                                 const omadm_answer *given) {
  if (s->state != STATE_WAIT || token == 0 || token != s->late.token) return OMADM_E_NOT_FOUND;
  omadm_err err = keep_answer(&s->late, given);
  s->late.token = 0;
  if (err != OMADM_OK) {
    session_fail(s, err);
    return err;
  }
  s->late.status = status == OMADM_ST_PENDING ? OMADM_ST_FAILED : status;
  s->late.arrived = true;
  s->state = STATE_WORK;
  return OMADM_OK;
}
