/* SPDX-License-Identifier: MIT */
#include "health-attestation/azure_session.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include <openssl/crypto.h>

#include "health-attestation/azure_hresult.h"
#include "health-attestation/azure_json.h"
#include "health-attestation/post.h"

enum { TPM_20 = 2, REPLY_MAX = 1 << 18, HEADERS_MAX = 1 << 13, QUOTES = 4 };

/* A step answers 0 where the next one follows, else the HRESULT of the failure. */
typedef uint32_t (*session_step)(session *self);

static bool is_version_1(const session *self) {
  return self->base.evidence.settings.protocol == 1;
}

static uint32_t tpm_failed(const session *self, const char *what, omadm_tpm_status status) {
  attestation_log(self->base.self, OMADM_CSP_LOG_ERROR, "%s failed: %s", what,
                  omadm_tpm_status_text(status));
  return hresult_of_tpm(status);
}

/* Keys come first: to make one may take longer than a challenge lives. */
static uint32_t step_key(session *self) {
  const evidence *e = &self->base.evidence;
  omadm_tpm_status status = self->base.key;
  if (status == OMADM_TPM_OK && !aik_parse(evidence_str(&e->key.public_area), &self->request.aik))
    status = OMADM_TPM_IO;
  if (status == OMADM_TPM_OK) return 0;
  bool other = e->info.version != 0 && e->info.version != TPM_20;
  uint32_t hresult = tpm_failed(self, "the attestation key", status);
  return other ? HRESULT_TPM_NOT_READY : hresult;
}

static uint32_t step_request_key(session *self) {
  evidence *e = &self->base.evidence;
  if (!e->settings.certify || is_version_1(self))
    return request_key_make(&self->key) == 0 ? 0 : HRESULT_MEMORY;
  omadm_tpm_status status = request_key_make_in_tpm(&self->key, e);
  return status == OMADM_TPM_OK ? 0 : tpm_failed(self, "the request key", status);
}

static uint32_t step_logs(session *self) {
  evidence *e = &self->base.evidence;
  evidence_read_logs(e);
  omadm_tpm_status status = evidence_choose_bank(e);
  return status == OMADM_TPM_OK ? 0 : hresult_of_tpm(status);
}

/* The first message, in the form that the service's own example has. */
static void add_hello(octets *out) {
  struct utsname system;
  octets version = {0};
  if (uname(&system) == 0) octets_add_format(&version, "%s %s", system.sysname, system.release);
  octets inner = {0};
  octets_add_text(&inner, "{\"payload\":{\"type\":\"aikcert\"},\"metadata\":{\"os_ver\":");
  json_quote(&inner, octets_str(&version));
  octets_add_text(&inner, "}}");
  attest_wrap(octets_str(&inner), out);
  octets_dispose(&inner);
  octets_dispose(&version);
}

static void add_headers(const session *self, octets *out) {
  octets_add_text(out, "Content-Type: application/json\r\nAccept: application/json\r\n"
                       "User-Agent: omadm " CSP_VERSION "\r\n");
  if (self->trigger.token.len > 0 &&
      octets_reserve(out, self->trigger.token.len + self->trigger.cv.len + 64)) {
    octets_add_text(out, "Authorization: Bearer ");
    octets_add_str(out, octets_str(&self->trigger.token));
    octets_add_text(out, "\r\n");
  }
  if (self->trigger.cv.len > 0) {
    octets_add_text(out, "MS-CV: ");
    octets_add_str(out, octets_str(&self->trigger.cv));
    octets_add_text(out, "\r\n");
  }
}

/* One id for each call that was answered. */
static void keep_id(session *self, omadm_str headers) {
  octets id = {0};
  answer_read_correlation(headers, &id);
  if (id.len > 0 && self->ids.len > 0) octets_add_text(&self->ids, ";");
  octets_add_str(&self->ids, octets_str(&id));
  octets_dispose(&id);
}

static uint32_t exchange(session *self, const octets *headers) {
  char reply_headers[HEADERS_MAX];
  const omadm_csp_http_request request = {.url = octets_str(&self->trigger.endpoint),
                                          .headers = octets_str(headers),
                                          .body = octets_str(&self->body)};
  omadm_csp_http_reply reply = {
      .headers = reply_headers, .headers_size = sizeof reply_headers, .body_size = REPLY_MAX};
  if (headers->failed || self->body.failed) return HRESULT_MEMORY;
  self->reply.len = 0;
  omadm_err err = post(&self->base.evidence, &request, &self->reply, &reply);
  if (err != 0) return hresult_of_http(&reply, err);
  keep_id(self, (omadm_str){reply_headers, reply.headers_len});
  if (reply.status == 200) return 0;
  (void)answer_read_error(octets_str(&self->reply), &self->message);
  return hresult_of_http(&reply, 0);
}

/* Posts self->body; the answer is in self->reply. */
static uint32_t ask(session *self) {
  octets headers = {0};
  add_headers(self, &headers);
  uint32_t hresult = exchange(self, &headers);
  if (headers.ptr != NULL) OPENSSL_cleanse(headers.ptr, headers.cap);
  octets_dispose(&headers);
  return hresult;
}

static uint32_t nonsense(const session *self, const char *what) {
  attestation_log(self->base.self, OMADM_CSP_LOG_ERROR, "the attestation service answered no %s",
                  what);
  return HRESULT_NONSENSE;
}

static uint32_t step_challenge(session *self) {
  add_hello(&self->body);
  uint32_t hresult = ask(self);
  if (hresult != 0) return hresult;
  return answer_read_challenge(octets_str(&self->reply), &self->challenge)
             ? 0
             : nonsense(self, "challenge");
}

/* Whether IMA's list has grown: then the quoted PCR 10 may be a newer one than the list makes. */
static bool ima_has_grown(evidence *e) {
  uint8_t more[16];
  size_t len = 0;
  if (e->ima_log.len == 0) return false;
  return evidence_tpm(e)->event_log(e->self->host, OMADM_TPM_LOG_IMA, e->ima_log.len, more,
                                    sizeof more, &len) == OMADM_TPM_OK &&
         len > 0;
}

static omadm_tpm_status quote_with_logs(session *self, omadm_str nonce) {
  evidence *e = &self->base.evidence;
  omadm_tpm_status status = evidence_quote(e, nonce, &self->request.quote);
  for (int i = 1; i < QUOTES && status == OMADM_TPM_OK && ima_has_grown(e); i++) {
    octets_dispose(&e->boot_log);
    octets_dispose(&e->ima_log);
    evidence_read_logs(e);
    status = evidence_quote(e, nonce, &self->request.quote);
  }
  return status;
}

/* A key of the TPM is certified over the challenge, and the quote is over the challenge alone; one
 * in software is bound by the quote. Version 1 has no place for either. */
static uint32_t step_quote(session *self) {
  evidence *e = &self->base.evidence;
  omadm_str nonce = octets_str(&self->challenge.challenge);
  omadm_tpm_status status = OMADM_TPM_OK;
  uint8_t bound[32];
  if (self->key.opened) {
    while (evidence_try(e, &status))
      status = evidence_tpm(e)->certify(e->self->host, e->key.handle, self->key.tpm.handle, nonce,
                                        &self->request.certified);
    if (status != OMADM_TPM_OK) return tpm_failed(self, "certifying the request key", status);
  } else if (!is_version_1(self)) {
    if (!jwk_bind(&self->key.jwk, nonce, bound)) return HRESULT_MEMORY;
    nonce = (omadm_str){(const char *)bound, sizeof bound};
  }
  status = quote_with_logs(self, nonce);
  return status == OMADM_TPM_OK ? 0 : tpm_failed(self, "the quote", status);
}

static uint32_t step_sign(session *self) {
  octets payload = {0}, message = {0};
  self->request.trigger = &self->trigger;
  self->request.challenge = &self->challenge;
  self->request.key = &self->key;
  self->request.evidence = &self->base.evidence;
  octets_dispose(&self->body);
  bool written = is_version_1(self) ? attest_request_write_1(&self->request, &payload)
                                    : attest_request_write_2(&self->request, &payload);
  octets_add_text(&message, "{\"payload\":{\"request\":\"");
  omadm_tpm_status status = OMADM_TPM_RESOURCE;
  if (written)
    status = jws_write(&self->key, &self->base.evidence, is_version_1(self) ? "attReq" : "attReqV2",
                       octets_str(&payload), &message);
  octets_add_text(&message, "\"}}");
  attest_wrap(octets_str(&message), &self->body);
  if (message.failed || payload.failed) written = false;
  octets_dispose(&payload);
  octets_dispose(&message);
  if (!written) return HRESULT_MEMORY;
  return status == OMADM_TPM_OK ? 0 : tpm_failed(self, "signing the request", status);
}

static uint32_t step_report(session *self) {
  uint32_t hresult = ask(self);
  if (hresult != 0) return hresult;
  return answer_read_report(octets_str(&self->reply), &self->report) ? 0 : nonsense(self, "report");
}

void session_run(work *base) {
  static const session_step steps[] = {step_key,   step_request_key, step_logs,  step_challenge,
                                       step_quote, step_sign,        step_report};
  session *self = (session *)base;
  for (size_t i = 0; self->hresult == 0 && i < sizeof steps / sizeof *steps; i++)
    self->hresult = steps[i](self);
  request_key_close(&self->key, &base->evidence);
}

void session_free(session *self) {
  octets *const all[] = {&self->report, &self->ids,   &self->message,
                         &self->body,   &self->reply, &self->server_id};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    octets_dispose(all[i]);
  trigger_dispose(&self->trigger);
  challenge_dispose(&self->challenge);
  work_dispose(&self->base);
  free(self);
}
