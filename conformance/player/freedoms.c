/* SPDX-License-Identifier: MIT */
#include "conformance/player/freedoms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#include "conformance/player/message.h"

/* The two messages: what the transcript shows, and what came. */
typedef struct sides {
  xmlDoc *expected;
  xmlDoc *actual;
  bindings *ids;
} sides;

/* The child elements of a node, in their order. */
typedef struct children {
  xmlNode **items;
  size_t count;
} children;

static xmlNode *header_of(const xmlDoc *doc) {
  return omadm_message_child(xmlDocGetRootElement(doc), "SyncHdr");
}

static xmlNode *body_of(const xmlDoc *doc) {
  return omadm_message_child(xmlDocGetRootElement(doc), "SyncBody");
}

static bool is_named(const xmlNode *node, const char *name) {
  return strcmp((const char *)node->name, name) == 0;
}

static children children_of(const xmlNode *parent) {
  children out = {NULL, 0};
  size_t count = 0;
  for (const xmlNode *n = parent == NULL ? NULL : parent->children; n != NULL; n = n->next)
    count += n->type == XML_ELEMENT_NODE;
  out.items = calloc(count + 1, sizeof *out.items);
  for (xmlNode *n = parent == NULL ? NULL : parent->children; n != NULL; n = n->next) {
    if (out.items != NULL && n->type == XML_ELEMENT_NODE) out.items[out.count++] = n;
  }
  return out;
}

static void drop(xmlNode *node) {
  xmlUnlinkNode(node);
  xmlFreeNode(node);
}

static void drop_empty(xmlNode *node) {
  if (node == NULL || xmlFirstElementChild(node) != NULL) return;
  char *text = omadm_message_text(node);
  bool empty = text != NULL && omadm_str_trim(omadm_str_of(text)).len == 0;
  xmlFree(text);
  if (empty) drop(node);
}

static bool has_text(const xmlNode *node, const char *wanted) {
  char *text = omadm_message_text(node);
  bool same = text != NULL && omadm_str_is(omadm_str_trim(omadm_str_of(text)), wanted);
  xmlFree(text);
  return same;
}

/* Two elements of the same text; both may be missing. */
static bool same_text(const xmlNode *a, const xmlNode *b) {
  char *text = omadm_message_text(b);
  bool same = (a == NULL) == (b == NULL) && (text == NULL || has_text(a, text));
  xmlFree(text);
  return same;
}

/* A {{name}}, which the transcript leaves to whoever speaks. */
static bool is_open(const xmlNode *node) {
  char *text = omadm_message_text(node);
  bool open = text != NULL && (strncmp(text, "{{", 2) == 0 || strcmp(text, "*") == 0);
  xmlFree(text);
  return open;
}

/* The header need not say them; where a transcript gives a number, it is about that number. */
static void take_sizes(const sides *self) {
  static const char *const names[] = {"MaxMsgSize", "MaxObjSize"};
  xmlNode *want = omadm_message_child(header_of(self->expected), "Meta");
  xmlNode *have = omadm_message_child(header_of(self->actual), "Meta");
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    xmlNode *wanted = omadm_message_child(want, names[i]);
    xmlNode *given = omadm_message_child(have, names[i]);
    if (wanted != NULL && given == NULL && is_open(wanted)) drop(wanted);
    if (wanted == NULL && given != NULL) drop(given);
  }
  drop_empty(want);
  drop_empty(have);
}

/* What Meta of the command says, into an Item that does not say otherwise. */
static void push_down(const xmlNode *meta, xmlNode *item) {
  xmlNode *own = omadm_message_child(item, "Meta");
  if (own == NULL) {
    xmlNode *before = omadm_message_child(item, "Source");
    if (before == NULL) before = omadm_message_child(item, "Target");
    own = xmlCopyNode((xmlNode *)(uintptr_t)meta, 1);
    if (own != NULL && before != NULL)
      xmlAddNextSibling(before, own);
    else if (own != NULL && item->children != NULL)
      xmlAddPrevSibling(item->children, own);
    return;
  }
  for (xmlNode *n = xmlFirstElementChild((xmlNode *)(uintptr_t)meta); n != NULL;
       n = xmlNextElementSibling(n)) {
    if (omadm_message_child(own, (const char *)n->name) == NULL)
      xmlAddChild(own, xmlCopyNode(n, 1));
  }
}

static void push_meta_down(xmlNode *command) {
  xmlNode *meta = omadm_message_child(command, "Meta");
  if (meta == NULL) return;
  xmlNode *item = omadm_message_child(command, "Item");
  for (; item != NULL; item = omadm_message_sibling(item, "Item"))
    push_down(meta, item);
  drop(meta);
}

/* Each Results gets one Item. */
static void split(xmlNode *results) {
  xmlNode *behind = results;
  xmlNode *item = omadm_message_sibling(omadm_message_child(results, "Item"), "Item");
  while (item != NULL) {
    xmlNode *next = omadm_message_sibling(item, "Item");
    xmlNode *copy = xmlCopyNode(results, 1);
    if (copy == NULL) return;
    xmlNode *inside = omadm_message_child(copy, "Item");
    while (inside != NULL) {
      xmlNode *later = omadm_message_sibling(inside, "Item");
      drop(inside);
      inside = later;
    }
    xmlUnlinkNode(item);
    xmlAddChild(copy, item);
    behind = xmlAddNextSibling(behind, copy);
    item = next;
  }
}

static void split_all(const xmlDoc *doc) {
  children list = children_of(body_of(doc));
  for (size_t i = 0; i < list.count; i++) {
    if (!is_named(list.items[i], "Results")) continue;
    push_meta_down(list.items[i]);
    split(list.items[i]);
  }
  free(list.items);
}

static void take_grouping(const sides *self) {
  split_all(self->expected);
  split_all(self->actual);
}

static void drop_defaults(const xmlDoc *doc) {
  static const char *const defaults[][2] = {{"Format", "chr"}, {"Type", "text/plain"}};
  children list = children_of(body_of(doc));
  for (size_t i = 0; i < list.count; i++) {
    xmlNode *item = omadm_message_child(list.items[i], "Item");
    for (; item != NULL; item = omadm_message_sibling(item, "Item")) {
      xmlNode *meta = omadm_message_child(item, "Meta");
      for (size_t k = 0; k < sizeof defaults / sizeof defaults[0]; k++) {
        xmlNode *said = omadm_message_child(meta, defaults[k][0]);
        if (said != NULL && has_text(said, defaults[k][1])) drop(said);
      }
      drop_empty(meta);
    }
  }
  free(list.items);
}

static void take_defaults(const sides *self) {
  drop_defaults(self->expected);
  drop_defaults(self->actual);
}

static const xmlNode *source_of(const xmlNode *item) {
  return omadm_message_child(omadm_message_child(item, "Source"), "LocURI");
}

/* What DevInfo may hold beyond its five leaves. */
static bool is_further(const xmlNode *item) {
  char *uri = omadm_message_text(source_of(item));
  bool further = uri != NULL && (omadm_str_starts(omadm_str_of(uri), "./DevInfo/Ext") ||
                                 omadm_str_starts(omadm_str_of(uri), "./DevInfo/Bearer"));
  xmlFree(uri);
  return further;
}

static xmlNode *find_item(const xmlNode *replace, const xmlNode *wanted) {
  xmlNode *item = omadm_message_child(replace, "Item");
  while (item != NULL && !same_text(source_of(item), source_of(wanted)))
    item = omadm_message_sibling(item, "Item");
  return item;
}

/* The Items of package 1 in the order of the transcript. */
static void take_devinfo(const sides *self) {
  xmlNode *want = omadm_message_child(body_of(self->expected), "Replace");
  xmlNode *have = omadm_message_child(body_of(self->actual), "Replace");
  if (want == NULL || have == NULL) return;
  const xmlNode *item = omadm_message_child(want, "Item");
  for (; item != NULL; item = omadm_message_sibling(item, "Item")) {
    xmlNode *same = find_item(have, item);
    if (same == NULL) continue;
    xmlUnlinkNode(same);
    xmlAddChild(have, same);
  }
  /* What is in its place now stands behind the others: these are not asked for. */
  for (xmlNode *other = omadm_message_child(have, "Item"); other != NULL;) {
    xmlNode *next = omadm_message_sibling(other, "Item");
    if (is_further(other) && find_item(want, other) == NULL) drop(other);
    other = next;
  }
}

static bool answers_the_same(const xmlNode *a, const xmlNode *b) {
  return same_text(omadm_message_child(a, "MsgRef"), omadm_message_child(b, "MsgRef")) &&
         same_text(omadm_message_child(a, "CmdRef"), omadm_message_child(b, "CmdRef"));
}

/* Results come behind the Status of their command. */
static bool is_too_early(const xmlNode *results) {
  const xmlNode *status = omadm_message_sibling(results, "Status");
  while (status != NULL && !answers_the_same(status, results))
    status = omadm_message_sibling(status, "Status");
  return status != NULL;
}

static bool has_any(const children *list) {
  for (size_t i = 0; i < list->count; i++) {
    if (message_is_any(list->items[i])) return true;
  }
  return false;
}

/* The next of the elements that is a Results, or is none; NULL where there is none left. */
static xmlNode *take_next(children *list, bool results) {
  for (size_t i = 0; i < list->count; i++) {
    xmlNode *node = list->items[i];
    if (node == NULL || is_named(node, "Results") != results) continue;
    list->items[i] = NULL;
    return node;
  }
  return NULL;
}

/* Results where the transcript has them: directly behind their Status, or behind all of them. */
static void take_places(const sides *self) {
  xmlNode *body = body_of(self->actual);
  children want = children_of(body_of(self->expected));
  children have = children_of(body);
  bool legal = !has_any(&want);
  for (size_t i = 0; i < have.count; i++)
    legal = legal && !(is_named(have.items[i], "Results") && is_too_early(have.items[i]));
  size_t last = want.count + have.count;
  for (size_t i = 0; legal && i < last; i++) {
    bool results = i < want.count && is_named(want.items[i], "Results");
    xmlNode *node = take_next(&have, results);
    if (node == NULL && i >= want.count) node = take_next(&have, true);
    if (node == NULL) continue;
    xmlUnlinkNode(node);
    xmlAddChild(body, node);
  }
  free(want.items);
  free(have.items);
}

static size_t count_answers(const children *list, const xmlNode *status) {
  size_t count = 0;
  for (size_t i = 0; i < list->count; i++)
    count += is_named(list->items[i], "Status") && answers_the_same(list->items[i], status);
  return count;
}

static xmlNode *find_status(const xmlDoc *doc, const xmlNode *like) {
  xmlNode *status = omadm_message_child(body_of(doc), "Status");
  while (status != NULL && !answers_the_same(status, like))
    status = omadm_message_sibling(status, "Status");
  return status;
}

/* A Status for one Item, or for the header, need not say which. That of a Copy must (6.1.21). */
static void take_refs(const sides *self) {
  static const char *const names[] = {"TargetRef", "SourceRef"};
  children list = children_of(body_of(self->expected));
  for (size_t i = 0; i < list.count; i++) {
    xmlNode *status = list.items[i];
    if (!is_named(status, "Status") || count_answers(&list, status) != 1 ||
        has_text(omadm_message_child(status, "Cmd"), "Copy"))
      continue;
    const xmlNode *given = find_status(self->actual, status);
    for (size_t k = 0; given != NULL && k < sizeof names / sizeof names[0]; k++) {
      xmlNode *ref = omadm_message_child(status, names[k]);
      bool single = ref != NULL && omadm_message_sibling(ref, names[k]) == NULL;
      if (single && omadm_message_child(given, names[k]) == NULL) drop(ref);
    }
  }
  free(list.items);
}

/* One CmdID of the client's: in its place comes that of the transcript, and it is kept for the
 * server's references. */
static void take_id(const sides *self, const xmlNode *wanted, const xmlNode *given) {
  char name[64];
  const xmlNode *want = omadm_message_child(wanted, "CmdID");
  xmlNode *have = omadm_message_child(given, "CmdID");
  if (!xmlStrEqual(wanted->name, given->name) || want == NULL || have == NULL || is_open(want))
    return;
  char *message = omadm_message_text(omadm_message_child(header_of(self->actual), "MsgID"));
  char *number = omadm_message_text(want);
  char *chosen = omadm_message_text(have);
  if (message != NULL && number != NULL && chosen != NULL) {
    snprintf(name, sizeof name, "%.20s/%.40s", message, number);
    if (bindings_find(self->ids, omadm_str_of(name)) == NULL)
      (void)bindings_add(self->ids, omadm_str_of(name), omadm_str_of(chosen));
    xmlNodeSetContent(have, (const xmlChar *)number);
  }
  xmlFree(message);
  xmlFree(number);
  xmlFree(chosen);
}

/* Commands are the same by their place: from the beginning up to an <any/>, from the end down to
 * one. */
static void take_ids(const sides *self) {
  children want = children_of(body_of(self->expected));
  children have = children_of(body_of(self->actual));
  size_t front = 0;
  size_t back = 0;
  while (front < want.count && !message_is_any(want.items[front]))
    front++;
  while (front + back < want.count && !message_is_any(want.items[want.count - 1 - back]))
    back++;
  for (size_t i = 0; i < front && i < have.count; i++)
    take_id(self, want.items[i], have.items[i]);
  for (size_t i = 1; i <= back && front + i <= have.count; i++)
    take_id(self, want.items[want.count - i], have.items[have.count - i]);
  free(want.items);
  free(have.items);
}

/* In the order in which they are taken: what makes or moves elements comes before what counts them.
 */
static const struct {
  const char *clause;
  void (*take)(const sides *self);
} freedoms[] = {
    {"OMA-TS-DM_Protocol 7", take_sizes}, /* MaxMsgSize and MaxObjSize may be said */
    {"OMA-TS-DM_RepPro 6.6.12", take_grouping}, /* Results with n Items, or n Results */
    {"OMA-TS-SyncML_MetaInfo 5; OMA-TS-DM_Protocol 8.5",
     take_defaults}, /* Format chr, Type text/plain: said or not */
    {"OMA-TS-DM_Protocol 8.3", take_devinfo}, /* any order, and further nodes, of DevInfo */
    {"OMA-TS-DM_RepPro 6.6.12", take_places}, /* Results come behind their Status */
    {"OMA-TS-SyncML_RepPro 6.1.19",
     take_refs}, /* TargetRef, SourceRef: where they are not needed */
    {"OMA-TS-SyncML_RepPro 6.1.4", take_ids}, /* CmdIDs: each once in a message, and not 0 */
};

void freedoms_take(xmlDoc *expected, xmlDoc *actual, bindings *ids) {
  const sides self = {expected, actual, ids};
  for (size_t i = 0; i < sizeof freedoms / sizeof freedoms[0]; i++)
    freedoms[i].take(&self);
}

/* The name of the tag that begins at text, without its prefix. */
static omadm_str tag_at(omadm_str text) {
  size_t from = 1;
  size_t at = 1;
  while (at < text.len && !omadm_is_space(text.ptr[at]) && text.ptr[at] != '>') {
    if (text.ptr[at++] == ':') from = at;
  }
  return (omadm_str){text.ptr + from, at - from};
}

/* The text behind the tag that begins at text, up to the next. */
static omadm_str text_behind(omadm_str text) {
  const char *end = memchr(text.ptr, '>', text.len);
  if (end == NULL) return (omadm_str){text.ptr + text.len, 0};
  const char *from = end + 1;
  size_t left = text.len - (size_t)(from - text.ptr);
  const char *next = left > 0 ? memchr(from, '<', left) : NULL;
  return omadm_str_trim((omadm_str){from, next == NULL ? left : (size_t)(next - from)});
}

omadm_err freedoms_refer(const bindings *ids, omadm_str message, omadm_buf *out) {
  omadm_str of = {NULL, 0};
  size_t from = 0;
  omadm_err err = OMADM_OK;
  for (size_t at = 0; err == OMADM_OK && at < message.len && ids->count > 0; at++) {
    char name[64];
    omadm_str rest = {message.ptr + at, message.len - at};
    if (message.ptr[at] != '<') continue;
    omadm_str tag = tag_at(rest);
    if (omadm_str_is(tag, "MsgRef")) of = text_behind(rest);
    if (!omadm_str_is(tag, "CmdRef") || of.len > 20) continue;
    omadm_str number = text_behind(rest);
    if (number.len > 40) continue;
    snprintf(name, sizeof name, "%.*s/%.*s", (int)of.len, of.ptr, (int)number.len, number.ptr);
    const char *chosen = bindings_find(ids, omadm_str_of(name));
    if (chosen == NULL) continue;
    err = omadm_buf_add(out, message.ptr + from, (size_t)(number.ptr - message.ptr) - from);
    if (err == OMADM_OK) err = omadm_buf_add_text(out, chosen);
    from = (size_t)(number.ptr - message.ptr) + number.len;
  }
  return err == OMADM_OK ? omadm_buf_add(out, message.ptr + from, message.len - from) : err;
}
