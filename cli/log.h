/* SPDX-License-Identifier: MIT */
/* What omadm(1) says on standard error. */
#ifndef OMADM_CLI_LOG_H
#define OMADM_CLI_LOG_H

#include <omadm/error.h>
#include <omadm/log.h>

/* Fills a log table that writes "omadm: module: text" to standard error. */
void cli_log_init(omadm_log *log, omadm_log_level level);

/* Writes "omadm: …" to standard error: why a command fails. */
void cli_complain(const char *format, ...) OMADM_PRINTF(1, 2);

#endif
