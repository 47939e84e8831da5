/* SPDX-License-Identifier: MIT */
#include "conformance/player/serve_talk.h"

#include <libxml/parser.h>

#include "base/str.h"

#include "conformance/player/encoding.h"
#include "conformance/player/serve_compose.h"

enum { MOST_MESSAGES = 100 }; /* that a client may take for one package */

bool serve_command_done(const serve_command *command) {
  return command->code >= 200 && command->code < 300;
}

static void clear_queue(serve_talk *self) {
  self->queue = NULL;
  self->queue_end = &self->queue;
}

/* Takes the message that the listener holds. */
static omadm_err take(serve_talk *self, const omadm_player_request *request, bool aborts,
                      omadm_error *error) {
  omadm_error cause = {0};
  xmlFreeDoc(self->waiting);
  self->waiting = NULL;
  self->wbxml = encoding_is_wbxml(request->body);
  omadm_err err = encoding_parse(self->codec, request->body, &self->waiting, &cause);
  if (err != OMADM_OK) {
    /* Nobody can answer it, and it must not be taken for the next one. */
    (void)omadm_listener_cut(self->listener, NULL);
    return omadm_error_set(error, err, "%s: the client's message: %s", self->name, cause.text);
  }
  if (!aborts) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED, "the client aborted %s", self->name);
}

static omadm_err receive(serve_talk *self, omadm_error *error) {
  omadm_player_request request;
  omadm_error cause = {0};
  omadm_err err = omadm_listener_next(self->listener, self->patience * 1000, &request, &cause);
  if (err == OMADM_E_TIMEOUT) {
    return omadm_error_set(error, err, "%s: the client did not go on within %u seconds", self->name,
                           self->patience);
  }
  if (err != OMADM_OK) return omadm_error_set(error, err, "%s: %s", self->name, cause.text);
  serve_glance seen = serve_look_into(self->codec, request.body);
  /* It stays where it is: the next session is served with it. */
  if (seen.first)
    return omadm_error_set(error, OMADM_E_RECEIVE, "the client broke %s off", self->name);
  return take(self, &request, seen.aborts, error);
}

/* Answers the message that waits. */
static omadm_err answer(serve_talk *self, serve_command *commands, bool go_on, omadm_error *error) {
  omadm_buf body;
  omadm_buf_init(&body, self->arena.mem, 0);
  omadm_err err = serve_compose(self->waiting, commands, go_on, &body, error);
  if (err == OMADM_OK && self->wbxml) err = encoding_convert(self->codec, &body, error);
  if (err == OMADM_OK) {
    const omadm_player_response response = {
        .status = 200,
        .content_type = encoding_media_type(self->wbxml),
        .body = omadm_buf_str(&body),
    };
    xmlFreeDoc(self->waiting);
    self->waiting = NULL;
    err = omadm_listener_answer(self->listener, &response, error);
  }
  omadm_buf_dispose(&body);
  return err;
}

/* The client's messages up to the end of its package. */
static omadm_err take_package(serve_talk *self, unsigned reference, serve_command *commands,
                              omadm_error *error) {
  for (int i = 0; i < MOST_MESSAGES; i++) {
    omadm_err err = serve_settle(self->waiting, reference, commands, &self->arena);
    if (err != OMADM_OK) return omadm_error_set(error, err, "out of memory");
    if (serve_message_is_final(self->waiting)) return OMADM_OK;
    err = answer(self, NULL, true, error);
    if (err == OMADM_OK) err = receive(self, error);
    if (err != OMADM_OK) return err;
  }
  return omadm_error_set(error, OMADM_E_LIMIT, "%s: no Final in %d messages of the client's",
                         self->name, MOST_MESSAGES);
}

omadm_err serve_talk_begin(serve_talk *self, omadm_listener *listener,
                           const omadm_player_codec *codec, unsigned patience, const char *name,
                           omadm_error *error) {
  omadm_player_request request;
  serve_glance seen;
  *self = (serve_talk){.listener = listener, .codec = codec, .patience = patience, .name = name};
  omadm_arena_init(&self->arena, &omadm_mem_default, 0);
  clear_queue(self);
  omadm_err err = serve_look_for_first(listener, codec, patience, &request, &seen, error);
  if (err != OMADM_OK) return err;
  self->dialect = seen.dialect;
  err = take(self, &request, seen.aborts, error);
  return err == OMADM_OK ? take_package(self, 0, NULL, error) : err;
}

serve_command *serve_talk_add(serve_talk *self, const char *name, omadm_str uri) {
  serve_command *command = omadm_arena_new(&self->arena, 1, sizeof *command);
  if (command == NULL) {
    self->short_of_memory = true;
    self->spare = (serve_command){.name = name};
    return &self->spare;
  }
  command->name = name;
  command->uri = uri;
  *self->queue_end = command;
  self->queue_end = &command->next;
  return command;
}

omadm_err serve_talk_send(serve_talk *self, omadm_error *error) {
  serve_command *commands = self->queue;
  clear_queue(self);
  if (self->short_of_memory) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  if (commands == NULL) return OMADM_OK;
  unsigned reference = serve_message_number(self->waiting);
  omadm_err err = answer(self, commands, false, error);
  if (err == OMADM_OK) err = receive(self, error);
  return err == OMADM_OK ? take_package(self, reference, commands, error) : err;
}

void serve_talk_end(serve_talk *self) {
  if (self->waiting != NULL && answer(self, NULL, false, NULL) != OMADM_OK)
    (void)omadm_listener_cut(self->listener, NULL);
  xmlFreeDoc(self->waiting);
  self->waiting = NULL;
  omadm_arena_dispose(&self->arena);
}

void serve_talk_dismiss(omadm_listener *listener, const omadm_player_codec *codec) {
  omadm_player_request request;
  serve_talk talk = {.listener = listener, .codec = codec, .name = "the session"};
  omadm_arena_init(&talk.arena, &omadm_mem_default, 0);
  if (omadm_listener_next(listener, 0, &request, NULL) != OMADM_OK) return;
  (void)take(&talk, &request, false, NULL);
  serve_talk_end(&talk);
}
