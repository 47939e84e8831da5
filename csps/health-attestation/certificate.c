/* SPDX-License-Identifier: MIT */
#include "health-attestation/certificate.h"

#include <stdlib.h>

#include "health-attestation/dha_claims.h"
#include "health-attestation/dha_request.h"
#include "health-attestation/nonce.h"
#include "health-attestation/verify_health.h"
#include "health-attestation/verify_run.h"
#include "health-attestation/waiters.h"

enum {
  NONCE_OPTIONAL_FROM = 4, /* the version in whose schema Nonce may be missing */
  WORKS_MAX = 32
};

/* One quote for all that wait for it: of the same nonce and held certificate. */
typedef struct certificate_work {
  work base;
  struct certificate_work *next;
  waiters waiters;
  held held;
  octets nonce;
  omadm_tpm_quote quote;
  omadm_tpm_status tpm; /* of the quote */
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

static void unlink_work(attestation *self, const certificate_work *w) {
  certificate_work **at = &self->certificates;
  while (*at != w)
    at = &(*at)->next;
  *at = w->next;
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
  health_status status = verify_run_key(&w->base);
  if (status != HEALTH_REQUESTED) return status;
  e->bank = (uint16_t)w->held.bank;
  w->tpm = evidence_quote(e, octets_str(&w->nonce), &w->quote);
  if (w->tpm != OMADM_TPM_OK) return HEALTH_QUOTE;
  return held_is_for(&w->held, e, &w->quote) ? write_value(w) : HEALTH_UNINITIALIZED;
}

static void run(work *base) {
  certificate_work *w = (certificate_work *)base;
  w->status = quote(w);
}

static void done(work *base) {
  certificate_work *w = (certificate_work *)base;
  attestation *self = base->self;
  omadm_status status = w->status == HEALTH_UNINITIALIZED ? OMADM_ST_NOT_FOUND : OMADM_ST_FAILED;
  if (!base->ran) {
    status = OMADM_ST_FAILED;
  } else if (w->status == HEALTH_COMPLETE) {
    status = OMADM_ST_OK;
  } else if (verify_status(self) == HEALTH_COMPLETE) {
    if (w->tpm != OMADM_TPM_OK)
      attestation_log(self, OMADM_CSP_LOG_ERROR, "no quote over the nonce: %s",
                      omadm_tpm_status_text(w->tpm));
    verify_failed(self, w->status);
  }
  unlink_work(self, w);
  waiters_answer(&w->waiters, self, status, octets_str(&w->value));
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
    if (!self->told_no_nonce)
      attestation_log(self, OMADM_CSP_LOG_WARN, "Certificate is asked for before a Nonce is set");
    self->told_no_nonce = true;
    return OMADM_ST_NOT_FOUND;
  }
  if (err == 0 || err == OMADM_E_NOT_FOUND) return OMADM_ST_OK;
  verify_failed(self, err == OMADM_E_SYNTAX ? HEALTH_ENCODING : HEALTH_NONCE);
  return OMADM_ST_STORE_FAILED;
}

static bool is_same(const certificate_work *a, const certificate_work *b) {
  return octets_same(octets_str(&a->nonce), octets_str(&b->nonce)) &&
         a->held.version == b->held.version && a->held.bank == b->held.bank &&
         octets_same(octets_str(&a->held.blob), octets_str(&b->held.blob));
}

/* Joins one that has not begun, so that the quote is younger than the question; else w becomes the
 * list's. */
static omadm_status enter(attestation *self, certificate_work *w, omadm_token token) {
  size_t n = 0;
  for (certificate_work *other = self->certificates; other != NULL; other = other->next, n++) {
    if (other->base.begun || !is_same(other, w)) continue;
    certificate_free(w);
    other->base.unwanted = false;
    return waiters_add(&other->waiters, token);
  }
  omadm_status status = n < WORKS_MAX ? waiters_add(&w->waiters, token) : OMADM_ST_UNAVAILABLE;
  if (status == OMADM_ST_PENDING && !work_start(self, &w->base)) status = OMADM_ST_FAILED;
  if (status != OMADM_ST_PENDING) {
    certificate_free(w);
    return status;
  }
  w->next = self->certificates;
  self->certificates = w;
  return status;
}

omadm_status certificate_get(attestation *self, const omadm_csp_request *request) {
  if (verify_status(self) != HEALTH_COMPLETE) return OMADM_ST_NOT_FOUND;
  certificate_work *w = calloc(1, sizeof *w);
  if (w == NULL) return OMADM_ST_FAILED;
  w->base.run = run;
  w->base.done = done;
  omadm_status status = fill(self, w);
  if (status == OMADM_ST_OK) return enter(self, w, request->token);
  certificate_free(w);
  return status;
}

void certificate_cancel(attestation *self, omadm_token token) {
  certificate_work *w = self->certificates;
  while (w != NULL && !waiters_cancel(&w->waiters, self, token))
    w = w->next;
  if (w == NULL || w->waiters.n > 0 || w->base.begun) return;
  if (!work_take_back(&w->base)) {
    w->base.unwanted = true;
    return;
  }
  unlink_work(self, w);
  certificate_free(w);
}
