/* SPDX-License-Identifier: MIT */
/* The host's half, and what both halves use: names become numbers, and what will be missing is
 * said. */
#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "csp-framework/isolated/sandbox_parts.h"

int sandbox_refuse(char *why, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (size > 0) vsnprintf(why, size, format, arguments);
  va_end(arguments);
  return -1;
}

bool sandbox_keeps_variable(const char *variable) {
  static const char *const kept[] = {
    "LANG=",
    "LC_ALL=",
    "LC_CTYPE=",
    "TZ=",
#if SANDBOX_SANITIZED
    "ASAN_OPTIONS=",
    "LSAN_OPTIONS=",
    "TSAN_OPTIONS=",
    "UBSAN_OPTIONS=",
#endif
  };
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    if (strncmp(variable, kept[i], strlen(kept[i])) == 0) return true;
  return false;
}

bool seccomp_is_built(void) {
  return OMADM_SECCOMP;
}

int landlock_version(void) {
  long version = syscall(LANDLOCK_CALL_CREATE, NULL, (size_t)0, 1U);
  return version > 0 && version < 1000 ? (int)version : 0;
}

static int find_user(const char *name, sandbox_config *config, char *why, size_t size) {
  char memory[4096];
  struct passwd entry, *found = NULL;
  int error = getpwnam_r(name, &entry, memory, sizeof memory, &found);
  if (error != 0)
    return sandbox_refuse(why, size, "the user %s cannot be looked up: %s", name, strerror(error));
  if (found == NULL)
    return sandbox_refuse(why, size,
                          "there is no user %s to run it: name one (user =), or useradd --system "
                          "--no-create-home --shell /usr/sbin/nologin %s",
                          name, name);
  if (found->pw_uid == 0 || found->pw_gid == 0)
    return sandbox_refuse(why, size, "the user %s is root or of its group: name another (user =)",
                          name);
  config->change_user = true;
  config->uid = found->pw_uid;
  config->gid = found->pw_gid;
  return 0;
}

int sandbox_prepare(const char *user, sandbox_config *config, char *why, size_t size) {
  if (!seccomp_is_built())
    return sandbox_refuse(why, size,
                          "this omadm was built without libseccomp, so no plugin can be isolated");
  config->parent = getpid();
  config->change_user = false;
  if (geteuid() != 0) return 0;
  return find_user(user != NULL ? user : SANDBOX_USER, config, why, size);
}

void sandbox_lacks(const sandbox_config *config, char *what, size_t size) {
  const struct {
    bool lacks;
    const char *words;
  } lacks[] = {
      {!config->change_user, "it keeps this user, for only root can change it"},
      {landlock_version() == 0,
       "this kernel has no Landlock: file permissions alone say what it may open"},
      {SANDBOX_SANITIZED, "its memory has no limit, for a sanitizer needs terabytes"},
  };
  size_t used = 0;
  if (size > 0) what[0] = '\0';
  for (size_t i = 0; i < sizeof lacks / sizeof *lacks; i++) {
    if (!lacks[i].lacks || used >= size) continue;
    int n = snprintf(what + used, size - used, "%s%s", used > 0 ? "; " : "", lacks[i].words);
    used += n > 0 ? (size_t)n : 0;
  }
}
