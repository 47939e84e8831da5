/* SPDX-License-Identifier: MIT */
/* Event logs that are files: the kernel's, a recording's, or any other. */
#ifndef TPM_LOGS_H
#define TPM_LOGS_H

#include <omadm/error.h>
#include <omadm/log.h>
#include <omadm/tpm.h>

/* Where the logs of one provider are; NULL: nowhere. */
typedef struct logfiles {
  const omadm_log *log; /* borrowed */
  char *boot;
  char *ima;
} logfiles;

/* The paths are copied; NOMEM else. */
omadm_err logfiles_init(logfiles *files, const omadm_log *log, const char *boot, const char *ima);
void logfiles_dispose(logfiles *files);
/* event_log of <omadm/tpm.h>. A file that is not there is NOT_FOUND; without permission it is AUTH,
 * and a sentence in the log says so. Any thread. */
omadm_tpm_status logfiles_read(const logfiles *files, omadm_tpm_log which, uint64_t offset,
                               uint8_t *buffer, size_t size, size_t *len);

#endif
