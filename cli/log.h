/* SPDX-License-Identifier: MIT */
/* What omadm(1) says on standard error. */
#ifndef OMADM_CLI_LOG_H
#define OMADM_CLI_LOG_H

#include <stdio.h>

#include <omadm/error.h>
#include <omadm/log.h>
#include <omadm/types.h>

/* Fills a log table that writes "omadm: module: text" to standard error. */
void cli_log_init(omadm_log *log, omadm_log_level level);

/* Writes "omadm: …" to standard error: why a command fails. */
void cli_complain(const char *format, ...) OMADM_PRINTF(1, 2);

/* Writes text of a server, a document or a notification: whatever it is, it stays in its place, and
 * all of it can be seen. Every line after its first one is indented. */
void cli_show(FILE *out, omadm_str text);
/* The same for a whole line of format; line breaks within it are '?'. */
void cli_say(const char *format, ...) OMADM_PRINTF(1, 2);

#endif
