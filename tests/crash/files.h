/* SPDX-License-Identifier: MIT */
/* Files of the two plugins, each replaced whole: written beside, synced, renamed. */
#ifndef OMADM_TESTS_CRASH_FILES_H
#define OMADM_TESTS_CRASH_FILES_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <omadm/csp.h>

/* The folder that [csp.NAME] folder names. */
typedef struct folder {
  int fd;
} folder;

static bool folder_sync(const folder *f) {
  return fsync(f->fd) == 0;
}

static bool folder_open(folder *f, const omadm_csp_services *services, uint64_t host) {
  omadm_str path;
  char text[400];
  const omadm_str key = {"folder", 6};
  if (services->setting(host, key, &path) != 0) return false;
  snprintf(text, sizeof text, "%.*s", (int)path.len, path.ptr);
  f->fd = open(text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return f->fd >= 0;
}

/* What a crash left half written is removed; also what begins with `prefix`, where that is given.
 */
static void folder_clean(const folder *f, const char *prefix) {
  int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *all = fd >= 0 ? fdopendir(fd) : NULL;
  if (all == NULL) return;
  for (const struct dirent *e = readdir(all); e != NULL; e = readdir(all)) {
    if (strcmp(e->d_name, "new") == 0 ||
        (prefix != NULL && strncmp(e->d_name, prefix, strlen(prefix)) == 0))
      (void)unlinkat(f->fd, e->d_name, 0);
  }
  closedir(all);
}

static bool folder_has(const folder *f, const char *name) {
  return faccessat(f->fd, name, F_OK, 0) == 0;
}

/* Reads a file; -1 where it is not there or larger. */
static ssize_t folder_read(const folder *f, const char *name, void *to, size_t size) {
  int fd = openat(f->fd, name, O_RDONLY | O_CLOEXEC);
  ssize_t done = 0;
  for (ssize_t n = 1; fd >= 0 && n > 0; done += n) {
    n = read(fd, (char *)to + done, size - (size_t)done);
    if (n < 0) done = -1;
    if (n < 0) break;
  }
  if (fd < 0) return -1;
  close(fd);
  return done;
}

/* A new file, to be ended by folder_take; -1 where it cannot be made. */
static int folder_make(const folder *f) {
  return openat(f->fd, "new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

static bool folder_put(int fd, const void *from, size_t n) {
  for (size_t done = 0; done < n;) {
    ssize_t some = write(fd, (const char *)from + done, n - done);
    if (some <= 0) return false;
    done += (size_t)some;
  }
  return true;
}

/* It gets its name, durably. */
static bool folder_take(const folder *f, int fd, bool good, const char *name) {
  good = good && fsync(fd) == 0;
  close(fd);
  if (!good) (void)unlinkat(f->fd, "new", 0);
  return good && renameat(f->fd, "new", f->fd, name) == 0 && folder_sync(f);
}

static bool folder_remove(const folder *f, const char *name) {
  return unlinkat(f->fd, name, 0) == 0 && folder_sync(f);
}

#endif
