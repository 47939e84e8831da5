/* SPDX-License-Identifier: MIT */
#include "conformance/player/serve_keep.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "base/str.h"

#include "conformance/player/message.h"

enum { MOST = 200 }; /* nodes that are looked at for one transcript */

typedef struct look {
  serve_talk *talk;
  serve_command *leaves[MOST]; /* Get of what is replaced */
  serve_command *above[MOST]; /* Get of what is above an addition, parents first */
  size_t leaf_count;
  size_t above_count;
} look;

static bool is_asked(serve_command *const *list, size_t count, omadm_str uri) {
  for (size_t i = 0; i < count; i++) {
    if (omadm_str_equal(list[i]->uri, uri)) return true;
  }
  return false;
}

static void ask_leaf(look *self, omadm_str uri) {
  if (self->leaf_count == MOST || is_asked(self->leaves, self->leaf_count, uri)) return;
  self->leaves[self->leaf_count++] = serve_talk_add(self->talk, "Get", uri);
}

/* But for the root. */
static void ask_above(look *self, omadm_str uri) {
  for (size_t i = 2; i < uri.len; i++) {
    omadm_str above = {uri.ptr, i};
    if (uri.ptr[i] != '/' || self->above_count == MOST ||
        is_asked(self->above, self->above_count, above))
      continue;
    self->above[self->above_count++] = serve_talk_add(self->talk, "Get", above);
  }
}

/* A node that can be looked at: no property, nothing that is malformed on purpose. */
static bool is_plain(omadm_str uri) {
  return omadm_str_starts(uri, "./") && uri.len > 2 && uri.ptr[uri.len - 1] != '/' &&
         memchr(uri.ptr, '?', uri.len) == NULL && memmem(uri.ptr, uri.len, "//", 2) == NULL &&
         memmem(uri.ptr, uri.len, "/.", 2) == NULL;
}

static const xmlNode *next_in(const xmlNode *top, const xmlNode *node) {
  if (node->children != NULL) return node->children;
  while (node != top && node->next == NULL)
    node = node->parent;
  return node == top ? NULL : node->next;
}

/* The targets of one command; with self NULL only whether there are any. */
static bool take_command(look *self, const xmlNode *command) {
  bool adds = xmlStrEqual(command->name, (const xmlChar *)"Add") ||
              xmlStrEqual(command->name, (const xmlChar *)"Copy");
  bool found = false;
  if (!adds && !xmlStrEqual(command->name, (const xmlChar *)"Replace")) return false;
  const xmlNode *item = omadm_message_child(command, "Item");
  for (; item != NULL; item = omadm_message_sibling(item, "Item")) {
    char *text =
        omadm_message_text(omadm_message_child(omadm_message_child(item, "Target"), "LocURI"));
    omadm_str uri = omadm_str_trim(omadm_str_of(text == NULL ? "" : text));
    if (is_plain(uri)) {
      found = true;
      if (self != NULL) uri = omadm_arena_copy(&self->talk->arena, uri);
      if (self != NULL && uri.ptr != NULL) ask_above(self, uri);
      if (self != NULL && uri.ptr != NULL) ask_leaf(self, uri);
    }
    xmlFree(text);
  }
  return found;
}

static bool take_transcript(look *self, const omadm_transcript *transcript) {
  bool found = false;
  for (size_t i = 0; i < transcript->step_count; i++) {
    xmlDoc *doc = NULL;
    const omadm_transcript_step *step = &transcript->steps[i];
    if (step->kind != OMADM_STEP_SERVER || step->literal || !step->has_body ||
        omadm_message_parse(step->body, &doc, NULL) != OMADM_OK)
      continue;
    const xmlNode *top = omadm_message_child(xmlDocGetRootElement(doc), "SyncBody");
    for (const xmlNode *n = top; n != NULL; n = next_in(top, n))
      found = (n->type == XML_ELEMENT_NODE && take_command(self, n)) || found;
    xmlFreeDoc(doc);
  }
  for (size_t i = 0; self != NULL && i < transcript->setup.node_count; i++) {
    if (!omadm_str_is(transcript->setup.nodes[i].format, "node"))
      ask_leaf(self, transcript->setup.nodes[i].uri);
  }
  return found || transcript->setup.node_count > 0;
}

bool serve_keep_is_needed(const omadm_transcript *transcript) {
  return take_transcript(NULL, transcript);
}

static char *dup_or_null(omadm_str text) {
  return text.ptr == NULL ? NULL : omadm_str_dup(&omadm_mem_default, text);
}

/* What has a value that fits a message, and is no list of children. */
static bool is_leaf(const serve_command *got) {
  return serve_command_done(got) && got->found.ptr != NULL && !got->in_pieces &&
         !omadm_str_is(got->found_format, "node");
}

static omadm_err keep(serve_keep *self, const serve_command *got) {
  serve_kept *larger = realloc(self->leaves, (self->count + 1) * sizeof *larger);
  if (larger == NULL) return OMADM_E_NOMEM;
  self->leaves = larger;
  larger[self->count++] =
      (serve_kept){dup_or_null(got->uri), dup_or_null(got->found), dup_or_null(got->found_format),
                   dup_or_null(got->found_type)};
  const serve_kept *leaf = &larger[self->count - 1];
  return leaf->uri == NULL || leaf->value == NULL ? OMADM_E_NOMEM : OMADM_OK;
}

omadm_err serve_keep_look(serve_talk *talk, const omadm_transcript *transcript, serve_keep *self,
                          serve_made *made, omadm_error *error) {
  look asked = {.talk = talk};
  serve_keep_dispose(self);
  (void)take_transcript(&asked, transcript);
  omadm_err err = serve_talk_send(talk, error);
  if (err != OMADM_OK) return err;
  for (size_t i = 0; err == OMADM_OK && i < asked.leaf_count; i++) {
    if (is_leaf(asked.leaves[i])) err = keep(self, asked.leaves[i]);
  }
  for (size_t i = 0; err == OMADM_OK && i < asked.above_count; i++) {
    if (asked.above[i]->code == 404) err = serve_made_add(made, asked.above[i]->uri);
  }
  return err == OMADM_OK ? err : omadm_error_set(error, err, "out of memory");
}

static omadm_str copied(serve_talk *talk, const char *text) {
  return text == NULL ? (omadm_str){NULL, 0} : omadm_arena_copy(&talk->arena, omadm_str_of(text));
}

void serve_keep_restore(serve_talk *talk, serve_keep *self) {
  for (size_t i = 0; i < self->count; i++) {
    const serve_kept *leaf = &self->leaves[i];
    serve_command *command = serve_talk_add(talk, "Replace", copied(talk, leaf->uri));
    command->format = copied(talk, leaf->format);
    command->type = copied(talk, leaf->type);
    command->value = copied(talk, leaf->value);
  }
  serve_keep_dispose(self);
}

void serve_keep_dispose(serve_keep *self) {
  for (size_t i = 0; i < self->count; i++) {
    omadm_mem_free(&omadm_mem_default, self->leaves[i].uri);
    omadm_mem_free(&omadm_mem_default, self->leaves[i].value);
    omadm_mem_free(&omadm_mem_default, self->leaves[i].format);
    omadm_mem_free(&omadm_mem_default, self->leaves[i].type);
  }
  free(self->leaves);
  *self = (serve_keep){NULL, 0};
}
