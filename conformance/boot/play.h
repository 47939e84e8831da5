/* SPDX-License-Identifier: MIT */
/* A log played into a TPM, as the firmware that wrote it would have. */
#ifndef OMADM_CONFORMANCE_BOOT_PLAY_H
#define OMADM_CONFORMANCE_BOOT_PLAY_H

#include <omadm/error.h>
#include <omadm/eventlog.h>

/*
 * Extends the PCRs of a freshly started TPM, in every bank that it has allocated and the log
 * carries; other banks are left alone. REFUSED: the PCRs do not stand where the log begins (not
 * freshly started, or at another locality); nothing was extended then. IO: the TPM cannot be
 * reached or refused an extension. *n: entries extended.
 */
omadm_err play_log(const omadm_eventlog *log, const char *tcti, size_t *n, omadm_error *error);

#endif
