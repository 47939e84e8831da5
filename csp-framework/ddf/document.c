/* SPDX-License-Identifier: MIT */
#include "csp-framework/ddf/document.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "base/mem.h"
#include "base/str.h"

#define MSFT_NAMESPACE "http://schemas.microsoft.com/MobileDevice/DM"
#define MSFT_PREFIX "MSFT:"

enum {
  MAX_EXPANDED = 64 * 1024, /* of entities, in a whole file */
  MAX_TEXT_DEPTH =
      300 /* of elements and entities inside of a text; libxml2 stops at 256 elements */
};

/* ---- libxml2's own complaints ---- */

#if LIBXML_VERSION >= 21200
typedef const xmlError xml_error;
#else
typedef xmlError xml_error;
#endif

static void take_xml_error(void *ctx, xml_error *e) {
  ddf_complaints *c = ((xmlParserCtxt *)ctx)->_private;
  uint32_t line = e->line > 0 ? (uint32_t)e->line : 0;
  omadm_str message = omadm_str_trim(omadm_str_of(e->message));
  int n = message.len < 300 ? (int)message.len : 300;
  if (e->domain == XML_FROM_NAMESPACE && e->code == XML_NS_ERR_UNDEFINED_NAMESPACE) {
    ddf_warn(c, DDF_DEVIATION_MSFT_PREFIX, line, "%.*s", n, message.ptr);
  } else if (e->level >= XML_ERR_ERROR) {
    ddf_complain(c, e->code == XML_ERR_NO_MEMORY ? OMADM_E_NOMEM : OMADM_E_SYNTAX, line,
                 "not well-formed XML: %.*s", n, message.ptr);
  }
}

/* Cuts white space in front of the XML declaration, which XML does not allow and editors make. */
static omadm_str skip_space(omadm_str text, ddf_complaints *c) {
  static const char bom[] = "\xEF\xBB\xBF";
  omadm_str t = text;
  if (omadm_str_starts(t, bom)) t = (omadm_str){t.ptr + 3, t.len - 3};
  size_t i = 0;
  uint32_t lines = 0;
  for (; i < t.len && strchr(" \t\r\n", t.ptr[i]) != NULL && t.ptr[i] != '\0'; i++)
    lines += t.ptr[i] == '\n';
  if (i == 0 || i == t.len) return text;
  ddf_warn(c, DDF_DEVIATION_LEADING_SPACE, 1, "the file");
  c->line_offset = lines;
  return (omadm_str){t.ptr + i, t.len - i};
}

omadm_err ddf_document_parse(ddf_document *document, ddf_complaints *complaints, omadm_str text) {
  *document = (ddf_document){.complaints = complaints};
  omadm_buf_init(&document->text, &omadm_mem_default, DDF_MAX_FILE);
  if (text.len > DDF_MAX_FILE) {
    ddf_complain(complaints, OMADM_E_LIMIT, 0, DDF_TOO_LARGE, DDF_MAX_FILE);
    return OMADM_E_LIMIT;
  }
  text = skip_space(text, complaints);
  xmlParserCtxt *parser = xmlNewParserCtxt();
  if (parser == NULL) {
    ddf_complain(complaints, OMADM_E_NOMEM, 0, "no memory to read it");
    return OMADM_E_NOMEM;
  }
  parser->_private = complaints;
  parser->sax->serror = take_xml_error;
  /* Without NOENT, DTDLOAD, DTDATTR and DTDVALID nothing is fetched and no entity put into the
     tree: references stay references, and ddf_document_text counts what it takes out of them. HUGE
     is left out, so libxml2's own bounds hold too. */
  document->xml =
      xmlCtxtReadMemory(parser, text.ptr != NULL ? text.ptr : "", (int)text.len, NULL, NULL,
                        XML_PARSE_NONET | XML_PARSE_BIG_LINES | XML_PARSE_NOCDATA);
  xmlFreeParserCtxt(parser);
  if (document->xml == NULL && complaints->first == 0) {
    ddf_complain(complaints, OMADM_E_SYNTAX, 0, "not well-formed XML");
  }
  return complaints->first;
}

void ddf_document_dispose(ddf_document *document) {
  if (document->xml != NULL) xmlFreeDoc(document->xml);
  document->xml = NULL;
  omadm_buf_dispose(&document->text);
}

/* ---- elements ---- */

uint32_t ddf_line(const xmlNode *node) {
  long line = xmlGetLineNo(node);
  return line > 0 && line <= UINT32_MAX ? (uint32_t)line : 0;
}

static bool is_msft(const xmlNode *element) {
  if (element->ns != NULL) return xmlStrEqual(element->ns->href, BAD_CAST MSFT_NAMESPACE);
  return strncmp((const char *)element->name, MSFT_PREFIX, sizeof MSFT_PREFIX - 1) == 0;
}

omadm_str ddf_element_name(const xmlNode *element) {
  const char *name = (const char *)element->name;
  if (element->ns == NULL && is_msft(element)) name += sizeof MSFT_PREFIX - 1;
  return omadm_str_of(name);
}

/* In no namespace, or in that of the root element. */
static bool is_ddf(const xmlNode *element) {
  if (element->ns == NULL) return !is_msft(element);
  const xmlNode *root = xmlDocGetRootElement(element->doc);
  return root->ns != NULL &&
         (root->ns == element->ns || xmlStrEqual(root->ns->href, element->ns->href));
}

bool ddf_element_is(const xmlNode *element, const char *name, bool msft) {
  return omadm_str_is(ddf_element_name(element), name) &&
         (msft ? is_msft(element) : is_ddf(element));
}

const xmlNode *ddf_element_from(const xmlNode *node) {
  while (node != NULL && node->type != XML_ELEMENT_NODE)
    node = node->next;
  return node;
}

const xmlNode *ddf_element_child(const xmlNode *parent, const char *name, bool msft) {
  const xmlNode *e = parent != NULL ? ddf_element_from(parent->children) : NULL;
  while (e != NULL && !ddf_element_is(e, name, msft))
    e = ddf_element_from(e->next);
  return e;
}

static void judge_text(ddf_document *document, const xmlNode *parent, const xmlNode *node) {
  if (node->type == XML_ENTITY_REF_NODE) {
    ddf_complain(document->complaints, OMADM_E_SYNTAX, ddf_line(node),
                 "the entity &%s; stands in %s between elements: write out what it means",
                 node->name, parent->name);
  } else if (node->type == XML_TEXT_NODE &&
             omadm_str_trim(omadm_str_of((const char *)node->content)).len > 0) {
    ddf_warn(document->complaints, DDF_DEVIATION_STRAY_TEXT, ddf_line(parent), "%s", parent->name);
  }
}

/* What is no element here, or stands there once more, is skipped; but a node without the ACL that
 * its author wrote would be open to every server. */
static void judge_skipped(ddf_document *document, ddf_deviation deviation, const xmlNode *parent,
                          const xmlNode *node) {
  omadm_str name = ddf_element_name(node);
  if (omadm_str_is(name, "RTProperties") || omadm_str_is(name, "ACL"))
    ddf_complain(document->complaints, OMADM_E_SYNTAX, ddf_line(node),
                 "%s in %s would be skipped, and an ACL in it: RTProperties stands once, in the "
                 "topmost Node, before DFProperties",
                 node->name, parent->name);
  else
    ddf_warn(document->complaints, deviation, ddf_line(node), "%s in %s", node->name, parent->name);
}

void ddf_document_split(ddf_document *document, const xmlNode *parent, const ddf_word *words,
                        size_t n, const xmlNode **found) {
  unsigned char last = 0;
  bool ordered = true;
  for (size_t i = 0; i < n; i++)
    found[i] = NULL;
  for (const xmlNode *node = parent->children; node != NULL; node = node->next) {
    if (node->type != XML_ELEMENT_NODE) {
      judge_text(document, parent, node);
      continue;
    }
    size_t i = 0;
    while (i < n && !ddf_element_is(node, words[i].name, words[i].msft))
      i++;
    if (i == n) {
      judge_skipped(document, DDF_DEVIATION_UNKNOWN_ELEMENT, parent, node);
      continue;
    }
    if (found[i] != NULL && !words[i].repeats) {
      judge_skipped(document, DDF_DEVIATION_REPEATED, parent, node);
      continue;
    }
    if (words[i].rank < last && ordered) {
      ddf_warn(document->complaints, DDF_DEVIATION_ORDER, ddf_line(node), "%s in %s", node->name,
               parent->name);
      ordered = false; /* once is enough */
    }
    last = words[i].rank;
    if (found[i] == NULL) found[i] = node;
  }
}

/* ---- texts ---- */

/* The content of an entity that libxml2 has not parsed, since no element but only attributes name
 * it. */
static omadm_err gather_raw(ddf_document *document, const xmlChar *content) {
  omadm_str text = omadm_str_of((const char *)content);
  if (text.len > MAX_EXPANDED - document->expanded) return OMADM_E_LIMIT;
  if (text.len > 0 && strpbrk(text.ptr, "&<") != NULL) return OMADM_E_REFUSED;
  document->expanded += text.len;
  return omadm_buf_add_str(&document->text, text);
}

/* Appends the text of these siblings and all below. `entity`: it comes out of one, and is counted.
 */
static omadm_err gather(ddf_document *document, const xmlNode *node, bool entity, unsigned depth) {
  if (depth > MAX_TEXT_DEPTH) return OMADM_E_LIMIT;
  omadm_err err = 0;
  for (; node != NULL && err == 0; node = node->next) {
    if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE) {
      omadm_str text = omadm_str_of((const char *)node->content);
      if (entity && text.len > MAX_EXPANDED - document->expanded) return OMADM_E_LIMIT;
      if (entity) document->expanded += text.len;
      err = omadm_buf_add_str(&document->text, text);
    } else if (node->type == XML_ELEMENT_NODE) {
      err = gather(document, node->children, entity, depth + 1);
    } else if (node->type == XML_ENTITY_REF_NODE) {
      const xmlEntity *e = (const xmlEntity *)node->children;
      if (e == NULL || e->etype != XML_INTERNAL_GENERAL_ENTITY) return OMADM_E_REFUSED;
      /* An entity may be empty many times over: each use costs something. */
      if (document->expanded == MAX_EXPANDED) return OMADM_E_LIMIT;
      document->expanded++;
      err = e->children != NULL ? gather(document, e->children, true, depth + 1)
                                : gather_raw(document, e->content);
    }
  }
  return err;
}

static omadm_str text_of(ddf_document *document, const xmlNode *first, const xmlNode *where) {
  document->text.len = 0;
  omadm_err err = gather(document, first, false, 0);
  if (err == 0)
    return (omadm_str){document->text.ptr != NULL ? document->text.ptr : "", document->text.len};
  static const struct {
    omadm_err err;
    const char *why;
  } reasons[] = {
      {OMADM_E_REFUSED,
       "names an entity that is not declared in the file itself: write out what it means"},
      {OMADM_E_LIMIT, "is too large or too deep once its entities are put in"},
      {OMADM_E_NOMEM, "does not fit into memory"}};
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
    if (reasons[i].err != err) continue;
    ddf_complain(document->complaints, err == OMADM_E_REFUSED ? OMADM_E_SYNTAX : err,
                 ddf_line(where), "the text of %s %s", where->name, reasons[i].why);
  }
  return (omadm_str){"", 0};
}

omadm_str ddf_document_text(ddf_document *document, const xmlNode *element) {
  if (element == NULL) return (omadm_str){"", 0};
  return text_of(document, element->children, element);
}

omadm_str ddf_document_attribute(ddf_document *document, const xmlNode *element, const char *name) {
  const xmlAttr *a = element != NULL ? element->properties : NULL;
  while (a != NULL && strcmp((const char *)a->name, name) != 0)
    a = a->next;
  if (a == NULL) return (omadm_str){NULL, 0};
  return text_of(document, a->children, element);
}

omadm_str ddf_document_choice(ddf_document *document, const xmlNode *element,
                              const xmlNode **chosen) {
  ddf_complaints *c = document->complaints;
  *chosen = element != NULL ? ddf_element_from(element->children) : NULL;
  if (element == NULL) return (omadm_str){"", 0};
  if (*chosen == NULL) {
    omadm_str word = omadm_str_trim(ddf_document_text(document, element));
    ddf_warn(c, word.len > 0 ? DDF_DEVIATION_WORD_AS_TEXT : DDF_DEVIATION_EMPTY, ddf_line(element),
             "%s", element->name);
    return word;
  }
  const xmlNode *second = ddf_element_from((*chosen)->next);
  if (second != NULL) {
    ddf_warn(c, DDF_DEVIATION_REPEATED, ddf_line(second), "a choice in %s", element->name);
  }
  return ddf_element_name(*chosen);
}
