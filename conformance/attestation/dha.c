/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/dha.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/str.h"

#include "conformance/attestation/boot_pcrs.h"
#include "conformance/attestation/certificate.h"
#include "conformance/attestation/dha_report.h"
#include "conformance/attestation/dha_response.h"
#include "conformance/attestation/evidence.h"
#include "conformance/attestation/nonces.h"
#include "conformance/attestation/vouched.h"

/* The CSP takes 8 to 64 hexadecimal digits. */
enum { NONCE_MIN = 4, NONCE_MAX = 32 };

struct dha_service {
  const service_config *config;
  certificate_keys keys;
  nonces used[2]; /* of bare keys, which anybody can make; of endorsed ones */
};

/* One request on its way. */
typedef struct job {
  dha_service *self;
  unsigned version;
  omadm_str body;
  omadm_arena arena;
  omadm_error error;
  char remark[160]; /* what the operator is told besides the decision */
  omadm_buf *out;
} job;

static omadm_str data_str(const omadm_tpm_data *data) {
  return (omadm_str){(const char *)data->octets, data->len};
}

static int64_t now(const dha_service *self) {
  return self->config->now(self->config->ctx);
}

static void remark(job *j, const certificate *c, const char *what) {
  static const char *const kinds[] = {"no known", "a Windows", "a Linux"};
  char id[2 * CERTIFICATE_ID + 1];
  for (size_t i = 0; i < CERTIFICATE_ID; i++)
    snprintf(id + 2 * i, 3, "%02x", c->id[i]);
  snprintf(j->remark, sizeof j->remark,
           "%s certificate %.12s: %s boot, bank %s, reset %u, restart %u, key %s", what, id,
           kinds[c->facts.kind], omadm_tpm_alg_name(c->pcrs.bank), c->reset_count, c->restart_count,
           c->endorsed ? "endorsed" : "bare");
}

/* PCRs whose values a later quote is held against: those that the log accounts for; without a log,
 * those that only a boot extends. */
static uint32_t compared_pcrs(const evidence_log *log, bool logged) {
  return logged ? log->agree : BOOT_PCRS;
}

/* Seals what was found, and writes the answer. */
static dha_code issue(job *j, certificate *c, const dha_proof *proof) {
  omadm_buf blob;
  dha_bound bound;
  dha_code code = DHA_OK;
  memset(&bound, 0, sizeof bound);
  omadm_buf_init(&blob, &omadm_mem_default, 0);
  c->issued = now(j->self);
  c->expires = c->issued + j->self->config->lifetime;
  if (!crypt_random(c->id, sizeof c->id)) code = DHA_FAILED;
  omadm_err err = certificate_seal(&j->self->keys, c, &blob);
  if (err == OMADM_E_LIMIT) {
    omadm_error_set(&j->error, err, "what follows from it is larger than %zu octets",
                    CERTIFICATE_MAX);
    code = DHA_LOG;
  } else if (err != OMADM_OK) {
    code = DHA_FAILED;
  }
  if (code == DHA_OK && proof->endorsed)
    code = dha_proof_bind(proof, omadm_buf_str(&blob), &bound, &j->error);
  if (code == DHA_OK &&
      dha_certificate_response(j->version, code, "", omadm_buf_str(&blob),
                               proof->endorsed ? &bound : NULL, j->out) != OMADM_OK)
    code = DHA_FAILED;
  dha_bound_dispose(&bound);
  omadm_buf_dispose(&blob);
  return code;
}

static dha_code certify(job *j) {
  const service_config *config = j->self->config;
  dha_certificate_request request;
  dha_proof proof;
  claims evidence;
  omadm_attest attest;
  certificate c;
  evidence_log log = {.log = NULL};
  memset(&c, 0, sizeof c);
  omadm_err err = dha_certificate_request_read(j->body, j->version, &j->arena, &request, &j->error);
  if (err == OMADM_OK) err = claims_parse(request.claims, true, &evidence, &j->error);
  if (err != OMADM_OK) return err == OMADM_E_SYNTAX ? DHA_MALFORMED : DHA_FAILED;
  dha_code code = dha_proof_read(config, &request, &evidence, &proof, &j->error);
  if (code != DHA_OK) return code;
  c.ak_public = data_str(&proof.ak_public);
  /* The boot claims are made before anybody asks: their nonce is empty. What makes them fresh is
   * that the validation that follows has to be of the same boot. */
  code = evidence_quote(config, &evidence, c.ak_public, (omadm_str){NULL, 0}, 0, &attest, &c.pcrs,
                        &j->error);
  if (code != DHA_OK) return code;
  if (proof.endorsed && evidence_is_primary(&attest, &proof.ak_name)) {
    omadm_error_set(&j->error, OMADM_E_REFUSED,
                    "the key is a primary one, which outlives TPM2_Clear; use a child");
    return DHA_KEY;
  }
  omadm_str octets = evidence.log.len > 0 ? evidence.log : request.log;
  code = evidence_log_verify(config, octets, &c.pcrs, &log, &j->error);
  if (code == DHA_OK) {
    c.endorsed = proof.endorsed;
    c.reset_count = attest.clock.reset_count;
    c.restart_count = attest.clock.restart_count;
    c.compared = compared_pcrs(&log, octets.len > 0);
    c.facts = log.facts;
    code = issue(j, &c, &proof);
    remark(j, &c, "issued");
  }
  evidence_log_dispose(&log);
  return code;
}

static dha_code check_nonce(job *j, omadm_str nonce) {
  if (nonce.len >= NONCE_MIN && nonce.len <= NONCE_MAX) return DHA_OK;
  omadm_error_set(&j->error, OMADM_E_REFUSED, "Nonce of %zu octets, %d to %d are wanted", nonce.len,
                  NONCE_MIN, NONCE_MAX);
  return DHA_NONCE;
}

static dha_code open_certificate(job *j, omadm_str blob, certificate *c) {
  if (certificate_open(&j->self->keys, blob, &j->arena, c, &j->error) != OMADM_OK)
    return DHA_CERTIFICATE;
  remark(j, c, "checked");
  int64_t over = now(j->self) - c->expires;
  if (over < 0) return DHA_OK;
  omadm_error_set(&j->error, OMADM_E_REFUSED, "it was good until %lld seconds ago; verify anew",
                  (long long)over);
  return DHA_EXPIRED;
}

/* A nonce counts once for a key. */
static dha_code use_nonce(job *j, const certificate *c, omadm_str nonce) {
  omadm_tpm_digest key;
  if (omadm_tpm_name(c->ak_public, &key, &j->error) != OMADM_OK) return DHA_FAILED;
  int64_t time = now(j->self);
  omadm_err err =
      nonces_use(&j->self->used[c->endorsed], &key, nonce, time, time + j->self->config->lifetime);
  if (err == OMADM_E_LIMIT)
    omadm_error_set(&j->error, err, "too many nonces are remembered; try again later");
  return err == OMADM_OK ? DHA_OK : err == OMADM_E_EXISTS ? DHA_NONCE_USED : DHA_FAILED;
}

/* The blob of an endorsed key came out of a credential that only its TPM opens. */
static void vouch(const service_config *config, const certificate *c) {
  omadm_tpm_public key;
  if (omadm_tpm_public_parse(c->ak_public, &key, NULL) == OMADM_OK)
    vouched_add(config->vouched, key.modulus);
}

static dha_code validate(job *j) {
  const service_config *config = j->self->config;
  dha_validation_request request;
  claims evidence;
  certificate c;
  omadm_attest attest;
  omadm_tpm_pcrs pcrs;
  omadm_err err = dha_validation_request_read(j->body, j->version, &j->arena, &request, &j->error);
  if (err == OMADM_OK) err = claims_parse(request.claims, false, &evidence, &j->error);
  if (err != OMADM_OK) return err == OMADM_E_SYNTAX ? DHA_MALFORMED : DHA_FAILED;
  dha_code code = check_nonce(j, request.nonce);
  if (code == DHA_OK) code = open_certificate(j, request.blob, &c);
  /* The certificate says which key, so that no other can speak for its device. */
  if (code == DHA_OK)
    code = evidence_quote(config, &evidence, c.ak_public, request.nonce, c.pcrs.bank, &attest,
                          &pcrs, &j->error);
  if (code == DHA_OK) code = use_nonce(j, &c, request.nonce);
  if (code != DHA_OK) return code;
  if (c.endorsed) vouch(config, &c);
  dha_report report = {.then = &c,
                       .reset_count = attest.clock.reset_count,
                       .restart_count = attest.clock.restart_count,
                       .issued = now(j->self)};
  if (mismatch_find(&c, &attest, &pcrs, &report.changed, &j->error) != OMADM_OK)
    return DHA_COUNTERS;
  code = mismatch_any(&report.changed) ? DHA_MISMATCH : DHA_OK;
  return dha_validation_response(j->version, code, "", &report, j->out) == OMADM_OK ? code
                                                                                    : DHA_FAILED;
}

static omadm_err refuse_certificate(job *j, dha_code code) {
  return dha_certificate_response(j->version, code, j->error.text, (omadm_str){NULL, 0}, NULL,
                                  j->out);
}

static omadm_err refuse_validation(job *j, dha_code code) {
  return dha_validation_response(j->version, code, j->error.text, NULL, j->out);
}

typedef struct operation {
  const char *name; /* in the path */
  dha_code (*run)(job *j); /* writes the answer where it grants, or finds a mismatch */
  omadm_err (*refuse)(job *j, dha_code code);
} operation;

static const operation operations[] = {
    {"GetHealthCertificate", certify, refuse_certificate},
    {"ValidateHealthCertificate", validate, refuse_validation},
};

/* Letter case does not count in paths. */
static const operation *find_operation(omadm_str path, unsigned *version) {
  static const unsigned versions[] = {1, 3, 4};
  char one[80];
  for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
    for (size_t v = 0; v < sizeof versions / sizeof versions[0]; v++) {
      snprintf(one, sizeof one, "/DeviceHealthAttestation/%s/v%u", operations[i].name, versions[v]);
      if (!omadm_str_equal_nocase(path, omadm_str_of(one))) continue;
      *version = versions[v];
      return &operations[i];
    }
  }
  return NULL;
}

/* One line for the operator. */
static void say(const job *j, const operation *o, omadm_str correlation, dha_code code) {
  char line[1024];
  snprintf(line, sizeof line, "%s v%u [%.*s]: %d %s%s%s%s%s", o->name, j->version,
           (int)(correlation.len > 64 ? 64 : correlation.len),
           correlation.len == 0 ? "" : correlation.ptr, (int)code, dha_code_text(code),
           j->error.text[0] != 0 ? ": " : "", j->error.text, j->remark[0] != 0 ? "; " : "",
           j->remark);
  j->self->config->said(j->self->config->ctx, line);
}

static void answer_job(job *j, const operation *o, const service_request *request,
                       service_reply *reply) {
  dha_code code = o->run(j);
  bool written = code == DHA_OK || code == DHA_MISMATCH;
  if (!written) {
    reply->body.len = 0;
    if (dha_code_http(code) == 200 && o->refuse(j, code) != OMADM_OK) {
      reply->body.len = 0;
      code = DHA_FAILED;
    }
  }
  reply->status = dha_code_http(code);
  reply->content_type = "application/xml";
  if (reply->status != 200) {
    reply->content_type = "text/plain";
    omadm_buf_printf(&reply->body, "%s: %s\n", dha_code_text(code), j->error.text);
  }
  say(j, o, request->correlation, code);
}

bool dha_answer(dha_service *self, const service_request *request, service_reply *reply) {
  job j = {.self = self, .body = request->body, .out = &reply->body};
  const operation *o = find_operation(request->path, &j.version);
  if (o == NULL) return false;
  if (!omadm_str_is(request->method, "POST")) {
    reply->status = 405;
    return true;
  }
  omadm_arena_init(&j.arena, &omadm_mem_default, 0);
  answer_job(&j, o, request, reply);
  omadm_arena_dispose(&j.arena);
  return true;
}

omadm_err dha_new(const service_config *config, dha_service **out, omadm_error *error) {
  *out = NULL;
  dha_service *self = calloc(1, sizeof *self);
  if (self == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->config = config;
  if (!crypt_random((uint8_t *)&self->keys, sizeof self->keys)) {
    dha_free(self);
    return omadm_error_set(error, OMADM_E_IO, "the system gives no random numbers");
  }
  *out = self;
  return OMADM_OK;
}

void dha_free(dha_service *self) {
  if (self == NULL) return;
  explicit_bzero(&self->keys, sizeof self->keys);
  for (size_t i = 0; i < 2; i++)
    nonces_dispose(&self->used[i]);
  free(self);
}
