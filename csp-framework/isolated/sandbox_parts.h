/* SPDX-License-Identifier: MIT */
/* The walls of sandbox.h that have a file each. */
#ifndef OMADM_ISOLATED_SANDBOX_PARTS_H
#define OMADM_ISOLATED_SANDBOX_PARTS_H

#include "csp-framework/isolated/sandbox.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANDBOX_SANITIZED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANDBOX_SANITIZED 1
#endif
#endif
#ifndef SANDBOX_SANITIZED
#define SANDBOX_SANITIZED 0 /* 1: address space by the terabyte, and /proc/self */
#endif

/* Puts a sentence into `why`; -1. */
int sandbox_refuse(char *why, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Numbered alike on every architecture (but Alpha, which gets no Landlock by it). */
#define LANDLOCK_CALL_CREATE 444
/* Landlock: which version this kernel has, 0 for none. */
int landlock_version(void);
/* What may be opened, as a descriptor for landlock_restrict; -1 in *rules where the kernel has no
 * Landlock. Done while the process may still reach every path. */
int landlock_prepare(const sandbox_config *config, int *rules, char *why, size_t size);
/* Takes ownership of rules. */
int landlock_restrict(int rules, char *why, size_t size);

/* System calls: whether this build can filter them, and the filter. */
bool seccomp_is_built(void);
int seccomp_restrict(char *why, size_t size);

#endif
