/* SPDX-License-Identifier: MIT */
/*
 * Landlock: which files the process may open. By system call and with numbers of our own, for the
 * C library has no functions for it and the kernel's header may be older than the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "csp-framework/isolated/sandbox_parts.h"

enum { CALL_ADD = LANDLOCK_CALL_CREATE + 1, CALL_RESTRICT = LANDLOCK_CALL_CREATE + 2 };
enum { RULE_PATH = 1 };

enum {
  FS_EXECUTE = 1 << 0,
  FS_WRITE_FILE = 1 << 1,
  FS_READ_FILE = 1 << 2,
  FS_READ_DIR = 1 << 3,
  FS_REMOVE_DIR = 1 << 4,
  FS_REMOVE_FILE = 1 << 5,
  FS_MAKE_DIR = 1 << 7,
  FS_MAKE_REG = 1 << 8,
  FS_MAKE_SYM = 1 << 12,
  FS_REFER = 1 << 13, /* version 2 */
  FS_TRUNCATE = 1 << 14, /* version 3 */
};

/* All rights of a version: what is handled and not granted is denied. */
static const uint64_t rights_of[] = {0, 0x1FFF, 0x3FFF, 0x7FFF, 0x7FFF, 0xFFFF};
enum { NET_VERSION = 4, NET_BIND_CONNECT = 3, SCOPE_VERSION = 6, SCOPE_SOCKETS_SIGNALS = 3 };

/* No right to execute: mapping a library is reading it. No devices, pipes or sockets. */
#define READ ((uint64_t)(FS_READ_FILE | FS_READ_DIR))
#define WRITE                                                                                      \
  ((uint64_t)(FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR | FS_MAKE_REG |         \
              FS_MAKE_SYM | FS_REFER | FS_TRUNCATE))
#define OF_A_FILE ((uint64_t)(FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE))

/* What the kernel reads; it takes a longer one than it knows where the rest is zero. */
typedef struct ruleset {
  uint64_t files, net, scoped;
} ruleset;

typedef struct __attribute__((packed)) path_rule {
  uint64_t rights;
  int32_t fd;
} path_rule;

/* What every program needs. What is not there is left out. */
static const struct {
  const char *path;
  uint64_t rights;
} common[] = {
    {"/lib", READ},
    {"/lib32", READ},
    {"/lib64", READ},
    {"/usr/lib", READ},
    {"/usr/lib32", READ},
    {"/usr/lib64", READ},
    {"/usr/local/lib", READ},
    {"/usr/local/lib64", READ},
    {"/usr/share/locale", READ},
    {"/usr/share/zoneinfo", READ},
    {"/etc/ld.so.cache", READ},
    {"/etc/ld.so.preload", READ},
    {"/etc/localtime", READ},
    {"/etc/ssl/openssl.cnf", READ},
    {"/dev/null", READ | FS_WRITE_FILE},
    {"/dev/zero", READ},
    {"/dev/random", READ},
    {"/dev/urandom", READ},
#if SANDBOX_SANITIZED
    {"/proc/self", READ},
#endif
};

static uint64_t all_rights(void) {
  size_t version = (size_t)landlock_version();
  size_t last = sizeof rights_of / sizeof *rights_of - 1;
  return rights_of[version < last ? version : last];
}

/* 0, or an errno. */
static int add_path(int rules, const char *path, uint64_t rights) {
  struct stat facts;
  path_rule rule = {.rights = rights & all_rights(), .fd = open(path, O_PATH | O_CLOEXEC)};
  if (rule.fd < 0) return errno;
  int error = fstat(rule.fd, &facts) != 0 ? errno : 0;
  if (error == 0 && !S_ISDIR(facts.st_mode)) rule.rights &= OF_A_FILE;
  if (error == 0 && syscall(CALL_ADD, rules, RULE_PATH, &rule, 0) != 0) error = errno;
  close(rule.fd);
  return error;
}

static int add_paths(const sandbox_config *config, int rules, char *why, size_t size) {
  int error = 0;
  for (size_t i = 0; i < sizeof common / sizeof *common; i++)
    (void)add_path(rules, common[i].path, common[i].rights);
  if (config->plugin != NULL && (error = add_path(rules, config->plugin, READ)) != 0)
    return sandbox_refuse(why, size, "%s cannot be opened: %s", config->plugin, strerror(error));
  for (size_t i = 0; i < config->n_allow; i++)
    if ((error = add_path(rules, config->allow[i], READ | WRITE)) != 0)
      return sandbox_refuse(why, size, "allow = %s: it cannot be opened: %s", config->allow[i],
                            strerror(error));
  return 0;
}

int landlock_prepare(const sandbox_config *config, int *rules, char *why, size_t size) {
  int version = landlock_version();
  *rules = -1;
  if (version == 0) return 0;
  const ruleset set = {.files = all_rights(),
                       .net = version >= NET_VERSION ? NET_BIND_CONNECT : 0,
                       .scoped = version >= SCOPE_VERSION ? SCOPE_SOCKETS_SIGNALS : 0};
  *rules = (int)syscall(LANDLOCK_CALL_CREATE, &set, sizeof set, 0);
  if (*rules < 0)
    return sandbox_refuse(why, size, "Landlock version %d refuses its rules: %s", version,
                          strerror(errno));
  return add_paths(config, *rules, why, size);
}

int landlock_restrict(int rules, char *why, size_t size) {
  if (rules < 0) return 0;
  int error = syscall(CALL_RESTRICT, rules, 0) != 0 ? errno : 0;
  close(rules);
  if (error == 0) return 0;
  return sandbox_refuse(why, size, "Landlock cannot be entered: %s", strerror(error));
}
