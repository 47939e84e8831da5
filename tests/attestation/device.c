/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <omadm/eventlog.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

#include "conformance/attestation/crypt.h"
#include "logs.h"

#define SPACE "http://schemas.microsoft.com/windows/security/healthcertificate/"

static void must_(bool good, const char *what, int line) {
  if (good) return;
  fprintf(stderr, "device.c:%d: %s\n", line, what);
  abort();
}
#define must(good) must_((good), #good, __LINE__)

static omadm_str data_str(const omadm_tpm_data *data) {
  return (omadm_str){(const char *)data->octets, data->len};
}

void parts_set(omadm_buf *part, const void *octets, size_t n) {
  if (part->mem == NULL) omadm_buf_init(part, &omadm_mem_default, 0);
  part->len = 0;
  must(omadm_buf_add(part, octets, n) == OMADM_OK);
}

void device_use_key(device *d, omadm_tpm_key_kind kind) {
  if (d->ak.handle != 0) d->port.calls->key_close(d->port.self, d->ak.handle);
  d->kind = kind;
  must(d->port.calls->key_open(d->port.self, kind, (omadm_str){NULL, 0}, &d->ak) == OMADM_TPM_OK);
}

void device_open(device *d) {
  omadm_buf log;
  memset(d, 0, sizeof *d);
  omadm_buf_init(&d->log, &omadm_mem_default, 0);
  omadm_buf_init(&log, &omadm_mem_default, 0);
  d->bank = OMADM_TPM_SHA256;
  d->tpm = fake_tpm_new();
  d->port = fake_tpm_port(d->tpm);
  fake_tpm_knobs_of(d->tpm)->clock.reset_count = 0;
  device_use_key(d, OMADM_TPM_AK_RSA_SHA256);
  logs_write(true, &log);
  device_boot(d, omadm_buf_str(&log));
  omadm_buf_dispose(&log);
}

void device_close(device *d) {
  omadm_tpm_close(&d->port);
  fake_tpm_free(d->tpm);
  omadm_buf_dispose(&d->log);
}

static void extend_bank(device *d, const omadm_eventlog *log, uint16_t bank) {
  for (size_t i = 0; i < omadm_eventlog_count(log); i++) {
    const omadm_event *event = omadm_eventlog_at(log, i);
    omadm_str digest = omadm_eventlog_digest(log, i, bank);
    if (event->type != 3 && event->pcr < OMADM_TPM_PCRS && digest.len > 0)
      fake_tpm_extend(d->tpm, bank, event->pcr, digest);
  }
}

void device_boot(device *d, omadm_str log) {
  device_boot_at(d, log, 0);
}

void device_boot_at(device *d, omadm_str log, uint8_t locality) {
  omadm_eventlog *parsed = NULL;
  fake_tpm_knobs *knobs = fake_tpm_knobs_of(d->tpm);
  fake_tpm_reboot(d->tpm);
  for (size_t i = 0; i < knobs->n_banks; i++)
    knobs->banks[i].values[0][knobs->banks[i].digest_len - 1] = locality;
  parts_set(&d->log, log.ptr, log.len);
  must(omadm_eventlog_parse(omadm_buf_str(&d->log), &parsed, NULL) == OMADM_OK);
  extend_bank(d, parsed, OMADM_TPM_SHA1);
  extend_bank(d, parsed, OMADM_TPM_SHA256);
  omadm_eventlog_free(parsed);
}

static void put32(omadm_buf *out, size_t value) {
  const uint8_t octets[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                             (uint8_t)(value >> 24)};
  must(omadm_buf_add(out, octets, 4) == OMADM_OK);
}

/* BCRYPT_RSAPUBLIC_BLOB */
static void write_rsa(omadm_str tpmt_public, omadm_buf *out) {
  static const uint8_t exponent[] = {1, 0, 1};
  omadm_tpm_public key;
  must(omadm_tpm_public_parse(tpmt_public, &key, NULL) == OMADM_OK);
  parts_set(out, "RSA1", 4);
  put32(out, key.bits);
  put32(out, sizeof exponent);
  put32(out, key.modulus.len);
  put32(out, 0);
  put32(out, 0);
  must(omadm_buf_add(out, exponent, sizeof exponent) == OMADM_OK);
  must(omadm_buf_add_str(out, key.modulus) == OMADM_OK);
}

static void set_pcrs(parts *p, const omadm_tpm_pcrs *pcrs) {
  parts_set(&p->pcrs, NULL, 0);
  for (size_t i = 0; i < OMADM_TPM_PCRS; i++)
    must(omadm_buf_add(&p->pcrs, pcrs->values[i], pcrs->digest_len) == OMADM_OK);
}

void parts_take(parts *p, device *d, const char *nonce) {
  omadm_tpm_quote quote;
  omadm_tpm_data ek;
  omadm_buf octets;
  memset(p, 0, sizeof *p);
  omadm_buf_init(&octets, &omadm_mem_default, 0);
  must(omadm_hex_decode(omadm_str_of(nonce), &octets) == OMADM_OK);
  must(d->port.calls->quote(d->port.self, d->ak.handle, d->bank, OMADM_TPM_ALL_PCRS,
                            omadm_buf_str(&octets), &quote) == OMADM_TPM_OK);
  omadm_buf_dispose(&octets);
  p->boot = *nonce == 0;
  parts_set(&p->quote, quote.attest.octets, quote.attest.len);
  parts_set(&p->signature, quote.signature.octets, quote.signature.len);
  set_pcrs(p, &quote.pcrs);
  if (p->boot) parts_set(&p->log, d->log.ptr, d->log.len);
  parts_set(&p->ak, d->ak.public_area.octets, d->ak.public_area.len);
  write_rsa(data_str(&d->ak.public_area), &p->ak_blob);
  must(d->port.calls->ek_certificate(d->port.self, OMADM_TPM_EK_RSA2048, 0, &ek) == OMADM_TPM_OK);
  parts_set(&p->ek_certificate, ek.octets, ek.len);
  must(d->port.calls->ek_certificate(d->port.self, OMADM_TPM_EK_RSA2048, 1, &ek) == OMADM_TPM_OK);
  parts_set(&p->ek_intermediate, ek.octets, ek.len);
}

void parts_dispose(parts *p) {
  omadm_buf *all[] = {&p->quote, &p->signature, &p->pcrs,           &p->log,
                      &p->ak,    &p->ak_blob,   &p->ek_certificate, &p->ek_intermediate};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    if (all[i]->mem != NULL) omadm_buf_dispose(all[i]);
  }
}

void parts_claims(const parts *p, omadm_buf *claims) {
  const omadm_buf *in_order[] = {&p->quote, &p->signature, &p->pcrs, &p->log};
  size_t n = p->boot ? 4 : 3;
  parts_set(claims, NULL, 0);
  put32(claims, 1);
  put32(claims, 0x0B);
  for (size_t i = 0; i < n; i++)
    put32(claims, in_order[i]->len);
  for (size_t i = 0; i < n; i++)
    must(omadm_buf_add_str(claims, omadm_buf_str(in_order[i])) == OMADM_OK);
}

void parts_statement(const parts *p, omadm_buf *statement) {
  const uint8_t size[2] = {(uint8_t)(p->ak.len >> 8), (uint8_t)p->ak.len};
  parts_set(statement, "KAST", 4);
  put32(statement, 1);
  put32(statement, 2);
  put32(statement, 28);
  put32(statement, p->ak.len + 2);
  put32(statement, 0);
  put32(statement, 0);
  must(omadm_buf_add(statement, size, 2) == OMADM_OK);
  must(omadm_buf_add_str(statement, omadm_buf_str(&p->ak)) == OMADM_OK);
}

static void add_base64(omadm_buf *xml, const char *before, omadm_str octets, const char *after) {
  must(omadm_buf_add_text(xml, before) == OMADM_OK);
  must(omadm_base64_encode(octets, xml) == OMADM_OK);
  must(omadm_buf_add_text(xml, after) == OMADM_OK);
}

static void begin(omadm_buf *xml, const char *space, const char *root, unsigned version) {
  parts_set(xml, NULL, 0);
  must(omadm_buf_printf(xml, "<%s xmlns=\"" SPACE "%sv%u\" ProtocolVersion=\"%u\">", root, space,
                        version, version) == OMADM_OK);
}

static void add_ek_proof(omadm_buf *xml, const parts *p) {
  omadm_buf statement = {.mem = NULL};
  parts_statement(p, &statement);
  add_base64(xml, "<EKCertificates KAClaim=\"", omadm_buf_str(&statement), "\"");
  add_base64(xml, " AIKPublic=\"", omadm_buf_str(&p->ak_blob), "\">");
  add_base64(xml, "<EKCertificate>", omadm_buf_str(&p->ek_certificate), "</EKCertificate>");
  add_base64(xml, "<EKIntermediateCA>", omadm_buf_str(&p->ek_intermediate),
             "</EKIntermediateCA></EKCertificates>");
  omadm_buf_dispose(&statement);
}

static void add_bare_proof(omadm_buf *xml, const parts *p, unsigned version) {
  omadm_str key = omadm_buf_str(&p->ak_blob);
  if (version == 1) {
    add_base64(xml, "<RSASigningKey>", key, "</RSASigningKey>");
  } else {
    add_base64(xml, "<AIKPublic>", key, "</AIKPublic>");
  }
}

void request_certificate(const parts *p, unsigned version, proof how, omadm_buf *xml) {
  omadm_buf claims = {.mem = NULL};
  parts_claims(p, &claims);
  begin(xml, "request/", "HealthCertificateRequest", version);
  add_base64(xml, "<Claims>", omadm_buf_str(&claims), "</Claims>");
  omadm_buf_dispose(&claims);
  if (how == PROOF_CERTIFICATE)
    add_base64(xml, "<AIKCertificate>", omadm_buf_str(&p->ek_certificate), "</AIKCertificate>");
  if (how == PROOF_BARE || how == PROOF_TWO) add_bare_proof(xml, p, version);
  if (how == PROOF_EK || how == PROOF_TWO) add_ek_proof(xml, p);
  must(omadm_buf_add_text(xml, "</HealthCertificateRequest>") == OMADM_OK);
}

void request_validation(const parts *p, unsigned version, const char *nonce, omadm_str blob,
                        omadm_buf *xml) {
  omadm_buf claims = {.mem = NULL};
  parts_claims(p, &claims);
  begin(xml, "validation/request/", "HealthCertificateValidationRequest", version);
  if (nonce != NULL) must(omadm_buf_printf(xml, "<Nonce>%s</Nonce>", nonce) == OMADM_OK);
  add_base64(xml, "<Claims>", omadm_buf_str(&claims), "</Claims>");
  add_base64(xml, "<HealthCertificateBlob>", blob, "</HealthCertificateBlob>");
  must(omadm_buf_add_text(xml, "</HealthCertificateValidationRequest>") == OMADM_OK);
  omadm_buf_dispose(&claims);
}

/* The value of an attribute, found as text: what the service writes has one spelling. */
static bool attribute(const answer *a, const char *name, omadm_str *value) {
  char wanted[64];
  snprintf(wanted, sizeof wanted, " %s=\"", name);
  const char *at = a->xml.len == 0 ? NULL : strstr(a->xml.ptr, wanted);
  if (at == NULL) return false;
  at += strlen(wanted);
  *value = (omadm_str){at, strcspn(at, "\"")};
  return true;
}

bool device_unwrap(device *d, const answer *a, omadm_buf *blob) {
  omadm_buf iv = {.mem = NULL}, challenge = {.mem = NULL}, sealed = {.mem = NULL};
  omadm_str text;
  omadm_tpm_digest key;
  parts_set(&iv, NULL, 0);
  parts_set(&challenge, NULL, 0);
  parts_set(&sealed, NULL, 0);
  parts_set(blob, NULL, 0);
  must(attribute(a, "IV", &text) && omadm_base64_decode(text, &iv) == OMADM_OK);
  must(attribute(a, "EKChallenge", &text) && omadm_base64_decode(text, &challenge) == OMADM_OK);
  text = omadm_str_of(answer_text(a, "HealthCertificateBlob"));
  must(omadm_base64_decode(text, &sealed) == OMADM_OK);
  const uint8_t *p = (const uint8_t *)challenge.ptr;
  size_t first = (size_t)p[0] << 8 | p[1];
  omadm_str id_object = {challenge.ptr + 2, first};
  omadm_str secret = {challenge.ptr + 4 + first, challenge.len - 4 - first};
  bool good = d->port.calls->activate(d->port.self, d->ak.handle, OMADM_TPM_EK_RSA2048, id_object,
                                      secret, &key) == OMADM_TPM_OK &&
              key.len == CRYPT_KEY &&
              crypt_decrypt(key.octets, (const uint8_t *)iv.ptr, omadm_buf_str(&sealed), blob);
  omadm_buf_dispose(&iv);
  omadm_buf_dispose(&challenge);
  omadm_buf_dispose(&sealed);
  return good;
}

void device_certify(device *d, bench *b, omadm_buf *blob) {
  parts p;
  omadm_buf xml = {.mem = NULL};
  answer a;
  parts_take(&p, d, "");
  request_certificate(&p, 3, PROOF_EK, &xml);
  bench_send(b, "GetHealthCertificate", 3, omadm_buf_str(&xml), &a);
  if (a.code != 0) fprintf(stderr, "%s\n", a.message);
  must(a.code == 0);
  must(device_unwrap(d, &a, blob));
  answer_dispose(&a);
  omadm_buf_dispose(&xml);
  parts_dispose(&p);
}

void device_validate(device *d, bench *b, omadm_str blob, const char *nonce, answer *a) {
  parts p;
  omadm_buf xml = {.mem = NULL};
  parts_take(&p, d, nonce);
  request_validation(&p, 3, nonce, blob, &xml);
  bench_send(b, "ValidateHealthCertificate", 3, omadm_buf_str(&xml), a);
  omadm_buf_dispose(&xml);
  parts_dispose(&p);
}

/* Everything but what is of this moment. */
static void keep_report(const answer *a, omadm_buf *report) {
  const char *from = strstr(a->xml.ptr, "</Issued>");
  must(from != NULL);
  parts_set(report, from, a->xml.len - (size_t)(from - a->xml.ptr));
}

static int code_of(const answer *a) {
  return a->http == 200 ? a->code : -a->http;
}

int outcome_now(bench *b, const parts *now, const char *nonce, omadm_str blob, omadm_buf *report) {
  omadm_buf xml = {.mem = NULL};
  answer a;
  request_validation(now, 3, nonce, blob, &xml);
  bench_send(b, "ValidateHealthCertificate", 3, omadm_buf_str(&xml), &a);
  int code = code_of(&a);
  if (code == 0) keep_report(&a, report);
  answer_dispose(&a);
  omadm_buf_dispose(&xml);
  return code;
}

int outcome(bench *b, device *d, const parts *boot, omadm_buf *report) {
  omadm_buf xml = {.mem = NULL}, blob = {.mem = NULL};
  parts now;
  answer a;
  /* Nonces of the last time are forgotten. */
  b->time += b->config.lifetime;
  request_certificate(boot, 3, PROOF_EK, &xml);
  bench_send(b, "GetHealthCertificate", 3, omadm_buf_str(&xml), &a);
  int code = code_of(&a);
  if (code == 0 && !device_unwrap(d, &a, &blob)) code = -1;
  answer_dispose(&a);
  if (code == 0) {
    parts_take(&now, d, NONCE_A);
    code = outcome_now(b, &now, NONCE_A, omadm_buf_str(&blob), report);
    parts_dispose(&now);
  }
  if (blob.mem != NULL) omadm_buf_dispose(&blob);
  omadm_buf_dispose(&xml);
  return code;
}
