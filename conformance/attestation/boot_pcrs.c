/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/boot_pcrs.h"

enum {
  PCR_11 = 1 << 11, /* a Windows boot's own; elsewhere systemd goes on extending it */
  /* IMA, systemd's phases and identity: extended by the running system, so no log of the boot
   * accounts for them, and no fact is drawn from them. */
  PCRS_OF_SYSTEM = 1 << 10 | 1 << 11 | 1 << 15
};

uint32_t boot_pcrs_of(omadm_boot_kind kind) {
  return BOOT_PCRS | (kind == OMADM_BOOT_WINDOWS ? (uint32_t)PCR_11 : 0u);
}

uint32_t boot_unaccounted(uint32_t agree, uint32_t differ, omadm_boot_kind kind) {
  uint32_t system = kind == OMADM_BOOT_WINDOWS ? 0u : (uint32_t)PCRS_OF_SYSTEM;
  /* All of a boot's, so that nothing that facts come from can be left out of the log. */
  return (differ & ~system) | (boot_pcrs_of(kind) & ~agree);
}

omadm_err boot_bank_check(const service_config *config, uint16_t bank, omadm_error *error) {
  uint16_t wanted = config->bank == 0 ? (uint16_t)OMADM_TPM_SHA256 : config->bank;
  if (bank == wanted || (bank == OMADM_TPM_SHA1 && config->allow_sha1_bank)) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED,
                         "the quote is over bank %s; the one that firmware is trusted to measure "
                         "into is %s (--bank)",
                         omadm_tpm_alg_name(bank), omadm_tpm_alg_name(wanted));
}
