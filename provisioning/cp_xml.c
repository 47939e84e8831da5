/* SPDX-License-Identifier: MIT */
/* The XML of client provisioning. Nothing is fetched and no entity is declared by a document. */
#include "provisioning/cp.h"

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "base/str.h"

static bool is(const xmlNode *node, const char *name) {
  return node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, BAD_CAST name);
}

static void read_element(cp_build *b, xmlNode *node) {
  if (is(node, "characteristic")) {
    xmlChar *type = xmlGetNoNsProp(node, BAD_CAST "type");
    if (type == NULL) cp_build_fail(b, OMADM_E_SYNTAX, "a characteristic has no type");
    cp_build_characteristic(b, omadm_str_of((const char *)type));
    xmlFree(type);
    return;
  }
  if (!is(node, "parm")) {
    cp_build_fail(b, OMADM_E_SYNTAX, "it has an element of another kind");
    return;
  }
  xmlChar *name = xmlGetNoNsProp(node, BAD_CAST "name");
  xmlChar *value = xmlGetNoNsProp(node, BAD_CAST "value");
  if (name == NULL) cp_build_fail(b, OMADM_E_SYNTAX, "a parm has no name");
  cp_build_parm(b, omadm_str_of((const char *)name), omadm_str_of((const char *)value),
                value != NULL);
  xmlFree(name);
  xmlFree(value);
}

/* The elements in the order of the document, without recursion. */
static void walk(cp_build *b, xmlNode *root) {
  xmlNode *at = root->children;
  while (at != NULL && b->err == 0) {
    bool goes_down = false;
    if (at->type == XML_ELEMENT_NODE) {
      read_element(b, at);
      goes_down = is(at, "characteristic");
    }
    if (goes_down && at->children != NULL) {
      at = at->children;
      continue;
    }
    if (goes_down) cp_build_up(b);
    while (at->next == NULL && at->parent != root) {
      at = at->parent;
      cp_build_up(b);
    }
    at = at->next;
  }
}

/* A DOCTYPE may name the DTD; what it declares itself could make a short document long. */
static void read_root(cp_build *b, xmlDoc *xml) {
  xmlNode *root = xmlDocGetRootElement(xml);
  if (xml->intSubset != NULL && xml->intSubset->children != NULL)
    cp_build_fail(b, OMADM_E_SYNTAX, "its DOCTYPE declares something");
  else if (root == NULL || !is(root, "wap-provisioningdoc"))
    cp_build_fail(b, OMADM_E_SYNTAX, "its root is not wap-provisioningdoc");
  if (b->err != 0) return;
  cp_build_root(b);
  walk(b, root);
}

omadm_err cp_read_xml(cp_document *document, omadm_str octets, omadm_error *error) {
  cp_build b;
  cp_build_begin(&b, document);
  xmlDoc *xml = NULL;
  if (octets.len > CP_MOST)
    cp_build_fail(&b, OMADM_E_LIMIT, "it is too large");
  else
    xml = xmlReadMemory(octets.ptr != NULL ? octets.ptr : "", (int)octets.len, NULL, NULL,
                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (xml == NULL)
    cp_build_fail(&b, OMADM_E_SYNTAX, "it is not well-formed XML");
  else
    read_root(&b, xml);
  if (xml != NULL) xmlFreeDoc(xml);
  return b.err != 0 ? omadm_error_set(error, b.err, "the provisioning document: %s", b.problem)
                    : OMADM_OK;
}
