/* SPDX-License-Identifier: MIT */
/* The table of the TPM's calls, of the functions tpm_NAME of the file that has it: for a CSP in
 * this process, and for one in its own. */
#ifndef OMADM_FRAMEWORK_TPM_TABLE_H
#define OMADM_FRAMEWORK_TPM_TABLE_H

#include <omadm/tpm.h>

#define TPM_TABLE                                                                                  \
  {                                                                                                \
    .struct_size = sizeof(omadm_tpm_calls), .info = tpm_info, .ek_public = tpm_ek_public,          \
    .ek_certificate = tpm_ek_certificate, .key_open = tpm_key_open, .key_close = tpm_key_close,    \
    .activate = tpm_activate, .quote = tpm_quote, .pcr_read = tpm_pcr_read, .clock = tpm_clock,    \
    .certify = tpm_certify, .sign = tpm_sign, .event_log = tpm_event_log, .random = tpm_random     \
  }

#endif
