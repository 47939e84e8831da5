/* SPDX-License-Identifier: MIT */
#include "conformance/player/transcript.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlreader.h>

#include "conformance/player/files.h"
#include "conformance/player/reader.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const int parse_options =
    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES;

static const reader_attribute root_attributes[] = {
    {"transcript", "id", offsetof(omadm_transcript, id), true},
    {"transcript", "title", offsetof(omadm_transcript, title), true},
    {"transcript", "proves", offsetof(omadm_transcript, proves), false},
    {"transcript", "clause", offsetof(omadm_transcript, clause), false},
    {"transcript", "encodings", offsetof(omadm_transcript, encodings), false},
    {"transcript", "peer", offsetof(omadm_transcript, peer), false},
};

static const reader_attribute outbox_attributes[] = {
    {"outbox", "count", 0, true},
};

static omadm_err read_after_child(reader *self, xmlNode *node) {
  omadm_transcript *out = self->out;
  if (reader_is(node, "node") || reader_is(node, "absent"))
    return reader_node(self, node, &out->after[out->after_count++]);
  if (!reader_is(node, "outbox"))
    return reader_fail(self, node, "unknown element <%s> in <after>", (const char *)node->name);
  omadm_str text = {NULL, 0};
  unsigned long count = 0;
  reader_enter(self);
  omadm_err err =
      reader_attributes(self, node, outbox_attributes, COUNT(outbox_attributes), &text, NULL, NULL);
  if (err == OMADM_OK) err = reader_number(self, node, "count", text, 1000000, &count);
  out->outbox = (long)count;
  return err;
}

static omadm_err read_after(reader *self, xmlNode *node) {
  omadm_transcript *out = self->out;
  if (node->properties != NULL) return reader_fail(self, node, "<after> has no attributes");
  if (out->after != NULL) return reader_fail(self, node, "a second <after>");
  reader_enter(self);
  out->after = omadm_arena_alloc(self->arena, (reader_count(node) + 1) * sizeof *out->after);
  if (out->after == NULL) return OMADM_E_NOMEM;
  omadm_err err = OMADM_OK;
  for (xmlNode *n = reader_first(self, node, &err); n != NULL; n = reader_next(self, n, &err)) {
    err = read_after_child(self, n);
    if (err != OMADM_OK) return err;
  }
  return err;
}

/* One step, and what is inside where it is a session. */
static omadm_err read_step(reader *self, xmlNode *node, bool inside_session) {
  omadm_transcript *out = self->out;
  omadm_transcript_step *step = &out->steps[out->step_count++];
  omadm_err err = reader_step(self, node, step);
  if (err != OMADM_OK || step->kind != OMADM_STEP_SESSION) return err;
  if (inside_session) return reader_fail(self, node, "a <session> inside a <session>");
  for (xmlNode *n = reader_first(self, node, &err); n != NULL; n = reader_next(self, n, &err)) {
    err = read_step(self, n, true);
    if (err != OMADM_OK) return err;
  }
  out->steps[out->step_count++] =
      (omadm_transcript_step){.kind = OMADM_STEP_SESSION_OVER, .line = step->line};
  return err;
}

static omadm_err read_children(reader *self, xmlNode *root) {
  omadm_err err = OMADM_OK;
  for (xmlNode *n = reader_first(self, root, &err); n != NULL; n = reader_next(self, n, &err)) {
    if (self->out->after != NULL) {
      err = reader_fail(self, n, "<after> stands last");
    } else if (reader_is(n, "setup")) {
      err = n != xmlFirstElementChild(root) ? reader_fail(self, n, "<setup> stands first")
                                            : reader_setup(self, n);
    } else if (reader_is(n, "after")) {
      err = read_after(self, n);
    } else {
      err = read_step(self, n, false);
    }
    if (err != OMADM_OK) return err;
  }
  return err;
}

static omadm_err read_root(reader *self, xmlDoc *doc) {
  static const char *const encodings[] = {"xml", "wbxml", "xml wbxml", NULL};
  static const char *const peers[] = {"wrong", NULL};
  xmlNode *root = xmlDocGetRootElement(doc);
  if (doc->intSubset != NULL || doc->extSubset != NULL)
    return reader_fail(self, root, "a transcript has no document type");
  if (doc->encoding != NULL && xmlStrcasecmp(doc->encoding, (const xmlChar *)"UTF-8") != 0) {
    return reader_fail(self, root,
                       "a transcript is written in UTF-8; use src for octets in another encoding");
  }
  if (root == NULL || !reader_is(root, "transcript")) {
    return reader_fail(self, root, "not a transcript (root element transcript, namespace %s)",
                       OMADM_TRANSCRIPT_NAMESPACE);
  }
  if (source_scan(self->source, self->arena, &self->spans, &self->span_count) != OMADM_OK) {
    return reader_fail(self, root, "the source cannot be followed: too deep, or not enough memory");
  }
  /* Each session adds one step for its end, hence twice. */
  self->out->steps =
      omadm_arena_alloc(self->arena, 2 * (self->span_count + 1) * sizeof *self->out->steps);
  if (self->out->steps == NULL) return OMADM_E_NOMEM;
  reader_enter(self);
  omadm_err err =
      reader_attributes(self, root, root_attributes, COUNT(root_attributes), self->out, NULL, NULL);
  if (err == OMADM_OK) err = reader_word(self, root, "encodings", self->out->encodings, encodings);
  if (err == OMADM_OK) err = reader_word(self, root, "peer", self->out->peer, peers);
  if (err == OMADM_OK) err = read_children(self, root);
  if (err == OMADM_OK && self->out->step_count == 0)
    err = reader_fail(self, root, "a transcript without a step");
  if (err == OMADM_OK && self->next_element != self->span_count)
    err = reader_fail(self, root, "the source cannot be followed");
  return err;
}

static omadm_err parse_source(reader *self) {
  omadm_err err = OMADM_OK;
  xmlDoc *doc = NULL;
  xmlParserCtxt *context = xmlNewParserCtxt();
  if (context == NULL || self->source.len > INT32_MAX) {
    err = OMADM_E_NOMEM;
    goto out;
  }
  doc = xmlCtxtReadMemory(context, self->source.ptr, (int)self->source.len, NULL, NULL,
                          parse_options);
  if (doc == NULL) {
    const char *why = context->lastError.message == NULL ? "not XML" : context->lastError.message;
    err = omadm_error_set(self->error, OMADM_E_SYNTAX, "%s:%d: %.*s", self->path,
                          context->lastError.line, (int)strcspn(why, "\n"), why);
    goto out;
  }
  err = read_root(self, doc);
out:
  xmlFreeDoc(doc);
  xmlFreeParserCtxt(context);
  return err;
}

omadm_err omadm_transcript_parse(omadm_str source, const char *path, omadm_transcript **out,
                                 omadm_error *error) {
  omadm_err err = OMADM_E_NOMEM;
  *out = NULL;
  omadm_arena *arena = calloc(1, sizeof *arena);
  if (arena == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "%s: out of memory", path);
  omadm_arena_init(arena, &omadm_mem_default, 0);
  reader self = {.path = path, .arena = arena, .error = error};
  self.out = omadm_arena_alloc(arena, sizeof *self.out);
  char *copy = omadm_arena_alloc(arena, source.len + 1);
  if (self.out == NULL || copy == NULL) goto out;
  if (source.len > 0) memcpy(copy, source.ptr, source.len);
  copy[source.len] = 0;
  self.source = (omadm_str){copy, source.len};
  *self.out = (omadm_transcript){.outbox = -1, .owner = arena};
  self.out->path = reader_copy(&self, path);
  err = self.out->path.ptr == NULL ? OMADM_E_NOMEM : parse_source(&self);
out:
  if (err == OMADM_OK) {
    *out = self.out;
    return OMADM_OK;
  }
  omadm_arena_dispose(arena);
  free(arena);
  return omadm_error_set(error, err, "%s: %s", path, omadm_err_text(err));
}

omadm_err omadm_transcript_read(const char *path, omadm_transcript **out, omadm_error *error) {
  omadm_arena arena;
  omadm_str source = {NULL, 0};
  *out = NULL;
  omadm_arena_init(&arena, &omadm_mem_default, 0);
  omadm_err err = files_read(path, &arena, &source, error);
  if (err == OMADM_OK) err = omadm_transcript_parse(source, path, out, error);
  omadm_arena_dispose(&arena);
  return err;
}

void omadm_transcript_free(omadm_transcript *self) {
  if (self == NULL) return;
  omadm_arena *arena = self->owner;
  omadm_arena_dispose(arena);
  free(arena);
}

bool omadm_transcript_is(const char *path) {
  bool is = false;
  xmlTextReader *text = xmlReaderForFile(path, NULL, parse_options);
  while (text != NULL && xmlTextReaderRead(text) == 1) {
    if (xmlTextReaderNodeType(text) != XML_READER_TYPE_ELEMENT) continue;
    const xmlChar *name = xmlTextReaderConstLocalName(text);
    const xmlChar *space = xmlTextReaderConstNamespaceUri(text);
    is = name != NULL && space != NULL && strcmp((const char *)name, "transcript") == 0 &&
         strcmp((const char *)space, OMADM_TRANSCRIPT_NAMESPACE) == 0;
    break;
  }
  xmlFreeTextReader(text);
  return is;
}
