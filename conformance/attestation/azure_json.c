/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_json.h"

#include <stdbool.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

/* Jansson's own limit of nesting is thousands of calls deep, and a value of two octets costs it a
 * hundred. */
static bool is_too_much(omadm_str text) {
  size_t depth = 0, values = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (quoted) {
      if (c == '\\') i++;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > AZURE_JSON_DEPTH || ++values > AZURE_JSON_VALUES) return true;
    } else if (c == ',') {
      if (++values > AZURE_JSON_VALUES) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      depth--;
    }
  }
  return false;
}

json_t *azure_json_parse(omadm_str text) {
  if (text.len == 0 || is_too_much(text)) return NULL;
  json_t *object = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
  if (!json_is_object(object)) {
    json_decref(object);
    return NULL;
  }
  return object;
}

/* Position behind the string that begins at text[at]. The text is well formed. */
static size_t after_string(omadm_str text, size_t at) {
  for (at++; at < text.len && text.ptr[at] != '"'; at++) {
    if (text.ptr[at] == '\\') at++;
  }
  return at < text.len ? at + 1 : text.len;
}

/* Position behind the value that begins at text[at]. */
static size_t after_value(omadm_str text, size_t at) {
  size_t depth = 0;
  while (at < text.len) {
    char c = text.ptr[at];
    if (c == '"') {
      at = after_string(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (depth == 0 && (c == ',' || c == '}' || c == ']' || omadm_is_space(c))) return at;
    if (c == '{' || c == '[') depth++;
    if (c == '}' || c == ']') depth--;
    at++;
    if (depth == 0 && (c == '}' || c == ']')) return at;
  }
  return at;
}

static size_t after_space(omadm_str text, size_t at) {
  while (at < text.len && omadm_is_space(text.ptr[at]))
    at++;
  return at;
}

/* The value of one member of the object that is all of `object`. */
static omadm_str member(omadm_str object, const char *key) {
  size_t at = after_space(object, 0);
  if (at >= object.len || object.ptr[at] != '{') return (omadm_str){0};
  at = after_space(object, at + 1);
  while (at < object.len && object.ptr[at] == '"') {
    size_t end = after_string(object, at);
    omadm_str name = {object.ptr + at + 1, end - at - 2};
    at = after_space(object, end);
    at = after_space(object, at + 1); /* the colon */
    if (at >= object.len) break;
    end = after_value(object, at);
    if (omadm_str_is(name, key)) return (omadm_str){object.ptr + at, end - at};
    at = after_space(object, end);
    at = after_space(object, at + 1); /* the comma or the end */
  }
  return (omadm_str){0};
}

omadm_str azure_json_raw(omadm_str text, const char *const *keys, size_t n) {
  for (size_t i = 0; i < n; i++)
    text = member(text, keys[i]);
  return text;
}

omadm_str azure_json_text(const json_t *object, const char *key) {
  const json_t *value = json_object_get(object, key);
  if (!json_is_string(value)) return (omadm_str){0};
  return (omadm_str){json_string_value(value), json_string_length(value)};
}

omadm_err azure_json_octets(const json_t *object, const char *key, omadm_buf *out) {
  if (!json_is_string(json_object_get(object, key))) return OMADM_E_SYNTAX;
  return omadm_base64url_decode(azure_json_text(object, key), out);
}

omadm_err azure_json_set_octets(json_t *object, const char *key, omadm_str octets) {
  omadm_buf text = {0};
  omadm_buf_init(&text, &omadm_mem_default, 0);
  omadm_err err = omadm_base64url_encode(octets, &text);
  if (err == 0) err = azure_json_set_text(object, key, omadm_buf_str(&text));
  omadm_buf_dispose(&text);
  return err;
}

omadm_err azure_json_set_text(json_t *object, const char *key, omadm_str text) {
  json_t *value = json_stringn(text.len > 0 ? text.ptr : "", text.len);
  return json_object_set_new(object, key, value) == 0 ? OMADM_OK : OMADM_E_NOMEM;
}
