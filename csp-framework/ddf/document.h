/* SPDX-License-Identifier: MIT */
/* The XML side of reading a DDF: libxml2 held on a short line, and elements found by tables of
 * words. */
#ifndef OMADM_FRAMEWORK_DDF_DOCUMENT_H
#define OMADM_FRAMEWORK_DDF_DOCUMENT_H

#include <stdbool.h>

#include <libxml/tree.h>

#include "csp-framework/ddf/complaint.h"

/* A document and what its texts are gathered with. */
typedef struct ddf_document {
  xmlDoc *xml;
  ddf_complaints *complaints;
  omadm_buf text; /* of the element read last */
  size_t expanded; /* octets that came out of entities so far */
} ddf_document;

/* One of the elements that may stand in another one. The rank is its place in the DTD's order. */
typedef struct ddf_word {
  const char *name;
  bool msft; /* of Microsoft's extension */
  bool repeats;
  unsigned char rank;
} ddf_word;

enum { DDF_MAX_FILE = 16 * 1024 * 1024 };
#define DDF_TOO_LARGE "is larger than any DDF (at most %d octets are read)"

/* Parses text; complains. Nothing is fetched, whatever the text says. Free with
 * ddf_document_dispose, also on failure. */
omadm_err ddf_document_parse(ddf_document *document, ddf_complaints *complaints, omadm_str text);
void ddf_document_dispose(ddf_document *document);

uint32_t ddf_line(const xmlNode *node);
/* The name without prefix. Borrowed. */
omadm_str ddf_element_name(const xmlNode *element);
/* True for an element of that name, in a DDF's namespace or none, or in Microsoft's. */
bool ddf_element_is(const xmlNode *element, const char *name, bool msft);
/* The next element from this sibling on. */
const xmlNode *ddf_element_from(const xmlNode *node);
/* The first element child named so; NULL for none and for a parent of NULL. */
const xmlNode *ddf_element_child(const xmlNode *parent, const char *name, bool msft);

/*
 * Finds the children of parent by the table: found[i] gets the first element of words[i], or NULL.
 * Complains of what is unknown, repeated or in another order.
 */
void ddf_document_split(ddf_document *document, const xmlNode *parent, const ddf_word *words,
                        size_t n, const xmlNode **found);

/* The text of an element, entities expanded within bounds. Borrowed until the next call. Empty for
 * NULL and after an error. */
omadm_str ddf_document_text(ddf_document *document, const xmlNode *element);
/* The same of an attribute; ptr is NULL where there is none. */
omadm_str ddf_document_attribute(ddf_document *document, const xmlNode *element, const char *name);

/*
 * The word of an element that holds one of several empty elements ("DFFormat"), and that element;
 * or the element's own text. An empty word where there is none. Borrowed until the next text is
 * read.
 */
omadm_str ddf_document_choice(ddf_document *document, const xmlNode *element,
                              const xmlNode **chosen);

#endif
