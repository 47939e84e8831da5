/* SPDX-License-Identifier: MIT */
#include "conformance/player/message.h"

#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>

omadm_err omadm_message_parse(omadm_str octets, xmlDoc **out, omadm_error *error) {
  const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA;
  omadm_err err = OMADM_OK;
  xmlDoc *doc = NULL;
  *out = NULL;
  if (octets.len == 0) return omadm_error_set(error, OMADM_E_SYNTAX, "the message is empty");
  if (octets.len > INT32_MAX)
    return omadm_error_set(error, OMADM_E_LIMIT, "the message is too large");
  xmlParserCtxt *context = xmlNewParserCtxt();
  if (context == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  doc = xmlCtxtReadMemory(context, octets.ptr, (int)octets.len, NULL, NULL, options);
  if (doc == NULL) {
    const char *why = context->lastError.message == NULL ? "not XML" : context->lastError.message;
    err = omadm_error_set(error, OMADM_E_SYNTAX, "not well-formed, line %d: %.*s",
                          context->lastError.line, (int)strcspn(why, "\n"), why);
  } else if (doc->intSubset != NULL || doc->extSubset != NULL) {
    err = omadm_error_set(error, OMADM_E_SYNTAX, "a message has no document type");
    xmlFreeDoc(doc);
    doc = NULL;
  }
  *out = doc;
  xmlFreeParserCtxt(context);
  return err;
}

xmlNode *omadm_message_sibling(const xmlNode *node, const char *name) {
  xmlNode *n = node == NULL ? NULL : node->next;
  while (n != NULL && (n->type != XML_ELEMENT_NODE || strcmp((const char *)n->name, name) != 0))
    n = n->next;
  return n;
}

xmlNode *omadm_message_child(const xmlNode *parent, const char *name) {
  xmlNode *n = parent == NULL ? NULL : parent->children;
  if (n == NULL || (n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, name) == 0))
    return n;
  return omadm_message_sibling(n, name);
}

char *omadm_message_text(const xmlNode *node) {
  return node == NULL ? NULL : (char *)xmlNodeGetContent(node);
}

bool message_is_any(const xmlNode *node) {
  return strcmp((const char *)node->name, "any") == 0 && node->children == NULL &&
         node->properties == NULL;
}

/* "Status", or "Status[2]" where there are several of the name. */
static int write_segment(const xmlNode *node, char *out, size_t size) {
  unsigned before = 0;
  unsigned after = 0;
  for (const xmlNode *n = node->prev; n != NULL; n = n->prev) {
    before += n->type == XML_ELEMENT_NODE && xmlStrEqual(n->name, node->name);
  }
  for (const xmlNode *n = node->next; n != NULL; n = n->next) {
    after += n->type == XML_ELEMENT_NODE && xmlStrEqual(n->name, node->name);
  }
  if (before + after == 0) return snprintf(out, size, "%s", (const char *)node->name);
  return snprintf(out, size, "%s[%u]", (const char *)node->name, before + 1);
}

void omadm_message_path(const xmlNode *node, char *out, size_t size) {
  char segment[80];
  char rest[256];
  out[0] = 0;
  while (node != NULL && node->parent != NULL && node->parent->type == XML_ELEMENT_NODE) {
    write_segment(node, segment, sizeof segment);
    snprintf(rest, sizeof rest, "%s", out);
    snprintf(out, size, "%s%s%s", segment, rest[0] == 0 ? "" : "/", rest);
    node = node->parent;
  }
}
