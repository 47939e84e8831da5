/* SPDX-License-Identifier: MIT */
#include "conformance/player/reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *name_of(const xmlNode *node) {
  return (const char *)node->name;
}

omadm_err reader_fail(reader *self, const xmlNode *at, const char *format, ...) {
  char text[400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return omadm_error_set(self->error, OMADM_E_SYNTAX, "%s:%ld: %s", self->path, xmlGetLineNo(at),
                         text);
}

static xmlNode *skip_to_element(reader *self, xmlNode *node, omadm_err *err) {
  for (; node != NULL && node->type != XML_ELEMENT_NODE; node = node->next) {
    bool text = node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE;
    if (text && !xmlIsBlankNode(node)) {
      *err = reader_fail(self, node, "text where elements are expected, inside <%s>",
                         name_of(node->parent));
      return NULL;
    }
  }
  return node;
}

xmlNode *reader_first(reader *self, xmlNode *parent, omadm_err *err) {
  return skip_to_element(self, parent->children, err);
}

xmlNode *reader_next(reader *self, xmlNode *child, omadm_err *err) {
  return skip_to_element(self, child->next, err);
}

size_t reader_count(const xmlNode *parent) {
  size_t count = 0;
  for (const xmlNode *n = parent->children; n != NULL; n = n->next)
    count += n->type == XML_ELEMENT_NODE;
  return count;
}

bool reader_is(const xmlNode *node, const char *name) {
  return strcmp(name_of(node), name) == 0 && node->ns != NULL &&
         strcmp((const char *)node->ns->href, OMADM_TRANSCRIPT_NAMESPACE) == 0;
}

omadm_str reader_copy(reader *self, const char *text) {
  size_t len = strlen(text);
  char *copy = omadm_arena_alloc(self->arena, len + 1);
  if (copy == NULL) return (omadm_str){NULL, 0};
  memcpy(copy, text, len + 1);
  return (omadm_str){copy, len};
}

static omadm_err attribute_text(reader *self, xmlNode *node, const xmlAttr *attr, omadm_str *out) {
  xmlChar *text = xmlNodeListGetString(node->doc, attr->children, 1);
  *out = reader_copy(self, text == NULL ? "" : (const char *)text);
  xmlFree(text);
  return out->ptr == NULL ? OMADM_E_NOMEM : OMADM_OK;
}

static const reader_attribute *find_rule(const char *element, const char *name,
                                         const reader_attribute *rules, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(rules[i].element, element) == 0 && strcmp(rules[i].name, name) == 0)
      return &rules[i];
  }
  return NULL;
}

static omadm_err add_pair(reader *self, omadm_transcript_pairs *pairs, const char *name,
                          omadm_str value, size_t capacity) {
  if (pairs->items == NULL) {
    pairs->items = omadm_arena_alloc(self->arena, capacity * sizeof *pairs->items);
    if (pairs->items == NULL) return OMADM_E_NOMEM;
  }
  omadm_str copy = reader_copy(self, name);
  if (copy.ptr == NULL) return OMADM_E_NOMEM;
  pairs->items[pairs->count++] = (omadm_transcript_pair){copy, value};
  return OMADM_OK;
}

static size_t count_attributes(const xmlNode *node) {
  size_t count = 0;
  for (const xmlAttr *a = node->properties; a != NULL; a = a->next)
    count++;
  return count;
}

omadm_err reader_attributes(reader *self, xmlNode *node, const reader_attribute *rules,
                            size_t rule_count, void *base, const char *prefix,
                            omadm_transcript_pairs *open) {
  const char *element = name_of(node);
  for (const xmlAttr *a = node->properties; a != NULL; a = a->next) {
    const char *name = (const char *)a->name;
    const reader_attribute *rule =
        a->ns == NULL ? find_rule(element, name, rules, rule_count) : NULL;
    bool is_open = rule == NULL && a->ns == NULL && prefix != NULL &&
                   strncmp(name, prefix, strlen(prefix)) == 0;
    omadm_str value = {NULL, 0};
    if (rule == NULL && !is_open)
      return reader_fail(self, node, "unknown attribute %s on <%s>", name, element);
    omadm_err err = attribute_text(self, node, a, &value);
    if (err == OMADM_OK && is_open)
      err = add_pair(self, open, name + strlen(prefix), value, count_attributes(node));
    if (err != OMADM_OK) return err;
    if (rule != NULL) memcpy((char *)base + rule->offset, &value, sizeof value);
  }
  for (size_t i = 0; i < rule_count; i++) {
    if (!rules[i].required || strcmp(rules[i].element, element) != 0) continue;
    if (xmlHasProp(node, (const xmlChar *)rules[i].name) == NULL) {
      return reader_fail(self, node, "<%s> needs the attribute %s", element, rules[i].name);
    }
  }
  return OMADM_OK;
}

omadm_err reader_number(reader *self, const xmlNode *at, const char *name, omadm_str text,
                        unsigned long max, unsigned long *out) {
  unsigned long value = 0;
  if (text.ptr == NULL) return OMADM_OK;
  bool good = text.len > 0 && text.len <= 10;
  for (size_t i = 0; good && i < text.len; i++) {
    good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
    value = value * 10 + (unsigned long)(text.ptr[i] - '0');
  }
  if (!good || value > max)
    return reader_fail(self, at, "%s is not a number up to %lu: %s", name, max, text.ptr);
  *out = value;
  return OMADM_OK;
}

omadm_err reader_word(reader *self, const xmlNode *at, const char *name, omadm_str text,
                      const char *const *words) {
  if (text.ptr == NULL) return OMADM_OK;
  for (; *words != NULL; words++) {
    if (strcmp(text.ptr, *words) == 0) return OMADM_OK;
  }
  return reader_fail(self, at, "%s cannot be %s", name, text.ptr);
}

static size_t count_elements(const xmlNode *node) {
  size_t count = 1;
  const xmlNode *n = node;
  while (true) {
    if (n->type == XML_ELEMENT_NODE && n->children != NULL) {
      n = n->children;
    } else {
      while (n != node && n->next == NULL)
        n = n->parent;
      if (n == node) return count;
      n = n->next;
    }
    count += n->type == XML_ELEMENT_NODE;
  }
}

void reader_enter(reader *self) {
  self->next_element++;
}

omadm_str reader_slice(reader *self, const xmlNode *node) {
  size_t index = self->next_element;
  self->next_element += count_elements(node);
  if (index >= self->span_count) return (omadm_str){"", 0};
  source_span span = self->spans[index];
  return (omadm_str){self->source.ptr + span.from, span.to - span.from};
}

omadm_err reader_value(reader *self, xmlNode *node, omadm_str *out) {
  omadm_str slice = reader_slice(self, node);
  if (node->children == NULL) return OMADM_OK;
  if (reader_count(node) > 0) {
    *out = omadm_str_trim(slice);
    return OMADM_OK;
  }
  xmlChar *text = xmlNodeGetContent(node);
  *out = reader_copy(self, text == NULL ? "" : (const char *)text);
  xmlFree(text);
  return out->ptr == NULL ? OMADM_E_NOMEM : OMADM_OK;
}
