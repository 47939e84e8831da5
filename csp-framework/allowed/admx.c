/* SPDX-License-Identifier: MIT */
/* The fragment of an ADMX policy: <enabled/> with <data id value/> elements, or <disabled/>. */
#include "csp-framework/allowed/rules.h"
#include "csp-framework/allowed/xml_value.h"

/* What a fragment holds. */
typedef struct fragment {
  size_t enabled, disabled, data;
} fragment;

static bool is_empty(const xmlAttr *a) {
  const xmlNode *n = a->children;
  while (n != NULL && n->type == XML_TEXT_NODE && (n->content == NULL || n->content[0] == '\0'))
    n = n->next;
  return n == NULL;
}

static const char *check_data(const xmlNode *element) {
  size_t ids = 0;
  size_t values = 0;
  for (const xmlAttr *a = element->properties; a != NULL; a = a->next) {
    const char *name = (const char *)a->name;
    bool is_id = a->ns == NULL && strcmp(name, "id") == 0;
    bool is_value = a->ns == NULL && strcmp(name, "value") == 0;
    if (!is_id && !is_value) return "has a <data> with an attribute that is neither id nor value";
    if (is_id && is_empty(a)) return "has a <data> whose id is empty";
    ids += is_id;
    values += is_value;
  }
  return ids == 1 && values == 1 ? NULL : "has a <data> without id or value";
}

static const char *check_element(const xmlNode *element, fragment *f) {
  const struct {
    const char *name;
    size_t *count;
  } words[] = {{"enabled", &f->enabled}, {"disabled", &f->disabled}, {"data", &f->data}};
  if (element->ns != NULL || element->nsDef != NULL) return "has an element of a namespace";
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (strcmp((const char *)element->name, words[i].name) != 0) continue;
    ++*words[i].count;
    if (element->children != NULL) return "has an element that is not empty";
    if (words[i].count == &f->data) return check_data(element);
    return element->properties == NULL ? NULL : "has attributes beside those of <data>";
  }
  return "holds something else than <enabled/>, <disabled/> and <data/>";
}

static const char *check_all(const xmlNode *first, fragment *f) {
  const char *why = NULL;
  for (const xmlNode *n = first; n != NULL && why == NULL; n = n->next) {
    if (n->type == XML_ELEMENT_NODE) {
      why = check_element(n, f);
    } else if (n->type != XML_COMMENT_NODE && xmlIsBlankNode(n) == 0) {
      why = "has text between its elements";
    }
  }
  return why;
}

static const char *check_fragment(const xmlNode *top) {
  fragment f = {0};
  const char *why = check_all(top->children, &f);
  if (why != NULL) return why;
  if (f.enabled + f.disabled != 1) return "is not one of <enabled/> and <disabled/>";
  return f.disabled == 0 || f.data == 0 ? NULL : "has <data> beside <disabled/>";
}

omadm_status rule_judge_admx(judgement *j) {
  static const omadm_str head = OMADM_STR("<policy>");
  static const omadm_str tail = OMADM_STR("</policy>");
  xmlDoc *doc = NULL;
  const char *why = "is longer than XML may be that is checked";
  omadm_buf whole;
  omadm_buf_init(&whole, NULL, XML_VALUE_MAX);
  omadm_err err = omadm_buf_add_str(&whole, head);
  if (err == 0) err = omadm_buf_add_str(&whole, j->text);
  if (err == 0) err = omadm_buf_add_str(&whole, tail);
  omadm_status status = omadm_status_from_err(err);
  if (err == OMADM_E_LIMIT) status = OMADM_ST_TOO_LARGE;
  if (err == OMADM_E_NOMEM) status = OMADM_ST_FAILED;
  if (err == 0) status = xml_value_parse(omadm_buf_str(&whole), &doc, &why);
  if (doc != NULL) {
    why = check_fragment(xmlDocGetRootElement(doc));
    if (why != NULL) status = OMADM_ST_BAD_FORMAT;
    xmlFreeDoc(doc);
  }
  omadm_buf_dispose(&whole);
  return status == OMADM_ST_OK ? status : rule_refuse(j, status, "%s", why);
}
