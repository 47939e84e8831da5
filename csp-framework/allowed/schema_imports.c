/* SPDX-License-Identifier: MIT */
#include "csp-framework/allowed/schema_imports.h"

#include <stdio.h>
#include <string.h>

#include "csp-framework/allowed/xml_value.h"

static const xmlChar xsd[] = "http://www.w3.org/2001/XMLSchema";

static bool is_xsd(const xmlNode *node, const char *name) {
  return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
         xmlStrEqual(node->ns->href, xsd) != 0 && strcmp((const char *)node->name, name) == 0;
}

static xmlAttr *own_attribute(const xmlNode *node, const char *name) {
  xmlAttr *a = node->properties;
  while (a != NULL && (a->ns != NULL || strcmp((const char *)a->name, name) != 0))
    a = a->next;
  return a;
}

/* The namespace of the name that this attribute holds, where it is neither the schema's own nor
 * that of schemas: "" for none, NULL where it is at home. Owned by the caller. */
static xmlChar *foreign(const schema_spaces *spaces, xmlNode *node, const char *name) {
  xmlChar *value = xmlGetNoNsProp(node, BAD_CAST name);
  xmlChar *found = NULL;
  if (value != NULL) {
    xmlChar *colon = BAD_CAST xmlStrchr(value, ':');
    if (colon != NULL) *colon = '\0';
    const xmlNs *ns = xmlSearchNs(node->doc, node, colon != NULL ? value : NULL);
    const xmlChar *href = ns != NULL ? ns->href : BAD_CAST "";
    const xmlChar *home = spaces->own != NULL ? spaces->own : BAD_CAST "";
    if (xmlStrEqual(href, home) == 0 && xmlStrEqual(href, xsd) == 0) found = xmlStrdup(href);
  }
  xmlFree(value);
  return found;
}

static void drop_children(xmlNode *node) {
  while (node->children != NULL) {
    xmlNode *child = node->children;
    xmlUnlinkNode(child);
    xmlFreeNode(child);
  }
}

/* The number of a namespace, which is added where it is new. */
static size_t number_of(schema_spaces *spaces, const xmlChar *href) {
  for (size_t i = 0; i < spaces->n; i++) {
    if (xmlStrEqual(spaces->foreign[i], href) != 0) return i;
  }
  if (spaces->n == SCHEMA_MAX_SPACES) {
    spaces->full = true;
    return 0;
  }
  spaces->foreign[spaces->n] = xmlStrdup(href);
  if (spaces->foreign[spaces->n] == NULL) spaces->no_memory = true;
  return spaces->n++;
}

/* What an element of that namespace is called in the schema's own. */
static void own_name(char *out, size_t size, size_t space, const xmlChar *name) {
  snprintf(out, size, "%.150s.imported%zu", (const char *)name, space + 1);
}

/* <element ref> becomes an element of its own with any content. */
static void make_own(schema_spaces *spaces, xmlNode *node, const xmlChar *space) {
  char name[200];
  xmlChar *ref = xmlGetNoNsProp(node, BAD_CAST "ref");
  const xmlChar *colon = ref != NULL ? xmlStrchr(ref, ':') : NULL;
  own_name(name, sizeof name, number_of(spaces, space), colon != NULL ? colon + 1 : ref);
  xmlFree(ref);
  drop_children(node);
  xmlRemoveProp(own_attribute(node, "ref"));
  xmlNewProp(node, BAD_CAST "name", BAD_CAST name);
  xmlNewProp(node, BAD_CAST "form", BAD_CAST "qualified");
}

/* An attribute from elsewhere: its parent takes any that are not its own. */
static void allow_attributes(xmlNode *parent) {
  for (const xmlNode *n = parent->children; n != NULL; n = n->next) {
    if (is_xsd(n, "anyAttribute")) return;
  }
  xmlNode *any = xmlNewChild(parent, parent->ns, BAD_CAST "anyAttribute", NULL);
  if (any == NULL) return;
  xmlNewProp(any, BAD_CAST "namespace", BAD_CAST "##other");
  xmlNewProp(any, BAD_CAST "processContents", BAD_CAST "skip");
}

/* 0: nothing was changed; 1: something; 2: the node itself is to go. */
static int cut(schema_spaces *spaces, xmlNode *node) {
  static const char *const readers[] = {"import", "include", "redefine"};
  for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
    if (is_xsd(node, readers[i])) return 2;
  }
  bool element = is_xsd(node, "element");
  if (!element && !is_xsd(node, "attribute")) return 0;
  int changed = 0;
  xmlChar *space = foreign(spaces, node, "ref");
  if (space != NULL && element) {
    make_own(spaces, node, space);
    changed = 1;
  } else if (space != NULL) {
    allow_attributes(node->parent);
    changed = 2;
  } else if ((space = foreign(spaces, node, "type")) != NULL) {
    xmlRemoveProp(own_attribute(node, "type"));
    changed = 1;
  }
  xmlFree(space);
  return changed;
}

int schema_imports_cut(xmlDoc *doc, schema_spaces *spaces) {
  xmlNode *top = xmlDocGetRootElement(doc);
  int changed = 0;
  xmlNode *next = NULL;
  *spaces = (schema_spaces){.own = xmlGetNoNsProp(top, BAD_CAST "targetNamespace")};
  for (xmlNode *node = top; node != NULL; node = next) {
    int done = node != top ? cut(spaces, node) : 0;
    next = xml_value_next(top, node, done == 2);
    if (done == 2) {
      xmlUnlinkNode(node);
      xmlFreeNode(node);
    }
    changed += done > 0;
  }
  return changed;
}

/* The number of the element's namespace; n where it is none of them. */
static size_t space_of(const schema_spaces *spaces, const xmlNode *node) {
  size_t i = 0;
  const xmlChar *href = node->ns != NULL ? node->ns->href : BAD_CAST "";
  while (i < spaces->n && xmlStrEqual(spaces->foreign[i], href) == 0)
    i++;
  return i;
}

void schema_imports_rename(xmlDoc *value, const schema_spaces *spaces) {
  const xmlNode *top = xmlDocGetRootElement(value);
  for (xmlNode *node = xmlDocGetRootElement(value); node != NULL;
       node = xml_value_next(top, node, 0)) {
    size_t i = node->type == XML_ELEMENT_NODE ? space_of(spaces, node) : spaces->n;
    if (i == spaces->n) continue;
    char name[200];
    own_name(name, sizeof name, i, node->name);
    drop_children(node);
    while (node->properties != NULL)
      xmlRemoveProp(node->properties);
    xmlNodeSetName(node, BAD_CAST name);
    xmlNs *own = spaces->own != NULL ? xmlSearchNsByHref(value, node, spaces->own) : NULL;
    if (own == NULL && spaces->own != NULL) own = xmlNewNs(node, spaces->own, BAD_CAST "imported");
    xmlSetNs(node, own);
  }
}

void schema_imports_dispose(schema_spaces *spaces) {
  for (size_t i = 0; i < spaces->n; i++)
    xmlFree(spaces->foreign[i]);
  xmlFree(spaces->own);
  *spaces = (schema_spaces){0};
}
