/* SPDX-License-Identifier: MIT */
#include "base/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS = 40 }; /* as the kernel */

/* A walk by descriptors: what is checked is what is entered. */
typedef struct walk {
  int fd; /* the folder reached */
  bool crowded; /* others may write to it, and it is sticky */
  unsigned links;
  char at[PATH_MAX]; /* its path, without a slash at the end: "" is the root */
  char rest[2 * PATH_MAX]; /* what is left to go */
  char name[NAME_MAX + 1]; /* the step under way */
} walk;

static mode_t others_of(const struct stat *facts) {
  return facts->st_gid == getegid() ? S_IWOTH : S_IWGRP | S_IWOTH;
}

static omadm_err check_owner(const char *path, const struct stat *facts, omadm_error *error) {
  if (facts->st_uid == geteuid() || facts->st_uid == 0) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED, "%s belongs to another user (%lu): chown it", path,
                         (unsigned long)facts->st_uid);
}

omadm_err omadm_trust_facts(const char *path, const struct stat *facts, omadm_error *error) {
  omadm_err err = check_owner(path, facts, error);
  if (err != 0 || (facts->st_mode & others_of(facts)) == 0) return err;
  return omadm_error_set(error, OMADM_E_REFUSED, "others may write to %s: chmod go-w it", path);
}

static omadm_err cannot(const char *path, omadm_error *error) {
  return omadm_error_set(error, OMADM_E_IO, "%s cannot be read: %s", path, strerror(errno));
}

static omadm_err too_long(const char *path, omadm_error *error) {
  return omadm_error_set(error, OMADM_E_IO, "the path %.60s… is too long", path);
}

/* Puts words before what is left to go. */
static bool prepend(walk *self, const char *words, size_t n) {
  size_t rest = strlen(self->rest);
  if (n + 1 + rest + 1 > sizeof self->rest) return false;
  memmove(self->rest + n + 1, self->rest, rest + 1);
  memcpy(self->rest, words, n);
  self->rest[n] = '/';
  return true;
}

/* Takes the next name off `rest`; false at the end, or (too_long) where it is no name. */
static bool next_name(walk *self, bool *is_long) {
  const char *from = self->rest + strspn(self->rest, "/");
  size_t n = strcspn(from, "/");
  *is_long = n > NAME_MAX;
  if (n == 0 || *is_long) return false;
  memcpy(self->name, from, n);
  self->name[n] = '\0';
  memmove(self->rest, from + n, strlen(from + n) + 1);
  return true;
}

static bool is_last(const walk *self) {
  return self->rest[strspn(self->rest, "/")] == '\0';
}

/* Becomes the folder `fd`, which it takes. */
static void enter(walk *self, int fd, const struct stat *facts) {
  if (self->fd >= 0) close(self->fd);
  self->fd = fd;
  self->crowded = (facts->st_mode & others_of(facts)) != 0;
}

static omadm_err enter_root(walk *self, omadm_error *error) {
  struct stat facts;
  int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &facts) != 0) {
    if (fd >= 0) close(fd);
    return cannot("/", error);
  }
  enter(self, fd, &facts);
  self->at[0] = '\0';
  return omadm_trust_facts("/", &facts, error);
}

/* A link that anybody made in a sticky folder leads where they want: its owner counts. */
static omadm_err follow(walk *self, const char *path, int link, const struct stat *facts,
                        omadm_error *error) {
  char target[PATH_MAX];
  omadm_err err = check_owner(path, facts, error);
  if (err != 0) return err;
  ssize_t n = readlinkat(link, "", target, sizeof target);
  if (n < 0) return cannot(path, error);
  if (++self->links > LINKS) {
    errno = ELOOP;
    return cannot(path, error);
  }
  if ((size_t)n == sizeof target || !prepend(self, target, (size_t)n)) return too_long(path, error);
  return n > 0 && target[0] == '/' ? enter_root(self, error) : OMADM_OK;
}

/* What may not stay as it is: a folder on the way may be sticky. */
static omadm_err check_step(const walk *self, const char *path, const struct stat *facts,
                            omadm_error *error) {
  bool is_way = S_ISDIR(facts->st_mode) && !is_last(self);
  if (is_way && (facts->st_mode & S_ISVTX) != 0) return check_owner(path, facts, error);
  omadm_err err = omadm_trust_facts(path, facts, error);
  if (err != 0 || S_ISDIR(facts->st_mode) || !self->crowded) return err;
  return omadm_error_set(error, OMADM_E_REFUSED,
                         "others may write to %s: chmod go-w it, or move %s to another folder",
                         self->at, path);
}

static omadm_err step_up(walk *self, omadm_error *error) {
  struct stat facts;
  char *slash = strrchr(self->at, '/');
  if (slash != NULL) *slash = '\0';
  int fd = openat(self->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &facts) != 0) {
    if (fd >= 0) close(fd);
    return cannot(self->at, error);
  }
  enter(self, fd, &facts); /* the walk came through it */
  return OMADM_OK;
}

static omadm_err step(walk *self, omadm_error *error) {
  char path[PATH_MAX];
  struct stat facts;
  if (strcmp(self->name, ".") == 0) return OMADM_OK;
  if (strcmp(self->name, "..") == 0) return step_up(self, error);
  if (strlen(self->at) + strlen(self->name) + 2 > sizeof path) return too_long(self->at, error);
  stpcpy(stpcpy(stpcpy(path, self->at), "/"), self->name);
  int fd = openat(self->fd, self->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  omadm_err err = fd < 0 || fstat(fd, &facts) != 0 ? cannot(path, error) : OMADM_OK;
  if (err == 0 && S_ISLNK(facts.st_mode)) {
    err = follow(self, path, fd, &facts, error);
    close(fd);
    return err;
  }
  if (err == 0) err = check_step(self, path, &facts, error);
  if (err != 0) {
    if (fd >= 0) close(fd);
    return err;
  }
  enter(self, fd, &facts);
  strcpy(self->at, path);
  return OMADM_OK;
}

omadm_err omadm_trust_path(const char *path, omadm_error *error) {
  walk self = {.fd = -1};
  char here[PATH_MAX];
  bool is_long = strlen(path) >= PATH_MAX;
  if (is_long) return too_long(path, error);
  strcpy(self.rest, path);
  if (path[0] != '/' && (getcwd(here, sizeof here) == NULL || !prepend(&self, here, strlen(here))))
    return cannot(path, error);
  omadm_err err = enter_root(&self, error);
  while (err == 0 && next_name(&self, &is_long))
    err = step(&self, error);
  if (err == 0 && is_long) err = too_long(path, error);
  if (self.fd >= 0) close(self.fd);
  return err;
}
