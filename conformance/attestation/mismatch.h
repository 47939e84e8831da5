/* SPDX-License-Identifier: MIT */
/*
 * What has changed since the health certificate: HealthStatusMismatchFlags of [MS-DHA]. When each
 * is set is not published; ours follow the TPM's meaning of its counters and what the PCRs carry.
 */
#ifndef CONFORMANCE_ATTESTATION_MISMATCH_H
#define CONFORMANCE_ATTESTATION_MISMATCH_H

#include <omadm/attestation.h>

#include "conformance/attestation/certificate.h"

/*  element, member; in the order of the report */
/* clang-format off */
#define MISMATCH_FLAGS(X) \
  X(ResumeCount, resume) \
  X(RebootCount, reboot) \
  X(PCR, pcr) \
  X(BootAppSVN, boot_app_svn) \
  X(BootManagerSVNChain, boot_manager_chain) \
  X(BootAppSVNChain, boot_app_chain)
/* clang-format on */

typedef struct mismatch {
#define MISMATCH_MEMBER_(element, member) bool member;
  MISMATCH_FLAGS(MISMATCH_MEMBER_)
#undef MISMATCH_MEMBER_
} mismatch;

/* Compares a verified quote and its PCR values with the certificate. REFUSED: a counter is lower
 * than in the certificate, which no TPM does. */
omadm_err mismatch_find(const certificate *then, const omadm_attest *now,
                        const omadm_tpm_pcrs *pcrs, mismatch *out, omadm_error *error);
bool mismatch_any(const mismatch *self);

#endif
