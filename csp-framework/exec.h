/* SPDX-License-Identifier: MIT */
/* Exec beyond its answer: the end of a long one becomes an alert to the server that asked for it,
 * also after a restart. */
#ifndef OMADM_FRAMEWORK_EXEC_H
#define OMADM_FRAMEWORK_EXEC_H

#include "csp-framework/dispatch.h"
#include "csp-framework/op.h"

/* The server knows, or will be told, that the Exec goes on. `journal`: it is told 202, and waits
 * for the alert. */
void exec_told(omadm_framework *fw, fw_call *call, const fw_op *op, bool journal);
/* It has ended: raises the alert and frees the call. */
void exec_ended(omadm_framework *fw, fw_call *call);
/* The server is told that the Exec goes on, but it never began: an alert says 500. */
void exec_never(omadm_framework *fw, const fw_op *op);
/* Asks the CSP to go on with one that its journal holds, or ends it. */
void exec_go_on(omadm_framework *fw, fw_call *call);
/* After a restart, when all is mounted: hands what the journal holds to the CSPs, but what a server
 * asked for whose account is gone. */
void exec_resume(omadm_framework *fw);

#endif
