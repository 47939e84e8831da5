/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/dha_response.h"

#include <string.h>

#include "base/codec.h"
#include "base/str.h"

#include "conformance/attestation/dha_report.h"

#define SPACE "http://schemas.microsoft.com/windows/security/healthcertificate/"

unsigned dha_response_version(unsigned version) {
  return version < 3 ? 1 : 3;
}

typedef struct decision {
  dha_code code;
  int http;
  const char *text;
} decision;

static const decision decisions[] = {
#define DECISION_(name, value, http, text) {DHA_##name, (http), (text)},
    DHA_CODES(DECISION_)
#undef DECISION_
};

static const decision *find_decision(dha_code code) {
  size_t i = 0;
  while (decisions[i].code != code)
    i++;
  return &decisions[i];
}

const char *dha_code_text(dha_code code) {
  return find_decision(code)->text;
}

int dha_code_http(dha_code code) {
  return find_decision(code)->http;
}

/* Sentences may quote what a stranger sent. */
static omadm_err add_escaped(const char *text, omadm_buf *out) {
  omadm_err err = OMADM_OK;
  for (; *text != 0 && err == OMADM_OK; text++) {
    bool markup = strchr("<>&\"'", *text) != NULL;
    bool plain = *text >= ' ' && *text < 0x7F && !markup;
    err = plain ? omadm_buf_add(out, text, 1)
                : omadm_buf_printf(out, "&#%u;", markup ? (unsigned char)*text : '?');
  }
  return err;
}

omadm_err dha_response_begin(const char *root, const char *space, unsigned version, dha_code code,
                             const char *sentence, omadm_buf *out) {
  unsigned answer = dha_response_version(version);
  omadm_err err = omadm_buf_printf(out,
                                   "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
                                   "<%s xmlns=\"" SPACE "%sv%u\" ErrorCode=\"%d\" ErrorMessage=\"",
                                   root, space, answer, (int)code);
  if (err == OMADM_OK) err = add_escaped(dha_code_text(code), out);
  if (err == OMADM_OK && sentence[0] != 0) err = omadm_buf_add_text(out, ": ");
  if (err == OMADM_OK) err = add_escaped(sentence, out);
  return err == OMADM_OK ? omadm_buf_printf(out, "\" ProtocolVersion=\"%u\"", answer) : err;
}

static omadm_err add_attribute(const char *name, omadm_str octets, omadm_buf *out) {
  omadm_err err = omadm_buf_printf(out, " %s=\"", name);
  if (err == OMADM_OK) err = omadm_base64_encode(octets, out);
  return err == OMADM_OK ? omadm_buf_add_text(out, "\"") : err;
}

omadm_err dha_certificate_response(unsigned version, dha_code code, const char *sentence,
                                   omadm_str blob, const dha_bound *bound, omadm_buf *out) {
  static const char root[] = "HealthCertificateResponse";
  omadm_err err = dha_response_begin(root, "response/", version, code, sentence, out);
  if (err == OMADM_OK) err = omadm_buf_add_text(out, ">");
  if (err != OMADM_OK || code != DHA_OK) goto out;
  err = omadm_buf_add_text(out, "<HealthCertificateBlob");
  if (err == OMADM_OK && bound != NULL) {
    blob = omadm_buf_str(&bound->blob);
    err = add_attribute("IV", (omadm_str){(const char *)bound->iv, sizeof bound->iv}, out);
    if (err == OMADM_OK) err = add_attribute("EKChallenge", omadm_buf_str(&bound->challenge), out);
  }
  if (err == OMADM_OK) err = omadm_buf_add_text(out, ">");
  if (err == OMADM_OK) err = omadm_base64_encode(blob, out);
  if (err == OMADM_OK) err = omadm_buf_add_text(out, "</HealthCertificateBlob>");
out:
  return err == OMADM_OK ? omadm_buf_printf(out, "</%s>", root) : err;
}
