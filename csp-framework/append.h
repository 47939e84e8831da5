/* SPDX-License-Identifier: MIT */
/* MSFT:ReplaceBehavior Append: a Replace adds members to the list that is there. */
#ifndef OMADM_FRAMEWORK_APPEND_H
#define OMADM_FRAMEWORK_APPEND_H

#include "csp-framework/op.h"

/* Would a Replace with that rule append? Only to a list whose members something separates. */
bool append_is_meant(const omadm_ddf *ddf, uint32_t rule);

/* The present list was read, with that status: puts it before the operation's value. 200, 413, 500,
 * or why it cannot be read. */
omadm_status append_take(omadm_framework *fw, fw_op *op, omadm_status status);

#endif
