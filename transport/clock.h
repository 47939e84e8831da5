/* SPDX-License-Identifier: MIT */
/* The clock that never goes back, in milliseconds. */
#ifndef OMADM_TRANSPORT_CLOCK_H
#define OMADM_TRANSPORT_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What is left of a wait until `until`, at most `most`; 0 when it has passed. */
static inline int clock_left(int64_t until, int most) {
  int64_t left = until - clock_ms();
  if (left <= 0) return 0;
  return left < most ? (int)left : most;
}

#endif
