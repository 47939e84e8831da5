/* SPDX-License-Identifier: MIT */
#include "csp-framework/host.h"

size_t host_late_pick(uint64_t *shuffle, size_t n) {
  *shuffle ^= *shuffle << 13;
  *shuffle ^= *shuffle >> 7;
  *shuffle ^= *shuffle << 17;
  return (size_t)(*shuffle % n);
}
