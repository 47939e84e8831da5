/* SPDX-License-Identifier: MIT */
#include "omadm/wire/xml_writer.h"

#include "base/codec.h"

xml_writer xml_writer_begin(omadm_buf *out) {
  xml_writer w = {.out = out, .start = out->len, .max = out->max};
  out->max = 0;
  return w;
}

omadm_err xml_writer_end(xml_writer *w) {
  if (w->err == 0 && w->max > 0 && w->out->len > w->max) w->err = OMADM_E_LIMIT;
  if (w->err != 0) w->out->len = w->start;
  w->out->max = w->max;
  return w->err;
}

char *xml_writer_grow(xml_writer *w, size_t n) {
  if (w->err == 0 && w->max > 0 && w->out->len + n > w->max) w->err = OMADM_E_LIMIT;
  if (w->err == 0) w->err = omadm_buf_reserve(w->out, n + XML_TAG_ROOM);
  return w->err == 0 ? w->out->ptr + w->out->len : NULL;
}

static void add(xml_writer *w, omadm_str octets) {
  char *at = xml_writer_room(w, octets.len);
  if (at == NULL || octets.len == 0) return;
  memcpy(at, octets.ptr, octets.len);
  w->out->len += octets.len;
}

void xml_writer_empty(xml_writer *w, wire_element element) {
  const xml_tag *t = &xml_start_tags[element];
  add(w, (omadm_str){t->text, t->len - 1});
  add(w, (omadm_str)OMADM_STR("/>"));
}

/* What an octet is in character data. */
enum { PLAIN = XML_PLAIN, REFUSED, HIGH, AMPERSAND, LESS, GREATER, RETURN };

static const omadm_str escapes[] = {
    [REFUSED] = OMADM_STR("\xEF\xBF\xBD"),
    [AMPERSAND] = OMADM_STR("&amp;"),
    [LESS] = OMADM_STR("&lt;"),
    [GREATER] = OMADM_STR("&gt;"),
    [RETURN] = OMADM_STR("&#13;"),
};

/* clang-format off */
#define REFUSED_8 REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED
#define HIGH_8 HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH, HIGH
#define HIGH_32 HIGH_8, HIGH_8, HIGH_8, HIGH_8
const unsigned char xml_writer_classes[256] = {
    REFUSED_8, REFUSED, PLAIN, PLAIN, REFUSED, REFUSED, RETURN, REFUSED, REFUSED, REFUSED_8, REFUSED_8,
    ['&'] = AMPERSAND, ['<'] = LESS, ['>'] = GREATER,
    [0x80] = HIGH_32, HIGH_32, HIGH_32, HIGH_32,
};
/* clang-format on */

/* Octets of the character at i, 0 where XML does not allow it. */
static size_t high_length(omadm_str text, size_t i) {
  uint32_t code = 0;
  size_t n = omadm_utf8_decode(text, i, &code);
  return code == 0xFFFE || code == 0xFFFF ? 0 : n;
}

/* How far from i on the characters go out as they are; *class is that of the one that does not. */
static size_t plain_end(omadm_str text, size_t i, unsigned *class) {
  for (;;) {
    while (i < text.len && xml_writer_classes[(unsigned char)text.ptr[i]] == PLAIN)
      i++;
    if (i == text.len) return i;
    *class = xml_writer_classes[(unsigned char)text.ptr[i]];
    size_t n = *class == HIGH ? high_length(text, i) : 0;
    if (n == 0) return i;
    i += n;
  }
}

void xml_writer_text(xml_writer *w, omadm_str text) {
  for (size_t i = 0; i < text.len;) {
    unsigned class = PLAIN;
    size_t end = plain_end(text, i, &class);
    add(w, (omadm_str){text.ptr + i, end - i});
    if (end < text.len) add(w, escapes[class == HIGH ? REFUSED : class]);
    i = end + 1;
  }
}

void xml_writer_base64(xml_writer *w, omadm_str octets) {
  if (w->err == 0) w->err = omadm_base64_encode(octets, w->out);
}

bool xml_writer_carries(omadm_str text) {
  size_t i = 0;
  while (i < text.len && xml_writer_classes[(unsigned char)text.ptr[i]] == PLAIN)
    i++;
  for (; i < text.len; i++) {
    unsigned class = PLAIN;
    i = plain_end(text, i, &class);
    if (i < text.len && (class == REFUSED || class == HIGH)) return false;
  }
  return true;
}
