/* SPDX-License-Identifier: MIT */
#include "cli/trust.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

omadm_err cli_trust(const char *path, omadm_error *error) {
  struct stat facts;
  if (stat(path, &facts) != 0)
    return omadm_error_set(error, OMADM_E_IO, "%s cannot be read: %s", path, strerror(errno));
  /* A pipe or a terminal is whoever holds its other end. */
  if (!S_ISREG(facts.st_mode) && !S_ISDIR(facts.st_mode)) return 0;
  if (facts.st_uid != geteuid() && facts.st_uid != 0)
    return omadm_error_set(error, OMADM_E_REFUSED, "%s belongs to another user (%lu): chown it",
                           path, (unsigned long)facts.st_uid);
  /* Our own group is ourselves: each user has one, and an umask of 002 with it. */
  mode_t others = facts.st_gid == getegid() ? S_IWOTH : S_IWGRP | S_IWOTH;
  if ((facts.st_mode & others) != 0)
    return omadm_error_set(error, OMADM_E_REFUSED, "others may write to %s: chmod go-w it", path);
  return 0;
}

omadm_err cli_trust_with_folder(const char *path, omadm_error *error) {
  const char *slash = strrchr(path, '/');
  char *folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
  if (folder == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  omadm_err err = cli_trust(folder, error);
  free(folder);
  return err == 0 ? cli_trust(path, error) : err;
}
