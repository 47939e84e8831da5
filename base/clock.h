/* SPDX-License-Identifier: MIT */
/* The clock that never goes back, in milliseconds. */
#ifndef OMADM_BASE_CLOCK_H
#define OMADM_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t omadm_clock_ms(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

#endif
