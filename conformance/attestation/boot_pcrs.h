/* SPDX-License-Identifier: MIT */
/* Which PCRs a boot log has to account for. */
#ifndef CONFORMANCE_ATTESTATION_BOOT_PCRS_H
#define CONFORMANCE_ATTESTATION_BOOT_PCRS_H

#include <omadm/eventlog.h>

/* PCRs that firmware and boot loaders alone extend, in every kind of boot: 0 to 9, 12 to 14; and
 * what facts are drawn from besides. */
#define BOOT_PCRS (0x73FFu | OMADM_BOOT_FACT_PCRS)

/* Of a log that was compared with a quote (omadm_eventlog_compare): the PCRs that it would have to
 * account for, and does not. */
uint32_t boot_unaccounted(uint32_t agree, uint32_t differ, omadm_boot_kind kind);

#endif
