/* SPDX-License-Identifier: MIT */
#include "conformance/csp-test/trial.h"

#include <string.h>

#include "base/clock.h"
#include "base/str.h"

/* A server, since some rules of a DDF bind no other: AtomicRequired, Dependency. */
static const omadm_origin server = {.server_id = OMADM_STR("csp-test"),
                                    .session_id = OMADM_STR("1")};

static const omadm_origin second = {.server_id = OMADM_STR("csp-test-2"),
                                    .session_id = OMADM_STR("2")};

static const omadm_origin *origin_of(const trial *self) {
  return self->second ? &second : &server;
}

omadm_value trial_value(const omadm_ddf_node *d, omadm_str data) {
  omadm_value value = {.format = d->format};
  if (d->format == OMADM_FORMAT_NODE) return value;
  value.data = data;
  value.has_data = 1;
  return value;
}

omadm_status trial_resolve(trial *self, const char *uri, omadm_node *node) {
  char scratch[4096];
  omadm_limits limits;
  omadm_uri parsed;
  uint32_t quirks = 0;
  omadm_str text = omadm_str_of(uri);
  omadm_limits_init(&limits);
  *node = (omadm_node){0};
  if (text.len > sizeof scratch) return OMADM_ST_URI_TOO_LONG;
  omadm_status status = omadm_uri_parse(text, 0, &limits, scratch, &quirks, &parsed);
  if (status != OMADM_ST_OK) return status;
  return self->tree->resolve(self->tree->ctx, origin_of(self), &parsed, node);
}

enum { PAUSE_MS = 20, PRESET_SECONDS = 10 };

/* When what is waited for now is late. */
static int64_t deadline(const trial *self) {
  unsigned seconds = self->options->seconds > 0 ? self->options->seconds : PRESET_SECONDS;
  return omadm_clock_ms() + (int64_t)seconds * 1000;
}

/* Works until *token is 0, or for as long as an answer may take. */
static void work_until(trial *self, const omadm_token *token) {
  int64_t until = deadline(self);
  while (*token != 0 && omadm_clock_ms() < until)
    (void)omadm_framework_pump(self->framework, PAUSE_MS);
}

/* Waits for the answer that is due; after that long it is given up. */
static void await(trial *self, omadm_token token) {
  self->awaited = token;
  work_until(self, &self->awaited);
  if (self->awaited == 0) return;
  self->tree->cancel(self->tree->ctx, token);
  (void)omadm_framework_pump(self->framework, 0);
  self->silent = self->awaited != 0;
  if (self->silent) self->status = OMADM_ST_TIMEOUT;
  self->awaited = 0;
}

omadm_status trial_end(trial *self) {
  work_until(self, &self->running);
  omadm_status status = self->running == 0 ? self->ended : OMADM_ST_NONE;
  self->running = 0;
  return status;
}

/* Takes an answer; what is late is waited for. */
static void take(trial *self, omadm_status status, const omadm_answer *answer) {
  self->data.len = self->detail.len = 0;
  self->silent = false;
  self->snapshot = answer->snapshot;
  self->size = answer->size;
  self->status = status;
  if (status == OMADM_ST_PENDING) {
    await(self, answer->token);
    return;
  }
  if (omadm_buf_add_str(&self->data, answer->data) != 0) self->status = OMADM_ST_FAILED;
  (void)omadm_buf_add_str(&self->detail, answer->detail);
}

/* A value too large for the answer is read from its snapshot. */
static void read_snapshot(trial *self) {
  enum { PIECE = 65536 };
  omadm_answer piece;
  self->data.len = 0;
  while (self->status == OMADM_ST_OK && self->data.len < self->size) {
    piece = (omadm_answer){0};
    self->status = self->tree->read(self->tree->ctx, self->snapshot, self->data.len, PIECE, &piece);
    if (self->status == OMADM_ST_OK && piece.data.len == 0) break;
    if (self->status == OMADM_ST_OK && omadm_buf_add_str(&self->data, piece.data) != 0)
      self->status = OMADM_ST_FAILED;
  }
  self->tree->release(self->tree->ctx, self->snapshot);
  self->snapshot = 0;
}

static omadm_status run(trial *self, omadm_verb verb, const omadm_node *node,
                        const omadm_value *value, omadm_answer *answer) {
  const omadm_tree *t = self->tree;
  const omadm_origin *from = origin_of(self);
  switch (verb) {
  case OMADM_VERB_GET: return t->get(t->ctx, from, node, answer);
  case OMADM_VERB_ADD: return t->add(t->ctx, from, node, value, answer);
  case OMADM_VERB_REPLACE: return t->replace(t->ctx, from, node, value, answer);
  case OMADM_VERB_DELETE: return t->remove(t->ctx, from, node, answer);
  default: return t->exec(t->ctx, from, node, value, answer);
  }
}

static uint64_t calls_of(const trial *self, omadm_verb verb) {
  const uint64_t *calls = self->watch.calls;
  switch (verb) {
  case OMADM_VERB_GET: return calls[WATCH_get];
  case OMADM_VERB_LIST: return calls[WATCH_list];
  case OMADM_VERB_ADD: return calls[WATCH_add];
  case OMADM_VERB_REPLACE: return calls[WATCH_replace];
  case OMADM_VERB_DELETE: return calls[WATCH_remove];
  default: return calls[WATCH_exec];
  }
}

omadm_status trial_call(trial *self, omadm_verb verb, const char *uri, const omadm_value *value) {
  static const omadm_value nothing;
  omadm_node node;
  omadm_answer answer = {0};
  trial_note(self, trial_verb_name(verb), uri);
  omadm_status status = trial_resolve(self, uri, &node);
  uint64_t changes = watch_changes(&self->watch);
  uint64_t calls = calls_of(self, verb);
  if (status == OMADM_ST_OK || status == OMADM_ST_NOT_FOUND)
    status = run(self, verb, &node, value != NULL ? value : &nothing, &answer);
  take(self, status, &answer);
  if (self->status == OMADM_ST_ACCEPTED) self->running = answer.token;
  if (self->snapshot != 0) read_snapshot(self);
  self->changes = watch_changes(&self->watch) - changes;
  self->called = calls_of(self, verb) != calls;
  if (verb != OMADM_VERB_GET && !self->atomic && self->tree->settle(self->tree->ctx) != 0)
    self->status = OMADM_ST_STORE_FAILED;
  return self->status;
}

/* Works until nothing is under way. */
static void work_to_end(trial *self) {
  int64_t until = deadline(self);
  while (omadm_framework_pending(self->framework) > 0 && omadm_clock_ms() < until)
    (void)omadm_framework_pump(self->framework, PAUSE_MS);
  self->silent = omadm_framework_pending(self->framework) > 0;
}

bool trial_give_up(trial *self, omadm_verb verb, const char *uri, const omadm_value *value) {
  static const omadm_value nothing;
  omadm_node node;
  omadm_answer answer = {0};
  trial_note(self, trial_verb_name(verb), uri);
  omadm_status status = trial_resolve(self, uri, &node);
  if (status == OMADM_ST_OK)
    status = run(self, verb, &node, value != NULL ? value : &nothing, &answer);
  bool late = status == OMADM_ST_PENDING;
  if (late) {
    self->awaited = 0;
    self->tree->cancel(self->tree->ctx, answer.token);
    work_to_end(self);
  } else {
    take(self, status, &answer);
    if (self->snapshot != 0) read_snapshot(self);
  }
  if (verb != OMADM_VERB_GET) (void)self->tree->settle(self->tree->ctx);
  return late;
}

omadm_err trial_forget_second(trial *self) {
  trial_note(self, "end of the second server's account", "");
  omadm_err err = omadm_framework_forget_server(self->framework, second.server_id);
  work_to_end(self);
  return err == 0 ? self->tree->settle(self->tree->ctx) : err;
}

omadm_status trial_enlist(trial *self, omadm_verb verb, const char *uri) {
  omadm_node node;
  omadm_answer answer = {0};
  omadm_status status = trial_resolve(self, uri, &node);
  if (status == OMADM_ST_OK || status == OMADM_ST_NOT_FOUND)
    status = self->tree->enlist(self->tree->ctx, origin_of(self), &node, verb, &answer);
  take(self, status, &answer);
  return self->status;
}

omadm_status trial_begin(trial *self) {
  trial_note(self, "begin of an Atomic", "");
  omadm_status status = self->tree->begin(self->tree->ctx, origin_of(self));
  self->atomic = status == OMADM_ST_OK;
  return status;
}

omadm_status trial_rollback(trial *self) {
  omadm_status undo[1] = {OMADM_ST_NONE};
  self->atomic = false;
  trial_note(self, "rollback of an Atomic", "");
  self->tree->rollback(self->tree->ctx, undo, 1);
  return undo[0];
}

omadm_status trial_commit(trial *self) {
  omadm_status undo[1] = {OMADM_ST_NONE};
  size_t member = 0;
  self->atomic = false;
  trial_note(self, "commit of an Atomic", "");
  omadm_status status = self->tree->commit(self->tree->ctx, &member, undo, 1);
  omadm_err err = self->tree->settle(self->tree->ctx);
  return err == 0 ? status : OMADM_ST_STORE_FAILED;
}

omadm_status trial_list(trial *self, const char *uri) {
  omadm_node node;
  omadm_buf names = {0};
  uint64_t cursor = 0;
  trial_note(self, "list", uri);
  self->status = trial_resolve(self, uri, &node);
  while (self->status == OMADM_ST_OK) {
    omadm_answer answer = {0};
    uint64_t at = cursor;
    omadm_status status =
        self->tree->list(self->tree->ctx, origin_of(self), &node, &cursor, &answer);
    take(self, status, &answer);
    if (status == OMADM_ST_PENDING) {
      cursor = at; /* the same call is made again */
    } else if (status == OMADM_ST_OK) {
      if (omadm_buf_add_str(&names, answer.data) != 0 || omadm_buf_add(&names, "", 1) != 0)
        self->status = OMADM_ST_FAILED;
    }
  }
  self->data.len = 0;
  if (self->status == OMADM_ST_END) self->status = OMADM_ST_OK;
  if (self->status == OMADM_ST_OK && omadm_buf_add_str(&self->data, omadm_buf_str(&names)) != 0)
    self->status = OMADM_ST_FAILED;
  omadm_buf_dispose(&names);
  return self->status;
}
