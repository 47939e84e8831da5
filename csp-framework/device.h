/* SPDX-License-Identifier: MIT */
/* The tree from the device's side: without AccessType, Scope and rights. */
#ifndef OMADM_FRAMEWORK_DEVICE_H
#define OMADM_FRAMEWORK_DEVICE_H

#include "csp-framework/core.h"

/* Calls `each` with the ServerID of every account below ./SyncML/DMAcc. Spans are borrowed for the
 * call. NOT_FOUND: there are no accounts in this tree, or one of them has no ServerID that could be
 * read. */
omadm_err device_each_account(omadm_framework *fw, void (*each)(void *ctx, omadm_str server_id),
                              void *ctx);
/* Is there an account of that server? Answers as device_each_account where it is not found. */
omadm_err device_find_account(omadm_framework *fw, omadm_str server_id, bool *found);
/* Whether the tree holds accounts and none of that server; false where it cannot be told. The span
 * is not the store's. */
bool device_account_gone(omadm_framework *fw, omadm_str server_id);

#endif
