/* SPDX-License-Identifier: MIT */
/* What becomes of changes that ask for a reboot (MSFT:RebootBehavior). */
#ifndef OMADM_CLI_REBOOT_H
#define OMADM_CLI_REBOOT_H

#include "cli/agent.h"

/* A node was changed that asks for one. Says so in the log, once for each node. */
void reboot_wanted(agent *self, omadm_str uri, bool automatic);
/* The sessions are over: where one is to be automatic, and [csp.Reboot] says how, the device
 * executes ./Vendor/MSFT/Reboot/RebootNow itself. */
void reboot_now(agent *self);

#endif
