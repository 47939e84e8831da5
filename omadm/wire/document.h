/* SPDX-License-Identifier: MIT */
/*
 * A document as a tree of elements and characters, where events are not enough: to change an
 * encoding, what stands behind an element has to be known. No attributes.
 */
#ifndef OMADM_WIRE_DOCUMENT_H
#define OMADM_WIRE_DOCUMENT_H

#include <omadm/error.h>
#include <omadm/types.h>

#include "base/mem.h"
#include "base/wbxml.h"

#include <stdbool.h>

typedef struct document_node {
  struct document_node *parent, *next, *first, *last;
  omadm_str name; /* of an element, local; ptr NULL: these are characters */
  omadm_str
      text; /* characters; of an element with `source`, the text that stands for its content */
  unsigned char page; /* of an element; DOCUMENT_FOREIGN: of another namespace */
  unsigned char token; /* 0: the name is literal */
  bool opaque; /* characters that came, or go, as octets */
  bool has_memo;
  struct document_node *memo; /* for who walks, so that nothing is searched twice */
} document_node;

enum { DOCUMENT_FOREIGN = 0xFF };

typedef struct document {
  omadm_arena *arena; /* borrowed; holds everything */
  document_node *root;
  document_node *open; /* the element that the next one goes into */
  uint64_t used, max; /* octets; max: the limit `decoded` */
  size_t depth, max_depth; /* open elements */
  omadm_err err; /* LIMIT, NOMEM, SYNTAX */
  char problem[160];
  unsigned long line; /* of XML, and */
  size_t offset; /* of WBXML, where reading ended */
} document;

void document_init(document *d, omadm_arena *arena, uint64_t max, size_t max_depth);
/* Notes the first failure; after it nothing more is done. */
void document_fail(document *d, omadm_err err, const char *format, ...) OMADM_PRINTF(3, 4);

/* An element begins; its name is borrowed for the document's life. The first one is the root. */
void document_start(document *d, unsigned char page, unsigned char token, omadm_str name);
/* The same from WBXML; a token without a name is called "token-PAGE-TOKEN". */
void document_start_event(document *d, const omadm_wbxml_event *event);
/* Characters; copied unless they stay. */
void document_text(document *d, omadm_str text, bool opaque, bool stays);
void document_end(document *d);

/* A copy in the arena, charged. */
omadm_str document_copy(document *d, omadm_str text);
/* A child element by its token, or NULL. */
document_node *document_child(const document_node *node, unsigned page, unsigned token);
/* All characters directly inside, as one. */
omadm_str document_characters(document *d, const document_node *node);
/* Replaces what is inside by these characters. */
void document_set(document *d, document_node *node, omadm_str text, bool opaque);
/* A new empty element inside `parent`, before `before` (NULL: at the end); NULL on failure. */
document_node *document_insert(document *d, document_node *parent, document_node *before,
                               unsigned char page, unsigned char token);
bool document_has_elements(const document_node *node);

/* The next node in document order below `top`, or NULL; *up gets how many elements end before it.
 * What walks without recursion. */
document_node *document_next(const document_node *top, const document_node *node, size_t *up);

/* Appends what is inside `top` as XML; with `whole`, top as well. Octets that XML cannot carry, and
 * those of bin values of a serialised tree, become base64 (OMA-TS-DM_TNDS 6.3). */
omadm_err document_write_xml(const document_node *top, bool whole, omadm_buf *out);

/* Reads XML (UTF-8, borrowed for the document's life), with the namespaces as pages. The outermost
 * Data that holds elements has its source as its text. */
void document_read_xml(document *d, omadm_str xml);
/* Reads WBXML, borrowed for the document's life. */
void document_read_wbxml(document *d, omadm_str wbxml);
/* Appends the document below `root` as WBXML. */
omadm_err document_write_wbxml(const document_node *root, omadm_buf *out);

#endif
