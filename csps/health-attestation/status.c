/* SPDX-License-Identifier: MIT */
#include "health-attestation/status.h"

#include <stddef.h>

static const struct {
  int status;
  const char *text;
} statuses[] = {
#define ROW_(name, code, text) {(code), (text)},
    HEALTH_STATUSES(ROW_)
#undef ROW_
};

const char *health_status_text(int status) {
  for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
    if (statuses[i].status == status) return statuses[i].text;
  return "";
}
