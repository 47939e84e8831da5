/* SPDX-License-Identifier: MIT */
/* What a fuzz target defines, and how it says that something is wrong. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* One input. Returns 0; aborts where a rule is broken. */
int LLVMFuzzerTestOneInput(const uint8_t *octets, size_t n);

static inline void require(int holds) {
  if (!holds) abort();
}

#endif
