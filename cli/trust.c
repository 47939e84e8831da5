/* SPDX-License-Identifier: MIT */
#include "cli/trust.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/trust.h"

omadm_err cli_trust(const char *path, omadm_error *error) {
  struct stat facts;
  if (stat(path, &facts) != 0)
    return omadm_error_set(error, OMADM_E_IO, "%s cannot be read: %s", path, strerror(errno));
  /* A pipe or a terminal is whoever holds its other end. */
  if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) return 0;
  return omadm_trust_facts(path, &facts, error);
}
