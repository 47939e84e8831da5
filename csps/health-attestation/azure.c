/* SPDX-License-Identifier: MIT */
#include "health-attestation/azure.h"

#include <stdlib.h>

#include <omadm/error.h>

#include "health-attestation/azure_hresult.h"
#include "health-attestation/azure_reports.h"
#include "health-attestation/azure_session.h"
#include "health-attestation/endpoint.h"

#define ROOT "./Vendor/MSFT/HealthAttestation"

struct azure {
  attestation *attestation;
  session *sessions; /* under way or waiting; one a server */
};

azure *azure_open(attestation *owner) {
  azure *self = calloc(1, sizeof *self);
  if (self != NULL) self->attestation = owner;
  return self;
}

void azure_close(azure *self) {
  free(self);
}

static session **find(azure *self, omadm_str server_id) {
  session **at = &self->sessions;
  while (*at != NULL && !octets_same(octets_str(&(*at)->server_id), server_id))
    at = &(*at)->next;
  return at;
}

static void tell_changed(const azure *self) {
  const omadm_csp_services *services = self->attestation->services;
  static const omadm_str nodes[] = {
      OMADM_STR(ROOT "/AttestStatus"), OMADM_STR(ROOT "/GetAttestReport"),
      OMADM_STR(ROOT "/GetServiceCorrelationIDs"), OMADM_STR(ROOT "/AttestErrorMessage")};
  for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
    (void)services->changed(self->attestation->host, nodes[i]);
}

/* Moves what the session has; what it has not stays as it was. */
static void replace(octets *to, octets *from) {
  octets moved = *from;
  if (moved.len == 0) return;
  *from = *to;
  *to = moved;
}

/* Keeps what came of a session: the older report and ids, where it brought none. */
static bool keep(const azure *self, session *s) {
  report r = {0};
  bool kept = report_load(self->attestation, octets_str(&s->server_id), &r);
  r.hresult = s->hresult;
  octets_dispose(&r.message);
  replace(&r.message, &s->message);
  replace(&r.ids, &s->ids);
  replace(&r.token, &s->report);
  if (kept) kept = report_save(self->attestation, octets_str(&s->server_id), &r) == 0;
  report_dispose(&r);
  return kept;
}

static void done(work *base) {
  session *s = (session *)base;
  azure *self = s->owner;
  const attestation *a = self->attestation;
  if (!base->ran) s->hresult = HRESULT_FAIL;
  session **at = find(self, octets_str(&s->server_id));
  if (*at == s) *at = s->next;
  bool good = (s->forgotten || keep(self, s)) && s->hresult == 0;
  attestation_log(a, good ? OMADM_CSP_LOG_INFO : OMADM_CSP_LOG_WARN, "TriggerAttestation: 0x%08x",
                  (unsigned)s->hresult);
  tell_changed(self);
  (void)a->services->complete(a->host, s->token, good ? OMADM_ST_OK : OMADM_ST_FAILED, NULL);
  session_free(s);
}

/* AttestStatus is cleared, and the last error, before the service is called. */
static bool clear(const azure *self, omadm_str server_id) {
  report r = {0};
  bool cleared = report_load(self->attestation, server_id, &r);
  r.hresult = 0;
  octets_dispose(&r.message);
  if (cleared) cleared = report_save(self->attestation, server_id, &r) == 0;
  report_dispose(&r);
  return cleared;
}

/* The session is the list's now, or, where it cannot be started, ended. */
static omadm_status start(azure *self, session *s) {
  s->owner = self;
  s->base.run = session_run;
  s->base.done = done;
  if (work_start(self->attestation, &s->base)) {
    s->next = self->sessions;
    self->sessions = s;
    return OMADM_ST_ACCEPTED;
  }
  s->hresult = HRESULT_FAIL;
  (void)keep(self, s);
  session_free(s);
  return OMADM_ST_FAILED;
}

/* NULL, or what is wrong. */
static const char *read_trigger(const azure *self, omadm_str text, trigger *out) {
  const char *wrong = trigger_parse(text, out);
  if (wrong == NULL && !endpoint_is_allowed(self->attestation, trigger_authority(out)))
    wrong = "the setting services does not name the endpoint";
  return wrong;
}

omadm_status azure_trigger(azure *self, const omadm_csp_request *request) {
  if (*find(self, request->server_id) != NULL) return OMADM_ST_UNAVAILABLE;
  session *s = calloc(1, sizeof *s);
  if (s == NULL) return OMADM_ST_FAILED;
  omadm_status status = OMADM_ST_FAILED;
  const char *wrong = read_trigger(self, request->value, &s->trigger);
  octets_add_str(&s->server_id, request->server_id);
  s->token = request->token;
  if (wrong != NULL) {
    attestation_log(self->attestation, OMADM_CSP_LOG_WARN, "TriggerAttestation is refused: %s",
                    wrong);
    status = OMADM_ST_BAD_REQUEST;
  } else if (!s->server_id.failed && clear(self, request->server_id)) {
    return start(self, s);
  }
  session_free(s);
  return status;
}

omadm_status azure_resume(azure *self, const omadm_csp_request *request) {
  report r = {0};
  if (report_load(self->attestation, request->server_id, &r)) {
    r.hresult = HRESULT_ABORT;
    (void)report_save(self->attestation, request->server_id, &r);
  }
  report_dispose(&r);
  attestation_log(self->attestation, OMADM_CSP_LOG_WARN,
                  "TriggerAttestation was ended by a restart; it can be asked for again");
  return OMADM_ST_FAILED;
}

void azure_account_removed(azure *self, omadm_str server_id) {
  session *s = *find(self, server_id);
  if (s != NULL) s->forgotten = true;
  report_remove(self->attestation, server_id);
}

omadm_status azure_get(azure *self, azure_node node, const omadm_csp_request *request) {
  report r = {0};
  const octets *const texts[] = {[AZURE_GET_ATTEST_REPORT] = &r.token,
                                 [AZURE_GET_SERVICE_CORRELATION_IDS] = &r.ids,
                                 [AZURE_ATTEST_ERROR_MESSAGE] = &r.message};
  omadm_status status = OMADM_ST_FAILED;
  if (report_load(self->attestation, request->server_id, &r)) {
    if (node == AZURE_ATTEST_STATUS)
      status = attestation_answer_number(self->attestation, request, (int32_t)r.hresult);
    else if (node == AZURE_GET_ATTEST_REPORT && r.token.len == 0)
      status = OMADM_ST_NOT_FOUND;
    else
      status = attestation_answer(self->attestation, request, octets_str(texts[node]));
  }
  report_dispose(&r);
  return status;
}
