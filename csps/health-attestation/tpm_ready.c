/* SPDX-License-Identifier: MIT */
#include "health-attestation/tpm_ready.h"

#include <stdio.h>
#include <stdlib.h>

#include "health-attestation/evidence.h"
#include "health-attestation/waiters.h"

/* Of the bits of Win32_Tpm.IsReadyInformation those that mean something here. */
enum { NO_EK = 0x80, NO_EK_CERTIFICATE = 0x40000, NO_BOOT_LOG = 0x80000, OTHER_ERROR = 0x200000 };

typedef struct ready_job {
  evidence evidence;
  attestation *self;
  waiters waiters;
  uint32_t bits;
} ready_job;

typedef omadm_tpm_status (*probe)(evidence *e);

static omadm_tpm_status probe_tpm(evidence *e) {
  omadm_tpm_status status = evidence_info(e);
  return status == OMADM_TPM_OK && e->info.version != 2 ? OMADM_TPM_UNSUPPORTED : status;
}

static omadm_tpm_status probe_ek(evidence *e) {
  omadm_tpm_data data;
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  while (evidence_try(e, &status))
    status = evidence_tpm(e)->ek_public(e->self->host, OMADM_TPM_EK_RSA2048, &data);
  return status;
}

static omadm_tpm_status probe_ek_certificate(evidence *e) {
  omadm_tpm_data data;
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  while (evidence_try(e, &status))
    status = evidence_tpm(e)->ek_certificate(e->self->host, OMADM_TPM_EK_RSA2048, 0, &data);
  return status;
}

static omadm_tpm_status probe_boot_log(evidence *e) {
  uint8_t first;
  size_t len = 0;
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  while (evidence_try(e, &status))
    status = evidence_tpm(e)->event_log(e->self->host, OMADM_TPM_LOG_BOOT, 0, &first, 1, &len);
  return status == OMADM_TPM_OK && len == 0 ? OMADM_TPM_NOT_FOUND : status;
}

/* The first has to be OK, else nothing can be said of the others. Of each: the bit where there is
 * no such thing; any other failure sets the last bit too. */
static const struct {
  probe probe;
  uint32_t bit;
} probes[] = {{probe_tpm, OTHER_ERROR},
              {probe_ek, NO_EK},
              {probe_ek_certificate, NO_EK_CERTIFICATE},
              {probe_boot_log, NO_BOOT_LOG}};

static void ready_run(void *arg) {
  ready_job *job = arg;
  omadm_tpm_status status = OMADM_TPM_OK;
  for (size_t i = 0; i < sizeof probes / sizeof *probes; i++) {
    status = probes[i].probe(&job->evidence);
    if (status != OMADM_TPM_OK) job->bits |= probes[i].bit;
    if (status != OMADM_TPM_OK && status != OMADM_TPM_NOT_FOUND) job->bits |= OTHER_ERROR;
    if (i == 0 && job->bits != 0) return;
  }
}

static void ready_free(ready_job *job) {
  evidence_dispose(&job->evidence);
  free(job);
}

static void ready_done(void *arg) {
  ready_job *job = arg;
  char text[16];
  job->self->ready = NULL;
  snprintf(text, sizeof text, "%u", (unsigned)job->bits);
  waiters_answer(&job->waiters, job->self, OMADM_ST_OK, octets_of(text));
  ready_free(job);
}

omadm_status tpm_ready_get(attestation *self, const omadm_csp_request *request) {
  if (self->ready != NULL) return waiters_add(&self->ready->waiters, request->token);
  ready_job *job = calloc(1, sizeof *job);
  if (job == NULL) return OMADM_ST_FAILED;
  job->self = self;
  if (evidence_init(&job->evidence, self) &&
      self->services->job(self->host, ready_run, ready_done, job) == 0) {
    self->ready = job;
    return waiters_add(&job->waiters, request->token);
  }
  ready_free(job);
  return OMADM_ST_FAILED;
}

void tpm_ready_cancel(attestation *self, omadm_token token) {
  if (self->ready != NULL) (void)waiters_cancel(&self->ready->waiters, self, token);
}
