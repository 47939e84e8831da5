/* SPDX-License-Identifier: MIT */
/*
 * Emits elements as WBXML 1.3, with the buffer and the failure of xml_writer.h. The code page is
 * switched when an element needs it, and not back.
 */
#ifndef OMADM_WIRE_WBXML_WRITER_H
#define OMADM_WIRE_WBXML_WRITER_H

#include "omadm/wire/xml_writer.h"

/* Version 1.3, public id 0x1201 (SyncML 1.2), UTF-8, no string table. */
void wbxml_writer_header(xml_writer *w);
void wbxml_writer_open(xml_writer *w, unsigned char *page, wire_element element);
void wbxml_writer_close(xml_writer *w);
void wbxml_writer_empty(xml_writer *w, unsigned char *page, wire_element element);
/* An element that holds this text; an empty one for an empty text. */
void wbxml_writer_leaf(xml_writer *w, unsigned char *page, wire_element element, omadm_str text);
/* The same as octets. */
void wbxml_writer_octets(xml_writer *w, unsigned char *page, wire_element element,
                         omadm_str octets);

#endif
