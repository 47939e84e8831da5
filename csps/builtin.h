/* SPDX-License-Identifier: MIT */
/* Mounts the CSPs that are linked into omadm. A target of its own: CSPs themselves see nothing of
 * the framework. */
#ifndef OMADM_CSPS_BUILTIN_H
#define OMADM_CSPS_BUILTIN_H

#include <omadm/framework.h>

/* DevInfo, DevDetail, DMAcc and Reboot. */
omadm_err omadm_builtin_mount(omadm_framework *framework, omadm_error *error);

/* What the device itself tells these CSPs: DevInfo its id, DevDetail the limits of URIs. Appends to
 *out; NOT_FOUND: it is not for the device to say. */
omadm_err omadm_builtin_setting(const char *csp, omadm_str key, omadm_str device_id,
                                const omadm_limits *limits, omadm_buf *out);

#endif
