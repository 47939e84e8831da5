/* SPDX-License-Identifier: MIT */
/* Inbox is all DDF: the engine does what it is for. */
#include "csps.h"

#include "inbox_ddf.h"

const char *const omadm_csp_inbox_ddf = (const char *)inbox_ddf;
const size_t omadm_csp_inbox_ddf_len = sizeof inbox_ddf - 1;
