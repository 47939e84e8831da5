/* SPDX-License-Identifier: MIT */
/* Which PCR banks a boot log carries. No more of it is read here: the service judges it. */
#ifndef HEALTH_ATTESTATION_LOG_BANKS_H
#define HEALTH_ATTESTATION_LOG_BANKS_H

#include <omadm/types.h>

#define LOG_BANKS_MAX 8

/* TPM_ALG_ID of the banks; returns how many. 0 for a span that is no log. */
size_t log_banks_read(omadm_str log, uint16_t banks[LOG_BANKS_MAX]);

#endif
