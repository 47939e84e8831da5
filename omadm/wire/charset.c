/* SPDX-License-Identifier: MIT */
#include "omadm/wire/charset.h"

#include "base/codec.h"
#include "base/str.h"

static const struct {
  omadm_str name;
  wire_charset charset;
} charsets[] = {
    {OMADM_STR(""), WIRE_UTF_8},
    {OMADM_STR("UTF-8"), WIRE_UTF_8},
    {OMADM_STR("UTF8"), WIRE_UTF_8},
    {OMADM_STR("US-ASCII"), WIRE_UTF_8},
    {OMADM_STR("UTF-16"), WIRE_UTF_16},
    {OMADM_STR("UTF-16LE"), WIRE_UTF_16LE},
    {OMADM_STR("UTF-16BE"), WIRE_UTF_16BE},
    {OMADM_STR("ISO-8859-1"), WIRE_LATIN_1},
};

wire_charset wire_charset_find(omadm_str name) {
  for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++) {
    if (omadm_str_equal_nocase(name, charsets[i].name)) return charsets[i].charset;
  }
  return WIRE_CHARSET_UNKNOWN;
}

bool wire_charset_is(wire_charset used, omadm_str named) {
  wire_charset charset = wire_charset_find(named);
  if (charset == WIRE_UTF_16) return used == WIRE_UTF_16LE || used == WIRE_UTF_16BE;
  return charset == used;
}

static const struct {
  omadm_str mark;
  wire_charset charset;
} marks[] = {
    {OMADM_STR("\xEF\xBB\xBF"), WIRE_UTF_8},
    {OMADM_STR("\xFF\xFE"), WIRE_UTF_16LE},
    {OMADM_STR("\xFE\xFF"), WIRE_UTF_16BE},
};

wire_charset wire_charset_detect(omadm_str *body, wire_charset named) {
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    size_t n = marks[i].mark.len;
    if (body->len < n || memcmp(body->ptr, marks[i].mark.ptr, n) != 0) continue;
    *body = (omadm_str){body->ptr + n, body->len - n};
    return marks[i].charset;
  }
  return named == WIRE_UTF_16 ? WIRE_UTF_16BE : named;
}

static omadm_err add_code(omadm_buf *out, uint32_t code) {
  char utf8[4];
  return omadm_buf_add(out, utf8, omadm_utf8_encode(code, utf8));
}

static uint32_t unit_at(omadm_str body, size_t i, bool little) {
  uint32_t first = (unsigned char)body.ptr[i];
  uint32_t second = (unsigned char)body.ptr[i + 1];
  return little ? second << 8 | first : first << 8 | second;
}

static bool is_surrogate(uint32_t unit, uint32_t kind) {
  return (unit & 0xFC00) == kind;
}

static omadm_err decode_utf16(omadm_str body, bool little, omadm_buf *out) {
  enum { HIGH = 0xD800, LOW = 0xDC00 };
  omadm_err err = body.len % 2 == 0 ? 0 : OMADM_E_SYNTAX;
  for (size_t i = 0; err == 0 && i < body.len; i += 2) {
    uint32_t code = unit_at(body, i, little);
    if (is_surrogate(code, LOW)) return OMADM_E_SYNTAX;
    if (is_surrogate(code, HIGH)) {
      uint32_t low = i + 2 < body.len ? unit_at(body, i + 2, little) : 0;
      if (!is_surrogate(low, LOW)) return OMADM_E_SYNTAX;
      code = 0x10000 + ((code & 0x3FF) << 10 | (low & 0x3FF));
      i += 2;
    }
    err = add_code(out, code);
  }
  return err;
}

omadm_err wire_charset_decode(wire_charset charset, omadm_str body, omadm_buf *out) {
  if (charset != WIRE_LATIN_1) return decode_utf16(body, charset == WIRE_UTF_16LE, out);
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < body.len; i++)
    err = add_code(out, (unsigned char)body.ptr[i]);
  return err;
}
