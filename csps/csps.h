/* SPDX-License-Identifier: MIT */
/* The CSPs that are linked into omadm. */
#ifndef OMADM_CSPS_H
#define OMADM_CSPS_H

#include <omadm/csp.h>

extern const omadm_csp_descriptor omadm_csp_devinfo;
extern const omadm_csp_descriptor omadm_csp_devdetail;
extern const omadm_csp_descriptor omadm_csp_reboot;

/* No code: ./SyncML/DMAcc is a stored CSP made from this text. */
extern const char *const omadm_csp_dmacc_ddf;
extern const size_t omadm_csp_dmacc_ddf_len;
/* Likewise: ./Inbox. */
extern const char *const omadm_csp_inbox_ddf;
extern const size_t omadm_csp_inbox_ddf_len;

#endif
