/* SPDX-License-Identifier: MIT */
/*
 * WBXML 1.1 to 1.3 (WAP-192, W3C NOTE wbxml-19990624) without any document type: a pull reader and
 * a writer. Who uses them puts a table of tokens on top. Nothing here allocates but the writer's
 * buffer.
 */
#ifndef OMADM_BASE_WBXML_H
#define OMADM_BASE_WBXML_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>

/* Global tokens. */
enum {
  OMADM_WBXML_SWITCH_PAGE = 0x00,
  OMADM_WBXML_TOKEN_END = 0x01,
  OMADM_WBXML_ENTITY = 0x02,
  OMADM_WBXML_STR_I = 0x03,
  OMADM_WBXML_LITERAL = 0x04,
  OMADM_WBXML_PI = 0x43,
  OMADM_WBXML_STR_T = 0x83,
  OMADM_WBXML_TOKEN_OPAQUE = 0xC3,
  /* Of a tag's octet. */
  OMADM_WBXML_HAS_CONTENT = 0x40,
  OMADM_WBXML_HAS_ATTRIBUTES = 0x80
};

enum { OMADM_WBXML_UTF_8 = 106 }; /* MIBenum */

typedef enum omadm_wbxml_kind {
  OMADM_WBXML_DONE = 0, /* the end of the document */
  OMADM_WBXML_FAILED, /* the reader's err and problem say why; it stays so */
  OMADM_WBXML_START, /* an element: page and token, or token 0 and its literal name in text */
  OMADM_WBXML_ATTRIBUTE, /* of the element that began last: page and token, or 0 and a name */
  OMADM_WBXML_VALUE, /* a piece of that attribute's value: page and token, or 0 and text */
  OMADM_WBXML_TEXT, /* a piece of characters: UTF-8, without NUL */
  OMADM_WBXML_OPAQUE, /* a piece of octets, anything at all */
  OMADM_WBXML_END /* of an element; an empty one has it too */
} omadm_wbxml_kind;

typedef struct omadm_wbxml_event {
  omadm_str text; /* borrowed from the document; where !stays, until the next event */
  unsigned char page;
  unsigned char token; /* tags 0x05..0x3F, attributes 0x05..0x7F, values 0x85..0xFF */
  bool content; /* START: END comes after content; false: the element is empty */
  bool stays; /* text lives as long as the document: it is not that of an ENTITY */
  bool opaque; /* VALUE: the text came as octets */
} omadm_wbxml_event;

typedef struct omadm_wbxml_reader {
  /* The header. */
  unsigned version; /* 1, 2, 3: WBXML 1.1, 1.2, 1.3 */
  uint32_t public_id; /* 0: it is public_name; 1: unknown */
  omadm_str public_name; /* borrowed from the document */
  uint32_t charset; /* MIBenum as written */
  /* The failure. */
  omadm_err err; /* SYNTAX, LIMIT, UNSUPPORTED */
  const char *problem; /* a sentence without a stop; lives for ever */
  /* The rest is the reader's own; omadm_wbxml_offset tells where it stands. */
  const char *start, *at, *end;
  omadm_str table; /* the string table */
  uint64_t depth, max_depth;
  uint64_t decoded, max_decoded;
  unsigned char tag_page, attribute_page;
  unsigned char state;
  char entity[4];
} omadm_wbxml_reader;

/*
 * Reads the header. `document` stays borrowed. `max_depth` bounds open elements, `max_decoded` the
 * octets that references to the string table make (each use counts, so that a short document cannot
 * become an endless one). SYNTAX, LIMIT; UNSUPPORTED: another version, or a charset that is neither
 * UTF-8 nor US-ASCII nor left open (0).
 */
omadm_err omadm_wbxml_reader_init(omadm_wbxml_reader *r, omadm_str document, uint64_t max_depth,
                                  uint64_t max_decoded);
/* The next event. The two code pages, of tags and of attributes, are states of the document: they
 * hold until the next switch, also beyond the END of the element. Processing instructions are
 * skipped. */
omadm_wbxml_kind omadm_wbxml_next(omadm_wbxml_reader *r, omadm_wbxml_event *event);
/* Where the next event begins; after a failure, where it is. */
size_t omadm_wbxml_offset(const omadm_wbxml_reader *r);

/*
 * The writer. The first failure is kept in `err` (NOMEM; LIMIT of the buffer), and nothing is
 * appended after it. Pages are switched when a tag needs it, and not back.
 */
typedef struct omadm_wbxml_writer {
  omadm_buf *out; /* borrowed */
  omadm_err err;
  unsigned char tag_page, attribute_page;
} omadm_wbxml_writer;

omadm_wbxml_writer omadm_wbxml_writer_init(omadm_buf *out);
/* The header: `version` 1 to 3 as in the reader; public_id 0: the public id is the string of the
 * table at 0. `table` is the whole string table, its NULs included. Charset UTF-8. */
void omadm_wbxml_write_header(omadm_wbxml_writer *w, unsigned version, uint32_t public_id,
                              omadm_str table);
/* A tag. With attributes: these follow, then omadm_wbxml_write_end once. With content: that, then
 * omadm_wbxml_write_end. With neither it is complete. */
void omadm_wbxml_write_tag(omadm_wbxml_writer *w, unsigned char page, unsigned char token,
                           bool content, bool attributes);
/* The same by a name at `index` in the string table. */
void omadm_wbxml_write_literal(omadm_wbxml_writer *w, uint32_t index, bool content,
                               bool attributes);
void omadm_wbxml_write_attribute(omadm_wbxml_writer *w, unsigned char page, unsigned char token);
/* A token of a value, of the attribute page. */
void omadm_wbxml_write_value(omadm_wbxml_writer *w, unsigned char page, unsigned char token);
/* Characters, as content or value: STR_I; as octets where they hold NUL. Nothing for an empty text.
 */
void omadm_wbxml_write_text(omadm_wbxml_writer *w, omadm_str text);
void omadm_wbxml_write_opaque(omadm_wbxml_writer *w, omadm_str octets);
void omadm_wbxml_write_end(omadm_wbxml_writer *w);

/* The octets of a number, 1 to 5; how many. */
size_t omadm_wbxml_number(uint32_t value, char octets[5]);

#endif
