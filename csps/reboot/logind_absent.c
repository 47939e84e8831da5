/* SPDX-License-Identifier: MIT */
/* In the place of logind.c where libsystemd was missing when this was built. */
#include "reboot/logind.h"

#include <stdio.h>

static bool absent(logind *self) {
  self->other = false;
  snprintf(self->reason, sizeof self->reason, "this was built without systemd");
  return false;
}

bool logind_reboot(logind *self) {
  return absent(self);
}

bool logind_schedule(logind *self, int64_t at) {
  (void)at;
  return absent(self);
}
