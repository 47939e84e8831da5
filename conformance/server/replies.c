/* SPDX-License-Identifier: MIT */
#include "conformance/server/replies.h"

#include <stdlib.h>
#include <string.h>

#include "conformance/player/message.h"

#include "conformance/server/commands.h"

bool replies_is_chunk(const xmlNode *results) {
  bool more = false;
  const xmlNode *item = omadm_message_child(results, "Item");
  for (; item != NULL; item = omadm_message_sibling(item, "Item"))
    more = omadm_message_child(item, "MoreData") != NULL;
  return more;
}

/* The Item goes on where the open one stopped: its value is put behind that one's. */
static void join(replies *self, xmlNode *item) {
  char *text = omadm_message_text(omadm_message_child(item, "Data"));
  xmlNode *data = omadm_message_child(self->open, "Data");
  if (text != NULL && data != NULL) xmlNodeAddContent(data, (const xmlChar *)text);
  item->_private = self->open;
  xmlFree(text);
}

/* OMA-TS-DM_Protocol 7: the chunks of one value follow each other. */
static void join_chunks(replies *self, const xmlDoc *doc) {
  const xmlNode *body = omadm_message_child(xmlDocGetRootElement(doc), "SyncBody");
  const xmlNode *results = omadm_message_child(body, "Results");
  for (; results != NULL; results = omadm_message_sibling(results, "Results")) {
    xmlNode *item = omadm_message_child(results, "Item");
    for (; item != NULL; item = omadm_message_sibling(item, "Item")) {
      bool more = omadm_message_child(item, "MoreData") != NULL;
      if (self->open != NULL) join(self, item);
      if (!more)
        self->open = NULL;
      else if (self->open == NULL)
        self->open = item;
    }
  }
}

bool replies_add(replies *self, xmlDoc *doc) {
  xmlDoc **docs = realloc(self->docs, (self->count + 1) * sizeof(xmlDoc *));
  if (docs == NULL) {
    xmlFreeDoc(doc);
    return false;
  }
  self->docs = docs;
  self->docs[self->count++] = doc;
  join_chunks(self, doc);
  return true;
}

void replies_clear(replies *self) {
  for (size_t i = 0; i < self->count; i++)
    xmlFreeDoc(self->docs[i]);
  free(self->docs);
  *self = (replies){NULL, 0, NULL};
}

static bool child_is(const xmlNode *node, const char *name, const char *text) {
  char *own = commands_child_text(node, name);
  bool same = own != NULL && strcmp(own, text) == 0;
  xmlFree(own);
  return same;
}

static const xmlNode *body_child(const xmlDoc *doc, const char *name) {
  return omadm_message_child(omadm_message_child(xmlDocGetRootElement(doc), "SyncBody"), name);
}

const xmlNode *replies_status(const replies *self, const char *message_ref, const char *command_ref,
                              size_t n) {
  for (size_t i = 0; i < self->count; i++) {
    const xmlNode *status = body_child(self->docs[i], "Status");
    for (; status != NULL; status = omadm_message_sibling(status, "Status")) {
      if (!child_is(status, "MsgRef", message_ref) || !child_is(status, "CmdRef", command_ref))
        continue;
      if (n-- == 0) return status;
    }
  }
  return NULL;
}

/* The place of an item among those of its command. */
static size_t place_of(const xmlNode *item) {
  size_t place = 0;
  for (const xmlNode *n = item->prev; n != NULL; n = n->prev) {
    place += n->type == XML_ELEMENT_NODE && xmlStrEqual(n->name, item->name);
  }
  return place;
}

static bool names_target(const xmlNode *status, const char *uri) {
  const xmlNode *ref = omadm_message_child(status, "TargetRef");
  bool found = false;
  for (; !found && ref != NULL; ref = omadm_message_sibling(ref, "TargetRef")) {
    char *text = omadm_message_text(ref);
    found = text != NULL && strcmp(text, uri) == 0;
    xmlFree(text);
  }
  return found;
}

const xmlNode *replies_item_status(const replies *self, const char *message_ref,
                                   const char *command_ref, const xmlNode *item) {
  const xmlNode *only = replies_status(self, message_ref, command_ref, 0);
  if (replies_status(self, message_ref, command_ref, 1) == NULL) return only;
  char *uri = commands_item_uri(item);
  const xmlNode *found = NULL;
  for (size_t n = 0; uri != NULL && found == NULL; n++) {
    const xmlNode *status = replies_status(self, message_ref, command_ref, n);
    if (status == NULL) break;
    if (names_target(status, uri)) found = status;
  }
  xmlFree(uri);
  return found != NULL ? found : replies_status(self, message_ref, command_ref, place_of(item));
}

/* Walks the items of all Results for the command; the one with the URI, or with uri NULL the n-th.
 */
static const xmlNode *find_result(const replies *self, const char *message_ref,
                                  const char *command_ref, const char *uri, size_t n) {
  for (size_t i = 0; i < self->count; i++) {
    const xmlNode *results = body_child(self->docs[i], "Results");
    for (; results != NULL; results = omadm_message_sibling(results, "Results")) {
      char *ref = commands_child_text(results, "MsgRef");
      bool ours = (ref == NULL || strcmp(ref, message_ref) == 0) &&
                  child_is(results, "CmdRef", command_ref);
      xmlFree(ref);
      const xmlNode *item = ours ? omadm_message_child(results, "Item") : NULL;
      for (; item != NULL; item = omadm_message_sibling(item, "Item")) {
        if (item->_private != NULL) continue; /* joined */
        char *own = commands_item_uri(item);
        bool same = uri == NULL ? n-- == 0 : own != NULL && strcmp(own, uri) == 0;
        xmlFree(own);
        if (same) return item;
      }
    }
  }
  return NULL;
}

const xmlNode *replies_result(const replies *self, const char *message_ref, const char *command_ref,
                              const xmlNode *item) {
  char *uri = commands_item_uri(item);
  const xmlNode *found = uri == NULL ? NULL : find_result(self, message_ref, command_ref, uri, 0);
  xmlFree(uri);
  bool alone = place_of(item) == 0 && omadm_message_sibling(item, "Item") == NULL;
  return found != NULL || !alone ? found : find_result(self, message_ref, command_ref, NULL, 0);
}

unsigned replies_code(const xmlNode *status) {
  char *text = commands_child_text(status, "Data");
  unsigned long code = text == NULL ? 0 : strtoul(text, NULL, 10);
  xmlFree(text);
  return code > 999 ? 0 : (unsigned)code;
}
