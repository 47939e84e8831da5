/* SPDX-License-Identifier: MIT */
/* What the framework does for CSPs: the table of <omadm/csp.h>, and their jobs. */
#ifndef OMADM_FRAMEWORK_SERVICES_H
#define OMADM_FRAMEWORK_SERVICES_H

#include "csp-framework/core.h"

/* The table that a CSP gets; lives for ever. */
const omadm_csp_services *services_table(const omadm_framework *fw);
/* The handle that goes with it. */
uint64_t services_handle(const fw_csp *csp);

/* The CSP is closed: what services lent to it goes. */
void services_forget(fw_csp *csp);

/* Runs or collects jobs; waits for at most timeout_ms for the first. Returns how many ended. */
int services_work(omadm_framework *fw, int timeout_ms);
/* Jobs that have not ended. */
size_t services_jobs(const omadm_framework *fw);
/* Has it a worker that does things while a slot runs, and says so? */
bool services_has_threads(const omadm_framework *fw);
/* Something that is waited for as a job is, and that the worker does for another process. */
void services_job_began(omadm_framework *fw);
void services_job_ended(omadm_framework *fw);
/* Waits for all jobs. */
void services_finish(omadm_framework *fw);

#endif
