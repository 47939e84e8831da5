/* SPDX-License-Identifier: MIT */
#include "health-attestation/verify_health.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/rand.h>

#include "health-attestation/asked.h"
#include "health-attestation/endpoint.h"
#include "health-attestation/verify_run.h"
#include "health-attestation/versions.h"

#define ROOT "./Vendor/MSFT/HealthAttestation"
#define ALERT_TYPE "com.microsoft.mdm:HealthAttestation.Result"

static const char status_key[] = "status";
static const char correlation_key[] = "correlation-id";
static const char force_key[] = "force-retrieve";

struct verify {
  health_status status;
  asked asked;
};

static void set_status(attestation *self, health_status status) {
  char text[16];
  self->verify->status = status;
  snprintf(text, sizeof text, "%d", (int)status);
  (void)attestation_save(self, status_key, octets_of(text));
  (void)self->services->changed(self->host, (omadm_str)OMADM_STR(ROOT "/Status"));
}

/* Success and failure are told alike: a server that waits for the end waits for either (ours; the
 * documentation shows success). No Mark, but a session: somebody waits. */
static void tell(const attestation *self, omadm_str server_id, omadm_str correlator) {
  char data[16];
  snprintf(data, sizeof data, "%d", (int)self->verify->status);
  const omadm_csp_alert alert = {.struct_size = sizeof alert,
                                 .type = OMADM_STR(ALERT_TYPE),
                                 .format = OMADM_FORMAT_INT,
                                 .source = OMADM_STR(ROOT "/VerifyHealth"),
                                 .data = octets_of(data),
                                 .correlator = correlator,
                                 .server_id = server_id,
                                 .session_now = 1};
  if (self->services->alert(self->host, &alert) != 0)
    attestation_log(self, OMADM_CSP_LOG_ERROR, "the alert about VerifyHealth could not be stored");
}

/* The alerts are durable first: an agent that is ended in between runs once more, and tells twice
 * rather than never. */
static void finish(attestation *self, health_status status) {
  asked *list = &self->verify->asked;
  bool good = status == HEALTH_COMPLETE;
  attestation_log(self, good ? OMADM_CSP_LOG_INFO : OMADM_CSP_LOG_WARN, "VerifyHealth: %d, %s",
                  (int)status, health_status_text(status));
  self->verify->status = status;
  for (size_t i = 0; i < list->n; i++)
    tell(self, octets_str(&list->server_id[i]), octets_str(&list->correlator[i]));
  asked_clear(list);
  asked_save(self, list);
  set_status(self, status);
}

static void run_done(work *base) {
  verify_run *run = (verify_run *)base;
  attestation *self = base->self;
  health_status status = base->ran ? run->status : HEALTH_UNKNOWN;
  if (run->fetched && held_save(self, &run->got) != 0) status = HEALTH_UNKNOWN;
  if (run->fetched && run->forced) {
    (void)attestation_save(self, force_key, (omadm_str){NULL, 0});
    (void)self->services->changed(self->host, (omadm_str)OMADM_STR(ROOT "/ForceRetrieve"));
  }
  finish(self, status);
  verify_run_free(run);
}

static bool is_forced(const attestation *self) {
  octets text = {0};
  bool forced =
      attestation_load(self, force_key, &text) == 0 && octets_is(octets_str(&text), "true");
  octets_dispose(&text);
  return forced;
}

/* Copies what the run needs. REQUESTED, or why it need not begin. */
static health_status fill(const attestation *self, verify_run *run) {
  run->version = versions_current(self);
  run->forced = is_forced(self);
  if (attestation_load(self, correlation_key, &run->correlation_id) != 0)
    return HEALTH_CORRELATION_ID;
  if (!endpoint_load(self, &run->endpoint)) return HEALTH_UNKNOWN;
  if (!endpoint_is_allowed(self, octets_str(&run->endpoint))) return HEALTH_HTTP_URL;
  (void)held_load(self, &run->before); /* one that cannot be read is fetched anew */
  return HEALTH_REQUESTED;
}

static bool start(attestation *self) {
  verify_run *run = calloc(1, sizeof *run);
  if (run == NULL) return false;
  run->status = fill(self, run);
  run->base.run = verify_run_all;
  run->base.done = run_done;
  if (work_start(self, &run->base)) return true;
  verify_run_free(run);
  return false;
}

/* Names the run for the service's records. */
static omadm_err new_correlation_id(attestation *self) {
  uint8_t r[16];
  octets text = {0};
  omadm_err err = RAND_bytes(r, sizeof r) == 1 ? OMADM_OK : OMADM_E_IO;
  r[6] = (uint8_t)((r[6] & 0x0F) | 0x40); /* RFC 4122 4.4 */
  r[8] = (uint8_t)((r[8] & 0x3F) | 0x80);
  for (size_t i = 0; i < sizeof r; i++)
    octets_add_format(&text, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x", r[i]);
  if (err == 0) err = text.failed ? OMADM_E_NOMEM : OMADM_OK;
  if (err == 0) err = attestation_save(self, correlation_key, octets_str(&text));
  octets_dispose(&text);
  return err;
}

/* 200 at once, and an alert of its own type at the end, as Windows does; so it is not the 202 that
 * services->complete would end with an alert of the framework's. */
omadm_status verify_exec(attestation *self, const omadm_csp_request *request) {
  struct verify *v = self->verify;
  asked_add(&v->asked, request->server_id, request->correlator);
  asked_save(self, &v->asked);
  if (v->status == HEALTH_REQUESTED) return OMADM_ST_OK;
  if (new_correlation_id(self) != 0) {
    finish(self, HEALTH_CORRELATION_ID);
    return OMADM_ST_OK;
  }
  set_status(self, HEALTH_REQUESTED);
  if (!start(self)) finish(self, HEALTH_UNKNOWN);
  return OMADM_ST_OK;
}

static health_status stored_status(const attestation *self) {
  octets text = {0};
  (void)attestation_load(self, status_key, &text);
  octets_add(&text, "", 1);
  long number = text.failed ? 0 : strtol(text.ptr, NULL, 10);
  octets_dispose(&text);
  return health_status_text((int)number)[0] != '\0' ? (health_status)number : HEALTH_UNINITIALIZED;
}

bool verify_open(attestation *self) {
  self->verify = calloc(1, sizeof *self->verify);
  if (self->verify == NULL) return false;
  self->verify->status = stored_status(self);
  asked_load(self, &self->verify->asked);
  if (self->verify->status != HEALTH_REQUESTED) return true;
  attestation_log(self, OMADM_CSP_LOG_INFO, "VerifyHealth was interrupted and begins again");
  if (!start(self)) finish(self, HEALTH_UNKNOWN);
  return true;
}

void verify_close(attestation *self) {
  if (self->verify == NULL) return;
  asked_clear(&self->verify->asked);
  free(self->verify);
  self->verify = NULL;
}

void verify_account_removed(attestation *self, omadm_str server_id) {
  asked_remove(&self->verify->asked, server_id);
  asked_save(self, &self->verify->asked);
}

int verify_status(const attestation *self) {
  return self->verify->status;
}

void verify_failed(attestation *self, health_status status) {
  if (self->verify->status == HEALTH_REQUESTED || self->verify->status == status) return;
  attestation_log(self, OMADM_CSP_LOG_WARN, "Status becomes %d, %s", (int)status,
                  health_status_text(status));
  set_status(self, status);
}

omadm_status verify_status_get(attestation *self, const omadm_csp_request *request) {
  return attestation_answer_number(self, request, (int32_t)self->verify->status);
}

omadm_status verify_correlation_get(attestation *self, const omadm_csp_request *request) {
  octets text = {0};
  omadm_err err = attestation_load(self, correlation_key, &text);
  omadm_status status = err == OMADM_E_NOT_FOUND ? OMADM_ST_NOT_FOUND : OMADM_ST_STORE_FAILED;
  if (err == 0) status = attestation_answer(self, request, octets_str(&text));
  octets_dispose(&text);
  return status;
}

omadm_status verify_force_get(attestation *self, const omadm_csp_request *request) {
  return attestation_answer(self, request, octets_of(is_forced(self) ? "true" : "false"));
}

omadm_status verify_force_set(attestation *self, const omadm_csp_request *request) {
  omadm_str kept = octets_is(request->value, "true") ? request->value : (omadm_str){NULL, 0};
  omadm_err err = attestation_save(self, force_key, kept);
  return err == 0 ? OMADM_ST_OK : OMADM_ST_STORE_FAILED;
}
