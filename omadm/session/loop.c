/* SPDX-License-Identifier: MIT */
/* The caller's loop: which call is allowed in which state, and what next() does. */
#include "omadm/session/accept.h"
#include "omadm/session/auth.h"
#include "omadm/session/large.h"
#include "omadm/session/late.h"
#include "omadm/session/package1.h"
#include "omadm/session/reply.h"
#include "omadm/session/send.h"
#include "omadm/session/state.h"
#include "omadm/session/walk.h"

static omadm_step park(omadm_session *s) {
  /* In an open Atomic nothing is to be settled; what came before it was, when it began. */
  if (s->walk.atomic == NULL) reply_settle(s);
  late_park(s);
  return OMADM_WAIT;
}

static omadm_step do_package1(omadm_session *s, omadm_out *out) {
  step r = package1_run(s);
  if (r == STEP_WAIT) return park(s);
  return r == STEP_DONE ? send_reply(s, out) : OMADM_DONE;
}

static omadm_step do_walk(omadm_session *s, omadm_out *out) {
  step r = walk_run(s);
  if (r == STEP_WAIT) return park(s);
  if (r == STEP_PAUSE) {
    s->deadline = s->now;
    return OMADM_WAIT;
  }
  if (r != STEP_DONE) return OMADM_DONE;
  large_in_message_end(s);
  large_out_message_end(s);
  if (s->state == STATE_DONE) return OMADM_DONE;
  reply_settle(s);
  if (!reply_finish(s)) return OMADM_DONE;
  return auth_repeats(s) ? do_package1(s, out) : send_reply(s, out);
}

static omadm_step do_message(omadm_session *s, omadm_out *out) {
  switch (accept_message(s)) {
  case VERDICT_REPEAT: return send_again(s, out);
  case VERDICT_OVER: return s->state == STATE_DONE ? OMADM_DONE : send_farewell(s, out);
  case VERDICT_RUN: break;
  }
  s->job = JOB_WALK;
  if (walk_begin(s) != STEP_DONE) return OMADM_DONE;
  return do_walk(s, out);
}

static omadm_step work(omadm_session *s, omadm_out *out) {
  switch (s->job) {
  case JOB_PACKAGE1: return do_package1(s, out);
  case JOB_MESSAGE: return do_message(s, out);
  case JOB_WALK: return do_walk(s, out);
  case JOB_FAREWELL: break;
  }
  return send_farewell(s, out);
}

omadm_step omadm_session_next(omadm_session *s, int64_t now, omadm_out *out) {
  if (now > s->now) s->now = now;
  switch (s->state) {
  case STATE_WORK: return work(s, out);
  case STATE_WAIT:
    if (s->now < s->deadline) return OMADM_WAIT;
    late_expire(s);
    s->state = STATE_WORK;
    return work(s, out);
  case STATE_SENT:
    if (s->out_is_last) {
      session_end(s, OMADM_OUTCOME_DONE, "%s", "");
      return OMADM_DONE;
    }
    s->state = STATE_RECEIVE;
    return OMADM_RECEIVE;
  case STATE_RECEIVE:
  case STATE_GATHER: return OMADM_RECEIVE;
  case STATE_DONE: break;
  }
  return OMADM_DONE;
}

omadm_err omadm_session_resend(omadm_session *s, omadm_out *out) {
  if (s->state != STATE_RECEIVE && s->state != STATE_SENT) return OMADM_E_STATE;
  session_state state = s->state;
  send_lend(s, out);
  s->state = state;
  return OMADM_OK;
}

/* The charset parameter of a Content-Type, without quotes; empty where there is none (RFC
 * 2045 5.1). */
static omadm_str charset_of(omadm_str type) {
  static const omadm_str name = OMADM_STR("charset=");
  for (size_t i = 0; i + name.len <= type.len; i++) {
    if (!omadm_str_equal_nocase((omadm_str){type.ptr + i, name.len}, name)) continue;
    omadm_str value = {type.ptr + i + name.len, type.len - i - name.len};
    size_t n = 0;
    while (n < value.len && value.ptr[n] != ';')
      n++;
    value = omadm_str_trim((omadm_str){value.ptr, n});
    if (value.len >= 2 && value.ptr[0] == '"') value = (omadm_str){value.ptr + 1, value.len - 2};
    return value;
  }
  return (omadm_str){NULL, 0};
}

static bool is_called_wbxml(omadm_str type) {
  size_t n = 0;
  while (n < type.len && type.ptr[n] != ';')
    n++;
  return omadm_str_equal_nocase(omadm_str_trim((omadm_str){type.ptr, n}),
                                (omadm_str)OMADM_STR("application/vnd.syncml.dm+wbxml"));
}

omadm_err omadm_session_begin(omadm_session *s, omadm_str content_type, omadm_str hmac) {
  if (s->state != STATE_RECEIVE) return OMADM_E_STATE;
  s->body.len = 0;
  s->auth.server.header.len = 0;
  s->charset.len = 0;
  s->called_wbxml = is_called_wbxml(content_type);
  omadm_err err = omadm_buf_add_str(&s->charset, charset_of(content_type));
  if (err == OMADM_E_LIMIT) err = OMADM_OK; /* no charset has such a name */
  if (err == OMADM_OK) err = omadm_buf_add_str(&s->auth.server.header, hmac);
  if (err == OMADM_E_LIMIT) err = OMADM_OK; /* one that long proves nothing */
  if (err != OMADM_OK) session_fail(s, err);
  if (err == OMADM_OK) s->state = STATE_GATHER;
  return err;
}

omadm_err omadm_session_feed(omadm_session *s, const void *octets, size_t n) {
  if (s->state != STATE_GATHER) return OMADM_E_STATE;
  omadm_err err = omadm_buf_add(&s->body, octets, n);
  if (err == OMADM_E_LIMIT)
    session_end(s, OMADM_OUTCOME_REFUSED,
                "the server's message is larger than the limit 'receive'");
  else if (err != OMADM_OK)
    session_fail(s, err);
  return err;
}

omadm_err omadm_session_end(omadm_session *s) {
  if (s->state != STATE_GATHER) return OMADM_E_STATE;
  s->job = JOB_MESSAGE;
  s->state = STATE_WORK;
  if (s->body.len == 0) {
    if (s->result.messages == 0) {
      /* A gateway that answers everything with nothing is no server. */
      session_end(s, OMADM_OUTCOME_REFUSED, "the server answered without a message");
      return OMADM_OK;
    }
    if (s->queue.head != NULL)
      omadm_log_line(s->log, OMADM_LOG_WARN, "session",
                     "the server ended the session before it had all answers");
    session_end(s, OMADM_OUTCOME_DONE, "%s", "");
  }
  return OMADM_OK;
}

void omadm_session_abort(omadm_session *s) {
  bool said = s->state == STATE_DONE || s->out_is_last || s->ending != OMADM_OUTCOME_NONE;
  if (said) return;
  if (s->msg_id == 0)
    session_end(s, OMADM_OUTCOME_ABORTED, "aborted by the device");
  else
    session_give_up(s, OMADM_OUTCOME_ABORTED, "aborted by the device");
}

void omadm_session_break(omadm_session *s, const char *reason) {
  session_end(s, OMADM_OUTCOME_REFUSED, "%s", reason != NULL ? reason : "");
}
