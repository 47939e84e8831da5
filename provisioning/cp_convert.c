/* SPDX-License-Identifier: MIT */
#include "provisioning/cp_convert.h"

#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/codec.h"
#include "base/str.h"
#include "base/wbxml.h"
#include "provisioning/cp.h"
#include "provisioning/cp_tokens.h"

enum { MOST_DEPTH = 16, MOST_DECODED = 1024 * 1024 };

static omadm_err fail(omadm_error *error, omadm_err err, const char *problem) {
  return omadm_error_set(error, err, "the provisioning document: %s", problem);
}

/* What is left behind the first `end`; empty where it does not stand. */
static omadm_str behind(omadm_str text, const char *end) {
  const char *at = memmem(text.ptr, text.len, end, strlen(end));
  size_t skipped = at == NULL ? text.len : (size_t)(at - text.ptr) + strlen(end);
  return (omadm_str){text.ptr + skipped, text.len - skipped};
}

bool omadm_cp_is_xml(omadm_str octets) {
  static const char *const prolog[][2] = {
      {"\xEF\xBB\xBF", ""}, {"<?", "?>"}, {"<!--", "-->"}, {"<!", ">"}};
  omadm_str rest = omadm_str_trim(octets);
  for (size_t i = 0; rest.len > 0 && i < sizeof prolog / sizeof *prolog;) {
    if (!omadm_str_starts(rest, prolog[i][0])) {
      i++;
      continue;
    }
    rest.ptr += strlen(prolog[i][0]);
    rest.len -= strlen(prolog[i][0]);
    rest = omadm_str_trim(behind(rest, prolog[i][1]));
    i = 0;
  }
  return omadm_str_starts(rest, "<wap-provisioningdoc");
}

bool omadm_cp_is_wbxml(omadm_str octets) {
  omadm_wbxml_reader r;
  if (omadm_wbxml_reader_init(&r, octets, MOST_DEPTH, MOST_DECODED) != OMADM_OK) return false;
  return r.public_id == CP_PUBLIC_ID ||
         (r.public_id == 0 && omadm_str_is(r.public_name, "-//WAPFORUM//DTD PROV 1.0//EN"));
}

/* The token that says the attribute with its whole value; else the one without any. That of the
 * page in force comes first. */
static const cp_attribute_token *find_attribute(cp_attribute kind, omadm_str value,
                                                unsigned char page) {
  const cp_attribute_token *found = NULL;
  int best = -1;
  for (size_t i = 0; i < cp_attribute_token_count; i++) {
    const cp_attribute_token *t = &cp_attribute_tokens[i];
    bool whole = omadm_str_is(value, t->begins);
    if (t->kind != kind || (!whole && t->begins[0] != '\0')) continue;
    int merit = (whole ? 2 : 0) + (t->page == page ? 1 : 0);
    if (merit > best) found = t;
    if (merit > best) best = merit;
  }
  return found;
}

static const cp_value_token *find_value(omadm_str value, unsigned char page) {
  const cp_value_token *found = NULL;
  for (size_t i = 0; i < cp_value_token_count; i++) {
    const cp_value_token *t = &cp_value_tokens[i];
    if (omadm_str_is(value, t->text) && (found == NULL || t->page == page)) found = t;
  }
  return found;
}

static omadm_err encode_attribute(omadm_wbxml_writer *w, const xmlAttr *attribute,
                                  omadm_error *error) {
  cp_attribute kind = cp_attribute_of(omadm_str_of((const char *)attribute->name));
  if (kind == CP_OTHER || attribute->ns != NULL)
    return fail(error, OMADM_E_SYNTAX, "it has an attribute of another kind");
  xmlChar *text = xmlNodeListGetString(attribute->doc, attribute->children, 1);
  omadm_str value = omadm_str_of(text == NULL ? "" : (const char *)text);
  const cp_attribute_token *token = find_attribute(kind, value, w->attribute_page);
  omadm_wbxml_write_attribute(w, token->page, token->token);
  if (token->begins[0] == '\0' && value.len > 0) {
    const cp_value_token *known = kind == CP_VALUE ? find_value(value, w->attribute_page) : NULL;
    if (known != NULL)
      omadm_wbxml_write_value(w, known->page, known->token);
    else
      omadm_wbxml_write_text(w, value);
  }
  xmlFree(text);
  return w->err;
}

static bool has_elements(const xmlNode *node) {
  for (const xmlNode *n = node->children; n != NULL; n = n->next) {
    if (n->type == XML_ELEMENT_NODE) return true;
  }
  return false;
}

/* What each element must have, by its tag. */
static bool is_sound(const xmlNode *node, unsigned char tag) {
  if (tag == CP_TAG_CHARACTERISTIC) return xmlHasProp(node, BAD_CAST "type") != NULL;
  if (tag == CP_TAG_PARM) return xmlHasProp(node, BAD_CAST "name") != NULL && !has_elements(node);
  return node->parent->type == XML_DOCUMENT_NODE;
}

static omadm_err encode_start(omadm_wbxml_writer *w, const xmlNode *node, omadm_error *error) {
  unsigned char tag = cp_tag_of(omadm_str_of((const char *)node->name));
  if (tag == 0 || !is_sound(node, tag))
    return fail(error, OMADM_E_SYNTAX,
                "an element is of another kind, or stands elsewhere, or has no name");
  omadm_wbxml_write_tag(w, 0, tag, has_elements(node), node->properties != NULL);
  omadm_err err = w->err;
  for (const xmlAttr *a = node->properties; err == OMADM_OK && a != NULL; a = a->next)
    err = encode_attribute(w, a, error);
  if (node->properties != NULL) omadm_wbxml_write_end(w);
  return err == OMADM_OK ? w->err : err;
}

/* The elements in the order of the document, without recursion. */
static omadm_err encode_all(omadm_wbxml_writer *w, const xmlNode *root, omadm_error *error) {
  const xmlNode *at = root;
  unsigned depth = 1;
  omadm_err err = OMADM_OK;
  while (err == OMADM_OK) {
    if (at->type == XML_ELEMENT_NODE) {
      if (depth > MOST_DEPTH) return fail(error, OMADM_E_LIMIT, "it is nested too deep");
      err = encode_start(w, at, error);
      if (err == OMADM_OK && has_elements(at)) {
        at = at->children;
        depth++;
        continue;
      }
    }
    while (at != root && at->next == NULL) {
      at = at->parent;
      omadm_wbxml_write_end(w);
      depth--;
    }
    if (at == root) break;
    at = at->next;
  }
  return err == OMADM_OK ? w->err : err;
}

omadm_err omadm_cp_encode(omadm_str xml, omadm_buf *out, omadm_error *error) {
  if (xml.len > CP_MOST) return fail(error, OMADM_E_LIMIT, "it is too large");
  xmlDoc *doc = xmlReadMemory(xml.ptr != NULL ? xml.ptr : "", (int)xml.len, NULL, NULL,
                              XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (doc == NULL) return fail(error, OMADM_E_SYNTAX, "it is not well-formed XML");
  omadm_err err = OMADM_OK;
  const xmlNode *root = xmlDocGetRootElement(doc);
  omadm_wbxml_writer w = omadm_wbxml_writer_init(out);
  if (doc->intSubset != NULL && doc->intSubset->children != NULL) {
    err = fail(error, OMADM_E_SYNTAX, "its DOCTYPE declares something");
  } else if (!xmlStrEqual(root->name, BAD_CAST "wap-provisioningdoc")) {
    err = fail(error, OMADM_E_SYNTAX, "its root is not wap-provisioningdoc");
  } else {
    omadm_wbxml_write_header(&w, 3, CP_PUBLIC_ID, (omadm_str){"", 0});
    err = encode_all(&w, root, error);
  }
  xmlFreeDoc(doc);
  return err;
}

/* The XML of a document as it is read. */
typedef struct xml_writer {
  omadm_buf *out;
  unsigned char open[MOST_DEPTH]; /* tags */
  unsigned depth;
  bool in_tag; /* its start tag is not closed yet */
  bool in_attribute; /* its value is not closed yet */
  const char *problem;
} xml_writer;

static omadm_err add_escaped(omadm_buf *out, omadm_str text) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == OMADM_OK && i < text.len; i++) {
    char c = text.ptr[i];
    if (strchr("&<>\"\t\n\r", c) != NULL && c != '\0')
      err = omadm_buf_printf(out, "&#%d;", c);
    else
      err = omadm_buf_add(out, &c, 1);
  }
  return err;
}

static omadm_err close_attribute(xml_writer *x) {
  bool open = x->in_attribute;
  x->in_attribute = false;
  return open ? omadm_buf_add_text(x->out, "\"") : OMADM_OK;
}

static omadm_err close_tag(xml_writer *x, const char *with) {
  omadm_err err = close_attribute(x);
  bool open = x->in_tag;
  x->in_tag = false;
  return err == OMADM_OK && open ? omadm_buf_add_text(x->out, with) : err;
}

static omadm_err decode_start(xml_writer *x, const omadm_wbxml_event *event) {
  unsigned char tag = event->token != 0 && event->page <= 1 ? event->token : cp_tag_of(event->text);
  const char *name = cp_tag_name(tag);
  if (name == NULL) x->problem = "it has an element of another kind";
  omadm_err err = close_tag(x, ">");
  if (err != OMADM_OK || name == NULL) return err;
  x->open[x->depth++] = tag; /* the reader bounds the depth */
  x->in_tag = true;
  return omadm_buf_printf(x->out, "%s%*s<%s", x->depth > 1 ? "\n" : "", (int)(2 * (x->depth - 1)),
                          "", name);
}

static omadm_err decode_attribute(xml_writer *x, const omadm_wbxml_event *event) {
  cp_attribute kind = event->token == 0 ? cp_attribute_of(event->text) : CP_OTHER;
  const char *begins = "";
  for (size_t i = 0; event->token != 0 && i < cp_attribute_token_count; i++) {
    const cp_attribute_token *t = &cp_attribute_tokens[i];
    if (t->page != event->page || t->token != event->token) continue;
    kind = t->kind;
    begins = t->begins;
  }
  if (kind == CP_OTHER) x->problem = "it has an attribute that is not known here";
  omadm_err err = close_attribute(x);
  if (err != OMADM_OK || kind == CP_OTHER) return err;
  x->in_attribute = true;
  return omadm_buf_printf(x->out, " %s=\"%s", cp_attribute_name(kind), begins);
}

static omadm_err decode_value(xml_writer *x, const omadm_wbxml_event *event) {
  if (event->token == 0) {
    /* Octets may be anything. */
    if (memchr(event->text.ptr, 0, event->text.len) != NULL || !omadm_utf8_is_valid(event->text))
      x->problem = "a value is not text";
    return x->problem == NULL ? add_escaped(x->out, event->text) : OMADM_OK;
  }
  for (size_t i = 0; i < cp_value_token_count; i++) {
    const cp_value_token *t = &cp_value_tokens[i];
    if (t->page == event->page && t->token == event->token)
      return omadm_buf_add_text(x->out, t->text);
  }
  x->problem = "it has a value that is not known here";
  return OMADM_OK;
}

static omadm_err decode_end(xml_writer *x) {
  unsigned char tag = x->open[--x->depth];
  if (x->in_tag) return close_tag(x, "/>");
  return omadm_buf_printf(x->out, "\n%*s</%s>", (int)(2 * x->depth), "", cp_tag_name(tag));
}

omadm_err omadm_cp_decode(omadm_str wbxml, omadm_buf *out, omadm_error *error) {
  omadm_wbxml_reader r;
  omadm_wbxml_event event;
  omadm_wbxml_kind kind = OMADM_WBXML_START;
  xml_writer x = {.out = out};
  if (wbxml.len > CP_MOST) return fail(error, OMADM_E_LIMIT, "it is too large");
  omadm_err err = omadm_wbxml_reader_init(&r, wbxml, MOST_DEPTH, MOST_DECODED);
  if (err != OMADM_OK) return fail(error, err, r.problem);
  while (err == OMADM_OK && x.problem == NULL && kind != OMADM_WBXML_DONE) {
    kind = omadm_wbxml_next(&r, &event);
    switch (kind) {
    case OMADM_WBXML_START: err = decode_start(&x, &event); break;
    case OMADM_WBXML_ATTRIBUTE: err = decode_attribute(&x, &event); break;
    case OMADM_WBXML_VALUE: err = decode_value(&x, &event); break;
    case OMADM_WBXML_END: err = decode_end(&x); break;
    case OMADM_WBXML_FAILED: return fail(error, r.err, r.problem);
    case OMADM_WBXML_TEXT: /* white space between elements */
    case OMADM_WBXML_OPAQUE:
    case OMADM_WBXML_DONE: break;
    }
  }
  return x.problem == NULL ? err : fail(error, OMADM_E_SYNTAX, x.problem);
}
