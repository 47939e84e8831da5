/* SPDX-License-Identifier: MIT */
#include "omadm/wire/xml_writer.h"

#include "base/codec.h"

/* Start tags with their namespaces. */
static const omadm_str start_tags[WIRE_ELEMENTS] = {
#define SYNCML_TAG(name, number, text) [number] = OMADM_STR("<" text ">"),
#define METINF_TAG(name, number, text) [number] = OMADM_STR("<" text " xmlns=\"syncml:metinf\">"),
    WIRE_SYNCML_ELEMENTS(SYNCML_TAG) WIRE_METINF_ELEMENTS(METINF_TAG)
#undef SYNCML_TAG
#undef METINF_TAG
};

static const omadm_str root_tag = OMADM_STR("<SyncML xmlns=\"SYNCML:SYNCML1.2\">");

static const omadm_str end_tags[WIRE_ELEMENTS] = {
#define END_TAG(name, number, text) [number] = OMADM_STR("</" text ">"),
    WIRE_SYNCML_ELEMENTS(END_TAG) WIRE_METINF_ELEMENTS(END_TAG)
#undef END_TAG
};

static void add(xml_writer *w, omadm_str octets) {
  if (w->err == 0) w->err = omadm_buf_add(w->out, octets.ptr, octets.len);
}

static omadm_str start_tag(wire_element element) {
  return element == WIRE_EL_SYNCML ? root_tag : start_tags[element];
}

void xml_writer_open(xml_writer *w, wire_element element) {
  add(w, start_tag(element));
}

void xml_writer_close(xml_writer *w, wire_element element) {
  add(w, end_tags[element]);
}

void xml_writer_empty(xml_writer *w, wire_element element) {
  omadm_str tag = start_tag(element);
  add(w, (omadm_str){tag.ptr, tag.len - 1});
  add(w, (omadm_str)OMADM_STR("/>"));
}

/* What an octet is in character data. */
enum { PLAIN = 0, REFUSED, HIGH, AMPERSAND, LESS, GREATER, RETURN };

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
static const unsigned char classes[256] = {
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
    while (i < text.len && classes[(unsigned char)text.ptr[i]] == PLAIN)
      i++;
    if (i == text.len) return i;
    *class = classes[(unsigned char)text.ptr[i]];
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

static char *put(char *at, omadm_str octets) {
  memcpy(at, octets.ptr, octets.len);
  return at + octets.len;
}

void xml_writer_leaf(xml_writer *w, wire_element element, omadm_str text) {
  if (text.len == 0) {
    xml_writer_empty(w, element);
    return;
  }
  unsigned class = PLAIN;
  omadm_str start = start_tag(element);
  omadm_str end = end_tags[element];
  if (plain_end(text, 0, &class) < text.len) {
    add(w, start);
    xml_writer_text(w, text);
    add(w, end);
    return;
  }
  /* Most texts need no escape, and most of a message are such leaves: room is made once for all of
   * it. */
  size_t n = start.len + text.len + end.len;
  if (w->err == 0) w->err = omadm_buf_reserve(w->out, n);
  if (w->err != 0) return;
  put(put(put(w->out->ptr + w->out->len, start), text), end);
  w->out->len += n;
}

void xml_writer_base64(xml_writer *w, omadm_str octets) {
  if (w->err == 0) w->err = omadm_base64_encode(octets, w->out);
}

bool xml_writer_carries(omadm_str text) {
  for (size_t i = 0; i < text.len; i++) {
    unsigned class = PLAIN;
    i = plain_end(text, i, &class);
    if (i < text.len && (class == REFUSED || class == HIGH)) return false;
  }
  return true;
}
