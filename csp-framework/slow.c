/* SPDX-License-Identifier: MIT */
#include "csp-framework/slow.h"

#include "base/clock.h"

enum { SLOW_MS = 250 };

_Static_assert(sizeof(omadm_csp_slots) / sizeof(void *) <= 64, "a bit for each slot");

int64_t slow_begin(void) {
  return omadm_clock_ms();
}

void slow_end(fw_csp *csp, size_t place, const char *name, int64_t began) {
  int64_t took = omadm_clock_ms() - began;
  uint64_t bit = UINT64_C(1) << (place / sizeof(void *));
  if (took <= SLOW_MS || (csp->slow & bit) != 0) return;
  csp->slow |= bit;
  fw_log(csp->fw, OMADM_LOG_WARN,
         "%s: %s took %lld ms, and everything else waited; what takes longer than %d ms belongs "
         "into a job",
         csp->name, name, (long long)took, SLOW_MS);
}
