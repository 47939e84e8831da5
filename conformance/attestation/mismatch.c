/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/mismatch.h"

#include <string.h>

#include "conformance/attestation/boot_pcrs.h"

/* PCRs of the state that do not have the certificate's value. */
static uint32_t changed_pcrs(const certificate *then, const omadm_tpm_pcrs *pcrs) {
  uint32_t changed = 0;
  uint32_t state = boot_pcrs_of(then->facts.kind);
  for (uint32_t i = 0; i < OMADM_TPM_PCRS; i++) {
    bool counts = (then->compared & state & 1u << i) != 0;
    if (counts && memcmp(then->pcrs.values[i], pcrs->values[i], pcrs->digest_len) != 0)
      changed |= 1u << i;
  }
  return changed;
}

omadm_err mismatch_find(const certificate *then, const omadm_attest *now,
                        const omadm_tpm_pcrs *pcrs, mismatch *out, omadm_error *error) {
  const omadm_tpm_clock *clock = &now->clock;
  bool rebooted = clock->reset_count != then->reset_count;
  /* restartCount begins again with each reset (TPM 2.0 Library, part 1, 36). */
  if (clock->reset_count < then->reset_count ||
      (!rebooted && clock->restart_count < then->restart_count))
    return omadm_error_set(
        error, OMADM_E_REFUSED, "reset %u, restart %u; the health certificate has %u and %u",
        clock->reset_count, clock->restart_count, then->reset_count, then->restart_count);
  uint32_t changed = changed_pcrs(then, pcrs);
  /* The evidence of now has no log. PCR 12 carries the SVNs of boot manager and OS loader, PCR 13
   * those of the modules that the loader loads; once they differ, the certificate's SVNs are no
   * longer shown. Only a Windows boot has any. */
  bool windows = then->facts.kind == OMADM_BOOT_WINDOWS;
  bool settings = windows && (changed & 1u << 12) != 0;
  bool modules = windows && (changed & 1u << 13) != 0;
  *out = (mismatch){
      .resume = clock->restart_count != then->restart_count,
      .reboot = rebooted,
      .pcr = changed != 0,
      .boot_app_svn = settings,
      .boot_manager_chain = settings,
      .boot_app_chain = settings || modules,
  };
  return OMADM_OK;
}

bool mismatch_any(const mismatch *self) {
#define MISMATCH_OR_(element, member) || self->member
  return false MISMATCH_FLAGS(MISMATCH_OR_);
#undef MISMATCH_OR_
}
