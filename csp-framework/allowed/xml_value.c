/* SPDX-License-Identifier: MIT */
#include "csp-framework/allowed/xml_value.h"

#include <stdbool.h>
#include <string.h>

#include <libxml/parser.h>

#include "base/str.h"

enum { MAX_ATTRIBUTES = 500 /* of an element: libxml2 compares each with each */ };

/* What stands between two markers, and holds no element. */
static const struct {
  const char *start, *end;
} opaque[] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};

/* Behind the end marker of what begins here; NULL where nothing of the kind begins here. */
static const char *skip_opaque(const char *at, const char *end) {
  for (size_t i = 0; i < sizeof opaque / sizeof *opaque; i++) {
    size_t n = strlen(opaque[i].start);
    if ((size_t)(end - at) < n || memcmp(at, opaque[i].start, n) != 0) continue;
    size_t m = strlen(opaque[i].end);
    for (at += n; (size_t)(end - at) >= m; at++) {
      if (memcmp(at, opaque[i].end, m) == 0) return at + m;
    }
    return end;
  }
  return NULL;
}

/* Counts the attributes of the start-tag at *at and moves behind it. */
static size_t count_attributes(const char **at, const char *end) {
  size_t n = 0;
  char quote = '\0';
  const char *c = *at + 1;
  for (; c < end && (quote != '\0' || (*c != '>' && *c != '<')); c++) {
    if (quote != '\0') {
      if (*c == quote) quote = '\0';
    } else if (*c == '"' || *c == '\'') {
      quote = *c;
      n++;
    }
  }
  *at = c;
  return n;
}

static bool has_many_attributes(omadm_str text) {
  const char *end = text.ptr + text.len;
  const char *at = text.ptr;
  while (at < end && (at = memchr(at, '<', (size_t)(end - at))) != NULL) {
    const char *behind = skip_opaque(at, end);
    if (behind != NULL) {
      at = behind;
    } else if (count_attributes(&at, end) > MAX_ATTRIBUTES) {
      return true;
    }
  }
  return false;
}

/* Called for a DOCTYPE before anything in it is read. */
static void refuse_doctype(void *ctx, const xmlChar *name, const xmlChar *id,
                           const xmlChar *system) {
  xmlParserCtxt *parser = ctx;
  (void)name, (void)id, (void)system;
  *(bool *)parser->_private = true;
  xmlStopParser(parser);
}

omadm_status xml_value_parse(omadm_str text, xmlDoc **doc, const char **why) {
  const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                      XML_PARSE_IGNORE_ENC | XML_PARSE_BIG_LINES;
  bool doctype = false;
  *doc = NULL;
  if (text.len > XML_VALUE_MAX) {
    *why = "is longer than XML may be that is checked";
    return OMADM_ST_TOO_LARGE;
  }
  *why = "is no XML";
  if (text.len == 0) return OMADM_ST_BAD_FORMAT;
  if (has_many_attributes(text)) {
    *why = "has an element with more attributes than are read";
    return OMADM_ST_BAD_FORMAT;
  }
  xmlParserCtxt *parser = xmlNewParserCtxt();
  if (parser == NULL) {
    *why = "cannot be checked: there is not enough memory";
    return OMADM_ST_FAILED;
  }
  parser->_private = &doctype;
  parser->sax->internalSubset = refuse_doctype;
  /* Its text is UTF-8 by now, whatever its declaration says. */
  xmlDoc *read = xmlCtxtReadMemory(parser, text.ptr, (int)text.len, NULL, "UTF-8", options);
  bool whole = parser->wellFormed != 0 && parser->nsWellFormed != 0 && !doctype;
  if (doctype) *why = "has a DOCTYPE, which is not read";
  xmlFreeParserCtxt(parser);
  if (read != NULL && !whole) {
    xmlFreeDoc(read);
    read = NULL;
  }
  *doc = read;
  return read != NULL ? OMADM_ST_OK : OMADM_ST_BAD_FORMAT;
}

xmlNode *xml_value_next(const xmlNode *top, xmlNode *node, int skip) {
  if (!skip && node->type == XML_ELEMENT_NODE && node->children != NULL) return node->children;
  while (node != NULL && node != top && node->next == NULL)
    node = node->parent;
  return node == NULL || node == top ? NULL : node->next;
}
