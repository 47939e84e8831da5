/* SPDX-License-Identifier: MIT */
/* What a change of the tree means for the properties of nodes: they come, go and move with them. */
#ifndef OMADM_FRAMEWORK_UPKEEP_H
#define OMADM_FRAMEWORK_UPKEEP_H

#include "csp-framework/op.h"

/* Before a DELETE: what cannot be known afterwards. */
omadm_err upkeep_removing(omadm_framework *fw, fw_op *op);

/* After a change that was accepted, but for the REPLACE of a stored node, which its row counts:
 * version numbers, the ACLs of new nodes, what was kept for nodes that are gone or have another
 * name. */
omadm_err upkeep_after(omadm_framework *fw, const fw_op *op);

/* The same for a node that the device removed from the store; `server_id` is that of
 * upkeep_account.
 */
omadm_err upkeep_removed(omadm_framework *fw, const fw_node *node, omadm_str server_id);

/* Everything is settled: tells the CSPs whose accounts are gone (ACCOUNT_REMOVED). What was taken
 * back meanwhile, or has been made again, is not. */
void upkeep_tell(omadm_framework *fw);

/* Where the node is an account of DMAcc: its ServerID is appended; else nothing. */
omadm_err upkeep_account(omadm_framework *fw, const fw_node *node, omadm_buf *server_id);

#endif
