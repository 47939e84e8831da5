/* SPDX-License-Identifier: MIT */
#include "csp-framework/isolated/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "csp-framework/isolated/sandbox_parts.h"

static int failed(const char *what, char *why, size_t size) {
  return sandbox_refuse(why, size, "%s: %s", what, strerror(errno));
}

static int close_between(unsigned first, unsigned last) {
  if (first > last || close_range(first, last, 0) == 0) return 0;
  if (errno != ENOSYS) return -1;
  struct rlimit limit; /* a kernel before 5.9 */
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return -1;
  for (unsigned fd = first; fd <= last && fd < limit.rlim_cur; fd++)
    close((int)fd);
  return 0;
}

/* The socket is all that comes along. Standard input could be somebody's terminal, and standard
 * output is where omadm(1) writes results; a sanitizer keeps standard error for its report. */
static int keep_socket_only(const sandbox_config *config, char *why, size_t size) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return failed("/dev/null cannot be opened", why, size);
  for (int fd = 0; fd <= STDERR_FILENO; fd++)
    if (fd != config->socket && (fd != STDERR_FILENO || !SANDBOX_SANITIZED) && fd != null &&
        dup2(null, fd) < 0)
      return failed("/dev/null cannot be had as standard output", why, size);
  unsigned after = config->socket > STDERR_FILENO ? (unsigned)config->socket : STDERR_FILENO;
  if (close_between(after + 1, ~0U) != 0 ||
      (after > STDERR_FILENO && close_between(STDERR_FILENO + 1, after - 1) != 0))
    return failed("descriptors cannot be closed", why, size);
  return 0;
}

/* The strings of the environment lie on the stack, where a plugin could still read those that were
 * only unset: they are wiped. */
static void keep_plain_environment(void) {
  char **to = environ;
  for (char **from = environ; from != NULL && *from != NULL; from++) {
    if (sandbox_keeps_variable(*from))
      *to++ = *from;
    else
      explicit_bzero(*from, strlen(*from));
  }
  if (to != NULL) *to = NULL;
}

static int limit(int which, uint64_t soft, uint64_t hard, char *why, size_t size) {
  struct rlimit now;
  if (getrlimit(which, &now) != 0) return failed("getrlimit", why, size);
  if (now.rlim_max != RLIM_INFINITY && hard > now.rlim_max) hard = now.rlim_max;
  const struct rlimit wanted = {.rlim_cur = soft < hard ? soft : hard, .rlim_max = hard};
  if (setrlimit(which, &wanted) == 0) return 0;
  return failed("a limit cannot be set", why, size);
}

static int set_limits(const sandbox_config *config, char *why, size_t size) {
  uint64_t memory = config->memory != 0 ? config->memory : SANDBOX_MEMORY;
  uint64_t cpu = config->cpu_seconds;
  /* Each arena of malloc reserves address space, which is what is limited. */
  (void)mallopt(M_ARENA_MAX, 2);
  int error = limit(RLIMIT_CORE, 0, 0, why, size);
  if (error == 0) error = limit(RLIMIT_NOFILE, SANDBOX_FILES, SANDBOX_FILES, why, size);
  if (error == 0) error = limit(RLIMIT_MEMLOCK, 0, 0, why, size);
  if (error == 0 && !SANDBOX_SANITIZED) error = limit(RLIMIT_AS, memory, memory, why, size);
  /* At the first a signal that can be caught, at the second one that cannot. */
  if (error == 0 && cpu > 0) error = limit(RLIMIT_CPU, cpu, cpu + 1, why, size);
  /* Counted by user: where it is the agent's, others of that user would count too. */
  if (error == 0 && config->change_user)
    error = limit(RLIMIT_NPROC, SANDBOX_TASKS, SANDBOX_TASKS, why, size);
  return error;
}

static int drop_rights(const sandbox_config *config, char *why, size_t size) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
  gid_t gid = (gid_t)config->gid;
  uid_t uid = (uid_t)config->uid;
  if (config->change_user &&
      (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0))
    return failed("the user cannot be changed", why, size);
  (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (syscall(SYS_capset, &header, none) != 0)
    return failed("capabilities cannot be dropped", why, size);
  if (geteuid() == 0 || getuid() == 0) return sandbox_refuse(why, size, "it would run as root");
  return 0;
}

/* After the change of user, which takes these back. Nobody of the same user, another plugin for
 * one, may look into this process. */
static int tie(const sandbox_config *config, char *why, size_t size) {
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("no_new_privs", why, size);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failed("dumpable", why, size);
  if (config->parent == 0) return 0;
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return failed("pdeathsig", why, size);
  if (getppid() != (pid_t)config->parent) return sandbox_refuse(why, size, "the agent has ended");
  return 0;
}

#if SANDBOX_SANITIZED
static bool is_entered;

/* The leak checker at the end of a process wants to trace it. */
int __lsan_is_turned_off(void);
__attribute__((visibility("default"))) int __lsan_is_turned_off(void) {
  return is_entered;
}
#endif

int sandbox_enter(const sandbox_config *config, char *why, size_t size) {
  int rules = -1;
#if SANDBOX_SANITIZED
  is_entered = true;
#endif
  if (config->n_allow > SANDBOX_ALLOWED)
    return sandbox_refuse(why, size, "more than %d paths are allowed", SANDBOX_ALLOWED);
  if (keep_socket_only(config, why, size) != 0) return -1;
  keep_plain_environment();
  umask(077);
  if (chdir("/") != 0) return failed("/ cannot be entered", why, size);
  if (getsid(0) != getpid() && setsid() < 0) return failed("setsid", why, size);
  if (landlock_prepare(config, &rules, why, size) != 0) return -1;
  if (set_limits(config, why, size) != 0) return -1;
  if (drop_rights(config, why, size) != 0) return -1;
  if (tie(config, why, size) != 0) return -1;
  if (landlock_restrict(rules, why, size) != 0) return -1;
  return seccomp_restrict(why, size);
}
