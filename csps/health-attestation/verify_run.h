/* SPDX-License-Identifier: MIT */
/* One run of VerifyHealth on a worker: from the TPM's evidence to a health certificate. */
#ifndef HEALTH_ATTESTATION_VERIFY_RUN_H
#define HEALTH_ATTESTATION_VERIFY_RUN_H

#include "health-attestation/dha_response.h"
#include "health-attestation/endorsement.h"
#include "health-attestation/held.h"
#include "health-attestation/work.h"

typedef struct verify_run {
  work base;
  /* Copied before it runs. */
  unsigned version;
  octets endpoint;
  octets correlation_id;
  bool forced; /* also where one of this boot is held */
  held before; /* what is held; empty: nothing */
  /* What came of it. */
  health_status status; /* COMPLETE, or why not; before: REQUESTED, or why it need not begin */
  bool fetched; /* `got` is a new one */
  held got;
  /* On the way. */
  omadm_tpm_quote quote;
  endorsement endorsement;
  octets claims, aik_public, aik_claim, request, reply;
  dha_response response;
} verify_run;

/* On the worker: is the TPM of the right kind, and is its attestation key open? REQUESTED, or why
 * not. */
health_status verify_run_key(const work *base);
/* On the worker: work.run of a verify_run. */
void verify_run_all(work *work);
void verify_run_free(verify_run *run);

#endif
