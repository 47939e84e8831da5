/* SPDX-License-Identifier: MIT */
#include "conformance/player/serve.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"

#include "conformance/player/encoding.h"
#include "conformance/player/serve_added.h"
#include "conformance/player/serve_keep.h"
#include "conformance/player/serve_remarks.h"
#include "conformance/player/serve_setup.h"
#include "conformance/player/serve_talk.h"

struct omadm_serve {
  omadm_player_client client;
  omadm_listener *listener;
  const omadm_player_codec *codec; /* of the mode; NULL: no WBXML */
  unsigned patience;
  unsigned linger;
  bool configured;
  bool restores;
  FILE *progress;
  const omadm_transcript *transcript; /* being played; NULL: none */
  size_t step; /* its first step that is not done yet, as far as messages go */
  serve_remarks remarks;
  serve_made made; /* what has to be deleted again */
  serve_keep keep; /* what has to be replaced again */
  serve_added added; /* what the transcript itself adds */
  serve_talk check; /* the check session */
  serve_reading *readings; /* NULL: not read yet */
  bool in_session; /* a message of this session has been answered */
  bool aborted; /* its last message carried Alert 1223 */
  bool pending; /* a message waits for its answer */
  bool unanswered; /* the last message got an HTTP error or nothing, and may come again */
};

/* On a terminal the line is written over by the next one. */
static void announce(const omadm_serve *self, const char *what) {
  const char *id = self->transcript == NULL ? "a transcript" : self->transcript->id.ptr;
  if (self->progress == NULL) return;
  bool terminal = isatty(fileno(self->progress)) != 0;
  fprintf(self->progress, "%somadm: waiting for a client at %s (%s%s)%s", terminal ? "\r" : "",
          omadm_listener_origin(self->listener), what, id, terminal ? "\033[K" : "\n");
  fflush(self->progress);
}

static void next_transcript(void *user, const omadm_transcript *transcript) {
  omadm_serve *self = user;
  self->transcript = transcript;
  self->step = 0;
}

/* The set-up session. */
static omadm_err set_up(omadm_serve *self, const omadm_transcript_setup *setup,
                        omadm_error *error) {
  serve_talk talk;
  announce(self, "set-up session of ");
  omadm_err err = serve_talk_begin(&talk, self->listener, self->codec, self->patience,
                                   "the set-up session", error);
  if (err == OMADM_OK)
    err = serve_look_at_dialect(talk.dialect, setup, (omadm_str){NULL, 0}, error);
  if (err == OMADM_OK) {
    serve_setup_clean(&talk, &self->made);
    serve_keep_restore(&talk, &self->keep);
    if (self->restores && self->transcript != NULL)
      err = serve_keep_look(&talk, self->transcript, &self->keep, &self->made, error);
  }
  if (err == OMADM_OK) {
    err = serve_setup_run(&talk, setup, &self->made, error);
  }
  serve_talk_end(&talk);
  return err;
}

static omadm_err begin(void *user, const omadm_transcript_setup *setup,
                       const omadm_player_mode *mode, omadm_error *error) {
  omadm_serve *self = user;
  self->codec = mode->codec;
  self->in_session = self->aborted = self->unanswered = false;
  omadm_err err = self->configured ? OMADM_OK : serve_remarks_collect(&self->remarks, setup);
  if (err != OMADM_OK) return omadm_error_set(error, err, "out of memory");
  if (!self->configured) err = serve_remarks_check_setup(setup, error);
  if (err == OMADM_OK && self->transcript != NULL)
    err = serve_remarks_check_steps(self->transcript, error);
  if (err != OMADM_OK) return err;
  /* One that is configured for each transcript has nothing to put back. */
  bool keeps =
      !self->configured && self->transcript != NULL && serve_keep_is_needed(self->transcript);
  bool left = self->made.count > 0 || self->keep.count > 0;
  return setup->node_count == 0 && !left && !keeps ? OMADM_OK : set_up(self, setup, error);
}

static const char *remark(void *user) {
  omadm_serve *self = user;
  return serve_remarks_next(&self->remarks);
}

/* Returns once the client is there, whose first message stays with the listener. */
static omadm_err session_begin(void *user, omadm_str server_id, omadm_player_start start,
                               omadm_error *error) {
  omadm_serve *self = user;
  omadm_player_request request;
  serve_glance seen;
  self->in_session = self->aborted = self->unanswered = false;
  if (start != OMADM_START_CLIENT)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "only the inside can begin a session by %s",
                           start == OMADM_START_NOTIFY ? "notification" : "alert");
  announce(self, "");
  omadm_err err =
      serve_look_for_first(self->listener, self->codec, self->patience, &request, &seen, error);
  if (err != OMADM_OK) return err;
  self->pending = true;
  if (self->transcript == NULL) return OMADM_OK;
  return serve_look_at_dialect(seen.dialect, &self->transcript->setup, server_id, error);
}

/* Whether the transcript has a further message of the client's in this session. */
static bool expects_message(const omadm_serve *self) {
  const omadm_transcript *transcript = self->transcript;
  if (transcript == NULL) return false;
  for (size_t i = self->step; i < transcript->step_count; i++) {
    omadm_transcript_step_kind kind = transcript->steps[i].kind;
    if (kind == OMADM_STEP_CLIENT) return true;
    if (kind == OMADM_STEP_SESSION || kind == OMADM_STEP_SESSION_OVER || kind == OMADM_STEP_END)
      return false;
  }
  return false;
}

/* A message has come: what follows its <client>. */
static void count_message(omadm_serve *self) {
  const omadm_transcript *transcript = self->transcript;
  while (transcript != NULL && self->step < transcript->step_count) {
    if (transcript->steps[self->step++].kind == OMADM_STEP_CLIENT) return;
  }
}

static omadm_err next_request(void *user, omadm_player_outcome *outcome,
                              omadm_player_request *request, omadm_error *error) {
  omadm_serve *self = user;
  omadm_error cause = {0};
  serve_glance seen = {.first = false};
  *outcome = self->aborted ? OMADM_PLAYED_ABORTED : OMADM_PLAYED_OVER;
  if (!self->in_session) {
    omadm_err err =
        serve_look_for_first(self->listener, self->codec, self->patience, request, &seen, error);
    if (err != OMADM_OK) return err;
  } else {
    unsigned wait = expects_message(self) ? self->patience * 1000 : self->linger;
    omadm_err err = omadm_listener_next(self->listener, wait, request, &cause);
    if (err == OMADM_E_TIMEOUT) return OMADM_OK;
    if (err != OMADM_OK) return omadm_error_set(error, err, "%s", cause.text);
    seen = serve_look_into(self->codec, request->body);
  }
  /* A first message belongs to the next session: it stays where it is. */
  if (seen.first && self->in_session && !self->unanswered) return OMADM_OK;
  *outcome = OMADM_PLAYED_REQUEST;
  self->in_session = self->pending = true;
  self->aborted = seen.aborts;
  count_message(self);
  return serve_added_confirm(&self->added, self->codec, request->body, &self->made) == OMADM_OK
             ? OMADM_OK
             : omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
}

static omadm_err respond(void *user, const omadm_player_response *response, omadm_error *error) {
  omadm_serve *self = user;
  omadm_player_response full = *response;
  self->unanswered = response->status >= 300;
  self->pending = false;
  if (full.content_type.ptr == NULL)
    full.content_type = encoding_media_type(encoding_is_wbxml(full.body));
  if (serve_added_note(&self->added, self->codec, response->body) != OMADM_OK)
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  return omadm_listener_answer(self->listener, &full, error);
}

static omadm_err drop(void *user, omadm_error *error) {
  omadm_serve *self = user;
  self->unanswered = true;
  self->pending = false;
  return omadm_listener_cut(self->listener, error);
}

/* The check session: reads all nodes at once, then tidies up. */
static omadm_err check(omadm_serve *self, omadm_error *error) {
  const omadm_transcript *transcript = self->transcript;
  announce(self, "check session of ");
  omadm_err err = serve_talk_begin(&self->check, self->listener, self->codec, self->patience,
                                   "the check session", error);
  if (err == OMADM_OK)
    err = serve_setup_read(&self->check, transcript->after, transcript->after_count,
                           &self->readings, error);
  if (err == OMADM_OK) {
    serve_setup_clean(&self->check, &self->made);
    serve_keep_restore(&self->check, &self->keep);
    err = serve_talk_send(&self->check, error);
  }
  if (err == OMADM_OK) return OMADM_OK;
  serve_talk_end(&self->check);
  self->readings = NULL;
  return err;
}

static omadm_err read_node(void *user, omadm_str uri, omadm_player_node *out, omadm_error *error) {
  omadm_serve *self = user;
  if (self->transcript == NULL) return OMADM_E_UNSUPPORTED;
  omadm_err err = self->readings == NULL ? check(self, error) : OMADM_OK;
  if (err != OMADM_OK) return err;
  for (size_t i = 0; i < self->transcript->after_count; i++) {
    const serve_reading *reading = &self->readings[i];
    /* The node itself is meant, not another line about it. */
    if (reading->want->uri.ptr == uri.ptr)
      return serve_setup_show(&self->check, reading, out, error);
  }
  return OMADM_E_UNSUPPORTED;
}

/* A transcript that failed half-way leaves a client waiting. */
static void finish(void *user) {
  omadm_serve *self = user;
  if (self->pending) serve_talk_dismiss(self->listener, self->codec);
  if (self->readings != NULL) serve_talk_end(&self->check);
  serve_added_clear(&self->added);
  self->readings = NULL;
  self->pending = false;
  self->transcript = NULL;
}

omadm_err omadm_serve_new(omadm_listener *listener, const omadm_serve_options *options,
                          omadm_serve **out, omadm_error *error) {
  omadm_serve *self = calloc(1, sizeof *self);
  *out = self;
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->listener = listener;
  self->patience = options == NULL || options->patience == 0 ? 60 : options->patience;
  self->configured = options != NULL && options->configured;
  self->restores = options != NULL && options->restores;
  self->linger = options == NULL || options->linger == 0 ? 2000 : options->linger;
  self->progress = options == NULL ? NULL : options->progress;
  self->client = (omadm_player_client){
      .struct_size = sizeof self->client,
      .name = "whatever connects",
      .self = self,
      .next_transcript = next_transcript,
      .begin = begin,
      .remark = remark,
      .session_begin = session_begin,
      .next_request = next_request,
      .respond = respond,
      .drop = drop,
      .read_node = read_node,
      .finish = finish,
  };
  return OMADM_OK;
}

void omadm_serve_free(omadm_serve *self) {
  if (self == NULL) return;
  serve_remarks_dispose(&self->remarks);
  serve_made_dispose(&self->made);
  serve_keep_dispose(&self->keep);
  serve_added_clear(&self->added);
  free(self);
}

const omadm_player_client *omadm_serve_client(omadm_serve *self) {
  return &self->client;
}
