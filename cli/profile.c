/* SPDX-License-Identifier: MIT */
#include "cli/profile.h"

#include <errno.h>
#include <stdlib.h>

#include "base/str.h"

omadm_err cli_profile(const cli_config *config, omadm_profile *profile, omadm_error *error) {
  omadm_str build = config_get(config, CONFIG_DEVICE, "", "os-build");
  omadm_str edition = config_get(config, CONFIG_DEVICE, "", "edition");
  omadm_str join = config_get(config, CONFIG_DEVICE, "", "join");
  *profile = (omadm_profile){.struct_size = sizeof *profile};
  if (build.len > 0) profile->os_build = build.ptr;
  if (join.len > 0)
    profile->join = omadm_str_is(join, "entra") ? OMADM_JOIN_ENTRA : OMADM_JOIN_NONE;
  if (edition.len == 0) return OMADM_OK;
  char *end = NULL;
  errno = 0;
  unsigned long number = strtoul(edition.ptr, &end, 0);
  if (errno != 0 || *end != '\0' || number == 0 || number > UINT32_MAX)
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "edition: it must be a number, as 72 or 0x48 (file %s)", config->file);
  profile->edition = (uint32_t)number;
  return OMADM_OK;
}
