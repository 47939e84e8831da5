/* SPDX-License-Identifier: MIT */
/* The files of a recording, which record.c writes and recorded.c reads. */
#ifndef TPM_RECORDING_H
#define TPM_RECORDING_H

#include <omadm/error.h>
#include <omadm/tpm.h>

#define RECORDING_INFO "info.txt"
#define RECORDING_AK "ak.pub"
#define RECORDING_QUOTE "quote.attest"
#define RECORDING_SIGNATURE "quote.sig"
#define RECORDING_PCRS "pcrs.txt"
#define RECORDING_BOOT_LOG "eventlog.bin"
#define RECORDING_IMA_LOG "ima.bin"

enum {
  RECORDING_NAME = 32, /* octets of a file's name, with its end */
  RECORDING_TEXT = 64 * 1024, /* of the largest text file */
  RECORDING_CERTIFICATES = 8 /* of one EK, its own counted */
};

/* "ek-rsa2048.pub"; ARGUMENT for an unknown EK. */
omadm_err recording_ek_name(omadm_tpm_ek ek, char name[RECORDING_NAME]);
/* "ek-rsa2048.crt", for number 1 "ek-rsa2048-1.crt". */
omadm_err recording_certificate_name(omadm_tpm_ek ek, uint32_t number, char name[RECORDING_NAME]);

/* Lines of a word and its value. */
omadm_err recording_write_info(const omadm_tpm_info *info, omadm_buf *text);
/* Lines with unknown words are passed over, missing ones leave zeros. SYNTAX: a value is none. */
omadm_err recording_parse_info(omadm_str text, omadm_tpm_info *info);

/* Lines "sha256:0 HEX". */
omadm_err recording_write_pcrs(const omadm_tpm_pcrs *pcrs, omadm_buf *text);
/* The values of that bank, mask 0 where there are none. *banks (may be NULL) gets the banks of the
 * whole text, at most 8, and *n their number. SYNTAX: a line is none. */
omadm_err recording_parse_pcrs(omadm_str text, uint16_t bank, omadm_tpm_pcrs *pcrs,
                               uint16_t banks[8], uint32_t *n);

#endif
