/* SPDX-License-Identifier: MIT */
#include "conformance/server/validate.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>

#include "base/codec.h"
#include "base/str.h"
#include "conformance/player/message.h"

#include "conformance/server/commands.h"
#include "conformance/server/policy.h"

static bool is_named(const xmlNode *node, const char *name) {
  return node != NULL && strcmp((const char *)node->name, name) == 0;
}

/* recover: real services break their own schema, and one ends in a stray character. */
static xmlDoc *parse(omadm_str xml, bool recover) {
  int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  if (xml.len > INT32_MAX) return NULL;
  return xmlReadMemory(xml.ptr == NULL ? "" : xml.ptr, (int)xml.len, NULL, NULL,
                       options | (recover ? XML_PARSE_RECOVER : 0));
}

static unsigned number_of(const xmlNode *node, const char *name, unsigned otherwise) {
  xmlChar *text = xmlGetNoNsProp(node, (const xmlChar *)name);
  unsigned long n = text == NULL ? otherwise : strtoul((const char *)text, NULL, 10);
  xmlFree(text);
  return n > 1000 ? otherwise : (unsigned)n;
}

static omadm_err insert_nonce(xmlDoc *doc, xmlNode *root, const char *nonce, omadm_buf *request) {
  xmlChar *text = NULL;
  int size = 0;
  xmlNode *node = xmlNewDocNode(doc, root->ns, (const xmlChar *)"Nonce", (const xmlChar *)nonce);
  if (node == NULL) return OMADM_E_NOMEM;
  if (root->children == NULL) {
    xmlAddChild(root, node);
  } else {
    xmlAddPrevSibling(root->children, node);
  }
  xmlDocDumpMemoryEnc(doc, &text, &size, "UTF-8");
  omadm_err err = text == NULL ? OMADM_E_NOMEM : omadm_buf_add(request, text, (size_t)size);
  xmlFree(text);
  return err;
}

omadm_err validate_request(omadm_str data, const char *nonce, omadm_buf *request, unsigned *version,
                           omadm_error *error) {
  omadm_buf xml;
  xmlDoc *doc = NULL;
  omadm_buf_init(&xml, NULL, 0);
  omadm_err err = omadm_base64_decode(data, &xml);
  if (err != OMADM_OK) {
    omadm_error_set(error, err, "the device's DHA-Data is not base64");
    goto out;
  }
  doc = parse(omadm_buf_str(&xml), false);
  xmlNode *root = doc == NULL ? NULL : xmlDocGetRootElement(doc);
  if (!is_named(root, "HealthCertificateValidationRequest")) {
    err = omadm_error_set(error, OMADM_E_SYNTAX,
                          "the device's DHA-Data is no HealthCertificateValidationRequest");
    goto out;
  }
  if (omadm_message_child(root, "Nonce") != NULL) {
    err = omadm_error_set(error, OMADM_E_REFUSED, "the device's DHA-Data has a nonce of its own");
    goto out;
  }
  *version = number_of(root, "ProtocolVersion", 3);
  err = insert_nonce(doc, root, nonce, request);
out:
  xmlFreeDoc(doc);
  omadm_buf_dispose(&xml);
  return err;
}

/* What the service of this project adds in a namespace of its own: how much each field is worth.
 * The attribute grade of the Field of that name; owned by the caller, free with xmlFree. */
static char *grade_of(const xmlNode *parent, const xmlNode *field) {
  const xmlNode *entry = omadm_message_child(omadm_message_child(parent, "Grades"), "Field");
  for (; entry != NULL; entry = omadm_message_sibling(entry, "Field")) {
    xmlChar *name = xmlGetNoNsProp(entry, (const xmlChar *)"name");
    bool same = xmlStrEqual(name, field->name);
    xmlFree(name);
    if (same) return (char *)xmlGetNoNsProp(entry, (const xmlChar *)"grade");
  }
  return NULL;
}

static bool same_space(const xmlNode *a, const xmlNode *b) {
  return xmlStrEqual(a->ns == NULL ? NULL : a->ns->href, b->ns == NULL ? NULL : b->ns->href);
}

static void judge_children(policy *judge, const xmlNode *parent) {
  for (const xmlNode *n = commands_first(parent); n != NULL; n = commands_next(n)) {
    if (!same_space(n, parent)) continue;
    char *text = (char *)xmlNodeGetContent(n);
    char *grade = grade_of(parent, n);
    policy_field(judge, (const char *)n->name, text == NULL ? "" : text, grade);
    xmlFree(grade);
    xmlFree(text);
  }
}

static bool decide(const xmlNode *root, const xmlNode *properties, FILE *out) {
  policy judge;
  const xmlNode *flags = omadm_message_child(root, "HealthStatusMismatchFlags");
  fprintf(out, "the DHA report, protocol version %u:\n", number_of(root, "ProtocolVersion", 0));
  policy_begin(&judge, POLICY_REPORT, out);
  judge_children(&judge, properties);
  bool healthy = policy_end(&judge);
  if (flags == NULL) {
    fputs("certificate and present state: no mismatch\n", out);
    return healthy;
  }
  fputs("certificate and present state do not match:\n", out);
  policy_begin(&judge, POLICY_MISMATCH, out);
  judge_children(&judge, flags);
  return policy_end(&judge) && healthy;
}

omadm_err validate_report(omadm_str answer, FILE *out, bool *healthy, omadm_error *error) {
  omadm_err err = OMADM_OK;
  xmlDoc *doc = parse(answer, true);
  const xmlNode *root = doc == NULL ? NULL : xmlDocGetRootElement(doc);
  *healthy = false;
  if (!is_named(root, "HealthCertificateValidationResponse")) {
    err = omadm_error_set(error, OMADM_E_SYNTAX, "the service's answer is no DHA report");
    goto out;
  }
  unsigned code = number_of(root, "ErrorCode", 0);
  const xmlNode *properties = omadm_message_child(root, "HealthCertificateProperties");
  if (properties == NULL || code != 0) {
    char *text = (char *)xmlGetNoNsProp(root, (const xmlChar *)"ErrorMessage");
    err = omadm_error_set(error, OMADM_E_REFUSED, "ErrorCode %u: %s", code,
                          text == NULL ? "no message" : text);
    xmlFree(text);
    goto out;
  }
  *healthy = decide(root, properties, out);
out:
  xmlFreeDoc(doc);
  return err;
}
