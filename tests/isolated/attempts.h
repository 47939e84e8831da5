/* SPDX-License-Identifier: MIT */
/* What a plugin might try that its process must not do. */
#ifndef TEST_ATTEMPTS_H
#define TEST_ATTEMPTS_H

#include <stddef.h>

/* Tries "VERB" or "VERB ARGUMENT". `result` is "done", the name of an errno, or what was found. */
void attempt(const char *what, char *result, size_t size);

#endif
