/* SPDX-License-Identifier: MIT */
/* DMAcc, the home of accounts, is all DDF. */
#include "csps.h"

#include "dmacc_ddf.h"

const char *const omadm_csp_dmacc_ddf = (const char *)dmacc_ddf;
const size_t omadm_csp_dmacc_ddf_len = sizeof dmacc_ddf - 1;
