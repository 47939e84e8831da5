/* SPDX-License-Identifier: MIT */
/* MSFT:RebootBehavior: nodes that were changed and whose change asks for a reboot, until that is
 * settled and told. Nothing of it outlives the process. Of very many some are not named; that one
 * of them is automatic is told with the first that is. */
#ifndef OMADM_FRAMEWORK_REBOOTS_H
#define OMADM_FRAMEWORK_REBOOTS_H

#include "csp-framework/core.h"

/* The node was changed. */
void reboots_note(omadm_framework *fw, const fw_node *node);
/* An Atomic begins; it is rolled back: what was noted since is forgotten. */
void reboots_begin(omadm_framework *fw);
void reboots_undo(omadm_framework *fw);
/* What is noted was settled, and the host is told; or it was not, and is forgotten. What an open
 * Atomic noted stays. */
void reboots_tell(omadm_framework *fw, bool settled);

#endif
