/* SPDX-License-Identifier: MIT */
/* Names of event types. */
#include "tpm/eventlog/log.h"

static const struct {
  uint32_t type;
  const char *name;
} names[] = {
#define EVENT_NAME_(name, value) {(value), "EV_" #name},
    EVENT_TYPES(EVENT_NAME_)
#undef EVENT_NAME_
};

const char *omadm_event_type_name(uint32_t type) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (names[i].type == type) return names[i].name;
  }
  return "";
}
