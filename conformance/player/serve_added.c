/* SPDX-License-Identifier: MIT */
#include "conformance/player/serve_added.h"

#include <libxml/parser.h>

#include "base/str.h"

#include "conformance/player/encoding.h"
#include "conformance/player/message.h"

static bool is_named(const xmlNode *node, const char *name) {
  return node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, (const xmlChar *)name);
}

static const xmlNode *body_of(const xmlDoc *doc) {
  return omadm_message_child(xmlDocGetRootElement(doc), "SyncBody");
}

static bool same_text(const xmlNode *a, const xmlNode *b) {
  char *first = omadm_message_text(a);
  char *second = omadm_message_text(b);
  bool same =
      first != NULL && second != NULL &&
      omadm_str_equal(omadm_str_trim(omadm_str_of(first)), omadm_str_trim(omadm_str_of(second)));
  xmlFree(first);
  xmlFree(second);
  return same;
}

/* The element behind this one in the order of the document, inside of `top`. */
static const xmlNode *next_in(const xmlNode *top, const xmlNode *node) {
  if (node->children != NULL) return node->children;
  while (node != top && node->next == NULL)
    node = node->parent;
  return node == top ? NULL : node->next;
}

static const xmlNode *next_add(const xmlNode *top, const xmlNode *from) {
  const xmlNode *node = from;
  do {
    node = node == NULL ? NULL : next_in(top, node);
  } while (node != NULL && !is_named(node, "Add"));
  return node;
}

omadm_err serve_added_note(serve_added *self, const omadm_player_codec *codec, omadm_str body) {
  xmlDoc *doc = NULL;
  if (encoding_parse(codec, body, &doc, NULL) != OMADM_OK) return OMADM_OK;
  const xmlNode *top = body_of(doc);
  if (top == NULL || next_add(top, top) == NULL) {
    xmlFreeDoc(doc);
    return OMADM_OK;
  }
  serve_added_clear(self);
  self->sent = doc;
  return OMADM_OK;
}

static bool is_done(const xmlNode *status) {
  char *text = omadm_message_text(omadm_message_child(status, "Data"));
  bool done = text != NULL && omadm_str_starts(omadm_str_trim(omadm_str_of(text)), "2");
  xmlFree(text);
  return done;
}

/* A Status without TargetRef speaks for all items of its command. */
static bool is_confirmed(const xmlDoc *answer, const xmlDoc *sent, const xmlNode *add,
                         const xmlNode *uri) {
  const xmlNode *header = omadm_message_child(xmlDocGetRootElement(sent), "SyncHdr");
  const xmlNode *status = omadm_message_child(body_of(answer), "Status");
  for (; status != NULL; status = omadm_message_sibling(status, "Status")) {
    if (!is_done(status) ||
        !same_text(omadm_message_child(status, "CmdRef"), omadm_message_child(add, "CmdID")) ||
        !same_text(omadm_message_child(status, "MsgRef"), omadm_message_child(header, "MsgID")))
      continue;
    const xmlNode *ref = omadm_message_child(status, "TargetRef");
    bool named = ref == NULL;
    for (; ref != NULL && !named; ref = omadm_message_sibling(ref, "TargetRef"))
      named = same_text(ref, uri);
    if (named) return true;
  }
  return false;
}

omadm_err serve_added_confirm(serve_added *self, const omadm_player_codec *codec, omadm_str body,
                              serve_made *made) {
  xmlDoc *answer = NULL;
  omadm_err err = OMADM_OK;
  if (self->sent == NULL || encoding_parse(codec, body, &answer, NULL) != OMADM_OK) return OMADM_OK;
  const xmlNode *top = body_of(self->sent);
  for (const xmlNode *add = next_add(top, top); add != NULL; add = next_add(top, add)) {
    const xmlNode *item = omadm_message_child(add, "Item");
    for (; err == OMADM_OK && item != NULL; item = omadm_message_sibling(item, "Item")) {
      const xmlNode *uri = omadm_message_child(omadm_message_child(item, "Target"), "LocURI");
      if (!is_confirmed(answer, self->sent, add, uri)) continue;
      char *text = omadm_message_text(uri);
      if (text != NULL) err = serve_made_add(made, omadm_str_trim(omadm_str_of(text)));
      xmlFree(text);
    }
  }
  xmlFreeDoc(answer);
  return err;
}

void serve_added_clear(serve_added *self) {
  xmlFreeDoc(self->sent);
  self->sent = NULL;
}
