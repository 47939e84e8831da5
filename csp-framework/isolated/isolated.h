/* SPDX-License-Identifier: MIT */
/*
 * Plugins in a process of their own: what the framework sees of them. A CSP of this kind has slots
 * that ask its process and wait, while they do for it what services do.
 *
 * A process that dies, breaks the wire's rules or lets a slot wait for too long is killed with all
 * that it started. The slot that runs is answered 500, as are the requests that are late; the next
 * slot starts a new process. After five deaths within a minute (STORM_DEATHS) slots are 503 until
 * that minute is over. Execs that were told 202 are handed to the new process by resume.
 */
#ifndef OMADM_ISOLATED_ISOLATED_H
#define OMADM_ISOLATED_ISOLATED_H

#include "csp-framework/core.h"

typedef struct fw_isolated fw_isolated;

/* Starts the process and lets it load the file. The descriptor is borrowed until isolated_free; its
 * slots are those of the process, asked through `host` of open. */
omadm_err isolated_new(omadm_framework *fw, const char *path, const omadm_isolation *isolation,
                       fw_isolated **isolated, const omadm_csp_descriptor **descriptor,
                       omadm_error *error);
/* It serves that CSP from now on, before open. */
void isolated_bind(fw_isolated *isolated, fw_csp *csp);
/* Ends the process. NULL is allowed. */
void isolated_free(fw_isolated *isolated);

/* Has it jobs, or asks it the network or the TPM? */
bool isolated_is_busy(const fw_isolated *isolated);
/* A new process loads the file; when it is one that may take the CSP's place, the old one is closed
 * and the new one opened. Else the old one goes on. */
omadm_err isolated_reload(fw_isolated *isolated, omadm_error *error);

/* Number of the process; 0: there is none now. */
int64_t isolated_process(const fw_isolated *isolated);

/* Serves what processes say between slots, and what deaths left to be done; `jobs`: and tells them
 * to end their jobs. Waits for at most timeout_ms for the first of it, or until the worker has
 * something. *worker is set where that is so. Returns how much was done. */
int isolated_work(omadm_framework *fw, int worker_fd, int timeout_ms, bool jobs, bool *worker);
/* Jobs of all processes that have not ended. */
size_t isolated_jobs(const omadm_framework *fw);
/* Kills those that are busy. */
void isolated_end_jobs(omadm_framework *fw);

#endif
