/* SPDX-License-Identifier: MIT */
/* The tree from the device's side: without AccessType, Scope and rights. */
#ifndef OMADM_FRAMEWORK_DEVICE_H
#define OMADM_FRAMEWORK_DEVICE_H

#include "csp-framework/core.h"

/* Calls `each` with the ServerID of every account below ./SyncML/DMAcc. Spans are borrowed for the
 * call. */
void device_each_account(omadm_framework *fw, void (*each)(void *ctx, omadm_str server_id),
                         void *ctx);

#endif
