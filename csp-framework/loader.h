/* SPDX-License-Identifier: MIT */
/* CSPs come and go: DDFs without code, descriptors, shared objects. */
#ifndef OMADM_FRAMEWORK_LOADER_H
#define OMADM_FRAMEWORK_LOADER_H

#include "csp-framework/core.h"

/* Closes all CSPs, the last opened first, and frees their DDFs and libraries. */
void loader_close(omadm_framework *fw);

/* The CSP with code that has the name; NULL: there is none. */
fw_csp *loader_find(const omadm_framework *fw, omadm_str name);

/* What reload.c shares. */
/* Opens a file; dlclose is the caller's. The descriptor may be NULL. */
omadm_err loader_library(const char *path, void **library, const omadm_csp_descriptor **descriptor,
                         omadm_error *error);
/* Could the descriptor take the CSP's place? ABI; REFUSED: it has another name or DDF. */
omadm_err loader_check_same(const fw_csp *csp, const omadm_csp_descriptor *descriptor,
                            omadm_error *error);
/* It takes the place. */
void loader_take(fw_csp *csp, const omadm_csp_descriptor *descriptor);
/* The version that is told of it; it is kept as long as the framework. */
void loader_set_version(fw_csp *csp, const char *version);
omadm_err loader_open(fw_csp *csp, omadm_error *error);
/* After its jobs. */
void loader_end(fw_csp *csp);

#endif
