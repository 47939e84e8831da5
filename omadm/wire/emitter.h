/* SPDX-License-Identifier: MIT */
/* Emits elements in either encoding. XML is the usual one, and stays inline. */
#ifndef OMADM_WIRE_EMITTER_H
#define OMADM_WIRE_EMITTER_H

#include "omadm/wire/wbxml_writer.h"

typedef struct emitter {
  xml_writer xml; /* the buffer, its limit and the failure; of both encodings */
  bool wbxml;
  unsigned char page; /* WBXML: the code page that holds */
} emitter;

static inline void emit_open(emitter *e, wire_element element) {
  if (__builtin_expect(e->wbxml, 0))
    wbxml_writer_open(&e->xml, &e->page, element);
  else
    xml_writer_open(&e->xml, element);
}

static inline void emit_close(emitter *e, wire_element element) {
  if (__builtin_expect(e->wbxml, 0))
    wbxml_writer_close(&e->xml);
  else
    xml_writer_close(&e->xml, element);
}

static inline void emit_empty(emitter *e, wire_element element) {
  if (__builtin_expect(e->wbxml, 0))
    wbxml_writer_empty(&e->xml, &e->page, element);
  else
    xml_writer_empty(&e->xml, element);
}

static inline void emit_leaf(emitter *e, wire_element element, omadm_str text) {
  if (__builtin_expect(e->wbxml, 0))
    wbxml_writer_leaf(&e->xml, &e->page, element, text);
  else
    xml_writer_leaf(&e->xml, element, text);
}

#endif
