/* SPDX-License-Identifier: MIT */
#include "conformance/player/bindings.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

void bindings_truncate(bindings *self, size_t count) {
  while (self->count > count) {
    self->count--;
    free(self->entries[self->count].name);
    free(self->entries[self->count].value);
  }
}

void bindings_dispose(bindings *self) {
  bindings_truncate(self, 0);
  free(self->entries);
  *self = (bindings){0};
}

const char *bindings_find(const bindings *self, omadm_str name) {
  for (size_t i = 0; i < self->count; i++) {
    const char *known = self->entries[i].name;
    if (strlen(known) == name.len && memcmp(known, name.ptr, name.len) == 0)
      return self->entries[i].value;
  }
  return NULL;
}

static bool bind(bindings *self, omadm_str name, const char *value, size_t len) {
  if (self->count == self->capacity) {
    size_t capacity = self->capacity == 0 ? 16 : 2 * self->capacity;
    bindings_entry *entries = realloc(self->entries, capacity * sizeof *entries);
    if (entries == NULL) return false;
    self->entries = entries;
    self->capacity = capacity;
  }
  bindings_entry entry = {strndup(name.ptr, name.len), strndup(value, len)};
  if (entry.name == NULL || entry.value == NULL) {
    free(entry.name);
    free(entry.value);
    return false;
  }
  self->entries[self->count++] = entry;
  return true;
}

static bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

bool bindings_add(bindings *self, omadm_str name, omadm_str value) {
  return bind(self, name, value.ptr, value.len);
}

/* The name at text where a {{name}} stands there; its whole length is in *whole. */
static bool placeholder_at(omadm_str text, omadm_str *name, size_t *whole) {
  size_t at = 2;
  if (text.len < 5 || memcmp(text.ptr, "{{", 2) != 0) return false;
  while (at < text.len && is_name_char(text.ptr[at]))
    at++;
  if (at == 2 || text.len - at < 2 || memcmp(text.ptr + at, "}}", 2) != 0) return false;
  *name = (omadm_str){text.ptr + 2, at - 2};
  *whole = at + 2;
  return true;
}

/* How much literal text, with bound names counted as literal too, stands before the next unbound
 * name. */
static bool literal_before_unbound(const bindings *self, omadm_str pattern, omadm_buf *literal,
                                   size_t *used) {
  size_t at = 0;
  while (at < pattern.len) {
    omadm_str name = {NULL, 0};
    size_t whole = 0;
    const char *value = NULL;
    if (!placeholder_at((omadm_str){pattern.ptr + at, pattern.len - at}, &name, &whole)) {
      if (omadm_buf_add(literal, pattern.ptr + at, 1) != OMADM_OK) return false;
      at++;
      continue;
    }
    value = bindings_find(self, name);
    if (value == NULL) break;
    if (omadm_buf_add(literal, value, strlen(value)) != OMADM_OK) return false;
    at += whole;
  }
  *used = at;
  return true;
}

/* Binds the unbound name at *pattern to the text up to the literal that follows it, and steps over
 * both. */
static bool match_unbound(bindings *self, omadm_str *pattern, omadm_str *text) {
  omadm_str name = {NULL, 0};
  size_t whole = 0;
  size_t used = 0;
  bool matched = false;
  omadm_buf literal;
  omadm_buf_init(&literal, &omadm_mem_default, 0);
  if (!placeholder_at(*pattern, &name, &whole)) goto out;
  pattern->ptr += whole;
  pattern->len -= whole;
  if (!literal_before_unbound(self, *pattern, &literal, &used)) goto out;
  size_t value_len = text->len;
  if (literal.len > text->len) goto out;
  if (used == pattern->len) {
    value_len = text->len - literal.len;
    if (literal.len > 0 && memcmp(text->ptr + value_len, literal.ptr, literal.len) != 0) goto out;
  } else {
    const char *found =
        literal.len == 0 ? text->ptr : memmem(text->ptr, text->len, literal.ptr, literal.len);
    if (found == NULL) goto out;
    value_len = (size_t)(found - text->ptr);
  }
  matched = bind(self, name, text->ptr, value_len);
  /* The literal is left in place: it may name what was bound just now, and is then compared again.
   */
  text->ptr += value_len;
  text->len -= value_len;
out:
  omadm_buf_dispose(&literal);
  return matched;
}

static bool match_from(bindings *self, omadm_str pattern, omadm_str text) {
  while (pattern.len > 0) {
    size_t used = 0;
    omadm_buf literal;
    omadm_buf_init(&literal, &omadm_mem_default, 0);
    bool same = literal_before_unbound(self, pattern, &literal, &used) && literal.len <= text.len &&
                (literal.len == 0 || memcmp(literal.ptr, text.ptr, literal.len) == 0);
    size_t len = literal.len;
    omadm_buf_dispose(&literal);
    if (!same) return false;
    pattern.ptr += used;
    pattern.len -= used;
    text.ptr += len;
    text.len -= len;
    if (pattern.len > 0 && !match_unbound(self, &pattern, &text)) return false;
  }
  return text.len == 0;
}

bool bindings_match(bindings *self, omadm_str pattern, omadm_str text) {
  size_t count = self->count;
  if (omadm_str_is(pattern, "*") || match_from(self, pattern, text)) return true;
  bindings_truncate(self, count);
  return false;
}

static omadm_err add_value(omadm_buf *out, const char *value, bool markup) {
  omadm_err err = OMADM_OK;
  if (!markup) return omadm_buf_add_text(out, value);
  for (; err == OMADM_OK && *value != 0; value++) {
    if (*value == '&') {
      err = omadm_buf_add_text(out, "&amp;");
    } else if (*value == '<') {
      err = omadm_buf_add_text(out, "&lt;");
    } else {
      err = omadm_buf_add(out, value, 1);
    }
  }
  return err;
}

omadm_err bindings_expand(const bindings *self, omadm_str in, bool markup, omadm_buf *out,
                          omadm_error *error) {
  size_t from = 0;
  for (size_t at = 0; at < in.len;) {
    omadm_str name = {NULL, 0};
    size_t whole = 0;
    if (in.ptr[at] != '{' ||
        !placeholder_at((omadm_str){in.ptr + at, in.len - at}, &name, &whole)) {
      at++;
      continue;
    }
    const char *value = bindings_find(self, name);
    if (value == NULL) {
      return omadm_error_set(error, OMADM_E_NOT_FOUND,
                             "{{%.*s}} has not been seen in a message of the client's yet",
                             (int)name.len, name.ptr);
    }
    omadm_err err = omadm_buf_add(out, in.ptr + from, at - from);
    if (err == OMADM_OK) err = add_value(out, value, markup);
    if (err != OMADM_OK) return err;
    at += whole;
    from = at;
  }
  return omadm_buf_add(out, in.ptr + from, in.len - from);
}
