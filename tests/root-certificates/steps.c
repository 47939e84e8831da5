/* SPDX-License-Identifier: MIT */
/*
 * Counts the calls that change a folder or bring it to the disk, and kills the process behind call
 * number STEPS_KILL, or fails call number STEPS_FAIL with ENOSPC. STEPS_NO_LINKS: a file system
 * without hard links. STEPS_COUNT is a file that the number of calls goes to.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_int calls;

static int number(const char *name) {
  const char *text = getenv(name);
  return text != NULL ? atoi(text) : 0;
}

/* 1: the call is to fail. */
static int before(void) {
  if (atomic_fetch_add(&calls, 1) + 1 != number("STEPS_FAIL")) return 0;
  errno = ENOSPC;
  return 1;
}

static int behind(int result) {
  const char *path = getenv("STEPS_COUNT");
  FILE *file = path != NULL ? fopen(path, "w") : NULL;
  int now = atomic_load(&calls);
  if (file != NULL) fprintf(file, "%d", now);
  if (file != NULL) fclose(file);
  if (now == number("STEPS_KILL")) kill(getpid(), SIGKILL);
  return result;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int mkdirat(int dir, const char *path, mode_t mode) {
  return before() ? -1 : behind(NEXT(mkdirat)(dir, path, mode));
}

int linkat(int from, const char *path, int to, const char *name, int flags) {
  if (getenv("STEPS_NO_LINKS") != NULL) {
    errno = EPERM;
    return -1;
  }
  return before() ? -1 : behind(NEXT(linkat)(from, path, to, name, flags));
}

int symlinkat(const char *to, int dir, const char *name) {
  return before() ? -1 : behind(NEXT(symlinkat)(to, dir, name));
}

int renameat(int from, const char *path, int to, const char *name) {
  return before() ? -1 : behind(NEXT(renameat)(from, path, to, name));
}

int unlinkat(int dir, const char *name, int flags) {
  return before() ? -1 : behind(NEXT(unlinkat)(dir, name, flags));
}

int fsync(int fd) {
  return before() ? -1 : behind(NEXT(fsync)(fd));
}
