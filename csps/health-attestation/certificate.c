/* SPDX-License-Identifier: MIT */
#include "health-attestation/certificate.h"

#include <stdlib.h>

#include "health-attestation/dha_claims.h"
#include "health-attestation/dha_request.h"
#include "health-attestation/nonce.h"
#include "health-attestation/verify_health.h"
#include "health-attestation/verify_run.h"

enum { NONCE_OPTIONAL_FROM = 4 }; /* the version in whose schema Nonce may be missing */

typedef struct certificate_work {
  work base;
  omadm_token token;
  held held;
  octets nonce;
  omadm_tpm_quote quote;
  health_status status; /* COMPLETE where `value` is the answer; else what Status becomes */
  octets value;
} certificate_work;

static void certificate_free(certificate_work *w) {
  held_dispose(&w->held);
  octets_dispose(&w->nonce);
  octets_dispose(&w->value);
  work_dispose(&w->base);
  free(w);
}

static health_status write_value(certificate_work *w) {
  const evidence *e = &w->base.evidence;
  octets claims = {0}, document = {0};
  bool written =
      dha_claims_write(&w->quote, e->bank, dha_claims_hash(e->settings.kind), NULL, &claims) &&
      dha_validation_write(w->held.version, octets_str(&claims), octets_str(&w->held.blob),
                           &document);
  if (written) octets_add_base64(&w->value, octets_str(&document));
  octets_dispose(&claims);
  octets_dispose(&document);
  return written && !w->value.failed ? HEALTH_COMPLETE : HEALTH_ENCODING;
}

static health_status quote(certificate_work *w) {
  evidence *e = &w->base.evidence;
  health_status status = verify_run_key(e);
  if (status != HEALTH_REQUESTED) return status;
  e->bank = (uint16_t)w->held.bank;
  omadm_tpm_status tpm = evidence_quote(e, octets_str(&w->nonce), &w->quote);
  if (tpm == OMADM_TPM_OK)
    return held_is_for(&w->held, e, &w->quote) ? write_value(w) : HEALTH_UNINITIALIZED;
  attestation_log(e->self, OMADM_CSP_LOG_ERROR, "no quote over the nonce (TPM status %d)",
                  (int)tpm);
  return HEALTH_QUOTE;
}

static void run(work *base) {
  certificate_work *w = (certificate_work *)base;
  w->status = quote(w);
  evidence_close(&base->evidence);
}

static void done(work *base) {
  certificate_work *w = (certificate_work *)base;
  attestation *self = base->self;
  const omadm_csp_services *s = self->services;
  omadm_status status = w->status == HEALTH_UNINITIALIZED ? OMADM_ST_NOT_FOUND : OMADM_ST_FAILED;
  if (!base->ran) w->status = HEALTH_UNKNOWN;
  if (w->status == HEALTH_COMPLETE)
    status =
        s->value(self->host, w->token, octets_str(&w->value)) == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
  else
    verify_failed(self, w->status);
  (void)s->complete(self->host, w->token, status, NULL);
  certificate_free(w);
}

/* OK: the work can be done. */
static omadm_status fill(attestation *self, certificate_work *w) {
  omadm_err err = held_load(self, &w->held);
  if (err != 0) {
    verify_failed(self, err == OMADM_E_NOT_FOUND ? HEALTH_UNINITIALIZED : HEALTH_ENCODING);
    return err == OMADM_E_NOT_FOUND ? OMADM_ST_NOT_FOUND : OMADM_ST_STORE_FAILED;
  }
  err = nonce_load(self, &w->nonce);
  if (err == OMADM_E_NOT_FOUND && w->held.version < NONCE_OPTIONAL_FROM) {
    attestation_log(self, OMADM_CSP_LOG_WARN, "Certificate is asked for before a Nonce is set");
    return OMADM_ST_NOT_FOUND;
  }
  if (err == 0 || err == OMADM_E_NOT_FOUND) return OMADM_ST_OK;
  verify_failed(self, err == OMADM_E_SYNTAX ? HEALTH_ENCODING : HEALTH_NONCE);
  return OMADM_ST_STORE_FAILED;
}

omadm_status certificate_get(attestation *self, const omadm_csp_request *request) {
  if (verify_status(self) != HEALTH_COMPLETE) return OMADM_ST_NOT_FOUND;
  certificate_work *w = calloc(1, sizeof *w);
  if (w == NULL) return OMADM_ST_FAILED;
  omadm_status status = fill(self, w);
  if (status != OMADM_ST_OK) {
    certificate_free(w);
    return status;
  }
  w->token = request->token;
  w->base.run = run;
  w->base.done = done;
  work_start(self, &w->base);
  return OMADM_ST_PENDING;
}
