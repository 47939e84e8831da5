/* SPDX-License-Identifier: MIT */
#include "omadm/wire/document.h"

#include "omadm/wire/pages.h"

#include "base/str.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void document_init(document *d, omadm_arena *arena, uint64_t max, size_t max_depth) {
  *d = (document){.arena = arena, .max = max, .max_depth = max_depth};
}

void document_fail(document *d, omadm_err err, const char *format, ...) {
  if (d->err != 0) return;
  d->err = err;
  va_list ap;
  va_start(ap, format);
  vsnprintf(d->problem, sizeof d->problem, format, ap);
  va_end(ap);
}

static bool charge(document *d, size_t n) {
  if (d->err != 0) return false;
  if (__builtin_add_overflow(d->used, n, &d->used) || d->used > d->max)
    document_fail(d, OMADM_E_LIMIT,
                  "the document takes more octets than %" PRIu64 " (limit decoded)", d->max);
  return d->err == 0;
}

omadm_str document_copy(document *d, omadm_str text) {
  omadm_str copy = {NULL, 0};
  if (charge(d, text.len)) copy = omadm_arena_copy(d->arena, text);
  if (copy.ptr != NULL) return copy;
  document_fail(d, OMADM_E_NOMEM, "out of memory");
  return (omadm_str){"", 0};
}

static document_node *make(document *d) {
  document_node *node = NULL;
  if (charge(d, sizeof *node)) node = omadm_arena_new(d->arena, 1, sizeof *node);
  if (node == NULL) document_fail(d, OMADM_E_NOMEM, "out of memory");
  return node;
}

/* Puts a node before another one inside `parent`; NULL: behind the last. */
static void insert(document_node *parent, document_node *before, document_node *node) {
  document_node **at =
      before != NULL || parent->last == NULL ? &parent->first : &parent->last->next;
  while (*at != before)
    at = &(*at)->next;
  node->parent = parent;
  node->next = before;
  *at = node;
  if (before == NULL) parent->last = node;
}

document_node *document_insert(document *d, document_node *parent, document_node *before,
                               unsigned char page, unsigned char token) {
  document_node *node = make(d);
  if (node == NULL) return NULL;
  node->page = page;
  node->token = token;
  node->name = wire_page_name(page, token);
  insert(parent, before, node);
  return node;
}

void document_start(document *d, unsigned char page, unsigned char token, omadm_str name) {
  if (d->err == 0 && d->depth >= d->max_depth)
    document_fail(d, OMADM_E_LIMIT, "elements are nested deeper than %zu", d->max_depth);
  document_node *node = d->err == 0 ? make(d) : NULL;
  if (node == NULL) return;
  node->page = page;
  node->token = token;
  node->name = name;
  if (d->open != NULL)
    insert(d->open, NULL, node);
  else
    d->root = node;
  d->open = node;
  d->depth++;
}

/* What would be a name in XML; what is not ASCII is left to who reads it. */
static bool is_name(omadm_str name) {
  static const char marks[] = "-.0123456789";
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (c & 0x80) != 0;
    if (!letter && (i == 0 || c == '\0' || strchr(marks, c) == NULL)) return false;
  }
  return name.len > 0;
}

void document_start_event(document *d, const omadm_wbxml_event *event) {
  char text[24];
  omadm_str name = event->text;
  unsigned char token = event->token;
  if (token == 0 && !is_name(name))
    document_fail(d, OMADM_E_SYNTAX, "the literal name of an element is none of XML");
  if (token != 0) name = wire_page_name(event->page, token);
  if (name.ptr == NULL) {
    int n = snprintf(text, sizeof text, "token-%u-%02X", event->page, token);
    name = document_copy(d, (omadm_str){text, (size_t)n});
    token = 0;
  }
  unsigned char page = event->page < WIRE_PAGES ? event->page : DOCUMENT_FOREIGN;
  /* A literal name is of no page: it belongs where it stands. */
  if (token == 0) page = d->open != NULL ? d->open->page : WIRE_PAGE_SYNCML;
  document_start(d, page, token, name);
}

static void add_characters(document *d, document_node *parent, omadm_str text, bool opaque) {
  document_node *node = make(d);
  if (node == NULL) return;
  node->text = text;
  node->opaque = opaque;
  insert(parent, NULL, node);
}

void document_text(document *d, omadm_str text, bool opaque, bool stays) {
  if (d->err != 0 || d->open == NULL || text.len == 0) return;
  if (!stays) text = document_copy(d, text);
  add_characters(d, d->open, text, opaque);
}

void document_end(document *d) {
  if (d->err != 0 || d->open == NULL) return;
  d->open = d->open->parent;
  d->depth--;
}

document_node *document_child(const document_node *node, unsigned page, unsigned token) {
  document_node *child = node != NULL ? node->first : NULL;
  while (child != NULL && (child->name.ptr == NULL || child->page != page || child->token != token))
    child = child->next;
  return child;
}

bool document_has_elements(const document_node *node) {
  const document_node *child = node->first;
  while (child != NULL && child->name.ptr == NULL)
    child = child->next;
  return child != NULL;
}

omadm_str document_characters(document *d, const document_node *node) {
  size_t total = 0;
  if (node->first == NULL) return (omadm_str){"", 0};
  if (node->first == node->last && node->first->name.ptr == NULL) return node->first->text;
  for (const document_node *at = node->first; at != NULL; at = at->next)
    total += at->text.len;
  char *text = charge(d, total) ? omadm_arena_alloc(d->arena, total + 1) : NULL;
  if (text == NULL) {
    document_fail(d, OMADM_E_NOMEM, "out of memory");
    return (omadm_str){"", 0};
  }
  size_t len = 0;
  for (const document_node *at = node->first; at != NULL; at = at->next) {
    if (at->text.len > 0) memcpy(text + len, at->text.ptr, at->text.len);
    len += at->text.len;
  }
  return (omadm_str){text, len};
}

void document_set(document *d, document_node *node, omadm_str text, bool opaque) {
  node->first = node->last = NULL;
  if (text.len > 0) add_characters(d, node, text, opaque);
}

document_node *document_next(const document_node *top, const document_node *node, size_t *up) {
  *up = 0;
  if (node->first != NULL) return node->first;
  /* A leaf element ends as well; characters do not. */
  if (node->name.ptr != NULL && node != top) ++*up;
  for (; node != top; node = node->parent) {
    if (node->next != NULL) return node->next;
    if (node->parent != top) ++*up;
  }
  return NULL;
}
