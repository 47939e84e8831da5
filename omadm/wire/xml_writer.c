/* SPDX-License-Identifier: MIT */
#include "omadm/wire/xml_writer.h"

#include "base/codec.h"

/* Room for the longest tag. Tags are copied as blocks of this fixed size, which costs a few moves
 * and no call; what follows overwrites what was too much. */
enum { TAG_ROOM = 40 };

typedef struct tag {
  char text[TAG_ROOM];
  size_t len;
} tag;

#define TAG(text) {text, sizeof(text) - 1}

/* Start tags with their namespaces. */
static const tag start_tags[WIRE_ELEMENTS] = {
#define SYNCML_TAG(name, number, text) [number] = TAG("<" text ">"),
#define METINF_TAG(name, number, text) [number] = TAG("<" text " xmlns=\"syncml:metinf\">"),
    WIRE_SYNCML_ELEMENTS(SYNCML_TAG) WIRE_METINF_ELEMENTS(METINF_TAG)
#undef SYNCML_TAG
#undef METINF_TAG
};

static const tag root_tag = TAG("<SyncML xmlns=\"SYNCML:SYNCML1.2\">");

static const tag end_tags[WIRE_ELEMENTS] = {
#define END_TAG(name, number, text) [number] = TAG("</" text ">"),
    WIRE_SYNCML_ELEMENTS(END_TAG) WIRE_METINF_ELEMENTS(END_TAG)
#undef END_TAG
};

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

static char *grow(xml_writer *w, size_t n) {
  if (w->err == 0 && w->max > 0 && w->out->len + n > w->max) w->err = OMADM_E_LIMIT;
  if (w->err == 0) w->err = omadm_buf_reserve(w->out, n + TAG_ROOM);
  return w->err == 0 ? w->out->ptr + w->out->len : NULL;
}

/* Where the next n octets go, with room for a tag's block behind them; NULL on failure. */
static inline char *room(xml_writer *w, size_t n) {
  omadm_buf *out = w->out;
  if (w->err != 0 || n + TAG_ROOM > out->cap - out->len) return grow(w, n);
  return out->ptr + out->len;
}

static void add(xml_writer *w, omadm_str octets) {
  char *at = room(w, octets.len);
  if (at == NULL || octets.len == 0) return;
  memcpy(at, octets.ptr, octets.len);
  w->out->len += octets.len;
}

static inline void add_tag(xml_writer *w, const tag *t) {
  char *at = room(w, t->len);
  if (at == NULL) return;
  memcpy(at, t->text, TAG_ROOM);
  w->out->len += t->len;
}

void xml_writer_open(xml_writer *w, wire_element element) {
  add_tag(w, element == WIRE_EL_SYNCML ? &root_tag : &start_tags[element]);
}

void xml_writer_close(xml_writer *w, wire_element element) {
  add_tag(w, &end_tags[element]);
}

void xml_writer_empty(xml_writer *w, wire_element element) {
  const tag *t = &start_tags[element];
  add(w, (omadm_str){t->text, t->len - 1});
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

void xml_writer_leaf(xml_writer *w, wire_element element, omadm_str text) {
  if (text.len == 0) {
    xml_writer_empty(w, element);
    return;
  }
  const tag *start = &start_tags[element];
  const tag *end = &end_tags[element];
  /* Most of a message are such leaves: room is made once for all of it. */
  char *at = room(w, start->len + text.len + end->len);
  if (at == NULL) return;
  memcpy(at, start->text, TAG_ROOM);
  at += start->len;
  size_t i = 0;
  for (; i < text.len && classes[(unsigned char)text.ptr[i]] == PLAIN; i++)
    at[i] = text.ptr[i];
  w->out->len += start->len + i;
  if (i == text.len) {
    memcpy(at + i, end->text, TAG_ROOM);
    w->out->len += end->len;
  } else {
    xml_writer_text(w, (omadm_str){text.ptr + i, text.len - i});
    xml_writer_close(w, element);
  }
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
