/* SPDX-License-Identifier: MIT */
/* Where a managed object that was put into ./Inbox belongs (OMA-TS-DM_StdObj 5.3.4). */
#ifndef OMADM_FRAMEWORK_INBOX_H
#define OMADM_FRAMEWORK_INBOX_H

#include "csp-framework/core.h"

/* The slot of the tree port. An object goes where the DDF of a mount describes a node of its
 * identifier: an unnamed one, which takes any number of them, before a named one. */
omadm_status tree_place(void *ctx, const omadm_origin *origin, omadm_str type, omadm_str name,
                        omadm_buf *uri);

#endif
