/* SPDX-License-Identifier: MIT */
/*
 * What one opened HealthAttestation CSP knows, and what its files share. But for evidence and what
 * works on it, all of this belongs to the CSP's thread.
 */
#ifndef HEALTH_ATTESTATION_ATTESTATION_H
#define HEALTH_ATTESTATION_ATTESTATION_H

#include <omadm/csp.h>

#include "health-attestation/octets.h"

struct verify;
struct azure;
struct certificate_work;
struct ready_job;
struct work;

typedef struct attestation {
  const omadm_csp_services *services;
  uint64_t host;
  struct work *first, *last; /* work that waits for the attestation key; the first one has it */
  struct certificate_work *certificates; /* quotes for Certificate, waiting or being made */
  struct ready_job *ready; /* the question for TpmReadyStatus; NULL: none is asked */
  bool told_no_nonce; /* the log has it already */
  struct verify *verify; /* the Windows 10 half */
  struct azure *azure; /* the Windows 11 half */
} attestation;

/* A line of the log. Any thread. */
void attestation_log(const attestation *self, int level, const char *format, ...)
    OMADM_PRINTF(3, 4);

/* A setting of [csp.HealthAttestation], appended; false where there is none, or it is empty. */
bool attestation_setting(const attestation *self, const char *key, octets *out);
/* A stored value, appended: OK, NOT_FOUND, or why it cannot be read. */
omadm_err attestation_load(const attestation *self, const char *key, octets *out);
/* Stores; an empty value removes. A failure is logged. */
omadm_err attestation_save(const attestation *self, const char *key, omadm_str value);

/* The answer of a get: 200 and this value, or 500. */
omadm_status attestation_answer(const attestation *self, const omadm_csp_request *request,
                                omadm_str value);
omadm_status attestation_answer_number(const attestation *self, const omadm_csp_request *request,
                                       int32_t number);

#endif
