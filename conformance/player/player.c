/* SPDX-License-Identifier: MIT */
#include "conformance/player/player.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/player/play.h"

static bool set_verdict(play *self, omadm_player_verdict verdict, int line, const char *format,
                        va_list args) {
  char text[700];
  if (self->result->verdict != OMADM_VERDICT_PASSED) return false;
  self->result->verdict = verdict;
  vsnprintf(text, sizeof text, format, args);
  omadm_str_tame(text);
  (void)omadm_buf_printf(&self->result->reason, "%s:%d: %s", self->transcript->path.ptr, line,
                         text);
  return false;
}

bool play_fail(play *self, int line, const char *format, ...) {
  va_list args;
  va_start(args, format);
  set_verdict(self, OMADM_VERDICT_FAILED, line, format, args);
  va_end(args);
  return false;
}

bool play_skip(play *self, int line, const char *format, ...) {
  va_list args;
  va_start(args, format);
  set_verdict(self, OMADM_VERDICT_SKIPPED, line, format, args);
  va_end(args);
  return false;
}

void play_note(play *self, const char *format, ...) {
  char text[400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  (void)omadm_buf_printf(&self->result->notes, "%s\n", text);
}

bool play_check(play *self, int line, const char *what, omadm_err err, const omadm_error *error) {
  if (err == OMADM_OK) return true;
  const char *why = error->text[0] == 0 ? omadm_err_text(err) : error->text;
  if (err == OMADM_E_UNSUPPORTED) return play_skip(self, line, "%s: %s", what, why);
  return play_fail(self, line, "%s: %s", what, why);
}

static bool begin_session(play *self, int line, omadm_str server, omadm_player_start start) {
  omadm_error error = {0};
  const omadm_transcript_setup *setup = &self->transcript->setup;
  if (server.ptr == NULL && setup->server_count > 0) server = setup->servers[0].id;
  self->open = true;
  self->wbxml = self->expects_wbxml = self->options.mode.wbxml;
  self->begun = false;
  bindings_truncate(&self->ids, 0); /* MsgIDs begin anew */
  if (self->client->session_begin == NULL) return true;
  omadm_err err = self->client->session_begin(self->client->self, server, start, &error);
  return play_check(self, line, "the start of a session", err, &error);
}

static bool step_session(play *self, const omadm_transcript_step *step) {
  omadm_player_start start = OMADM_START_CLIENT;
  if (omadm_str_is(step->start, "notify")) start = OMADM_START_NOTIFY;
  if (omadm_str_is(step->start, "alert")) start = OMADM_START_ALERT;
  return play_session_over(self, step->line) &&
         begin_session(self, step->line, step->server, start);
}

static bool step_session_over(play *self, const omadm_transcript_step *step) {
  return play_session_over(self, step->line);
}

static bool step_client(play *self, const omadm_transcript_step *step) {
  if (!self->open && !begin_session(self, step->line, (omadm_str){NULL, 0}, OMADM_START_CLIENT))
    return false;
  return play_client(self, step);
}

static bool step_end(play *self, const omadm_transcript_step *step) {
  static const char *const words[] = {"a message", "done", "aborted", "refused"};
  if (!play_session_over(self, step->line)) return false;
  if (self->outcome == OMADM_PLAYED_OVER) {
    play_note(self, "not checked: the session's outcome (%s)", step->result.ptr);
    return true;
  }
  const char *found = words[self->outcome];
  if (omadm_str_is(step->result, found)) return true;
  return play_fail(self, step->line, "the session's outcome: expected %s, found %s",
                   step->result.ptr, found);
}

/* Calls a slot that takes the step's octets. */
static bool call_octets(play *self, const omadm_transcript_step *step, const char *what,
                        omadm_err (*slot)(void *, omadm_str, omadm_error *), omadm_str octets) {
  omadm_error error = {0};
  omadm_err err = slot == NULL ? OMADM_E_UNSUPPORTED : slot(self->client->self, octets, &error);
  return play_check(self, step->line, what, err, &error);
}

/* Calls a slot that takes the step itself. */
static bool call_step(play *self, const omadm_transcript_step *step, const char *what,
                      omadm_err (*slot)(void *, const omadm_transcript_step *, omadm_error *)) {
  omadm_error error = {0};
  omadm_err err = slot == NULL ? OMADM_E_UNSUPPORTED : slot(self->client->self, step, &error);
  return play_check(self, step->line, what, err, &error);
}

/* Calls a slot that takes nothing. */
static bool call_plain(play *self, const omadm_transcript_step *step, const char *what,
                       omadm_err (*slot)(void *, omadm_error *)) {
  omadm_error error = {0};
  omadm_err err = slot == NULL ? OMADM_E_UNSUPPORTED : slot(self->client->self, &error);
  return play_check(self, step->line, what, err, &error);
}

static bool step_notify(play *self, const omadm_transcript_step *step) {
  return call_octets(self, step, "a notification", self->client->notify, step->body);
}

static bool step_bootstrap(play *self, const omadm_transcript_step *step) {
  return call_step(self, step, "a bootstrap document", self->client->bootstrap);
}

static bool step_raise(play *self, const omadm_transcript_step *step) {
  return call_step(self, step, "an alert raised inside", self->client->raise);
}

static bool step_change(play *self, const omadm_transcript_step *step) {
  return call_step(self, step, "a change by the device itself", self->client->change);
}

static bool step_user(play *self, const omadm_transcript_step *step) {
  return call_octets(self, step, "a user's answer", self->client->user, step->answer);
}

/* The client says so instead of waiting for an answer. */
static bool step_abort(play *self, const omadm_transcript_step *step) {
  self->waiting = false;
  return call_plain(self, step, "an end that somebody at the device wishes", self->client->abort);
}

static bool step_restart(play *self, const omadm_transcript_step *step) {
  self->open = self->waiting = false;
  return call_plain(self, step, "a restart", self->client->restart);
}

static bool step_crash(play *self, const omadm_transcript_step *step) {
  self->open = self->waiting = false;
  return call_plain(self, step, "a crash", self->client->crash);
}

static bool step_drop(play *self, const omadm_transcript_step *step) {
  self->waiting = false;
  return call_plain(self, step, "a cut connection", self->client->drop);
}

static bool step_wait(play *self, const omadm_transcript_step *step) {
  omadm_error error = {0};
  omadm_err (*slot)(void *, unsigned, omadm_error *) = self->client->advance;
  omadm_err err =
      slot == NULL ? OMADM_E_UNSUPPORTED : slot(self->client->self, step->seconds, &error);
  return play_check(self, step->line, "the clock", err, &error);
}

bool play_step(play *self, const omadm_transcript_step *step) {
  static bool (*const steps[])(play *, const omadm_transcript_step *) = {
      [OMADM_STEP_SESSION] = step_session,
      [OMADM_STEP_CLIENT] = step_client,
      [OMADM_STEP_SERVER] = play_server,
      [OMADM_STEP_NOTIFY] = step_notify,
      [OMADM_STEP_BOOTSTRAP] = step_bootstrap,
      [OMADM_STEP_RAISE] = step_raise,
      [OMADM_STEP_CHANGE] = step_change,
      [OMADM_STEP_USER] = step_user,
      [OMADM_STEP_ABORT] = step_abort,
      [OMADM_STEP_RESTART] = step_restart,
      [OMADM_STEP_CRASH] = step_crash,
      [OMADM_STEP_DROP] = step_drop,
      [OMADM_STEP_WAIT] = step_wait,
      [OMADM_STEP_END] = step_end,
      [OMADM_STEP_SESSION_OVER] = step_session_over,
  };
  return steps[step->kind](self, step);
}

bool play_check_encoding(play *self, bool wbxml) {
  omadm_str encodings = self->transcript->encodings;
  int line = self->transcript->steps[0].line;
  if (encodings.ptr != NULL && !omadm_str_is(encodings, wbxml ? "wbxml" : "xml") &&
      !omadm_str_is(encodings, "xml wbxml")) {
    play_skip(self, line, "it makes sense in %s only", encodings.ptr);
    self->result->verdict = OMADM_VERDICT_OTHER_ENCODING;
    return false;
  }
  if (wbxml && self->options.mode.codec == NULL)
    return play_skip(self, line, "this player has no WBXML");
  return true;
}

/* A fresh client. One that cannot become what the transcript wants skips it, and says so itself. */
static bool begin_client(play *self) {
  const omadm_player_client *client = self->client;
  int line = self->transcript->steps[0].line;
  omadm_error cause = {0};
  if (client->next_transcript != NULL) client->next_transcript(client->self, self->transcript);
  omadm_err err =
      client->begin(client->self, &self->transcript->setup, &self->options.mode, &cause);
  const char *remark = NULL;
  while (client->remark != NULL && (remark = client->remark(client->self)) != NULL)
    play_note(self, "%s", remark);
  if (err == OMADM_E_UNSUPPORTED && cause.text[0] != 0)
    return play_skip(self, line, "%s", cause.text);
  return play_check(self, line, "the set-up", err, &cause);
}

/* What is known of the client need not be bound by what it says. */
static bool bind_known(play *self) {
  static const omadm_str names[] = {OMADM_STR("device"), OMADM_STR("url")};
  const omadm_player_client *client = self->client;
  bool good = true;
  for (size_t i = 0; good && client->known != NULL && i < sizeof names / sizeof names[0]; i++) {
    omadm_buf value;
    omadm_buf_init(&value, &omadm_mem_default, 0);
    if (client->known(client->self, names[i], &value) == OMADM_OK)
      good = bindings_add(&self->names, names[i], omadm_buf_str(&value));
    omadm_buf_dispose(&value);
  }
  return good || play_fail(self, self->transcript->steps[0].line, "out of memory");
}

static void play_all(play *self) {
  const omadm_transcript *transcript = self->transcript;
  int last = transcript->steps[transcript->step_count - 1].line;
  for (size_t i = 0; i < transcript->step_count; i++) {
    if (!play_step(self, &transcript->steps[i])) return;
  }
  if (play_session_over(self, last)) (void)play_after(self);
}

omadm_err omadm_player_play(const omadm_transcript *transcript, const omadm_player_client *client,
                            const omadm_player_options *options, omadm_player_result *out,
                            omadm_error *error) {
  play self = {
      .transcript = transcript, .client = client, .result = out, .outcome = OMADM_PLAYED_DONE};
  if (options != NULL) self.options = *options;
  self.options.mode.struct_size = sizeof self.options.mode;
  out->verdict = OMADM_VERDICT_PASSED;
  out->clause = NULL;
  omadm_buf_init(&out->reason, &omadm_mem_default, 0);
  omadm_buf_init(&out->details, &omadm_mem_default, 0);
  omadm_buf_init(&out->notes, &omadm_mem_default, 0);
  omadm_grammar *own = NULL;
  self.grammar = self.options.grammar;
  if (self.grammar == NULL) {
    omadm_err err = omadm_grammar_new(&own, error);
    if (err != OMADM_OK) return err;
    self.grammar = own;
  }
  if (self.options.mode.follow || play_check_encoding(&self, self.options.mode.wbxml)) {
    if (begin_client(&self) && bind_known(&self)) play_all(&self);
    if (client->finish != NULL) client->finish(client->self);
  }
  bindings_dispose(&self.names);
  bindings_dispose(&self.ids);
  omadm_grammar_free(own);
  return OMADM_OK;
}

void omadm_player_result_dispose(omadm_player_result *result) {
  omadm_buf_dispose(&result->reason);
  omadm_buf_dispose(&result->details);
  omadm_buf_dispose(&result->notes);
}
