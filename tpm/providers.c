/* SPDX-License-Identifier: MIT */
#include "tpm/providers.h"

#include <stddef.h>

const tpm_provider omadm_tpm_providers[] = {
    {"tss2", tss2_open}, {"recorded", recorded_open}, {"none", none_open}, {NULL, NULL}};
