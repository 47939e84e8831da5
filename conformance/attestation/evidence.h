/* SPDX-License-Identifier: MIT */
/* A quote with its PCR values, and the boot log behind them: verified. */
#ifndef CONFORMANCE_ATTESTATION_EVIDENCE_H
#define CONFORMANCE_ATTESTATION_EVIDENCE_H

#include <omadm/attestation.h>
#include <omadm/eventlog.h>

#include <stdbool.h>

#include "conformance/attestation/claims.h"
#include "conformance/attestation/dha_codes.h"
#include "conformance/attestation/service.h"

/* Verifies the quote of the claims: by that key, with exactly that nonce, over all PCRs of one bank
 * (`bank` 0: any that counts), and that the PCR values are the quoted ones. */
dha_code evidence_quote(const service_config *config, const claims *evidence, omadm_str ak_public,
                        omadm_str nonce, uint16_t bank, omadm_attest *attest, omadm_tpm_pcrs *pcrs,
                        omadm_error *error);

/* Did a primary key make the quote? Such a key outlives TPM2_Clear, which sets the counters back: a
 * boot could not be told from another. A child does not. */
bool evidence_is_primary(const omadm_attest *attest, const omadm_tpm_digest *name);

/* What a boot log is worth against quoted PCR values. */
typedef struct evidence_log {
  omadm_eventlog *log;
  uint32_t agree; /* PCRs that the log accounts for */
  omadm_boot_facts facts; /* borrows from the log's octets */
} evidence_log;

/* Verifies the log: it holds together, and makes the quoted values. An empty log says nothing, and
 * all facts are unknown. Fills *out also on failure; free with evidence_log_dispose. */
dha_code evidence_log_verify(const service_config *config, omadm_str octets,
                             const omadm_tpm_pcrs *pcrs, evidence_log *out, omadm_error *error);
void evidence_log_dispose(evidence_log *self);

#endif
