/* SPDX-License-Identifier: MIT */
/* The keys of the TPM that each CSP has opened: their handles are the provider's, one row of
 * numbers for all, and nobody uses another's. Any thread. */
#ifndef OMADM_FRAMEWORK_KEYS_H
#define OMADM_FRAMEWORK_KEYS_H

#include "csp-framework/core.h"

/* Notes that the CSP opened it. False: it has as many as may be. */
bool keys_add(fw_csp *csp, uint64_t handle);
bool keys_has(const fw_csp *csp, uint64_t handle);
/* False: it has none of that handle. */
bool keys_remove(fw_csp *csp, uint64_t handle);
/* Closes those that the CSP left open. */
void keys_close(fw_csp *csp);

#endif
