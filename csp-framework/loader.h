/* SPDX-License-Identifier: MIT */
/* CSPs come and go: DDFs without code, descriptors, shared objects. */
#ifndef OMADM_FRAMEWORK_LOADER_H
#define OMADM_FRAMEWORK_LOADER_H

#include "csp-framework/core.h"

/* Closes all CSPs, the last opened first, and frees their DDFs and libraries. */
void loader_close(omadm_framework *fw);

#endif
