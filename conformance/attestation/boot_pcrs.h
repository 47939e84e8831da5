/* SPDX-License-Identifier: MIT */
/* Which PCRs a boot log has to account for. */
#ifndef CONFORMANCE_ATTESTATION_BOOT_PCRS_H
#define CONFORMANCE_ATTESTATION_BOOT_PCRS_H

#include <omadm/eventlog.h>

#include "conformance/attestation/service.h"

/* PCRs that firmware and boot loaders alone extend, in every kind of boot: 0 to 9, 12 to 14; and
 * what facts are drawn from besides. */
#define BOOT_PCRS (0x73FFu | OMADM_BOOT_FACT_PCRS)

/* The PCRs that a boot of that kind extends, and nothing after it. */
uint32_t boot_pcrs_of(omadm_boot_kind kind);

/* Of a log that was compared with a quote (omadm_eventlog_compare): the PCRs that it would have to
 * account for, and does not. */
uint32_t boot_unaccounted(uint32_t agree, uint32_t differ, omadm_boot_kind kind);

/* REFUSED: the operator does not trust firmware to measure into that bank. */
omadm_err boot_bank_check(const service_config *config, uint16_t bank, omadm_error *error);

#endif
