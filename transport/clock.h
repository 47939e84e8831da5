/* SPDX-License-Identifier: MIT */
/* What is left of a wait. */
#ifndef OMADM_TRANSPORT_CLOCK_H
#define OMADM_TRANSPORT_CLOCK_H

#include "base/clock.h"

/* What is left of a wait until `until`, at most `most`; 0 when it has passed. */
static inline int clock_left(int64_t until, int most) {
  int64_t left = until - omadm_clock_ms();
  if (left <= 0) return 0;
  return left < most ? (int)left : most;
}

#endif
