/* SPDX-License-Identifier: MIT */
/*
 * The CSPs that come with the library, so that a program that embeds it needs no file beside it:
 *
 *   DevInfo    ./DevInfo        what package 1 tells the server (OMA-TS-DM_StdObj 5.3.2)
 *   DevDetail  ./DevDetail      hardware, firmware and software (5.3.3)
 *   DMAcc      ./SyncML/DMAcc   accounts (5.3.1): <omadm/account.h> and <omadm/bootstrap.h> need it
 *   Inbox      ./Inbox          where objects are put that find their place themselves
 *   Reboot     ./Vendor/MSFT/Reboot
 *
 * Settings, as omadm.conf(5) has them below [csp.NAME], come from omadm_framework_config.setting.
 */
#ifndef OMADM_BUILTIN_H
#define OMADM_BUILTIN_H

#include <omadm/error.h>
#include <omadm/framework.h>
#include <omadm/limits.h>
#include <omadm/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  OMADM_BUILTIN_DEVINFO = 1 << 0,
  OMADM_BUILTIN_DEVDETAIL = 1 << 1,
  OMADM_BUILTIN_REBOOT = 1 << 2,
  OMADM_BUILTIN_DMACC = 1 << 3,
  OMADM_BUILTIN_INBOX = 1 << 4,
  OMADM_BUILTIN_ALL = (1 << 5) - 1
};

/* Mounts all of them, as omadm(1) does. Before the first use of the tree, as every mount
 * (<omadm/framework.h>). */
OMADM_EXPORT omadm_err omadm_builtin_mount(omadm_framework *framework, omadm_error *error);
/* Those of a mask: for a program that has a CSP of its own in the place of one. */
OMADM_EXPORT omadm_err omadm_builtin_mount_some(omadm_framework *framework, unsigned which,
                                                omadm_error *error);

/*
 * What the device itself tells these CSPs: DevInfo its id, which has to be that of the session;
 * DevDetail the limits of URIs. For the function `setting` of the framework. Appends to *out;
 * NOT_FOUND: it is not for the device to say. Any thread.
 */
OMADM_EXPORT omadm_err omadm_builtin_setting(const char *csp, omadm_str key, omadm_str device_id,
                                             const omadm_limits *limits, omadm_buf *out);

#ifdef __cplusplus
}
#endif
#endif
