/* SPDX-License-Identifier: MIT */
#include "conformance/player/serve_setup.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/str.h"

/* A node of <setup>, and the commands that bring it about. */
typedef struct wish {
  const omadm_transcript_node *node;
  const serve_command *first; /* Replace; of an interior node Get: is it there? */
  const serve_command *added; /* Add; NULL: was not needed */
  const serve_command *again; /* Replace, after an Add that found it there */
  const serve_command *acl;
  const serve_command *title;
} wish;

/* An ancestor of a node that is missing. */
typedef struct ancestor {
  struct ancestor *next;
  const serve_command *look;
  const serve_command *added;
} ancestor;

typedef struct plan {
  serve_talk *talk;
  wish *wishes;
  size_t count;
  ancestor *ancestors; /* parents before their children */
} plan;

omadm_err serve_made_add(serve_made *self, omadm_str uri) {
  if (self->count == self->capacity) {
    size_t capacity = self->capacity * 2 + 8;
    char **uris = realloc(self->uris, capacity * sizeof(char *));
    if (uris == NULL) return OMADM_E_NOMEM;
    self->uris = uris;
    self->capacity = capacity;
  }
  char *copy = omadm_str_dup(&omadm_mem_default, uri);
  if (copy == NULL) return OMADM_E_NOMEM;
  self->uris[self->count++] = copy;
  return OMADM_OK;
}

static void forget_all(serve_made *self) {
  for (size_t i = 0; i < self->count; i++)
    omadm_mem_free(&omadm_mem_default, self->uris[i]);
  self->count = 0;
}

void serve_made_dispose(serve_made *self) {
  forget_all(self);
  free(self->uris);
  *self = (serve_made){NULL, 0, 0};
}

void serve_setup_clean(serve_talk *talk, serve_made *made) {
  for (size_t i = made->count; i > 0; i--)
    (void)serve_talk_add(talk, "Delete",
                         omadm_arena_copy(&talk->arena, omadm_str_of(made->uris[i - 1])));
  forget_all(made);
}

static bool is_interior(const wish *w) {
  return omadm_str_is(w->node->format, "node");
}

/* Adds or replaces the node itself. */
static const serve_command *put(plan *self, const char *name, const wish *w) {
  static const omadm_str empty = OMADM_STR("");
  serve_command *command = serve_talk_add(self->talk, name, w->node->uri);
  command->format = w->node->format;
  command->type = w->node->type;
  if (is_interior(w)) return command;
  /* A value out of base64 need not be terminated. */
  command->value =
      omadm_arena_copy(&self->talk->arena, w->node->value.ptr == NULL ? empty : w->node->value);
  if (command->value.ptr == NULL) self->talk->short_of_memory = true;
  return command;
}

static const serve_command *put_property(plan *self, const wish *w, const char *property,
                                         omadm_str value) {
  if (value.ptr == NULL) return NULL;
  serve_command *command = serve_talk_add(self->talk, "Replace", w->node->uri);
  command->property = property;
  command->value = value;
  return command;
}

/* There is nothing, or what the description lets be made and then no longer changed. */
static bool must_be_added(const wish *w) {
  return w->first->code == 404 || (!is_interior(w) && w->first->code == 405);
}

static bool is_known(const plan *self, omadm_str uri) {
  for (const ancestor *a = self->ancestors; a != NULL; a = a->next) {
    if (omadm_str_equal(a->look->uri, uri)) return true;
  }
  return false;
}

/* Asks for each node above it, but the root. */
static void look_for_ancestors(plan *self, const wish *w, ancestor ***end) {
  omadm_str uri = w->node->uri;
  for (size_t i = 2; i < uri.len; i++) {
    omadm_str above = {uri.ptr, i};
    if (uri.ptr[i] != '/' || is_known(self, above)) continue;
    ancestor *a = omadm_arena_new(&self->talk->arena, 1, sizeof *a);
    if (a == NULL) {
      self->talk->short_of_memory = true;
      return;
    }
    a->look = serve_talk_add(self->talk, "Get", above);
    **end = a;
    *end = &a->next;
  }
}

static void add_ancestors(plan *self) {
  for (ancestor *a = self->ancestors; a != NULL; a = a->next) {
    if (a->look->code != 404) continue;
    serve_command *command = serve_talk_add(self->talk, "Add", a->look->uri);
    command->format = (omadm_str)OMADM_STR("node");
    a->added = command;
  }
}

/* Makes the nodes that are missing. */
static omadm_err add_missing(plan *self, serve_made *made, omadm_error *error) {
  ancestor **end = &self->ancestors;
  for (size_t i = 0; i < self->count; i++) {
    if (must_be_added(&self->wishes[i])) look_for_ancestors(self, &self->wishes[i], &end);
  }
  omadm_err err = serve_talk_send(self->talk, error);
  if (err != OMADM_OK) return err;
  add_ancestors(self);
  for (size_t i = 0; i < self->count; i++) {
    wish *w = &self->wishes[i];
    if (must_be_added(w)) w->added = put(self, "Add", w);
  }
  err = serve_talk_send(self->talk, error);
  if (err != OMADM_OK) return err;
  for (const ancestor *a = self->ancestors; err == OMADM_OK && a != NULL; a = a->next) {
    if (a->added != NULL && serve_command_done(a->added)) err = serve_made_add(made, a->added->uri);
  }
  for (size_t i = 0; err == OMADM_OK && i < self->count; i++) {
    const wish *w = &self->wishes[i];
    if (w->added != NULL && serve_command_done(w->added)) err = serve_made_add(made, w->node->uri);
  }
  return err;
}

/* What came with its parent is there now and has another value; then the properties. */
static omadm_err finish(plan *self, omadm_error *error) {
  for (size_t i = 0; i < self->count; i++) {
    wish *w = &self->wishes[i];
    if (w->added != NULL && w->added->code == 418 && !is_interior(w) && w->first->code == 404)
      w->again = put(self, "Replace", w);
    w->acl = put_property(self, w, "ACL", w->node->acl);
    w->title = put_property(self, w, "Title", w->node->title);
  }
  return serve_talk_send(self->talk, error);
}

/* The command that says how it went with the node. */
static const serve_command *deciding(const wish *w) {
  if (w->again != NULL) return w->again;
  return w->added == NULL || (w->added->code == 418 && w->first->code == 405) ? w->first : w->added;
}

static bool is_there(const wish *w) {
  const serve_command *last = deciding(w);
  /* An interior node without the right to list it is there all the same. */
  return serve_command_done(last) ||
         (is_interior(w) && (last->code == 405 || last->code == 425 || last->code == 418));
}

static void add_refused(omadm_buf *out, const serve_command *command) {
  (void)omadm_buf_printf(out, "%s%.*s%s%s (%u)", out->len == 0 ? "" : ", ", (int)command->uri.len,
                         command->uri.ptr, command->property == NULL ? "" : "?prop=",
                         command->property == NULL ? "" : command->property, command->code);
}

static omadm_err judge(const plan *self, omadm_error *error) {
  omadm_buf refused;
  omadm_buf_init(&refused, &omadm_mem_default, 0);
  for (size_t i = 0; i < self->count; i++) {
    const wish *w = &self->wishes[i];
    if (!is_there(w)) add_refused(&refused, deciding(w));
    if (w->acl != NULL && !serve_command_done(w->acl)) add_refused(&refused, w->acl);
    if (w->title != NULL && !serve_command_done(w->title)) add_refused(&refused, w->title);
  }
  omadm_err err = OMADM_OK;
  if (refused.len > 0)
    err = omadm_error_set(error, OMADM_E_UNSUPPORTED, "not set up: %.*s", (int)refused.len,
                          refused.ptr);
  omadm_buf_dispose(&refused);
  return err;
}

omadm_err serve_setup_run(serve_talk *talk, const omadm_transcript_setup *setup, serve_made *made,
                          omadm_error *error) {
  plan self = {.talk = talk, .count = setup->node_count};
  self.wishes = omadm_arena_new(&talk->arena, self.count + 1, sizeof *self.wishes);
  if (self.wishes == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  for (size_t i = 0; i < self.count; i++) {
    wish *w = &self.wishes[i];
    w->node = &setup->nodes[i];
    w->first =
        is_interior(w) ? serve_talk_add(talk, "Get", w->node->uri) : put(&self, "Replace", w);
  }
  omadm_err err = serve_talk_send(talk, error);
  if (err == OMADM_OK) err = add_missing(&self, made, error);
  if (err == OMADM_OK) err = finish(&self, error);
  return err == OMADM_OK ? judge(&self, error) : err;
}

static const serve_command *ask_property(serve_talk *talk, const omadm_transcript_node *node,
                                         const char *property, omadm_str wanted) {
  if (wanted.ptr == NULL) return NULL;
  serve_command *command = serve_talk_add(talk, "Get", node->uri);
  command->property = property;
  return command;
}

omadm_err serve_setup_read(serve_talk *talk, const omadm_transcript_node *nodes, size_t count,
                           serve_reading **out, omadm_error *error) {
  serve_reading *readings = omadm_arena_new(&talk->arena, count + 1, sizeof *readings);
  *out = readings;
  if (readings == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  for (size_t i = 0; i < count; i++) {
    readings[i].want = &nodes[i];
    readings[i].value = serve_talk_add(talk, "Get", nodes[i].uri);
    readings[i].acl = ask_property(talk, &nodes[i], "ACL", nodes[i].acl);
    readings[i].title = ask_property(talk, &nodes[i], "Title", nodes[i].title);
  }
  return serve_talk_send(talk, error);
}

/* OMA-TS-SyncML_MetaInfo 5.2: b64 is also how octets travel whose node has another format. What was
 * meant is seen by what is wanted. */
static void decode(serve_talk *talk, const serve_reading *reading, omadm_player_node *out) {
  omadm_buf octets;
  if (!omadm_str_is(out->format, "b64") || omadm_str_is(reading->want->format, "b64")) return;
  omadm_buf_init(&octets, &omadm_mem_default, 0);
  omadm_str wanted = reading->want->value;
  if (wanted.ptr != NULL && omadm_base64_decode(out->value, &octets) == OMADM_OK &&
      (reading->want->as_base64 || omadm_str_equal(omadm_buf_str(&octets), wanted))) {
    out->value = omadm_arena_copy(&talk->arena, omadm_buf_str(&octets));
    out->format = (omadm_str){NULL, 0};
  }
  omadm_buf_dispose(&octets);
}

static omadm_str property_of(const serve_command *command) {
  return command != NULL && serve_command_done(command) ? command->found : (omadm_str){NULL, 0};
}

omadm_err serve_setup_show(serve_talk *talk, const serve_reading *reading, omadm_player_node *out,
                           omadm_error *error) {
  const serve_command *value = reading->value;
  *out = (omadm_player_node){.absent = value->code == 404};
  if (out->absent) return OMADM_OK;
  /* 405: no Get; 406: not this way; 425: no right to. */
  if (value->code == 405 || value->code == 406 || value->code == 425)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "%u", value->code);
  if (value->code == 0) return omadm_error_set(error, OMADM_E_RECEIVE, "its Get has no Status");
  if (!serve_command_done(value))
    return omadm_error_set(error, OMADM_E_REFUSED, "its Get was answered %u", value->code);
  if (value->in_pieces)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "its value comes in pieces");
  out->value = value->found;
  out->format = value->found_format;
  out->type = value->found_type;
  out->acl = property_of(reading->acl);
  out->title = property_of(reading->title);
  decode(talk, reading, out);
  return OMADM_OK;
}
