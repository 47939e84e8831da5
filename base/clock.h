/* SPDX-License-Identifier: MIT */
/* The clock that never goes back, in milliseconds, and waiting. */
#ifndef OMADM_BASE_CLOCK_H
#define OMADM_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t omadm_clock_ms(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static inline void omadm_clock_sleep(int64_t ms) {
  struct timespec length = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000};
  nanosleep(&length, NULL);
}

#endif
