/* SPDX-License-Identifier: MIT */
/* MSFT:Applicability: is a node for a device like this one? */
#ifndef OMADM_FRAMEWORK_APPLIES_H
#define OMADM_FRAMEWORK_APPLIES_H

#include "csp-framework/core.h"

/* Reads a profile, NULL: everything is left open. ARGUMENT: os_build is no build. */
omadm_err applies_read(const omadm_profile *given, fw_profile *profile, omadm_error *error);

/* What the profile leaves open, and what nobody can read, is no reason against it. */
bool applies_to(const omadm_ddf_applicability *applies, const fw_profile *profile);

/* Is the device's build older than that one? False where either is not known. */
bool applies_before(omadm_str build, const fw_profile *profile);

#endif
