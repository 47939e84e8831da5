/* SPDX-License-Identifier: MIT */
/* Who vouches for the boot loader that the log tells of. */
#ifndef CONFORMANCE_ATTESTATION_BOOT_AUTHORITY_H
#define CONFORMANCE_ATTESTATION_BOOT_AUTHORITY_H

#include <omadm/eventlog.h>

#include "conformance/attestation/service.h"

/* Takes back facts that any running system could have put into PCRs which its own boot left empty:
 * - of a Windows boot all but those of its firmware, unless Secure Boot is on, each loader was
 *   checked with a certificate under which Windows is signed or one in config->boot_ca, and none
 *   came back to make way for another;
 * - of a Linux boot what is good in its command line, unless PCR 4 shows one of config->loaders. */
void boot_authority_judge(const service_config *config, const omadm_eventlog *log, uint16_t bank,
                          uint32_t agree, omadm_boot_facts *facts);

#endif
