/* SPDX-License-Identifier: MIT */
/* Who vouched for the boot loader that tells a Windows story. */
#ifndef CONFORMANCE_ATTESTATION_BOOT_AUTHORITY_H
#define CONFORMANCE_ATTESTATION_BOOT_AUTHORITY_H

#include <omadm/eventlog.h>

#include "conformance/attestation/service.h"

/* Takes the facts of a Windows boot back to those of its firmware, where Secure Boot is on and the
 * loader was vouched for by another certificate than those under which Windows is signed, or those
 * in config->boot_ca. Any other system could extend PCRs 11 to 14, which it left empty, by itself.
 */
void boot_authority_judge(const service_config *config, const omadm_eventlog *log, uint16_t bank,
                          uint32_t agree, omadm_boot_facts *facts);

/* Is it a file with at least one PEM certificate? NULL is. IO or SYNTAX with a sentence that names
 * `option`. */
omadm_err pem_file_check(const char *path, const char *option, omadm_error *error);

#endif
