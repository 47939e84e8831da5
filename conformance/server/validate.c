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

static xmlDoc *parse(omadm_str xml) {
  const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
  if (xml.len > INT32_MAX) return NULL;
  return xmlReadMemory(xml.ptr == NULL ? "" : xml.ptr, (int)xml.len, NULL, NULL, options);
}

/* Real services break their own schema, and one ends in a stray character: what stands behind the
 * last end tag is let pass. An answer that is cut stays one. */
static xmlDoc *parse_loosely(omadm_str xml) {
  xmlDoc *doc = parse(xml);
  size_t at = xml.len;
  while (doc == NULL && at >= 2 && memcmp(xml.ptr + at - 2, "</", 2) != 0)
    at--;
  if (doc != NULL || at < 2) return doc;
  const char *end = memchr(xml.ptr + at, '>', xml.len - at);
  return end == NULL ? NULL : parse((omadm_str){xml.ptr, (size_t)(end - xml.ptr) + 1});
}

/* A small number; a missing one is `otherwise`, anything else 0. */
static unsigned number_of(const xmlNode *node, const char *name, unsigned otherwise) {
  uint64_t n = otherwise;
  xmlChar *text = xmlGetNoNsProp(node, (const xmlChar *)name);
  if (text != NULL && (!omadm_str_u64(omadm_str_of((const char *)text), &n) || n > 1000)) n = 0;
  xmlFree(text);
  return (unsigned)n;
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
  doc = parse(omadm_buf_str(&xml));
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

static void decide(const xmlNode *root, const xmlNode *properties, const xmlNode *flags, FILE *out,
                   policy_outcome *outcome) {
  policy judge;
  fprintf(out, "the DHA report, protocol version %u:\n", number_of(root, "ProtocolVersion", 0));
  policy_begin(&judge, POLICY_REPORT, out);
  judge_children(&judge, properties);
  policy_end(&judge, outcome);
  if (flags == NULL) {
    fputs("certificate and present state: no mismatch\n", out);
    return;
  }
  fputs("certificate and present state do not match:\n", out);
  policy_begin(&judge, POLICY_MISMATCH, out);
  judge_children(&judge, flags);
  policy_end(&judge, outcome);
}

/* "ErrorCode 43: …"; "" where it is granted. ErrorCode is an xs:int: Windows' own codes are
 * negative. What is none, or missing, grants nothing. */
static void read_refusal(const xmlNode *root, char *out, size_t size) {
  char *code = (char *)xmlGetNoNsProp(root, (const xmlChar *)"ErrorCode");
  char *text = (char *)xmlGetNoNsProp(root, (const xmlChar *)"ErrorMessage");
  out[0] = '\0';
  if (code == NULL || strcmp(code, "0") != 0)
    snprintf(out, size, "ErrorCode %.20s: %.200s", code == NULL ? "is missing" : code,
             text == NULL || text[0] == '\0' ? "no message" : text);
  omadm_str_tame(out);
  xmlFree(text);
  xmlFree(code);
}

omadm_err validate_report(omadm_str answer, FILE *out, policy_outcome *outcome,
                          omadm_error *error) {
  omadm_err err = OMADM_OK;
  char refusal[256];
  xmlDoc *doc = parse_loosely(answer);
  const xmlNode *root = doc == NULL ? NULL : xmlDocGetRootElement(doc);
  *outcome = (policy_outcome){.decision = POLICY_NOT_HEALTHY};
  if (!is_named(root, "HealthCertificateValidationResponse")) {
    err = omadm_error_set(error, OMADM_E_SYNTAX, "the service's answer is no whole DHA report");
    goto out;
  }
  const xmlNode *properties = omadm_message_child(root, "HealthCertificateProperties");
  const xmlNode *flags = omadm_message_child(root, "HealthStatusMismatchFlags");
  read_refusal(root, refusal, sizeof refusal);
  if (properties == NULL || (refusal[0] != '\0' && flags == NULL)) {
    err = omadm_error_set(error, OMADM_E_REFUSED, "%s",
                          refusal[0] == '\0' ? "the DHA report has no properties" : refusal);
    goto out;
  }
  outcome->decision = POLICY_HEALTHY;
  decide(root, properties, flags, out, outcome);
  if (refusal[0] != '\0') {
    fprintf(out, "not granted: %s\n", refusal);
    policy_outcome_add(outcome, POLICY_NOT_HEALTHY, "ErrorCode");
  }
out:
  xmlFreeDoc(doc);
  return err;
}
