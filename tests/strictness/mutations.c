/* SPDX-License-Identifier: MIT */
#include "mutations.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conformance/player/message.h"

const char *const mutation_names[MUTATION_KINDS] = {"status", "remove", "swap", "alter", "http"};

typedef struct walk {
  mutation_try try;
  void *ctx;
} walk;

static xmlNode *next_element(xmlNode *n) {
  while (n != NULL && n->type != XML_ELEMENT_NODE)
    n = n->next;
  return n;
}

/* "Item(./DevInfo/Man)", "Status(Get)", "Alert(1226)", "Data". */
static void write_segment(const xmlNode *node, char *out, size_t size) {
  static const char *const keys[][2] = {{"Status", "Cmd"}, {"Alert", "Data"}};
  const xmlNode *key = NULL;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    if (strcmp((const char *)node->name, keys[i][0]) == 0)
      key = omadm_message_child(node, keys[i][1]);
  }
  if (strcmp((const char *)node->name, "Item") == 0) {
    key = omadm_message_child(omadm_message_child(node, "Source"), "LocURI");
    if (key == NULL) key = omadm_message_child(omadm_message_child(node, "Target"), "LocURI");
  }
  char *text = omadm_message_text(key);
  if (text == NULL)
    snprintf(out, size, "%s", (const char *)node->name);
  else
    snprintf(out, size, "%s(%.80s)", (const char *)node->name, text);
  xmlFree(text);
}

static void write_place(const xmlNode *node, char *out, size_t size) {
  char segment[160];
  char rest[700];
  out[0] = 0;
  for (; node != NULL && node->parent != NULL && node->parent->type == XML_ELEMENT_NODE;
       node = node->parent) {
    write_segment(node, segment, sizeof segment);
    snprintf(rest, sizeof rest, "%s", out);
    snprintf(out, size, "%s%s%s", segment, rest[0] == 0 ? "" : "/", rest);
  }
}

static void tell(const walk *self, mutation_kind kind, const xmlNode *node, const char *detail) {
  char place[900];
  char whole[1000];
  write_place(node, place, sizeof place);
  snprintf(whole, sizeof whole, "%s%s", place, detail);
  self->try(self->ctx, kind, whole);
}

static bool is_number(const char *text) {
  size_t len = strlen(text);
  return len > 0 && len < 10 && strspn(text, "0123456789") == len;
}

char *mutation_altered(const char *text) {
  size_t size = strlen(text) + 16;
  char *out = malloc(size);
  if (out == NULL) abort();
  if (is_number(text))
    snprintf(out, size, "%lu", strtoul(text, NULL, 10) + 1);
  else
    snprintf(out, size, "%sx", text);
  return out;
}

/* The element with another text for as long as it is tried. */
static void with_text(const walk *self, mutation_kind kind, xmlNode *node, const char *text) {
  xmlNode *children = node->children;
  xmlNode *last = node->last;
  node->children = node->last = NULL;
  xmlNode *other = xmlNewDocText(node->doc, (const xmlChar *)text);
  xmlAddChild(node, other);
  node->children->parent = node;
  xmlNode *shown = node->children;
  /* The place is that of the message as it was. */
  node->children = children;
  node->last = last;
  char place[900];
  write_place(node, place, sizeof place);
  node->children = node->last = shown;
  self->try(self->ctx, kind, place);
  node->children = children;
  node->last = last;
  xmlFreeNode(shown);
}

static void alter_text(const walk *self, xmlNode *node) {
  if (next_element(node->children) != NULL) return;
  char *text = (char *)xmlNodeGetContent(node);
  if (text == NULL) abort();
  bool is_code = strcmp((const char *)node->name, "Data") == 0 &&
                 strcmp((const char *)node->parent->name, "Status") == 0;
  if (is_code) {
    with_text(self, MUTATION_STATUS, node, strcmp(text, "200") == 0 ? "404" : "200");
  } else {
    char *other = mutation_altered(text);
    with_text(self, MUTATION_ALTER, node, other);
    free(other);
  }
  xmlFree(text);
}

static void alter_attributes(const walk *self, xmlNode *node) {
  for (xmlAttr *a = node->properties; a != NULL; a = a->next) {
    xmlChar *was = xmlNodeListGetString(node->doc, a->children, 1);
    char *other = mutation_altered(was == NULL ? "" : (char *)was);
    char detail[100];
    snprintf(detail, sizeof detail, "/@%s", (const char *)a->name);
    xmlSetNsProp(node, a->ns, a->name, (const xmlChar *)other);
    tell(self, MUTATION_ALTER, node, detail);
    xmlSetNsProp(node, a->ns, a->name, was == NULL ? (const xmlChar *)"" : was);
    free(other);
    xmlFree(was);
  }
}

/* xmlUnlinkNode and the calls that put a node back leave namespaces alone; texts are not merged. */
static void put_between(xmlNode *node, xmlNode *parent, xmlNode *prev, xmlNode *next) {
  node->parent = parent;
  node->prev = prev;
  node->next = next;
  if (prev != NULL)
    prev->next = node;
  else
    parent->children = node;
  if (next != NULL)
    next->prev = node;
  else
    parent->last = node;
}

static void remove_element(const walk *self, xmlNode *node) {
  char place[900];
  xmlNode *parent = node->parent;
  xmlNode *prev = node->prev;
  xmlNode *next = node->next;
  write_place(node, place, sizeof place);
  xmlUnlinkNode(node);
  self->try(self->ctx, MUTATION_REMOVE, place);
  put_between(node, parent, prev, next);
}

static bool is_same(const xmlNode *a, const xmlNode *b) {
  xmlBuffer *left = xmlBufferCreate();
  xmlBuffer *right = xmlBufferCreate();
  xmlNodeDump(left, a->doc, (xmlNode *)(uintptr_t)a, 0, 0);
  xmlNodeDump(right, b->doc, (xmlNode *)(uintptr_t)b, 0, 0);
  bool same = xmlStrEqual(xmlBufferContent(left), xmlBufferContent(right));
  xmlBufferFree(left);
  xmlBufferFree(right);
  return same;
}

static void swap_elements(const walk *self, xmlNode *first) {
  xmlNode *second = next_element(first->next);
  char place[900];
  char segment[160];
  char whole[1100];
  if (second == NULL || is_same(first, second)) return;
  write_place(first, place, sizeof place);
  write_segment(second, segment, sizeof segment);
  snprintf(whole, sizeof whole, "%s ~ %s", place, segment);
  xmlNode *parent = second->parent;
  xmlNode *prev = second->prev;
  xmlNode *next = second->next;
  xmlUnlinkNode(second);
  put_between(second, parent, first->prev, first);
  self->try(self->ctx, MUTATION_SWAP, whole);
  xmlUnlinkNode(second);
  put_between(second, parent, prev, next);
}

static void mutate(const walk *self, xmlNode *node) {
  bool is_root = node->parent->type != XML_ELEMENT_NODE;
  alter_text(self, node);
  alter_attributes(self, node);
  if (is_root) return;
  remove_element(self, node);
  swap_elements(self, node);
}

void mutations_make(xmlDoc *message, mutation_try try, void *ctx) {
  const walk self = {try, ctx};
  xmlNode *root = xmlDocGetRootElement(message);
  xmlNode *n = root;
  while (n != NULL) {
    mutate(&self, n);
    xmlNode *next = next_element(n->children);
    while (next == NULL && n != root) {
      next = next_element(n->next);
      if (next == NULL) n = n->parent;
    }
    n = next;
  }
}
