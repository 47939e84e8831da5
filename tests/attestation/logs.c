/* SPDX-License-Identifier: MIT */
#include "logs.h"

#include <omadm/tpm.h>

#include <stdlib.h>

#include "base/str.h"

#include "conformance/boot/bootlog.h"

void logs_write(bool windows, omadm_buf *log) {
  static const uint16_t banks[] = {OMADM_TPM_SHA1, OMADM_TPM_SHA256};
  bootlog_options options;
  bootlog made;
  bootlog_options_init(&options);
  options.banks = banks;
  options.n_banks = 2;
  options.command_line = "/vmlinuz root=/dev/mapper/root ro ima_appraise=enforce";
  options.sbat = "sbat,1,2023012900";
  if (windows) {
    bootlog_windows(&options, &made);
  } else {
    bootlog_linux(&options, &made);
  }
  if (made.err != OMADM_OK || omadm_buf_add_str(log, omadm_buf_str(&made.octets)) != OMADM_OK)
    abort();
  bootlog_dispose(&made);
}
