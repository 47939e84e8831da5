/* SPDX-License-Identifier: MIT */
/*
 * Evidence: the attestation key, the logs of the boot and quotes. One structure accompanies one
 * piece of work: it is set up on the CSP's thread, used on a worker, where all calls block, and its
 * new key is kept on the CSP's thread again.
 */
#ifndef HEALTH_ATTESTATION_EVIDENCE_H
#define HEALTH_ATTESTATION_EVIDENCE_H

#include <omadm/tpm.h>

#include "health-attestation/attestation.h"
#include "health-attestation/settings.h"

#define EVIDENCE_LOG_MAX ((size_t)16 << 20) /* octets of a log; a larger one is left out */

typedef struct evidence {
  const attestation *self; /* for its log and its services that any thread may call */
  settings settings;
  octets blob; /* of the attestation key; empty: it has none yet */
  int64_t until; /* milliseconds of the monotonic clock: no call is tried again after that */
  unsigned tries; /* of the call that is made now; 0: none */

  omadm_tpm_info info; /* of evidence_info */
  omadm_tpm_key key; /* the attestation key */
  bool opened;
  bool made; /* it is a new one: what was attested by the old one counts no more */
  octets boot_log, ima_log; /* empty: there is none */
  uint16_t bank;
} evidence;

/* On the CSP's thread: reads settings and the key's blob. False: no memory, or the store cannot be
 * read. To be disposed in any case. */
bool evidence_init(evidence *e, const attestation *self);
void evidence_dispose(evidence *e);
/* On the CSP's thread, when the work is done: stores the blob of a key that was made. */
void evidence_keep(const evidence *e);

/* The rest on the worker. */

/* For a call of the TPM: while (evidence_try(e, &status)) status = calls->…; It is made while there
 * is time, and where the answer is one that may be another in a moment, after that moment again, a
 * few times. No call begins after the timeout (TIMEOUT), nor is one that timed out made again: a
 * run ends within the timeout and what one call may take. */
bool evidence_try(evidence *e, omadm_tpm_status *status);
/* Milliseconds that are left of the timeout; 0: none. */
uint32_t evidence_left(const evidence *e);
const omadm_tpm_calls *evidence_tpm(const evidence *e);

/* The time begins to run. */
omadm_tpm_status evidence_info(evidence *e);
/* Info, then opens the attestation key, or makes one where there is none, or the TPM does not know
 * the old one any more. ABSENT or UNSUPPORTED also where info.version is not that of TPM 2.0. */
omadm_tpm_status evidence_open(evidence *e);
/* Reads what logs there are; whatever is wrong with one, it is left out, and the log says why. */
void evidence_read_logs(evidence *e);
/* Picks the bank: that of the settings, else the preferred one (SHA-256, SHA-384, SHA-1) of those
 * that are allocated and, where there is a boot log, in it. After info and the logs. */
omadm_tpm_status evidence_choose_bank(evidence *e);
/* Quotes all PCRs of that bank. */
omadm_tpm_status evidence_quote(evidence *e, omadm_str nonce, omadm_tpm_quote *quote);
/* resetCount and restartCount of a TPMS_ATTEST; false where it is none. */
bool evidence_counters(const omadm_tpm_data *attest, uint32_t *reset, uint32_t *restart);
void evidence_close(evidence *e);

/* The name of the attestation key. */
omadm_str evidence_name(const evidence *e);
/* A value of the TPM as a span; empty where its length cannot be true. */
omadm_str evidence_str(const omadm_tpm_data *data);

#endif
