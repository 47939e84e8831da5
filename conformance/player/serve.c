/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "base/str.h"

#include "message.h"

struct omadm_serve {
  omadm_player_client client;
  omadm_listener *listener;
  unsigned patience;
  unsigned linger;
  bool in_session; /* a message of this session has been answered */
  bool aborted; /* its last message carried Alert 1223 */
  bool pending; /* a message waits for its answer */
  bool unanswered; /* the last message got an HTTP error or nothing, and may come again */
};

static bool text_is(const xmlNode *node, const char *text) {
  char *content = omadm_message_text(node);
  bool is = content != NULL && omadm_str_is(omadm_str_trim(omadm_str_of(content)), text);
  xmlFree(content);
  return is;
}

/* What a message says that tells where a session ends. */
typedef struct glance {
  bool first; /* MsgID 1 */
  bool later; /* another MsgID */
  bool aborts;
} glance;

static glance look_into(omadm_str body) {
  glance seen = {false, false, false};
  xmlDoc *doc = NULL;
  if (omadm_message_parse(body, &doc, NULL) != OMADM_OK) return seen;
  const xmlNode *root = xmlDocGetRootElement(doc);
  const xmlNode *id = omadm_message_child(omadm_message_child(root, "SyncHdr"), "MsgID");
  seen.first = text_is(id, "1");
  seen.later = id != NULL && !seen.first;
  const xmlNode *alert = omadm_message_child(omadm_message_child(root, "SyncBody"), "Alert");
  for (; alert != NULL; alert = omadm_message_sibling(alert, "Alert")) {
    seen.aborts = seen.aborts || text_is(omadm_message_child(alert, "Data"), "1223");
  }
  xmlFreeDoc(doc);
  return seen;
}

static omadm_err begin(void *user, const omadm_transcript_setup *setup,
                       const omadm_player_mode *mode, omadm_error *error) {
  omadm_serve *self = user;
  (void)setup;
  (void)mode;
  (void)error;
  self->in_session = self->aborted = self->unanswered = false;
  return OMADM_OK;
}

static omadm_err session_begin(void *user, omadm_str server_id, omadm_player_start start,
                               omadm_error *error) {
  omadm_serve *self = user;
  (void)server_id;
  self->in_session = self->aborted = self->unanswered = false;
  if (start == OMADM_START_CLIENT) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_UNSUPPORTED, "only the inside can begin a session by %s",
                         start == OMADM_START_NOTIFY ? "notification" : "alert");
}

/* The next request that is not a left-over of a session that was given up: before a session, one
 * with MsgID 1. */
static omadm_err wait_for_request(omadm_serve *self, omadm_player_request *request, glance *seen,
                                  omadm_error *error) {
  unsigned wait = self->in_session ? self->linger : self->patience * 1000;
  while (true) {
    omadm_err err = omadm_listener_next(self->listener, wait, request, error);
    if (err != OMADM_OK) return err;
    *seen = look_into(request->body);
    if (self->in_session || !seen->later) return OMADM_OK;
    err = omadm_listener_cut(self->listener, error);
    if (err != OMADM_OK) return err;
  }
}

static omadm_err next_request(void *user, omadm_player_outcome *outcome,
                              omadm_player_request *request, omadm_error *error) {
  omadm_serve *self = user;
  omadm_error cause = {0};
  glance seen = {false, false, false};
  *outcome = self->aborted ? OMADM_PLAYED_ABORTED : OMADM_PLAYED_OVER;
  omadm_err err = wait_for_request(self, request, &seen, &cause);
  if (err == OMADM_E_TIMEOUT && self->in_session) return OMADM_OK;
  if (err == OMADM_E_TIMEOUT) {
    return omadm_error_set(error, err, "no client began a session within %u seconds",
                           self->patience);
  }
  if (err != OMADM_OK) return omadm_error_set(error, err, "%s", cause.text);
  /* A first message belongs to the next session: it stays where it is. */
  if (seen.first && self->in_session && !self->unanswered) return OMADM_OK;
  *outcome = OMADM_PLAYED_REQUEST;
  self->in_session = self->pending = true;
  self->aborted = seen.aborts;
  return OMADM_OK;
}

static omadm_err respond(void *user, const omadm_player_response *response, omadm_error *error) {
  omadm_serve *self = user;
  omadm_player_response full = *response;
  self->unanswered = response->status >= 300;
  self->pending = false;
  if (full.content_type.ptr == NULL)
    full.content_type = omadm_str_of("application/vnd.syncml.dm+xml");
  return omadm_listener_answer(self->listener, &full, error);
}

static omadm_err drop(void *user, omadm_error *error) {
  omadm_serve *self = user;
  self->unanswered = true;
  self->pending = false;
  return omadm_listener_cut(self->listener, error);
}

/* A transcript that failed half-way leaves a client waiting. */
static void finish(void *user) {
  omadm_serve *self = user;
  if (self->pending) (void)omadm_listener_cut(self->listener, NULL);
  self->pending = false;
}

omadm_err omadm_serve_new(omadm_listener *listener, const omadm_serve_options *options,
                          omadm_serve **out, omadm_error *error) {
  omadm_serve *self = calloc(1, sizeof *self);
  *out = self;
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->listener = listener;
  self->patience = options == NULL || options->patience == 0 ? 60 : options->patience;
  self->linger = options == NULL || options->linger == 0 ? 2000 : options->linger;
  self->client = (omadm_player_client){
      .struct_size = sizeof self->client,
      .name = "whatever connects",
      .self = self,
      .begin = begin,
      .session_begin = session_begin,
      .next_request = next_request,
      .respond = respond,
      .drop = drop,
      .finish = finish,
      .outside = true,
  };
  return OMADM_OK;
}

void omadm_serve_free(omadm_serve *self) {
  free(self);
}

const omadm_player_client *omadm_serve_client(omadm_serve *self) {
  return &self->client;
}
