/* SPDX-License-Identifier: MIT */
#include "conformance/player/diff.h"

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

#define CONTEXT 12 /* lines shown on each side of the difference in a long message */
#define LONG 120 /* lines that are still shown whole */

/* One line of a pretty-printed message. */
typedef struct line {
  size_t from;
  size_t len;
  const xmlNode *node;
} line;

typedef struct page {
  omadm_buf text;
  line *lines;
  size_t count;
  size_t capacity;
} page;

static void page_init(page *self) {
  *self = (page){.lines = NULL};
  omadm_buf_init(&self->text, &omadm_mem_default, 0);
}

static void page_dispose(page *self) {
  omadm_buf_dispose(&self->text);
  free(self->lines);
}

static omadm_err page_begin_line(page *self, const xmlNode *node, unsigned depth) {
  if (self->count == self->capacity) {
    size_t capacity = self->capacity == 0 ? 64 : 2 * self->capacity;
    line *lines = realloc(self->lines, capacity * sizeof *lines);
    if (lines == NULL) return OMADM_E_NOMEM;
    self->lines = lines;
    self->capacity = capacity;
  }
  self->lines[self->count++] = (line){self->text.len, 0, node};
  for (unsigned i = 0; i < depth && i < 20; i++) {
    omadm_err err = omadm_buf_add_text(&self->text, "  ");
    if (err != OMADM_OK) return err;
  }
  return OMADM_OK;
}

static void page_end_line(page *self) {
  line *last = &self->lines[self->count - 1];
  last->len = self->text.len - last->from;
}

static bool has_elements(const xmlNode *node) {
  for (const xmlNode *n = node->children; n != NULL; n = n->next) {
    if (n->type == XML_ELEMENT_NODE) return true;
  }
  return false;
}

/* Whether a terminal might obey the character. */
static bool is_harmful(omadm_str character) {
  char copy[5] = "";
  memcpy(copy, character.ptr, character.len);
  omadm_str_tame(copy);
  return memcmp(copy, character.ptr, character.len) != 0;
}

/* Text with what a terminal might obey made visible, so that a line stays one. */
static omadm_err add_text(omadm_buf *out, const char *octets) {
  omadm_str text = omadm_str_of(octets);
  omadm_err err = OMADM_OK;
  for (size_t at = 0; err == OMADM_OK && at < text.len;) {
    uint32_t code = 0;
    size_t n = omadm_utf8_decode(text, at, &code);
    omadm_str character = {text.ptr + at, n == 0 ? 1 : n};
    at += character.len;
    if (code == '\n') {
      err = omadm_buf_add_text(out, "\\n");
    } else if (is_harmful(character)) {
      err = omadm_buf_printf(out, code < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)code);
    } else {
      err = omadm_buf_add_str(out, character);
    }
  }
  return err;
}

static omadm_err add_attribute(omadm_buf *out, const char *name, const char *value) {
  omadm_err err = omadm_buf_printf(out, " %s=\"", name);
  if (err == OMADM_OK) err = add_text(out, value);
  return err == OMADM_OK ? omadm_buf_add_text(out, "\"") : err;
}

static omadm_err add_start_tag(page *self, const xmlNode *node, bool closed) {
  omadm_err err = omadm_buf_printf(&self->text, "<%s", (const char *)node->name);
  bool same = node->parent != NULL && node->parent->type == XML_ELEMENT_NODE &&
              xmlStrEqual(node->ns == NULL ? NULL : node->ns->href,
                          node->parent->ns == NULL ? NULL : node->parent->ns->href);
  if (err == OMADM_OK && node->ns != NULL && !same)
    err = add_attribute(&self->text, "xmlns", (const char *)node->ns->href);
  for (const xmlAttr *a = node->properties; err == OMADM_OK && a != NULL; a = a->next) {
    xmlChar *value = xmlNodeListGetString(node->doc, a->children, 1);
    err = add_attribute(&self->text, (const char *)a->name, value == NULL ? "" : (char *)value);
    xmlFree(value);
  }
  return err == OMADM_OK ? omadm_buf_add_text(&self->text, closed ? "/>" : ">") : err;
}

static omadm_err add_leaf(page *self, const xmlNode *node, unsigned depth) {
  omadm_err err = page_begin_line(self, node, depth);
  if (err != OMADM_OK) return err;
  char *text = omadm_message_text(node);
  bool empty = text == NULL || *text == 0;
  err = add_start_tag(self, node, empty);
  if (err == OMADM_OK && !empty) err = add_text(&self->text, text);
  if (err == OMADM_OK && !empty)
    err = omadm_buf_printf(&self->text, "</%s>", (const char *)node->name);
  xmlFree(text);
  page_end_line(self);
  return err;
}

static omadm_err page_add(page *self, const xmlNode *node, unsigned depth) {
  if (!has_elements(node)) return add_leaf(self, node, depth);
  omadm_err err = page_begin_line(self, node, depth);
  if (err == OMADM_OK) err = add_start_tag(self, node, false);
  if (err != OMADM_OK) return err;
  page_end_line(self);
  for (const xmlNode *n = node->children; err == OMADM_OK && n != NULL; n = n->next) {
    if (n->type == XML_ELEMENT_NODE) err = page_add(self, n, depth + 1);
  }
  return err;
}

static size_t find_line(const page *self, const xmlNode *node, size_t otherwise) {
  for (size_t i = 0; i < self->count; i++) {
    if (self->lines[i].node == node) return i;
  }
  return otherwise;
}

/* Appends a line cut or filled to `width` characters. */
static omadm_err add_cell(omadm_buf *out, const page *from, size_t index, size_t width) {
  omadm_str text = {"", 0};
  if (index < from->count)
    text = (omadm_str){from->text.ptr + from->lines[index].from, from->lines[index].len};
  size_t at = 0;
  size_t used = 0;
  bool cut = omadm_utf8_length(text) > width;
  while (at < text.len && used < width - (cut ? 1 : 0)) {
    uint32_t code = 0;
    size_t octets = omadm_utf8_decode(text, at, &code);
    at += octets == 0 ? 1 : octets;
    used++;
  }
  omadm_err err = omadm_buf_add(out, text.ptr, at);
  if (err == OMADM_OK && cut) err = omadm_buf_add_text(out, "…");
  for (used += cut ? 1 : 0; err == OMADM_OK && used < width; used++)
    err = omadm_buf_add_text(out, " ");
  return err;
}

static bool same_line(const page *a, const page *b, size_t left, size_t right) {
  if (left >= a->count || right >= b->count) return false;
  omadm_str x = {a->text.ptr + a->lines[left].from, a->lines[left].len};
  omadm_str y = {b->text.ptr + b->lines[right].from, b->lines[right].len};
  return omadm_str_equal(x, y);
}

/* Lines left and right; SIZE_MAX leaves a side empty. */
static omadm_err add_row(omadm_buf *out, const page *want, const page *have, size_t left,
                         size_t right, size_t width, const char *mark, bool colour) {
  omadm_err err =
      omadm_buf_printf(out, "%s%s ", colour && mark[0] == '>' ? "\033[1;31m" : "", mark);
  if (err == OMADM_OK) err = add_cell(out, want, left, width);
  if (err == OMADM_OK)
    err = omadm_buf_add_text(out, same_line(want, have, left, right) ? " | " : " : ");
  if (err == OMADM_OK) err = add_cell(out, have, right, width);
  while (out->len > 0 && out->ptr[out->len - 1] == ' ')
    out->len--;
  if (err == OMADM_OK)
    err = omadm_buf_printf(out, "%s\n", colour && mark[0] == '>' ? "\033[0m" : "");
  return err;
}

/* The rows, with both messages brought level at the difference. */
static omadm_err add_rows(omadm_buf *out, const page *want, const page *have,
                          const message_difference *d, size_t width, bool colour) {
  size_t left = d->expected == NULL ? SIZE_MAX : find_line(want, d->expected, want->count);
  size_t right = d->actual == NULL ? SIZE_MAX : find_line(have, d->actual, have->count);
  size_t before = left != SIZE_MAX && (right == SIZE_MAX || left > right) ? left : right;
  size_t left_lead = left == SIZE_MAX ? before : left;
  size_t right_lead = right == SIZE_MAX ? before : right;
  bool whole = want->count <= LONG && have->count <= LONG;
  size_t first = whole || before < CONTEXT ? 0 : before - CONTEXT;
  omadm_err err = OMADM_OK;
  for (size_t i = first; err == OMADM_OK && i < before; i++) {
    size_t l = i + left_lead < before ? SIZE_MAX : i + left_lead - before;
    size_t r = i + right_lead < before ? SIZE_MAX : i + right_lead - before;
    err = add_row(out, want, have, l, r, width, " ", colour);
  }
  if (err == OMADM_OK) err = add_row(out, want, have, left, right, width, ">", colour);
  left = left == SIZE_MAX ? left_lead : left + 1;
  right = right == SIZE_MAX ? right_lead : right + 1;
  for (size_t n = 0;
       err == OMADM_OK && (left < want->count || right < have->count) && (whole || n < CONTEXT);
       n++) {
    err = add_row(out, want, have, left++, right++, width, " ", colour);
  }
  return err;
}

omadm_err diff_write(const xmlDoc *expected, const xmlDoc *actual,
                     const message_difference *difference, unsigned columns, bool colour,
                     omadm_buf *out) {
  page want;
  page have;
  page_init(&want);
  page_init(&have);
  columns = columns < 80 ? 80 : columns > 160 ? 160 : columns;
  size_t width = (columns - 5) / 2;
  omadm_err err = page_add(&want, xmlDocGetRootElement(expected), 0);
  if (err == OMADM_OK) err = page_add(&have, xmlDocGetRootElement(actual), 0);
  if (err == OMADM_OK)
    err = omadm_buf_printf(out, "  %-*s   %s\n", (int)width, "expected", "found");
  if (err == OMADM_OK) err = add_rows(out, &want, &have, difference, width, colour);
  page_dispose(&want);
  page_dispose(&have);
  return err;
}

omadm_err diff_write_message(const xmlDoc *message, const char *indent, omadm_buf *out) {
  page text;
  page_init(&text);
  omadm_err err = page_add(&text, xmlDocGetRootElement(message), 0);
  for (size_t i = 0; err == OMADM_OK && i < text.count; i++) {
    err = omadm_buf_printf(out, "%s%.*s\n", indent, (int)text.lines[i].len,
                           text.text.ptr + text.lines[i].from);
  }
  page_dispose(&text);
  return err;
}
