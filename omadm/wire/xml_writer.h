/* SPDX-License-Identifier: MIT */
/*
 * Emits elements as XML: no declaration, no white space between elements, namespaces on the root
 * and on each child of Meta. The first failure is kept in `err`, and nothing is appended after it.
 */
#ifndef OMADM_WIRE_XML_WRITER_H
#define OMADM_WIRE_XML_WRITER_H

#include "omadm/wire/elements.h"

#include "base/str.h"

typedef struct xml_writer {
  omadm_buf *out;
  size_t start; /* out->len at the beginning */
  size_t max; /* out->max; it is tested when memory runs out, and at the end */
  omadm_err err; /* LIMIT, NOMEM */
} xml_writer;

/* Between the two, out->max is set aside. At the end, what was appended is taken back on failure.
 */
xml_writer xml_writer_begin(omadm_buf *out);
omadm_err xml_writer_end(xml_writer *w);

void xml_writer_empty(xml_writer *w, wire_element element);
/* Characters, escaped. What XML cannot carry becomes U+FFFD: ask xml_writer_carries where that must
 * not be. */
void xml_writer_text(xml_writer *w, omadm_str text);
/* The octets as base64. */
void xml_writer_base64(xml_writer *w, omadm_str octets);

/* True for UTF-8 of characters that XML 1.0 allows (2.2). */
bool xml_writer_carries(omadm_str text);

enum { XML_PLAIN = 0 };
/* What each octet is in character data: XML_PLAIN where it stands for itself. */
extern const unsigned char xml_writer_classes[256];

/* Room for the longest tag. Tags are copied as blocks of this fixed size, which costs a few moves
 * and no call; what follows overwrites what was too much. */
enum { XML_TAG_ROOM = 40, XML_END_ROOM = 24 };

typedef struct xml_tag {
  char text[XML_TAG_ROOM];
  size_t len;
} xml_tag;

#define XML_TAG_(text)                                                                             \
  { text, sizeof(text) - 1 }

/* Start tags with their namespaces. */
static const xml_tag xml_start_tags[WIRE_ELEMENTS] = {
#define XML_SYNCML_(name, number, text) [number] = XML_TAG_("<" text ">"),
#define XML_METINF_(name, number, text) [number] = XML_TAG_("<" text " xmlns=\"syncml:metinf\">"),
    WIRE_SYNCML_ELEMENTS(XML_SYNCML_) WIRE_METINF_ELEMENTS(XML_METINF_)
#undef XML_SYNCML_
#undef XML_METINF_
};

static const xml_tag xml_root_tag = XML_TAG_("<SyncML xmlns=\"SYNCML:SYNCML1.2\">");

static const xml_tag xml_end_tags[WIRE_ELEMENTS] = {
#define XML_END_(name, number, text) [number] = XML_TAG_("</" text ">"),
    WIRE_SYNCML_ELEMENTS(XML_END_) WIRE_METINF_ELEMENTS(XML_END_)
#undef XML_END_
};

/* Makes room; NULL on failure. */
char *xml_writer_grow(xml_writer *w, size_t n);
/* Where the next n octets go, with room for a tag's block behind them; NULL on failure. */
static inline char *xml_writer_room(xml_writer *w, size_t n) {
  omadm_buf *out = w->out;
  if (w->err != 0 || n + XML_TAG_ROOM > out->cap - out->len) return xml_writer_grow(w, n);
  return out->ptr + out->len;
}

static inline void xml_writer_tag(xml_writer *w, const xml_tag *t) {
  char *at = xml_writer_room(w, t->len);
  if (at == NULL) return;
  memcpy(at, t->text, XML_TAG_ROOM);
  w->out->len += t->len;
}

static inline void xml_writer_open(xml_writer *w, wire_element element) {
  xml_writer_tag(w, element == WIRE_EL_SYNCML ? &xml_root_tag : &xml_start_tags[element]);
}

static inline void xml_writer_close(xml_writer *w, wire_element element) {
  xml_writer_tag(w, &xml_end_tags[element]);
}

/* An element that holds this text; an empty one for an empty text. Inline, so that where the
 * element is known its tags are constants. */
static inline void xml_writer_leaf(xml_writer *w, wire_element element, omadm_str text) {
  const xml_tag *start = &xml_start_tags[element];
  const xml_tag *end = &xml_end_tags[element];
  /* Most of a message are such leaves: room is made once for all of it. */
  char *at = text.len > 0 ? xml_writer_room(w, start->len + text.len + end->len) : NULL;
  if (at == NULL) {
    if (text.len == 0) xml_writer_empty(w, element);
    return;
  }
  memcpy(at, start->text, XML_TAG_ROOM);
  at += start->len;
  size_t i = 0;
  for (; i < text.len && xml_writer_classes[(unsigned char)text.ptr[i]] == XML_PLAIN; i++)
    at[i] = text.ptr[i];
  w->out->len += start->len + i;
  if (i < text.len) {
    xml_writer_text(w, (omadm_str){text.ptr + i, text.len - i});
    xml_writer_close(w, element);
    return;
  }
  memcpy(at + i, end->text, XML_END_ROOM);
  w->out->len += end->len;
}

#endif
