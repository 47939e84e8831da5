/* SPDX-License-Identifier: MIT */
/* Slots that take too long are named: while one runs, nothing else of the device does. */
#ifndef OMADM_FRAMEWORK_SLOW_H
#define OMADM_FRAMEWORK_SLOW_H

#include "csp-framework/core.h"

/* When a call of a CSP began, for slow_end. */
int64_t slow_begin(void);
/* The call has ended. Warns where it took too long, once for each place; `place` is that of the
 * slot in omadm_csp_slots, or SLOW_DONE. */
void slow_end(fw_csp *csp, size_t place, const char *name, int64_t began);

/* `done` of a job, which has no slot; its place is that of struct_size. */
#define SLOW_DONE ((size_t)0)
#define SLOW_END(csp, slot, began) slow_end((csp), offsetof(omadm_csp_slots, slot), #slot, (began))

#endif
