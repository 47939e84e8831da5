/* SPDX-License-Identifier: MIT */
#include "health-attestation/azure_json.h"

#include <string.h>

enum { DEPTH = 8 };

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void skip(omadm_str *s, size_t n) {
  *s = (omadm_str){s->ptr + n, s->len - n};
}

static void skip_space(omadm_str *s) {
  while (s->len > 0 && is_space(*s->ptr))
    skip(s, 1);
}

static bool take_char(omadm_str *s, char c) {
  skip_space(s);
  if (s->len == 0 || *s->ptr != c) return false;
  skip(s, 1);
  return true;
}

/* A string with its quotes. */
static bool take_string(omadm_str *s, omadm_str *text) {
  if (s->len == 0 || *s->ptr != '"') return false;
  for (size_t i = 1; i < s->len && (unsigned char)s->ptr[i] >= ' '; i++) {
    if (s->ptr[i] == '"') {
      *text = (omadm_str){s->ptr, i + 1};
      skip(s, i + 1);
      return true;
    }
    if (s->ptr[i] == '\\') i++;
  }
  return false;
}

/* true, false, null, a number: as far as they are letters they are not looked at more closely. */
static bool take_word(omadm_str *s) {
  size_t n = 0;
  while (n < s->len && (is_word(s->ptr[n]) || strchr("+-.", s->ptr[n]) != NULL) &&
         s->ptr[n] != '\0')
    n++;
  if (n > 0) skip(s, n);
  return n > 0;
}

/* An object or array: its brackets match, and strings are whole. */
static bool take_nested(omadm_str *s) {
  char open[DEPTH];
  size_t depth = 0;
  omadm_str text;
  do {
    char c = s->len > 0 ? *s->ptr : '\0';
    if (c == '"') {
      if (!take_string(s, &text)) return false;
      continue;
    }
    if (c == '\0') return false;
    skip(s, 1);
    if (c == '{' || c == '[') {
      if (depth == DEPTH) return false;
      open[depth++] = c;
    } else if (c == '}' || c == ']') {
      if (open[--depth] != (c == '}' ? '{' : '[')) return false;
    }
  } while (depth > 0);
  return true;
}

static bool take_value(omadm_str *s, omadm_str *value) {
  skip_space(s);
  const char *start = s->ptr;
  char c = s->len > 0 ? *s->ptr : '\0';
  omadm_str text;
  bool taken = c == '"'               ? take_string(s, &text)
               : c == '{' || c == '[' ? take_nested(s)
                                      : take_word(s);
  if (taken) *value = (omadm_str){start, (size_t)(s->ptr - start)};
  return taken;
}

static bool take_key(json_members *it, omadm_str *key) {
  omadm_str *s = &it->rest;
  size_t n = 0;
  skip_space(s);
  if (take_string(s, key)) {
    *key = (omadm_str){key->ptr + 1, key->len - 2};
    return true;
  }
  while (it->bare_keys && n < s->len && is_word(s->ptr[n]))
    n++;
  *key = (omadm_str){s->ptr, n};
  if (n > 0) skip(s, n);
  return n > 0;
}

json_members json_members_of(omadm_str text, bool bare_keys) {
  json_members it = {.rest = text, .bare_keys = bare_keys};
  it.failed = !take_char(&it.rest, '{');
  return it;
}

bool json_next(json_members *it, json_member *member) {
  if (it->failed || it->ended) return false;
  if (take_char(&it->rest, '}')) {
    it->ended = true;
    skip_space(&it->rest);
    it->failed = it->rest.len > 0;
    return false;
  }
  it->failed = (it->begun && !take_char(&it->rest, ',')) || !take_key(it, &member->key) ||
               !take_char(&it->rest, ':') || !take_value(&it->rest, &member->value);
  it->begun = true;
  return !it->failed;
}

bool json_is(omadm_str key, const char *name) {
  if (key.len != strlen(name)) return false;
  for (size_t i = 0; i < key.len; i++) {
    char a = key.ptr[i], b = name[i];
    if (a >= 'A' && a <= 'Z') a = (char)(a - 'A' + 'a');
    if (b >= 'A' && b <= 'Z') b = (char)(b - 'A' + 'a');
    if (a != b) return false;
  }
  return true;
}

static bool is_quoted(omadm_str value) {
  return value.len >= 2 && value.ptr[0] == '"';
}

bool json_is_braced(omadm_str value) {
  return value.len >= 2 && value.ptr[0] == '{';
}

/* Four hexadecimal digits at s[at]; -1 where they are none. */
static long unit_at(omadm_str s, size_t at) {
  long unit = 0;
  if (s.len < at + 4) return -1;
  for (size_t i = at; i < at + 4; i++) {
    char c = s.ptr[i];
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

static void add_code(octets *o, uint32_t code) {
  char text[4];
  size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  static const uint8_t first[] = {0, 0, 0xC0, 0xE0, 0xF0};
  for (size_t i = n; i-- > 1; code >>= 6)
    text[i] = (char)(0x80 | (code & 0x3F));
  text[0] = (char)(first[n] | code);
  octets_add(o, text, n);
}

/* \uXXXX, perhaps two of them, at s[*at] behind the u. Lone surrogates and U+0000 are refused. */
static bool add_unicode(octets *o, omadm_str s, size_t *at) {
  long unit = unit_at(s, *at);
  *at += 4;
  if (unit >= 0xD800 && unit <= 0xDBFF && s.len >= *at + 2 && s.ptr[*at] == '\\' &&
      s.ptr[*at + 1] == 'u') {
    long low = unit_at(s, *at + 2);
    *at += 6;
    if (low < 0xDC00 || low > 0xDFFF) return false;
    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
  } else if (unit <= 0 || (unit >= 0xD800 && unit <= 0xDFFF)) {
    return false;
  }
  add_code(o, (uint32_t)unit);
  return true;
}

bool json_add_string(octets *o, omadm_str value) {
  static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
  size_t before = o->len;
  if (!is_quoted(value)) return false;
  omadm_str s = {value.ptr + 1, value.len - 2};
  /* At once, so that growing leaves no copies of a secret behind. */
  if (!octets_reserve(o, s.len)) return false;
  for (size_t i = 0; i < s.len;) {
    if (s.ptr[i] != '\\') {
      octets_add(o, &s.ptr[i++], 1);
      continue;
    }
    char c = i + 1 < s.len ? s.ptr[i + 1] : '\0';
    const char *known = c != '\0' ? strchr(from, c) : NULL;
    i += 2;
    if (known != NULL) {
      octets_add(o, &to[known - from], 1);
    } else if (c != 'u' || !add_unicode(o, s, &i)) {
      o->len = before;
      return false;
    }
  }
  return !o->failed;
}

omadm_str json_find(omadm_str object, const char *name) {
  json_members it = json_members_of(object, false);
  json_member member;
  omadm_str found = {NULL, 0};
  size_t n = 0;
  while (json_next(&it, &member)) {
    if (!json_is(member.key, name)) continue;
    found = member.value;
    n++;
  }
  return it.failed || n != 1 ? (omadm_str){NULL, 0} : found;
}

void json_quote(octets *o, omadm_str text) {
  octets_add_text(o, "\"");
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if (c == '"' || c == '\\') octets_add_text(o, "\\");
    if (c < ' ')
      octets_add_format(o, "\\u%04x", c);
    else
      octets_add(o, &text.ptr[i], 1);
  }
  octets_add_text(o, "\"");
}
