/* SPDX-License-Identifier: MIT */
/*
 * What an account set is undone when the account goes: a node that it made and that may be deleted
 * goes, or where another one owns something below it becomes that one's; a value that other servers
 * set too becomes theirs, any other its default.
 *
 * That an account is gone is noted in the transaction that removes it, so that a crash in between
 * leaves nothing undone. All is done by the device, each node a transaction of its own; what a CSP
 * refuses is logged and stays, and what cannot be looked at waits for the next start. The rest is a
 * CSP's (OMADM_CSP_ACCOUNT_REMOVED).
 */
#ifndef OMADM_FRAMEWORK_HANDBACK_H
#define OMADM_FRAMEWORK_HANDBACK_H

#include "csp-framework/core.h"

/* The account of that server is being removed: part of the running transaction. */
omadm_err handback_note(omadm_framework *fw, omadm_str server_id);
/* Nothing is open, and all is settled: undoes what is noted, and settles that. */
void handback_run(omadm_framework *fw);

#endif
