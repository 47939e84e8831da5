/* SPDX-License-Identifier: MIT */
#include "conformance/player/inprocess.h"

#include <omadm/session.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/player/inprocess_arrival.h"

typedef struct inprocess {
  const omadm_inprocess_config *config;
  device device;
  omadm_session *session;
  omadm_out out; /* the message that waits to be fetched or answered */
  omadm_transcript_pair hmac; /* its only header of its own */
  bool fetched;
  unsigned repeats; /* of the message that waits */
  size_t chunk;
  bool wbxml; /* sessions begin in WBXML */
  bool has_user; /* the transcript has a <user>: so the device has one */
  bool notified; /* a notification began the session, and nobody was reached yet */
  bool declined; /* the last session did not begin: its notification was refused */
} inprocess;

static void session_over(inprocess *self) {
  omadm_session_free(self->session);
  self->session = NULL;
  self->fetched = false;
}

static void on_completed(void *ctx, omadm_token token, omadm_status status,
                         const omadm_answer *answer) {
  inprocess *self = ctx;
  if (self->session == NULL || omadm_session_complete(self->session, token, status, answer) != 0) {
    omadm_log_line(self->config->log, OMADM_LOG_INFO, "replay",
                   "a late answer found nobody waiting (status %d)", status);
  }
}

static omadm_err begin(void *ctx, const omadm_transcript_setup *setup,
                       const omadm_player_mode *mode, omadm_error *error) {
  inprocess *self = ctx;
  self->wbxml = mode->wbxml;
  self->chunk = mode->chunk;
  omadm_err err = device_begin(&self->device, setup, mode, self->config, on_completed, self, error);
  self->device.has_user = self->has_user;
  return err;
}

static void finish(void *ctx) {
  inprocess *self = ctx;
  session_over(self);
  device_end(&self->device);
}

static omadm_err session_begin(void *ctx, omadm_str server_id, omadm_player_start start,
                               omadm_error *error) {
  inprocess *self = ctx;
  session_over(self);
  device_finish_jobs(&self->device);
  omadm_session_config config;
  omadm_session_config_init(&config);
  bool begins = true;
  omadm_err err = device_session(&self->device, server_id, &config, error);
  if (err == 0 && start == OMADM_START_NOTIFY)
    err = device_notified(&self->device, &config, &begins, error);
  self->declined = !begins;
  self->notified = begins && start == OMADM_START_NOTIFY && config.session_id.len > 0;
  if (err != 0 || !begins) return err;
  if (self->wbxml) config.encoding = OMADM_ENCODING_WBXML;
  err = omadm_session_new(&config, &self->session, error);
  if (err == 0) omadm_framework_event(self->device.framework, OMADM_CSP_SESSION_BEGAN, server_id);
  return err;
}

/* What the engine waits for in this process ends by itself, or not at all. A user who says nothing
 * lets the time pass. */
static omadm_err wait_for_answers(inprocess *self, omadm_error *error) {
  omadm_token token;
  omadm_ui_outcome outcome;
  omadm_ui_reply reply;
  if (self->device.now >= omadm_session_deadline(self->session)) return 0;
  if (omadm_framework_pump(self->device.framework, 1000) > 0) return 0;
  if (device_user_take(&self->device.user, &token, &outcome, &reply))
    return omadm_session_user_answered(self->session, token, outcome, &reply);
  if (self->device.user.asked != 0) {
    self->device.now = omadm_session_deadline(self->session);
    return 0;
  }
  return omadm_error_set(error, OMADM_E_STATE,
                         "the engine waits for an answer that nothing will give");
}

/* How the session ended. A notification that led to nobody is forgotten. */
static omadm_err end_of(inprocess *self, omadm_player_outcome *outcome, omadm_error *error) {
  omadm_result result = {0};
  omadm_session_outcome(self->session, &result);
  *outcome = result.outcome == OMADM_OUTCOME_ABORTED   ? OMADM_PLAYED_ABORTED
             : result.outcome == OMADM_OUTCOME_REFUSED ? OMADM_PLAYED_REFUSED
                                                       : OMADM_PLAYED_DONE;
  bool unreached = self->notified && result.messages == 0;
  self->notified = false;
  return unreached ? device_unreached(&self->device, error) : OMADM_OK;
}

static omadm_err next_request(void *ctx, omadm_player_outcome *outcome,
                              omadm_player_request *request, omadm_error *error) {
  inprocess *self = ctx;
  *outcome = OMADM_PLAYED_DONE;
  while (self->session != NULL && !self->fetched) {
    omadm_step step = omadm_session_next(self->session, self->device.now, &self->out);
    if (step == OMADM_DONE) break;
    if (step == OMADM_RECEIVE)
      return omadm_error_set(error, OMADM_E_STATE, "the client waits for an answer of the server");
    if (step == OMADM_WAIT) {
      omadm_err err = wait_for_answers(self, error);
      if (err != 0) return err;
    } else {
      self->fetched = true;
    }
  }
  if (self->session == NULL) {
    if (self->declined) *outcome = OMADM_PLAYED_REFUSED;
    return 0;
  }
  if (!self->fetched) return end_of(self, outcome, error);
  *outcome = OMADM_PLAYED_REQUEST;
  *request = (omadm_player_request){
      .url = self->out.uri, .content_type = self->out.content_type, .body = self->out.body};
  self->hmac = (omadm_transcript_pair){OMADM_STR("x-syncml-hmac"), self->out.hmac};
  request->headers = &self->hmac;
  request->header_count = self->out.hmac.len > 0;
  return 0;
}

static omadm_str header(const omadm_player_response *response, const char *name) {
  for (size_t i = 0; i < response->header_count; i++) {
    if (omadm_str_equal_nocase(response->headers[i].name, omadm_str_of(name)))
      return response->headers[i].value;
  }
  return (omadm_str){NULL, 0};
}

/* After the message there is nothing to receive where it was the last one. */
static bool expects_answer(inprocess *self) {
  omadm_out out;
  self->fetched = false;
  return omadm_session_next(self->session, self->device.now, &out) == OMADM_RECEIVE;
}

static omadm_err respond(void *ctx, const omadm_player_response *response, omadm_error *error) {
  inprocess *self = ctx;
  if (self->session == NULL || !self->fetched)
    return omadm_error_set(error, OMADM_E_STATE, "no message was sent");
  if (!expects_answer(self)) return 0;
  self->repeats = 0;
  if (response->status >= 300) {
    omadm_session_break(self->session, "the server answered with an HTTP error");
    return 0;
  }
  omadm_str type = response->content_type.len > 0
                       ? response->content_type
                       : (omadm_str)OMADM_STR("application/vnd.syncml.dm+xml");
  omadm_err err = omadm_session_begin(self->session, type, header(response, "x-syncml-hmac"));
  size_t chunk = self->chunk > 0 ? self->chunk : response->body.len;
  for (size_t i = 0; err == 0 && i < response->body.len; i += chunk) {
    size_t n = response->body.len - i < chunk ? response->body.len - i : chunk;
    err = omadm_session_feed(self->session, response->body.ptr + i, n);
  }
  if (err == 0) err = omadm_session_end(self->session);
  /* A message over a limit ends the session, which its outcome tells. */
  return err == OMADM_E_LIMIT ? 0
         : err != 0           ? omadm_error_set(error, err, "the engine takes no message now")
                              : 0;
}

/* As the transport does: the same octets a few times more, then the end. */
static omadm_err drop(void *ctx, omadm_error *error) {
  enum { MOST_REPEATS = 3 };
  inprocess *self = ctx;
  if (self->session == NULL || !self->fetched || !expects_answer(self)) return 0;
  if (self->repeats++ == MOST_REPEATS) {
    omadm_session_break(self->session, "the connection was cut again and again");
    return 0;
  }
  omadm_err err = omadm_session_resend(self->session, &self->out);
  self->fetched = err == 0;
  return err == 0 ? 0 : omadm_error_set(error, err, "the message cannot be repeated");
}

static omadm_err raise_alert(void *ctx, const omadm_transcript_step *step, omadm_error *error) {
  inprocess *self = ctx;
  omadm_alert alert = {
      .code = step->alert.len > 0 && omadm_str_is(step->alert, "1224") ? 1224 : 1226,
      .type = step->type,
      .format = omadm_format_parse(step->format),
      .mark = omadm_mark_parse(step->mark),
      .source = step->source,
      .data = step->body,
      .correlator = step->correlator,
  };
  omadm_err err = omadm_framework_raise(self->device.framework, step->server, &alert);
  return err != 0 ? omadm_error_set(error, err, "the alert could not be stored") : 0;
}

static omadm_err change(void *ctx, const omadm_transcript_step *step, omadm_error *error) {
  inprocess *self = ctx;
  return device_set(&self->device, step->uri, step->format, (omadm_str){NULL, 0}, step->body,
                    error);
}

static omadm_err known(void *ctx, omadm_str name, omadm_buf *out) {
  const inprocess *self = ctx;
  const omadm_transcript_setup *setup = self->device.setup;
  const omadm_account *account = NULL;
  if (omadm_str_is(name, "device"))
    return omadm_buf_add_str(out, omadm_buf_str(&self->device.device_id));
  if (omadm_str_is(name, "url") && setup->server_count > 0)
    account = omadm_accounts_find(self->device.accounts, setup->servers[0].id.ptr);
  if (account == NULL) return OMADM_E_NOT_FOUND;
  return omadm_buf_add_text(out, account->url);
}

static void next_transcript(void *ctx, const omadm_transcript *transcript) {
  inprocess *self = ctx;
  self->has_user = false;
  for (size_t i = 0; i < transcript->step_count; i++)
    self->has_user = self->has_user || transcript->steps[i].kind == OMADM_STEP_USER;
}

static omadm_err notify(void *ctx, omadm_str octets, omadm_error *error) {
  inprocess *self = ctx;
  return device_notify(&self->device, octets, error);
}

static omadm_err bootstrap(void *ctx, const omadm_transcript_step *step, omadm_error *error) {
  inprocess *self = ctx;
  session_over(self);
  return device_bootstrap(&self->device, step, error);
}

static omadm_err user(void *ctx, omadm_str answer, omadm_error *error) {
  inprocess *self = ctx;
  return device_user_add(&self->device.user, answer, error);
}

static omadm_err abort_session(void *ctx, omadm_error *error) {
  inprocess *self = ctx;
  (void)error;
  if (self->session != NULL) omadm_session_abort(self->session);
  self->fetched = false;
  return 0;
}

static omadm_err advance(void *ctx, unsigned seconds, omadm_error *error) {
  inprocess *self = ctx;
  (void)error;
  self->device.now += (int64_t)seconds * 1000;
  return 0;
}

static omadm_err restart(void *ctx, omadm_error *error) {
  inprocess *self = ctx;
  session_over(self);
  return device_restart(&self->device, error);
}

static omadm_err read_node(void *ctx, omadm_str uri, omadm_player_node *out, omadm_error *error) {
  inprocess *self = ctx;
  return device_read(&self->device, uri, out, error);
}

static omadm_err outbox_count(void *ctx, size_t *out, omadm_error *error) {
  inprocess *self = ctx;
  (void)error;
  *out = omadm_framework_alerts(self->device.framework, (omadm_str){NULL, 0});
  return 0;
}

omadm_err omadm_inprocess_new(const omadm_inprocess_config *config, omadm_player_client *client,
                              omadm_error *error) {
  inprocess *self = omadm_mem_new(&omadm_mem_default, 1, sizeof *self);
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->config = config;
  *client = (omadm_player_client){
      .struct_size = sizeof *client,
      .name = "omadm in this process",
      .self = self,
      .next_transcript = next_transcript,
      .begin = begin,
      .known = known,
      .session_begin = session_begin,
      .next_request = next_request,
      .respond = respond,
      .drop = drop,
      .raise = raise_alert,
      .change = change,
      .user = user,
      .abort = abort_session,
      .notify = notify,
      .bootstrap = bootstrap,
      .advance = advance,
      .restart = restart,
      .crash =
          restart, /* what is not settled is in memory only, and goes with the framework in both */
      .read_node = read_node,
      .outbox_count = outbox_count,
      .finish = finish,
  };
  return 0;
}

void omadm_inprocess_free(omadm_player_client *client) {
  if (client->self == NULL) return;
  finish(client->self);
  omadm_mem_free(&omadm_mem_default, client->self);
  client->self = NULL;
}
