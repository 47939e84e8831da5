/* SPDX-License-Identifier: MIT */
/* The ways of calling a slot: as it is, or with every argument copied through octets. */
#ifndef OMADM_FRAMEWORK_HOST_H
#define OMADM_FRAMEWORK_HOST_H

#include "csp-framework/core.h"

typedef omadm_status (*host_slot)(uint64_t self, const omadm_csp_request *request);

/* Calls slot(self, request) in the way that the framework was made for. 500 where the copy needs
 * more memory than there is. */
omadm_status host_call(const omadm_framework *fw, host_slot slot, uint64_t self,
                       const omadm_csp_request *request);

/*
 * The copying host. The request is written into one run of octets, read back into memory of its
 * own, which is freed as soon as the slot returns: what a CSP keeps of it, the sanitizer finds.
 */
omadm_status host_copy_call(host_slot slot, uint64_t self, const omadm_csp_request *request);
/* A copy of a span that a CSP gave to a service, in memory of its own. Free with free(). NULL
 * without memory. */
char *host_copy_str(omadm_str s);

/* The late host: which of n answers that are here is delivered next. */
size_t host_late_pick(uint64_t *shuffle, size_t n);

#endif
