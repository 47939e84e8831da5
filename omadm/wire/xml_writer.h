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

/* Between the two, out->max is set aside. At the end, what was appended is taken back on failure. */
xml_writer xml_writer_begin(omadm_buf *out);
omadm_err xml_writer_end(xml_writer *w);

void xml_writer_open(xml_writer *w, wire_element element);
void xml_writer_close(xml_writer *w, wire_element element);
void xml_writer_empty(xml_writer *w, wire_element element);
/* Characters, escaped. What XML cannot carry becomes U+FFFD: ask xml_writer_carries where that must
 * not be. */
void xml_writer_text(xml_writer *w, omadm_str text);
/* An element that holds this text; an empty one for an empty text. */
void xml_writer_leaf(xml_writer *w, wire_element element, omadm_str text);
/* The octets as base64. */
void xml_writer_base64(xml_writer *w, omadm_str octets);

/* True for UTF-8 of characters that XML 1.0 allows (2.2). */
bool xml_writer_carries(omadm_str text);

#endif
