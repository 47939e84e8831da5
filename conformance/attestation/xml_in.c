/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/xml_in.h"

#include <limits.h>
#include <string.h>

#include <libxml/parser.h>

#include "base/codec.h"

/* Behind a byte order mark and the XML declaration; NULL where the declaration does not end soon.
 * No other processing instruction is let in, so that nothing but tags has quotes. */
static const char *after_declaration(omadm_str body) {
  enum { DECLARATION_MAX = 200 };
  omadm_str left = body;
  if (omadm_str_starts(left, "\xEF\xBB\xBF")) left = (omadm_str){left.ptr + 3, left.len - 3};
  left = omadm_str_trim(left);
  if (!omadm_str_starts(left, "<?xml ")) return left.ptr;
  size_t most = left.len < DECLARATION_MAX ? left.len : DECLARATION_MAX;
  const char *end = memmem(left.ptr, most, "?>", 2);
  return end == NULL ? NULL : end + 2;
}

/* libxml2 looks for an attribute twice in time that grows with their square, and makes nodes of
 * what it has no use for. Comments and CDATA, which would hide tags from this, have no place here.
 */
static bool is_too_much(omadm_str body) {
  size_t tags = 0, quotes = 0;
  char quote = 0;
  bool inside = false;
  const char *from = after_declaration(body);
  if (from == NULL) return true;
  for (size_t i = (size_t)(from - body.ptr); i < body.len; i++) {
    char c = body.ptr[i];
    if (c == 0) return true; /* no UTF-8 text has it; UTF-16 does */
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '<') {
      bool markup = i + 1 < body.len && (body.ptr[i + 1] == '!' || body.ptr[i + 1] == '?');
      if (markup || ++tags > XML_IN_TAGS) return true;
      inside = true;
      quotes = 0;
    } else if (inside && (c == '"' || c == '\'')) {
      if (++quotes > XML_IN_ATTRIBUTES) return true;
      quote = c;
    } else if (c == '>') {
      inside = false;
    }
  }
  return false;
}

omadm_err xml_in_parse(omadm_str body, xmlDoc **doc, omadm_error *error) {
  const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
  *doc = NULL;
  if (body.len == 0) return omadm_error_set(error, OMADM_E_SYNTAX, "the document is empty");
  if (body.len > INT_MAX)
    return omadm_error_set(error, OMADM_E_SYNTAX, "the document is too large");
  if (is_too_much(body))
    return omadm_error_set(
        error, OMADM_E_SYNTAX,
        "the document is not UTF-8, or has a DOCTYPE, a comment, CDATA, a processing instruction, "
        "more than %d tags or more than %d attributes in one, which are not taken",
        XML_IN_TAGS, XML_IN_ATTRIBUTES);
  xmlParserCtxt *parser = xmlNewParserCtxt();
  if (parser == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  *doc = xmlCtxtReadMemory(parser, body.ptr, (int)body.len, NULL, "UTF-8", options);
  if (*doc == NULL) {
    const xmlError *last = xmlCtxtGetLastError(parser);
    const char *why = last == NULL || last->message == NULL ? "no XML" : last->message;
    omadm_error_set(error, OMADM_E_SYNTAX, "the document is not well-formed XML: line %d: %.*s",
                    last == NULL ? 1 : last->line, (int)strcspn(why, "\n"), why);
  }
  xmlFreeParserCtxt(parser);
  return *doc == NULL ? OMADM_E_SYNTAX : OMADM_OK;
}

bool xml_in_is(const xmlNode *element, const char *space, const char *name) {
  return element != NULL && element->type == XML_ELEMENT_NODE && element->ns != NULL &&
         element->ns->href != NULL && strcmp((const char *)element->ns->href, space) == 0 &&
         strcmp((const char *)element->name, name) == 0;
}

static const char *name_of(const xmlNode *node) {
  return (const char *)node->name;
}

/* The next element among siblings; *bad where text other than blanks stands between. */
static const xmlNode *next_element(const xmlNode *at, bool *bad) {
  for (; at != NULL && at->type != XML_ELEMENT_NODE; at = at->next) {
    bool ignored = at->type == XML_COMMENT_NODE || at->type == XML_PI_NODE;
    if (!ignored && !xmlIsBlankNode(at)) *bad = true;
  }
  return at;
}

static bool exists(const xml_in *in, const xml_in_child *child) {
  return (child->variants & in->variant) != 0;
}

/* Reads the elements from *at on that are this child. */
static omadm_err read_run(xml_in *in, const xmlNode **at, const xml_in_child *child, void *target,
                          bool *bad) {
  unsigned count = 0;
  omadm_err err = OMADM_OK;
  while (err == OMADM_OK && xml_in_is(*at, in->space, child->name)) {
    if (++count > child->max)
      return omadm_error_set(in->error, OMADM_E_SYNTAX, "more than %u %s", child->max, child->name);
    err = child->read(in, *at, (char *)target + child->offset);
    *at = next_element((*at)->next, bad);
  }
  if (err == OMADM_OK && count < child->min)
    err = omadm_error_set(in->error, OMADM_E_SYNTAX, "%s is missing", child->name);
  return err;
}

omadm_err xml_in_children(xml_in *in, const xmlNode *parent, const xml_in_child *table, size_t n,
                          void *target) {
  bool bad = false;
  omadm_err err = OMADM_OK;
  const xmlNode *at = next_element(parent->children, &bad);
  for (size_t i = 0; i < n && err == OMADM_OK; i++) {
    if (exists(in, &table[i])) err = read_run(in, &at, &table[i], target, &bad);
  }
  if (err != OMADM_OK) return err;
  if (at != NULL)
    return omadm_error_set(in->error, OMADM_E_SYNTAX, "%.60s in %.60s is unknown or misplaced",
                           name_of(at), name_of(parent));
  if (bad)
    return omadm_error_set(in->error, OMADM_E_SYNTAX, "text between the elements of %.60s",
                           name_of(parent));
  return OMADM_OK;
}

typedef omadm_err decoder(omadm_str text, omadm_buf *out);

/* Decodes text into the arena. Takes ownership of `text`, which is libxml2's. */
static omadm_err decode(xml_in *in, const char *name, xmlChar *text, decoder *how, omadm_str *out) {
  omadm_buf octets;
  omadm_buf_init(&octets, &omadm_mem_default, 0);
  if (text == NULL) return omadm_error_set(in->error, OMADM_E_NOMEM, "out of memory");
  omadm_err err = how(omadm_str_trim(omadm_str_of((const char *)text)), &octets);
  if (err == OMADM_OK) {
    *out = omadm_arena_copy(in->arena, omadm_buf_str(&octets));
    if (out->ptr == NULL) err = OMADM_E_NOMEM;
  }
  if (err != OMADM_OK)
    omadm_error_set(in->error, err, "%.60s is not %s", name,
                    how == omadm_base64_decode ? "base64" : "hexadecimal of whole octets");
  omadm_buf_dispose(&octets);
  xmlFree(text);
  return err;
}

static omadm_err decode_element(xml_in *in, const xmlNode *element, decoder *how, omadm_str *out) {
  if (xmlFirstElementChild((xmlNode *)(uintptr_t)element) != NULL)
    return omadm_error_set(in->error, OMADM_E_SYNTAX, "%.60s has elements in it", name_of(element));
  return decode(in, name_of(element), xmlNodeGetContent(element), how, out);
}

omadm_err xml_in_base64(xml_in *in, const xmlNode *element, void *target) {
  return decode_element(in, element, omadm_base64_decode, target);
}

omadm_err xml_in_hex(xml_in *in, const xmlNode *element, void *target) {
  return decode_element(in, element, omadm_hex_decode, target);
}

omadm_err xml_in_skip(xml_in *in, const xmlNode *element, void *target) {
  (void)in;
  (void)element;
  (void)target;
  return OMADM_OK;
}

static xmlChar *attribute(xml_in *in, const xmlNode *element, const char *name) {
  xmlChar *text = xmlGetNoNsProp(element, (const xmlChar *)name);
  if (text == NULL)
    omadm_error_set(in->error, OMADM_E_SYNTAX, "%.60s has no attribute %s", name_of(element), name);
  return text;
}

omadm_err xml_in_base64_attribute(xml_in *in, const xmlNode *element, const char *name,
                                  omadm_str *out) {
  xmlChar *text = attribute(in, element, name);
  return text == NULL ? OMADM_E_SYNTAX : decode(in, name, text, omadm_base64_decode, out);
}

omadm_err xml_in_number_attribute(xml_in *in, const xmlNode *element, const char *name,
                                  uint64_t *out) {
  xmlChar *text = attribute(in, element, name);
  if (text == NULL) return OMADM_E_SYNTAX;
  bool good = omadm_str_u64(omadm_str_trim(omadm_str_of((const char *)text)), out);
  xmlFree(text);
  return good ? OMADM_OK
              : omadm_error_set(in->error, OMADM_E_SYNTAX, "%s of %.60s is not a number", name,
                                name_of(element));
}
