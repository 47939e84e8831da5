/* SPDX-License-Identifier: MIT */
/*
 * Counts the system calls that change a file, or reach the other process, in the agent and in the
 * process of its plugin, and kills one of the two right behind call number `at`. Calls on the
 * standard streams and on pipes are not counted: they change nothing that is kept.
 */
#include "shared.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static crash_shared *shared; /* NULL: this process is not looked at */
static int is_agent;

static void die(void) {
  syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
  syscall(SYS_exit_group, 137); /* where no signal may be sent */
}

/* The agent waits here for the child's word: the child may send no signals. */
static void *watch(void *arg) {
  (void)arg;
  while (atomic_load(&shared->agent_dies) == 0)
    syscall(SYS_futex, &shared->agent_dies, FUTEX_WAIT, 0, NULL, NULL, 0);
  die();
  return NULL;
}

static void pause_ms(long ms) {
  const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
  syscall(SYS_nanosleep, &t, NULL);
}

static void kill_child(void) {
  pid_t child = (pid_t)atomic_load(&shared->child);
  if (child == 0) return; /* it has not begun: nobody is killed */
  atomic_store(&shared->killed, shared->at);
  syscall(SYS_kill, child, SIGKILL);
  siginfo_t info;
  /* Until it is gone; who waits for it finds it yet. */
  syscall(SYS_waitid, 1 /* P_PID */, child, &info, 4 /* WEXITED */ | 0x01000000 /* WNOWAIT */,
          NULL);
}

static void kill_agent(void) {
  atomic_store(&shared->killed, shared->at);
  atomic_store(&shared->agent_dies, 1);
  syscall(SYS_futex, &shared->agent_dies, FUTEX_WAKE, 1, NULL, NULL, 0);
  pause_ms(10000); /* the end of the agent is the end of this process, too */
}

static void count(void) {
  if (shared == NULL) return;
  uint32_t now = atomic_fetch_add(&shared->calls, 1) + 1;
  if (!is_agent) atomic_fetch_add(&shared->in_child, 1);
  if (now != shared->at) return;
  if (shared->whom == CRASH_AGENT && !is_agent) kill_agent();
  if (shared->whom == CRASH_CHILD && is_agent) kill_child();
  if ((shared->whom == CRASH_AGENT) != is_agent) return;
  atomic_store(&shared->killed, now);
  die();
}

static int counts(int fd) {
  struct stat s;
  if (shared == NULL || fd < 3 || fstat(fd, &s) != 0) return 0;
  return S_ISREG(s.st_mode) || S_ISDIR(s.st_mode) || S_ISSOCK(s.st_mode);
}

static void set_up(void) __attribute__((constructor));
static void set_up(void) {
  const char *path = getenv("OMADM_TEST_CRASH");
  uint32_t none = 0;
  pthread_t thread;
  int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  crash_shared *page = mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (page == MAP_FAILED) return;
  is_agent = atomic_compare_exchange_strong(&page->agent, &none, (uint32_t)getpid());
  if (!is_agent) atomic_store(&page->child, (uint32_t)getpid());
  if (is_agent && page->whom == CRASH_AGENT) {
    shared = page;
    if (pthread_create(&thread, NULL, watch, NULL) == 0) pthread_detach(thread);
  }
  shared = page;
}

/* The next definition of a function: the C library's, or a sanitizer's. */
static void *next(const char *name) {
  void *f = dlsym(RTLD_NEXT, name);
  if (f == NULL) abort();
  return f;
}

#define NEXT(name) ((__typeof__(&name))(uintptr_t)next(#name))
/* A call of `fd` that changes what it leads to. */
#define ON_FD(type, name, parameters, arguments)                                                   \
  type name parameters {                                                                           \
    static type(*real) parameters;                                                                 \
    if (real == NULL) real = NEXT(name);                                                           \
    int is_counted = counts(fd);                                                                   \
    type result = real arguments;                                                                  \
    if (is_counted) count();                                                                       \
    return result;                                                                                 \
  }
/* A call that changes a folder. */
#define ON_NAME(name, parameters, arguments)                                                       \
  int name parameters {                                                                            \
    static int(*real) parameters;                                                                  \
    if (real == NULL) real = NEXT(name);                                                           \
    int result = real arguments;                                                                   \
    count();                                                                                       \
    return result;                                                                                 \
  }

ON_FD(ssize_t, write, (int fd, const void *from, size_t n), (fd, from, n))
ON_FD(ssize_t, pwrite, (int fd, const void *from, size_t n, off_t at), (fd, from, n, at))
ON_FD(ssize_t, pwrite64, (int fd, const void *from, size_t n, off64_t at), (fd, from, n, at))
ON_FD(ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
ON_FD(ssize_t, pwritev, (int fd, const struct iovec *v, int n, off_t at), (fd, v, n, at))
ON_FD(ssize_t, pwritev64, (int fd, const struct iovec *v, int n, off64_t at), (fd, v, n, at))
ON_FD(int, fsync, (int fd), (fd))
ON_FD(int, fdatasync, (int fd), (fd))
ON_FD(int, ftruncate, (int fd, off_t n), (fd, n))
ON_FD(int, ftruncate64, (int fd, off64_t n), (fd, n))
ON_FD(ssize_t, send, (int fd, const void *from, size_t n, int flags), (fd, from, n, flags))
ON_FD(ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
ON_FD(ssize_t, sendto,
      (int fd, const void *from, size_t n, int flags, const struct sockaddr *to, socklen_t size),
      (fd, from, n, flags, to, size))
ON_NAME(rename, (const char *from, const char *to), (from, to))
ON_NAME(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to))
ON_NAME(unlink, (const char *name), (name))
ON_NAME(unlinkat, (int fd, const char *name, int flags), (fd, name, flags))
ON_NAME(mkdir, (const char *name, mode_t mode), (name, mode))

/* Opening a file changes something where it is made. */
#define ON_OPEN(name, parameters, arguments)                                                       \
  int name parameters {                                                                            \
    static int(*real) parameters;                                                                  \
    mode_t mode = 0;                                                                               \
    va_list ap;                                                                                    \
    va_start(ap, flags);                                                                           \
    if ((flags & (O_CREAT | __O_TMPFILE)) != 0) mode = va_arg(ap, mode_t);                         \
    va_end(ap);                                                                                    \
    if (real == NULL) real = NEXT(name);                                                           \
    int result = real arguments;                                                                   \
    if ((flags & O_CREAT) != 0 && result >= 0) count();                                            \
    return result;                                                                                 \
  }

ON_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
ON_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
ON_OPEN(openat, (int fd, const char *path, int flags, ...), (fd, path, flags, mode))
ON_OPEN(openat64, (int fd, const char *path, int flags, ...), (fd, path, flags, mode))
