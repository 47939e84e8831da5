/* SPDX-License-Identifier: MIT */
/* Which CSP serves which root. */
#ifndef OMADM_FRAMEWORK_MOUNT_H
#define OMADM_FRAMEWORK_MOUNT_H

#include "csp-framework/core.h"

/* Could the CSP be mounted? As mount_csp, which asks the same, but nothing is done. */
omadm_err mount_check(omadm_framework *fw, fw_csp *csp, omadm_error *error);

/*
 * Mounts all roots of the CSP, whose DDF is read and whose slots are set; all or none. EXISTS where
 * two of one kind meet, also within the CSP; a stored one that meets code gets an entry and a log
 * line, and serves its other roots.
 */
omadm_err mount_csp(omadm_framework *fw, fw_csp *csp, omadm_error *error);

/* Notes that something could not be mounted, for omadm_framework_mount_at. Texts are copied; name
 * and version may be NULL. */
void mount_refused(omadm_framework *fw, const char *name, const char *version, const char *from,
                   const char *failure);

#endif
