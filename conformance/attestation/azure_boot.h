/* SPDX-License-Identifier: MIT */
/* One attestation of a boot: a quote, the PCR values under it, and the logs that explain them. */
#ifndef CONFORMANCE_ATTESTATION_AZURE_BOOT_H
#define CONFORMANCE_ATTESTATION_AZURE_BOOT_H

#include <omadm/attestation.h>
#include <omadm/eventlog.h>

#include <jansson.h>

#include <stdbool.h>

#include "conformance/attestation/azure_aik.h"
#include "conformance/attestation/service.h"

typedef struct azure_boot {
  omadm_buf quote, signature, tcg, ima; /* logs: empty where there is none */
  omadm_tpm_pcrs pcrs;
  omadm_tpm_data ak; /* TPMT_PUBLIC; of verify */
  omadm_tpm_clock clock;
  omadm_eventlog *log; /* of tcg; NULL where there is none */
  omadm_boot_facts facts; /* borrows from the log; all unknown where there is none */
  size_t ima_entries;
} azure_boot;

void azure_boot_init(azure_boot *self);
void azure_boot_dispose(azure_boot *self);

/* The object of a version 2 request, but for its key. One bank, at most one log of each type: so
 * this service has decided. SYNTAX with a sentence. */
omadm_err azure_boot_read(const json_t *from, azure_boot *self, omadm_error *error);
/* The claim (NCRYPT_TPM_PLATFORM_ATTESTATION_STATEMENT) and the log of a version 1 request; the log
 * may be absent. */
omadm_err azure_boot_read_claim(const json_t *from, const char *claim, const char *log,
                                azure_boot *self, omadm_error *error);

/*
 * All of it: the quote is by this key, over this nonce, all 24 PCRs of the bank and these values;
 * the log holds together and makes them, IMA's list makes PCR 10. Where there is a log it must
 * account for the PCRs that only the firmware and boot loader extend (BOOT_PCRS of boot_pcrs.h, and
 * 11 of a Windows boot). REFUSED or SYNTAX, with a sentence.
 */
omadm_err azure_boot_verify(azure_boot *self, const azure_aik *aik, const service_config *config,
                            omadm_str nonce, omadm_error *error);

#endif
