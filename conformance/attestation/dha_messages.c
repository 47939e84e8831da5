/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/dha_messages.h"

#include <stdio.h>

#include "base/str.h"

#include "conformance/attestation/xml_in.h"

#define SPACE "http://schemas.microsoft.com/windows/security/healthcertificate/"

enum { V1 = 1 << 1, V3 = 1 << 3, V4 = 1 << 4, ANY = V1 | V3 | V4 };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static omadm_err read_intermediate(xml_in *in, const xmlNode *element, void *target) {
  dha_ek_proof *ek = target;
  return xml_in_base64(in, element, &ek->intermediates[ek->n++]);
}

static const xml_in_child ek_children[] = {
    {"EKCertificate", V3 | V4, 1, 1, xml_in_base64, offsetof(dha_ek_proof, certificate)},
    {"EKIntermediateCA", V3 | V4, 0, DHA_INTERMEDIATES, read_intermediate, 0},
};

static omadm_err read_ek(xml_in *in, const xmlNode *element, void *target) {
  dha_ek_proof *ek = target;
  omadm_err err = xml_in_base64_attribute(in, element, "KAClaim", &ek->claim);
  if (err == OMADM_OK) err = xml_in_base64_attribute(in, element, "AIKPublic", &ek->aik_public);
  if (err == OMADM_OK) err = xml_in_children(in, element, ek_children, COUNT(ek_children), ek);
  return err;
}

/* Only the first counts: the boot log. */
static omadm_err read_log(xml_in *in, const xmlNode *element, void *target) {
  omadm_str *log = target;
  omadm_str octets = {NULL, 0};
  omadm_err err = xml_in_base64(in, element, &octets);
  if (log->ptr == NULL) *log = octets;
  return err;
}

static const xml_in_child log_children[] = {
    {"Log", V4, 1, 64, read_log, 0},
};

static omadm_err read_logs(xml_in *in, const xmlNode *element, void *target) {
  return xml_in_children(in, element, log_children, COUNT(log_children), target);
}

#define AT(member) offsetof(dha_certificate_request, member)
static const xml_in_child certificate_children[] = {
    {"Claims", ANY, 1, 1, xml_in_base64, AT(claims)},
    {"AIKCertificate", ANY, 0, 1, xml_in_base64, AT(aik_certificate)},
    {"RSASigningKey", V1, 0, 1, xml_in_base64, AT(rsa_signing_key)},
    {"AIKPublic", V3 | V4, 0, 1, xml_in_base64, AT(aik_public)},
    {"EKCertificates", V3 | V4, 0, 1, read_ek, AT(ek)},
    /* The schema of version 4 demands these two, its own sample has neither ([MS-DHA] 4). */
    {"TCGLogs", V4, 0, 1, read_logs, AT(log)},
    {"SystemProperties", V4, 0, 1, xml_in_skip, 0},
};

#undef AT
#define AT(member) offsetof(dha_validation_request, member)
static const xml_in_child validation_children[] = {
    {"Nonce", ANY, 0, 1, xml_in_hex, AT(nonce)},
    {"Claims", ANY, 1, 1, xml_in_base64, AT(claims)},
    {"HealthCertificateBlob", ANY, 1, 1, xml_in_base64, AT(blob)},
};
#undef AT

/* What a document has to be. */
typedef struct message {
  const char *space; /* of version N it is space + "vN" */
  const char *root;
  const xml_in_child *children;
  size_t count;
} message;

static omadm_err read_root(xml_in *in, const xmlNode *root, const message *what, unsigned version,
                           void *target) {
  uint64_t announced = 0;
  if (!xml_in_is(root, in->space, what->root))
    return omadm_error_set(in->error, OMADM_E_SYNTAX,
                           "the root is not %s of namespace %s, as the path wants", what->root,
                           in->space);
  omadm_err err = xml_in_number_attribute(in, root, "ProtocolVersion", &announced);
  if (err == OMADM_OK && (announced < version || announced > INT32_MAX))
    err = omadm_error_set(in->error, OMADM_E_SYNTAX, "ProtocolVersion is below %u", version);
  if (err == OMADM_OK) err = xml_in_children(in, root, what->children, what->count, target);
  return err;
}

static omadm_err read_message(omadm_str body, const message *what, unsigned version,
                              omadm_arena *arena, void *target, omadm_error *error) {
  char space[160];
  xmlDoc *doc = NULL;
  xml_in in = {.space = space, .arena = arena, .variant = 1u << version, .error = error};
  snprintf(space, sizeof space, "%sv%u", what->space, version);
  omadm_err err = xml_in_parse(body, &doc, error);
  if (err == OMADM_OK) err = read_root(&in, xmlDocGetRootElement(doc), what, version, target);
  xmlFreeDoc(doc);
  return err;
}

/* The three ways exclude one another ([MS-DHA] 2.2.1: a choice). */
static omadm_err choose_proof(dha_certificate_request *out, omadm_error *error) {
  unsigned certificates = out->aik_certificate.ptr != NULL;
  unsigned bare = out->aik_public.ptr != NULL;
  bare += out->rsa_signing_key.ptr != NULL;
  unsigned ek = out->ek.certificate.ptr != NULL;
  if (certificates + bare + ek != 1)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "%u proofs of the attestation key, where one is wanted",
                           certificates + bare + ek);
  out->kind = certificates ? DHA_PROOF_CERTIFICATE : ek ? DHA_PROOF_EK : DHA_PROOF_BARE;
  return OMADM_OK;
}

omadm_err dha_certificate_request_read(omadm_str body, unsigned version, omadm_arena *arena,
                                       dha_certificate_request *out, omadm_error *error) {
  static const message what = {SPACE "request/", "HealthCertificateRequest", certificate_children,
                               COUNT(certificate_children)};
  *out = (dha_certificate_request){.kind = DHA_PROOF_BARE};
  omadm_err err = read_message(body, &what, version, arena, out, error);
  return err == OMADM_OK ? choose_proof(out, error) : err;
}

omadm_err dha_validation_request_read(omadm_str body, unsigned version, omadm_arena *arena,
                                      dha_validation_request *out, omadm_error *error) {
  static const message what = {SPACE "validation/request/", "HealthCertificateValidationRequest",
                               validation_children, COUNT(validation_children)};
  *out = (dha_validation_request){.nonce = {NULL, 0}};
  return read_message(body, &what, version, arena, out, error);
}
