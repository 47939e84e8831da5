/* SPDX-License-Identifier: MIT */
/* Boot logs for these tests, with banks SHA-1 and SHA-256. */
#ifndef TESTS_ATTESTATION_LOGS_H
#define TESTS_ATTESTATION_LOGS_H

#include <omadm/types.h>

#include <stdbool.h>

/* Appends. Windows: Secure Boot, BitLocker, ELAM, code integrity; else Linux by shim and GRUB. */
void logs_write(bool windows, omadm_buf *log);

#endif
