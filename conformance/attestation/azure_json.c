/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_json.h"

#include <stdbool.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Jansson's own limit of nesting is thousands of calls deep. */
static bool nests_too_deep(omadm_str text) {
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (quoted) {
      if (c == '\\') i++;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > AZURE_JSON_DEPTH) return true;
    } else if ((c == '}' || c == ']') && depth > 0) {
      depth--;
    }
  }
  return false;
}

json_t *azure_json_parse(omadm_str text) {
  if (text.len == 0 || nests_too_deep(text)) return NULL;
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

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

omadm_err azure_base64url_add(omadm_buf *out, omadm_str octets) {
  omadm_err err = omadm_buf_reserve(out, octets.len / 3 * 4 + 4);
  uint32_t bits = 0;
  unsigned have = 0;
  for (size_t i = 0; err == 0 && i < octets.len; i++) {
    bits = bits << 8 | (unsigned char)octets.ptr[i];
    for (have += 8; have >= 6; have -= 6)
      out->ptr[out->len++] = alphabet[bits >> (have - 6) & 63];
  }
  if (err == 0 && have > 0) out->ptr[out->len++] = alphabet[bits << (6 - have) & 63];
  return err;
}

static int sextet(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-' || c == '+') return 62;
  if (c == '_' || c == '/') return 63;
  return -1;
}

omadm_err azure_base64url_decode(omadm_str text, omadm_buf *out) {
  size_t before = out->len;
  size_t padding = 0;
  uint32_t bits = 0;
  unsigned have = 0;
  while (text.len > 0 && padding < 2 && text.ptr[text.len - 1] == '=') {
    text.len--;
    padding++;
  }
  if (text.len % 4 == 1 || (padding > 0 && (text.len + padding) % 4 != 0)) return OMADM_E_SYNTAX;
  omadm_err err = omadm_buf_reserve(out, text.len / 4 * 3 + 3);
  for (size_t i = 0; err == 0 && i < text.len; i++) {
    int value = sextet(text.ptr[i]);
    if (value < 0) {
      err = OMADM_E_SYNTAX;
      break;
    }
    bits = (bits << 6 | (uint32_t)value) & 0xFFFF;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out->ptr[out->len++] = (char)(bits >> have & 0xFF);
  }
  if (err == 0 && (bits & ((1u << have) - 1)) != 0) err = OMADM_E_SYNTAX;
  if (err != 0) out->len = before;
  return err;
}

omadm_err azure_json_octets(const json_t *object, const char *key, omadm_buf *out) {
  if (!json_is_string(json_object_get(object, key))) return OMADM_E_SYNTAX;
  return azure_base64url_decode(azure_json_text(object, key), out);
}

omadm_err azure_json_set_octets(json_t *object, const char *key, omadm_str octets) {
  omadm_buf text = {0};
  omadm_buf_init(&text, &omadm_mem_default, 0);
  omadm_err err = azure_base64url_add(&text, octets);
  if (err == 0) err = azure_json_set_text(object, key, omadm_buf_str(&text));
  omadm_buf_dispose(&text);
  return err;
}

omadm_err azure_json_set_text(json_t *object, const char *key, omadm_str text) {
  json_t *value = json_stringn(text.len > 0 ? text.ptr : "", text.len);
  return json_object_set_new(object, key, value) == 0 ? OMADM_OK : OMADM_E_NOMEM;
}
