/* SPDX-License-Identifier: MIT */
/* What a written log shall say. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/str.h"

#include "conformance/boot/bootlog.h"

void bootlog_options_init(bootlog_options *options) {
  static const uint16_t sha256[] = {0x000B};
  *options =
      (bootlog_options){.banks = sha256,
                        .n_banks = 1,
                        .command_line = "/vmlinuz-6.1.0-30-amd64 root=/dev/mapper/vg-root ro quiet",
                        .sbat = "sbat,1,2022052400\ngrub,2\n",
#define INIT_(name, value) .name = (value),
                        BOOTLOG_FACTS(INIT_)
#undef INIT_
      };
}

static const struct {
  const char *name;
  size_t place;
} numbers[] = {
#define PLACE_(name, value) {#name, offsetof(bootlog_options, name)},
    BOOTLOG_FACTS(PLACE_)
#undef PLACE_
};

static bool set_number(bootlog_options *options, size_t place, const char *value) {
  char *end = NULL;
  errno = 0;
  long long number = value != NULL ? strtoll(value, &end, 0) : BOOTLOG_ABSENT;
  if (value != NULL && (errno != 0 || end == value || *end != '\0' || number < 0)) return false;
  *(int64_t *)(void *)((char *)options + place) = number;
  return true;
}

bool bootlog_options_set(bootlog_options *options, omadm_str name, const char *value) {
  if (omadm_str_is(name, "command_line")) {
    options->command_line = value;
    return true;
  }
  if (omadm_str_is(name, "sbat")) {
    options->sbat = value;
    return true;
  }
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    if (omadm_str_is(name, numbers[i].name)) return set_number(options, numbers[i].place, value);
  }
  return false;
}
