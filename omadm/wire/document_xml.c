/* SPDX-License-Identifier: MIT */
/* A document as XML, both ways. */
#include "omadm/wire/document.h"

#include "omadm/wire/elements.h"
#include "omadm/wire/pages.h"
#include "omadm/wire/xml_memory.h"
#include "omadm/wire/xml_writer.h"

#include "base/codec.h"

#include <expat.h>

#include <limits.h>

/* Writing */

typedef struct output {
  const document_node *top;
  bool whole;
  xml_writer writer;
  omadm_buf join;
  omadm_err err; /* of join */
} output;

static void put(output *o, omadm_str text) {
  char *at = xml_writer_room(&o->writer, text.len);
  if (at == NULL || text.len == 0) return;
  memcpy(at, text.ptr, text.len);
  o->writer.out->len += text.len;
}

static void put_start(output *o, const document_node *node, bool empty) {
  const document_node *parent = node == o->top || node->parent == o->top ? NULL : node->parent;
  if (o->whole && node->parent == o->top) parent = o->top;
  put(o, (omadm_str)OMADM_STR("<"));
  put(o, node->name);
  if (node->page < WIRE_PAGES && (parent == NULL || parent->page != node->page)) {
    put(o, (omadm_str)OMADM_STR(" xmlns=\""));
    put(o, wire_page_uri(node->page));
    put(o, (omadm_str)OMADM_STR("\""));
  }
  put(o, empty ? (omadm_str)OMADM_STR("/>") : (omadm_str)OMADM_STR(">"));
}

static void put_end(output *o, const document_node *node) {
  put(o, (omadm_str)OMADM_STR("</"));
  put(o, node->name);
  put(o, (omadm_str)OMADM_STR(">"));
}

/* The Value of a Node whose properties say bin. */
static bool is_bin_value(const document_node *node) {
  if (node->page != WIRE_PAGE_DDF || node->token != DDF_TOKEN_VALUE) return false;
  const document_node *at = document_child(node->parent, WIRE_PAGE_DDF, DDF_TOKEN_RT_PROPERTIES);
  at = document_child(at, WIRE_PAGE_DDF, DDF_TOKEN_FORMAT);
  return document_child(at, WIRE_PAGE_DDF, DDF_TOKEN_BIN) != NULL;
}

/* A leaf some of whose characters came as octets: all of it is judged as one. */
static bool put_octets(output *o, const document_node *node) {
  bool opaque = false;
  o->join.len = 0;
  for (const document_node *at = node->first; at != NULL; at = at->next) {
    if (at->name.ptr != NULL) return false;
    opaque |= at->opaque;
  }
  for (const document_node *at = node->first; opaque && at != NULL && o->err == 0; at = at->next)
    o->err = omadm_buf_add_str(&o->join, at->text);
  if (!opaque) return false;
  if (is_bin_value(node) || !xml_writer_carries(omadm_buf_str(&o->join)))
    xml_writer_base64(&o->writer, omadm_buf_str(&o->join));
  else
    xml_writer_text(&o->writer, omadm_buf_str(&o->join));
  return true;
}

/* What a node is in XML, up to where its first child comes; the last node that is written with it.
 */
static const document_node *put_node(output *o, const document_node *node) {
  if (node->name.ptr == NULL) {
    xml_writer_text(&o->writer, node->text);
    return node;
  }
  put_start(o, node, node->first == NULL);
  return node->first != NULL && put_octets(o, node) ? node->last : node;
}

omadm_err document_write_xml(const document_node *top, bool whole, omadm_buf *out) {
  output o = {.top = top, .whole = whole, .writer = xml_writer_begin(out)};
  omadm_buf_init(&o.join, out->mem, 0);
  size_t up = 0;
  if (whole) put_start(&o, top, false);
  const document_node *node = document_next(top, top, &up);
  while (node != NULL && o.writer.err == 0) {
    const document_node *ending = put_node(&o, node);
    bool empty = ending->name.ptr != NULL && ending->first == NULL;
    node = document_next(top, ending, &up);
    /* An empty element has ended in its tag, and characters have no end. */
    ending = ending->parent;
    for (size_t i = empty; i < up; i++, ending = ending->parent)
      put_end(&o, ending);
  }
  if (whole) put_end(&o, top);
  omadm_buf_dispose(&o.join);
  if (o.writer.err == 0) o.writer.err = o.err;
  return xml_writer_end(&o.writer);
}

/* Reading */

enum { SEPARATOR = '\n' }; /* between namespace and name: no namespace holds it */

typedef struct input {
  document *document;
  XML_Parser parser;
  omadm_str xml;
  omadm_buf text; /* of the open element, not yet in the document */
  const document_node *data; /* the outermost Data that is open */
  size_t data_start; /* where its content begins */
} input;

static void stop_on_failure(input *in) {
  if (in->document->err != 0) XML_StopParser(in->parser, XML_FALSE);
}

static void flush(input *in) {
  document_text(in->document, omadm_buf_str(&in->text), false, false);
  in->text.len = 0;
}

/* The token of a name: in the page of its namespace; where that has none, or there is no namespace,
   in those that may have been meant. */
static unsigned find_token(unsigned page, const document_node *parent, omadm_str name,
                           unsigned *found) {
  const unsigned above = parent != NULL ? parent->page : WIRE_PAGES;
  const unsigned pages[] = {page < WIRE_PAGES ? page : above,
                            above,
                            WIRE_PAGE_METINF,
                            WIRE_PAGE_SYNCML,
                            parent == NULL ? WIRE_PAGE_DDF : WIRE_PAGES,
                            parent == NULL ? WIRE_PAGE_DEVINF : WIRE_PAGES};
  /* A DevInf knows no other names. */
  size_t n = pages[0] == WIRE_PAGE_DEVINF ? 1 : sizeof pages / sizeof *pages;
  for (size_t i = 0; i < n; i++) {
    unsigned token = pages[i] < WIRE_PAGES ? wire_page_token(pages[i], name) : 0;
    if (token == 0) continue;
    *found = pages[i];
    return token;
  }
  *found = page < WIRE_PAGES ? page : parent != NULL ? parent->page : WIRE_PAGE_SYNCML;
  return 0;
}

static size_t event_start(const input *in) {
  return (size_t)XML_GetCurrentByteIndex(in->parser);
}

static void XMLCALL on_start(void *ctx, const XML_Char *text, const XML_Char **attributes) {
  (void)attributes;
  input *in = ctx;
  document *d = in->document;
  flush(in);
  const char *split = strchr(text, SEPARATOR);
  omadm_str name = document_copy(d, omadm_str_of(split != NULL ? split + 1 : text));
  omadm_str uri = {text, split != NULL ? (size_t)(split - text) : 0};
  unsigned page = uri.len > 0 ? wire_page_find(uri) : WIRE_PAGES;
  unsigned found = DOCUMENT_FOREIGN;
  unsigned token = 0;
  if (uri.len == 0 || page < WIRE_PAGES) token = find_token(page, d->open, name, &found);
  document_start(d, (unsigned char)found, (unsigned char)token, name);
  if (d->err == 0 && in->data == NULL && found == WIRE_PAGE_SYNCML &&
      token == (WIRE_EL_DATA & 0x3F)) {
    in->data = d->open;
    in->data_start = event_start(in) + (size_t)XML_GetCurrentByteCount(in->parser);
  }
  stop_on_failure(in);
}

/* White space between the elements of a structure says nothing. */
static void drop_space(document_node *node) {
  document_node **at = &node->first;
  document_node *last = NULL;
  while (*at != NULL) {
    if ((*at)->name.ptr == NULL && omadm_str_trim((*at)->text).len == 0) {
      *at = (*at)->next;
    } else {
      last = *at;
      at = &last->next;
    }
  }
  node->last = last;
}

static void XMLCALL on_end(void *ctx, const XML_Char *name) {
  (void)name;
  input *in = ctx;
  document *d = in->document;
  flush(in);
  if (d->err == 0 && document_has_elements(d->open)) {
    drop_space(d->open);
    if (d->open == in->data)
      d->open->text = (omadm_str){in->xml.ptr + in->data_start, event_start(in) - in->data_start};
  }
  if (d->open == in->data) in->data = NULL;
  document_end(d);
  stop_on_failure(in);
}

static void XMLCALL on_text(void *ctx, const XML_Char *text, int len) {
  input *in = ctx;
  omadm_err err = omadm_buf_add(&in->text, text, (size_t)len);
  if (err != 0) document_fail(in->document, err, "%s", omadm_err_text(err));
  stop_on_failure(in);
}

static void XMLCALL on_entity(void *ctx, const XML_Char *name, int is_parameter,
                              const XML_Char *value, int length, const XML_Char *base,
                              const XML_Char *system, const XML_Char *public_id,
                              const XML_Char *notation) {
  (void)name, (void)is_parameter, (void)value, (void)length, (void)base, (void)system;
  (void)public_id, (void)notation;
  input *in = ctx;
  document_fail(in->document, OMADM_E_SYNTAX, "a DOCTYPE that declares entities is refused");
  stop_on_failure(in);
}

static void XMLCALL on_skipped_entity(void *ctx, const XML_Char *name, int is_parameter_entity) {
  (void)name, (void)is_parameter_entity;
  input *in = ctx;
  document_fail(in->document, OMADM_E_SYNTAX, "a reference to an undeclared entity");
  stop_on_failure(in);
}

static void parser_failure(const input *in, const xml_memory *memory) {
  enum XML_Error error = XML_GetErrorCode(in->parser);
  if (memory->exhausted)
    document_fail(in->document, OMADM_E_LIMIT, "its names take too much memory (limit decoded)");
  else if (error == XML_ERROR_NO_MEMORY)
    document_fail(in->document, OMADM_E_NOMEM, "out of memory");
  else
    document_fail(in->document, OMADM_E_SYNTAX, "not well-formed XML: %s", XML_ErrorString(error));
}

static void parse(input *in, const xml_memory *memory) {
  document *d = in->document;
  omadm_buf_init(&in->text, d->arena->mem, omadm_size_clamp(d->max));
  XML_SetUserData(in->parser, in);
  XML_SetElementHandler(in->parser, on_start, on_end);
  XML_SetCharacterDataHandler(in->parser, on_text);
  XML_SetEntityDeclHandler(in->parser, on_entity);
  XML_SetSkippedEntityHandler(in->parser, on_skipped_entity);
  if (XML_Parse(in->parser, in->xml.ptr, (int)in->xml.len, XML_TRUE) != XML_STATUS_OK)
    parser_failure(in, memory);
  d->line = (unsigned long)XML_GetCurrentLineNumber(in->parser);
  omadm_buf_dispose(&in->text);
}

void document_read_xml(document *d, omadm_str xml) {
  input in = {.document = d, .xml = xml};
  xml_memory memory;
  if (xml.len > INT_MAX / 2) {
    document_fail(d, OMADM_E_LIMIT, "the document is too large");
    return;
  }
  xml_memory_begin(&memory, d->arena->mem, d->max, xml.len);
  in.parser = xml_memory_parser_ns(SEPARATOR);
  if (in.parser != NULL) {
    parse(&in, &memory);
    XML_ParserFree(in.parser);
  } else {
    document_fail(d, OMADM_E_NOMEM, "out of memory");
  }
  xml_memory_end(&memory);
}
