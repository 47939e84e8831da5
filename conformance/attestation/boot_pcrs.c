/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/boot_pcrs.h"

#include <stdbool.h>

enum {
  PCR_11 = 1 << 11, /* a Windows boot's own; elsewhere systemd goes on extending it */
  /* IMA, systemd's phases and identity: extended by the running system, so no log of the boot
   * accounts for them, and no fact is drawn from them. */
  PCRS_OF_SYSTEM = 1 << 10 | 1 << 11 | 1 << 15
};

uint32_t boot_unaccounted(uint32_t agree, uint32_t differ, omadm_boot_kind kind) {
  bool windows = kind == OMADM_BOOT_WINDOWS;
  /* All of a boot's, so that nothing that facts come from can be left out of the log. */
  uint32_t needed = BOOT_PCRS | (windows ? (uint32_t)PCR_11 : 0u);
  return (differ & ~(windows ? 0u : (uint32_t)PCRS_OF_SYSTEM)) | (needed & ~agree);
}
