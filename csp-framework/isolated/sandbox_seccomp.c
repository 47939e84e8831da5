/* SPDX-License-Identifier: MIT */
/*
 * Which system calls are left: what a program with files and threads needs, and nothing that makes
 * a process, a socket or a right. Anything else is EPERM; what is newer than this list is ENOSYS,
 * so that the C library takes its older way.
 *
 * Landlock does not watch what changes a file by its path without opening it (chmod, chown, utimes,
 * extended attributes), and the plugin may run as the agent's own user: those are refused here.
 */
#include "csp-framework/isolated/sandbox_parts.h"

#if !OMADM_SECCOMP

int seccomp_restrict(char *why, size_t size) {
  return sandbox_refuse(why, size, "this omadm was built without libseccomp");
}

#else

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Calls are numbered alike on all architectures from here on. */
enum { NEW_FIRST = 424, NEW_LAST = 600 };

static const char *const free_calls[] = {
    /* memory */
    "brk", "madvise", "membarrier", "mincore", "mmap", "mmap2", "mprotect", "mremap", "msync",
    "munmap",
    /* files; what is opened Landlock and the user's rights decide */
    "_llseek", "access", "close", "close_range", "copy_file_range", "dup", "dup2", "dup3",
    "faccessat", "faccessat2", "fadvise64", "fadvise64_64", "fallocate", "fdatasync", "fgetxattr",
    "flistxattr", "flock", "fstat", "fstat64", "fstatat64", "fstatfs", "fstatfs64", "fsync",
    "ftruncate", "ftruncate64", "getcwd", "getdents", "getdents64", "link", "linkat", "lseek",
    "lstat", "lstat64", "newfstatat", "pipe", "pipe2", "pread64", "preadv", "preadv2", "pwrite64",
    "pwritev", "pwritev2", "read", "readlink", "readlinkat", "readv", "rename", "renameat",
    "renameat2", "rmdir", "sendfile", "sendfile64", "stat", "stat64", "statfs", "statfs64", "statx",
    "symlink", "symlinkat", "umask", "unlink", "unlinkat", "write", "writev",
    /* the socket to the host, which is open already */
    "getsockopt", "recvfrom", "recvmsg", "sendmsg", "sendto", "shutdown",
    /* waiting */
    "alarm", "clock_getres", "clock_getres_time64", "clock_gettime", "clock_gettime64",
    "clock_nanosleep", "clock_nanosleep_time64", "epoll_create", "epoll_create1", "epoll_ctl",
    "epoll_pwait", "epoll_wait", "eventfd", "eventfd2", "getitimer", "gettimeofday", "nanosleep",
    "poll", "ppoll", "ppoll_time64", "pselect6", "pselect6_time64", "select", "_newselect",
    "setitimer", "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime",
    "timer_gettime64", "timer_settime", "timer_settime64", "timerfd_create", "timerfd_gettime",
    "timerfd_gettime64", "timerfd_settime", "timerfd_settime64", "times",
    /* threads and signals */
    "arch_prctl", "exit", "exit_group", "futex", "futex_time64", "futex_waitv", "get_robust_list",
    "getcpu", "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask",
    "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64",
    "sched_get_priority_max", "sched_get_priority_min", "sched_getaffinity", "sched_getparam",
    "sched_getscheduler", "sched_yield", "set_robust_list", "set_thread_area", "set_tid_address",
    "sigaltstack", "sigreturn", "wait4", "waitid",
    /* who and where am I */
    "capget", "getegid", "getegid32", "geteuid", "geteuid32", "getgid", "getgid32", "getgroups",
    "getgroups32", "getpgid", "getpgrp", "getpid", "getppid", "getpriority", "getrandom",
    "getresgid", "getresgid32", "getresuid", "getresuid32", "getrlimit", "getrusage", "getsid",
    "gettid", "getuid", "getuid32", "sysinfo", "ugetrlimit", "uname"};

#define SET_ID_BITS 06000
#define NEW_FILE (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))
#define SAFE_MODE(i)                                                                               \
  { i, SCMP_CMP_MASKED_EQ, SET_ID_BITS, 0 }
#define NO_NEW_FILE(i)                                                                             \
  { i, SCMP_CMP_MASKED_EQ, NEW_FILE, 0 }
#define IS(i, value)                                                                               \
  { i, SCMP_CMP_MASKED_EQ, 0xFFFFFFFF, (uint32_t)(value) }
#define NULL_AT(i)                                                                                 \
  { i, SCMP_CMP_EQ, 0, 0 }
#define NAMESPACES                                                                                 \
  (CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUSER |    \
   CLONE_NEWUTS)
#ifdef __s390x__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif

/* Calls that some arguments make harmless; each row allows one form. */
static const struct {
  const char *call;
  struct scmp_arg_cmp is;
} bound_calls[] = {
    /* a thread, but no process and no namespace */
    {"clone", {CLONE_FLAGS, SCMP_CMP_MASKED_EQ, CLONE_THREAD | NAMESPACES, CLONE_THREAD}},
    /* no file that runs with its owner's rights */
    {"open", NO_NEW_FILE(1)},
    {"open", SAFE_MODE(2)},
    {"openat", NO_NEW_FILE(2)},
    {"openat", SAFE_MODE(3)},
    {"creat", SAFE_MODE(1)},
    {"mkdir", SAFE_MODE(1)},
    {"mkdirat", SAFE_MODE(2)},
    {"fchmod", SAFE_MODE(1)},
    /* of a descriptor, not of a path */
    {"utimensat", NULL_AT(1)},
    {"utimensat_time64", NULL_AT(1)},
    /* limits are read */
    {"prlimit64", NULL_AT(2)},
    {"prctl", IS(0, PR_SET_NAME)},
    {"prctl", IS(0, PR_GET_NAME)},
    {"prctl", IS(0, 0x53564d41)}, /* PR_SET_VMA: a name for memory */
    /* nothing that has a signal sent to somebody (F_SETOWN, FIOSETOWN), nothing of a terminal */
    {"fcntl", IS(1, F_DUPFD)},
    {"fcntl", IS(1, F_DUPFD_CLOEXEC)},
    {"fcntl", IS(1, F_GETFD)},
    {"fcntl", IS(1, F_SETFD)},
    {"fcntl", IS(1, F_GETFL)},
    {"fcntl", IS(1, F_SETFL)},
    {"fcntl", IS(1, F_GETLK)},
    {"fcntl", IS(1, F_SETLK)},
    {"fcntl", IS(1, F_SETLKW)},
    {"fcntl", IS(1, F_OFD_GETLK)},
    {"fcntl", IS(1, F_OFD_SETLK)},
    {"fcntl", IS(1, F_OFD_SETLKW)},
    {"fcntl", IS(1, F_ADD_SEALS)},
    {"fcntl", IS(1, F_GET_SEALS)},
    {"fcntl64", IS(1, F_DUPFD)},
    {"fcntl64", IS(1, F_DUPFD_CLOEXEC)},
    {"fcntl64", IS(1, F_GETFD)},
    {"fcntl64", IS(1, F_SETFD)},
    {"fcntl64", IS(1, F_GETFL)},
    {"fcntl64", IS(1, F_SETFL)},
    {"fcntl64", IS(1, F_GETLK)},
    {"fcntl64", IS(1, F_SETLK)},
    {"fcntl64", IS(1, F_SETLKW)},
    {"ioctl", IS(1, FIOCLEX)},
    {"ioctl", IS(1, FIONCLEX)},
    {"ioctl", IS(1, FIONBIO)},
    {"ioctl", IS(1, FIONREAD)},
    {"ioctl", IS(1, TCGETS)},
    {"ioctl", IS(1, TIOCGWINSZ)},
};

/* A signal reaches this process and no other: abort and pthread_kill. */
static const char *const signal_calls[] = {"kill", "tgkill", "rt_tgsigqueueinfo"};

static bool is_here(int call) {
  return call != __NR_SCMP_ERROR && call >= 0; /* negative: not on this architecture */
}

static int allow(scmp_filter_ctx filter, const char *name, unsigned n,
                 const struct scmp_arg_cmp *args) {
  int call = seccomp_syscall_resolve_name(name);
  return is_here(call) ? seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, n, args) : 0;
}

static bool is_free(int call) {
  for (size_t i = 0; i < sizeof free_calls / sizeof *free_calls; i++)
    if (seccomp_syscall_resolve_name(free_calls[i]) == call) return true;
  return false;
}

static int add_rules(scmp_filter_ctx filter) {
  const struct scmp_arg_cmp own = {0, SCMP_CMP_MASKED_EQ, 0xFFFFFFFF, (uint32_t)getpid()};
  int error = 0;
  for (size_t i = 0; error == 0 && i < sizeof free_calls / sizeof *free_calls; i++)
    error = allow(filter, free_calls[i], 0, NULL);
  for (size_t i = 0; error == 0 && i < sizeof bound_calls / sizeof *bound_calls; i++)
    error = allow(filter, bound_calls[i].call, 1, &bound_calls[i].is);
  for (size_t i = 0; error == 0 && i < sizeof signal_calls / sizeof *signal_calls; i++)
    error = allow(filter, signal_calls[i], 1, &own);
  for (int call = NEW_FIRST; error == 0 && call <= NEW_LAST; call++)
    if (!is_free(call)) error = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call, 0);
  return error;
}

int seccomp_restrict(char *why, size_t size) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
  int error = filter == NULL ? -ENOMEM : add_rules(filter);
  /* A tree instead of a list, where the library can: there are many. */
  if (error == 0) (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  if (error == 0) error = seccomp_load(filter);
  if (filter != NULL) seccomp_release(filter);
  if (error == 0) return 0;
  return sandbox_refuse(why, size, "the filter of system calls cannot be set: %s",
                        strerror(-error));
}

#endif
