/* SPDX-License-Identifier: MIT */
#include "health-attestation/dha_request.h"

#include <sys/utsname.h>

#define NAMESPACE "http://schemas.microsoft.com/windows/security/healthcertificate/"

static void begin(const char *root, const char *kind, unsigned version, octets *out) {
  octets_add_format(out,
                    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                    "<%s ProtocolVersion=\"%u\" xmlns=\"" NAMESPACE "%s/v%u\">",
                    root, version, kind, version);
}

static void add_element(const char *name, omadm_str content, octets *out) {
  octets_add_format(out, "<%s>", name);
  octets_add_base64(out, content);
  octets_add_format(out, "</%s>", name);
}

/* The two attributes must be of the same key. */
static void add_endorsement(const dha_request *r, octets *out) {
  octets_add_text(out, "<EKCertificates KAClaim=\"");
  octets_add_base64(out, octets_str(r->aik_claim));
  octets_add_text(out, "\" AIKPublic=\"");
  octets_add_base64(out, octets_str(r->aik_public));
  octets_add_text(out, "\">");
  add_element("EKCertificate", octets_str(&r->endorsement->certificate), out);
  for (size_t i = 0; i < r->endorsement->n; i++)
    add_element("EKIntermediateCA", octets_str(&r->endorsement->intermediates[i]), out);
  octets_add_text(out, "</EKCertificates>");
}

/* Three ways to prove the key, of which one is taken: version 1 knows only the bare key, under a
 * name of its own. A certificate of the key itself is Microsoft's to issue; there is none here. */
static void add_proof(const dha_request *r, octets *out) {
  if (r->version < 3)
    add_element("RSASigningKey", octets_str(r->aik_public), out);
  else if (r->endorsement->certificate.len == 0)
    add_element("AIKPublic", octets_str(r->aik_public), out);
  else
    add_endorsement(r, out);
}

static void add_log(const char *type, const char *state, const octets *log, octets *out) {
  octets_add_format(out, "<Log type=\"%s\" state=\"%s\">", type, state);
  octets_add_base64(out, octets_str(log));
  octets_add_text(out, "</Log>");
}

/* The words for type and state are not published: these are ours. There has to be one Log, so an
 * empty one stands for no log of the boot. */
static void add_version_4(const dha_request *r, octets *out) {
  struct utsname system;
  octets_add_text(out, "<TCGLogs>");
  add_log("TCG", "boot", r->boot_log, out);
  if (r->ima_log->len > 0) add_log("IMA", "runtime", r->ima_log, out);
  octets_add_text(out, "</TCGLogs><SystemProperties>");
  if (uname(&system) == 0) {
    octets_add_text(out, "<SystemProperty name=\"OSVersion\">");
    octets_add_xml(out, octets_of(system.sysname));
    octets_add_text(out, " ");
    octets_add_xml(out, octets_of(system.release));
    octets_add_text(out, "</SystemProperty>");
  }
  octets_add_text(out, "</SystemProperties>");
}

bool dha_request_write(const dha_request *r, octets *out) {
  begin("HealthCertificateRequest", "request", r->version, out);
  add_element("Claims", octets_str(r->claims), out);
  add_proof(r, out);
  if (r->version >= 4) add_version_4(r, out);
  octets_add_text(out, "</HealthCertificateRequest>\n");
  return !out->failed;
}

bool dha_validation_write(unsigned version, omadm_str claims, omadm_str certificate, octets *out) {
  begin("HealthCertificateValidationRequest", "validation/request", version, out);
  add_element("Claims", claims, out);
  add_element("HealthCertificateBlob", certificate, out);
  octets_add_text(out, "</HealthCertificateValidationRequest>\n");
  return !out->failed;
}
