/* SPDX-License-Identifier: MIT */
#include "health-attestation/verify_run.h"

#include <stdlib.h>

#include "health-attestation/aik.h"
#include "health-attestation/dha_blob.h"
#include "health-attestation/dha_claims.h"
#include "health-attestation/dha_request.h"
#include "health-attestation/endpoint.h"
#include "health-attestation/post.h"

enum { TPM_20 = 2, REPLY_MAX = 1 << 20 };

/* A step answers REQUESTED where the next one follows, else how the run ends. */
typedef health_status (*run_step)(verify_run *run);

health_status verify_run_key(const work *base) {
  const evidence *e = &base->evidence;
  if (base->key == OMADM_TPM_OK) return HEALTH_REQUESTED;
  attestation_log(e->self, OMADM_CSP_LOG_ERROR, "no attestation key: %s",
                  omadm_tpm_status_text(base->key));
  if (e->info.version == 0 || base->key == OMADM_TPM_ABSENT) return HEALTH_NOT_READY;
  return e->info.version == TPM_20 ? HEALTH_KEY : HEALTH_TPM_VERSION;
}

static health_status step_key(verify_run *run) {
  return verify_run_key(&run->base);
}

/* What a boot's claims hold: a quote over no nonce, since the boot could not know one. */
static health_status step_quote(verify_run *run) {
  evidence *e = &run->base.evidence;
  evidence_read_logs(e);
  omadm_tpm_status tpm = evidence_choose_bank(e);
  if (tpm == OMADM_TPM_OK) tpm = evidence_quote(e, (omadm_str){NULL, 0}, &run->quote);
  if (tpm == OMADM_TPM_OK &&
      evidence_counters(&run->quote.attest, &run->got.reset, &run->got.restart))
    return HEALTH_REQUESTED;
  attestation_log(e->self, OMADM_CSP_LOG_ERROR, "no quote: %s",
                  tpm != OMADM_TPM_OK ? omadm_tpm_status_text(tpm) : "what the TPM gave is none");
  return HEALTH_QUOTE;
}

/* The one that is held serves, where it is of this boot, this key, this service and this version.
 */
static health_status step_held(verify_run *run) {
  bool serves = !run->forced && run->before.version == run->version &&
                run->before.bank == run->base.evidence.bank &&
                octets_same(octets_str(&run->before.endpoint), octets_str(&run->endpoint)) &&
                held_is_for(&run->before, &run->base.evidence, &run->quote);
  return serves ? HEALTH_COMPLETE : HEALTH_REQUESTED;
}

static health_status step_claims(verify_run *run) {
  const evidence *e = &run->base.evidence;
  bool written = dha_claims_write(&run->quote, e->bank, dha_claims_hash(e->settings.kind),
                                  &e->boot_log, &run->claims);
  return written ? HEALTH_REQUESTED : HEALTH_ENCODING;
}

static health_status step_proof(verify_run *run) {
  evidence *e = &run->base.evidence;
  omadm_str public_area = evidence_str(&e->key.public_area);
  aik key;
  if (!aik_parse(public_area, &key)) return HEALTH_EXPORT_KEY;
  if (!aik_is_attestation_key(&key)) return HEALTH_KEY_CLAIM;
  if (!aik_write_public(&key, &run->aik_public)) return HEALTH_ADD_KEY;
  aik_write_claim(public_area, &run->aik_claim);
  /* Version 1 has no place for it. */
  bool read = run->version < 3 || endorsement_read(e, &run->endorsement);
  if (!read) return HEALTH_ADD_CERTIFICATE;
  return run->aik_public.failed || run->aik_claim.failed ? HEALTH_ENCODING : HEALTH_REQUESTED;
}

static health_status step_request(verify_run *run) {
  const evidence *e = &run->base.evidence;
  const dha_request request = {.version = run->version,
                               .claims = &run->claims,
                               .aik_public = &run->aik_public,
                               .aik_claim = &run->aik_claim,
                               .endorsement = &run->endorsement,
                               .boot_log = &e->boot_log,
                               .ima_log = &e->ima_log};
  return dha_request_write(&request, &run->request) ? HEALTH_REQUESTED : HEALTH_ENCODING;
}

/* How an exchange ends that did not come to an HTTP status. */
static health_status of_stage(uint32_t stage) {
  static const health_status statuses[] = {
      [OMADM_CSP_HTTP_HANDLE] = HEALTH_HTTP_HANDLE,
      [OMADM_CSP_HTTP_URL] = HEALTH_HTTP_URL,
      [OMADM_CSP_HTTP_OPTIONS] = HEALTH_HTTP_OPTIONS,
      [OMADM_CSP_HTTP_HEADERS] = HEALTH_HTTP_HEADERS,
      [OMADM_CSP_HTTP_RESOLVE] = HEALTH_NOT_REACHABLE,
      [OMADM_CSP_HTTP_CONNECT] = HEALTH_HTTP_CONNECT,
      [OMADM_CSP_HTTP_TLS] = HEALTH_HTTP_CONNECT,
      [OMADM_CSP_HTTP_SEND] = HEALTH_HTTP_SEND,
      [OMADM_CSP_HTTP_RECEIVE] = HEALTH_HTTP_RECEIVE,
      [OMADM_CSP_HTTP_STATUS] = HEALTH_HTTP_STATUS,
      [OMADM_CSP_HTTP_TIMEOUT] = HEALTH_HTTP_RECEIVE,
  };
  if (stage == OMADM_CSP_HTTP_DONE || stage >= sizeof statuses / sizeof *statuses)
    return HEALTH_UNKNOWN;
  return statuses[stage];
}

static health_status of_http(uint32_t status, bool empty) {
  if (status == 400) return HEALTH_BAD_REQUEST;
  if (status == 404) return HEALTH_NOT_REACHABLE;
  if (status == 200) return empty ? HEALTH_EMPTY_REPLY : HEALTH_REQUESTED;
  return empty ? HEALTH_MISSING_REPLY : HEALTH_FAILED;
}

/* The headers are those that Windows was seen to send, but for our own name. */
static void add_headers(const verify_run *run, octets *out) {
  octets_add_text(out, "Content-Type: application/xml\r\nAccept: */*\r\n"
                       "User-Agent: omadm " CSP_VERSION "\r\ndhascorrelationid: ");
  octets_add_str(out, octets_str(&run->correlation_id));
  octets_add_text(out, "\r\n");
}

static health_status exchange(verify_run *run, const octets *url, const octets *headers) {
  const omadm_csp_http_request request = {
      .url = octets_str(url), .headers = octets_str(headers), .body = octets_str(&run->request)};
  omadm_csp_http_reply reply = {.body_size = REPLY_MAX};
  if (url->failed || headers->failed) return HEALTH_UNKNOWN;
  omadm_err err = post(&run->base.evidence, &request, &run->reply, &reply);
  if (err == OMADM_E_NOMEM) return HEALTH_UNKNOWN;
  if (err != 0 || reply.stage != OMADM_CSP_HTTP_DONE) return of_stage(reply.stage);
  return of_http(reply.status, run->reply.len == 0);
}

static health_status step_exchange(verify_run *run) {
  octets url = {0}, headers = {0};
  endpoint_url(octets_str(&run->endpoint), run->version, &url);
  add_headers(run, &headers);
  health_status status = exchange(run, &url, &headers);
  octets_dispose(&url);
  octets_dispose(&headers);
  return status;
}

static health_status step_reply(verify_run *run) {
  health_status status = dha_response_parse(octets_str(&run->reply), &run->response);
  if (status == HEALTH_FAILED)
    attestation_log(run->base.self, OMADM_CSP_LOG_ERROR,
                    "the service refused with error %ld, \"%.*s\"", run->response.error,
                    (int)run->response.message.len, run->response.message.ptr);
  return status;
}

static health_status step_open(verify_run *run) {
  evidence *e = &run->base.evidence;
  health_status status = dha_blob_open(e, &run->response, &run->got.blob);
  if (status != HEALTH_REQUESTED) return status;
  run->got.version = run->version;
  run->got.bank = e->bank;
  octets_add_str(&run->got.endpoint, octets_str(&run->endpoint));
  octets_add_str(&run->got.name, evidence_name(e));
  if (run->got.blob.failed || run->got.endpoint.failed || run->got.name.failed)
    return HEALTH_UNKNOWN;
  run->fetched = true;
  return HEALTH_COMPLETE;
}

void verify_run_all(work *base) {
  static const run_step steps[] = {step_key,     step_quote,    step_held,  step_claims, step_proof,
                                   step_request, step_exchange, step_reply, step_open};
  verify_run *run = (verify_run *)base;
  for (size_t i = 0; i < sizeof steps / sizeof *steps && run->status == HEALTH_REQUESTED; i++)
    run->status = steps[i](run);
}

void verify_run_free(verify_run *run) {
  octets *const all[] = {&run->endpoint,  &run->correlation_id, &run->claims, &run->aik_public,
                         &run->aik_claim, &run->request,        &run->reply};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    octets_dispose(all[i]);
  held_dispose(&run->before);
  held_dispose(&run->got);
  endorsement_dispose(&run->endorsement);
  dha_response_dispose(&run->response);
  work_dispose(&run->base);
  free(run);
}
