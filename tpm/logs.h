/* SPDX-License-Identifier: MIT */
/* Event logs that are files: the kernel's, a recording's, or any other. */
#ifndef TPM_LOGS_H
#define TPM_LOGS_H

#include <stdatomic.h>
#include <stdbool.h>

#include <omadm/error.h>
#include <omadm/log.h>
#include <omadm/tpm.h>

typedef struct logfile {
  char *path; /* NULL: nowhere */
  bool named; /* by the configuration: it has to be there */
  bool kernel;
  atomic_bool said; /* that it cannot be read; once, until it can */
} logfile;

/* The logs of one provider. */
typedef struct logfiles {
  const omadm_log *log; /* borrowed */
  logfile boot, ima;
} logfiles;

/* The paths where the configuration names none; may be NULL. */
typedef struct logfile_presets {
  const char *boot, *ima;
  bool kernel; /* they are the kernel's */
} logfile_presets;

/* The paths are copied; NOMEM else. */
omadm_err logfiles_init(logfiles *files, const omadm_tpm_config *config,
                        const logfile_presets *presets);
void logfiles_dispose(logfiles *files);
/* event_log of <omadm/tpm.h>. A file that is not there is NOT_FOUND, one that cannot be read is IO;
 * the log says why, but not of a preset one that is not there. Any thread. */
omadm_tpm_status logfiles_read(logfiles *files, omadm_tpm_log which, uint64_t offset,
                               uint8_t *buffer, size_t size, size_t *len);

#endif
