/* SPDX-License-Identifier: MIT */
#include "cli/state.h"
#include "cli/trust.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MS 50

static char *join(const char *a, const char *b) {
  char *path = NULL;
  return asprintf(&path, "%s%s", a, b) >= 0 ? path : NULL;
}

/* Where the state of this user is; NULL: no memory, or nothing says where. */
static char *default_path(void) {
  const char *state_home = getenv("XDG_STATE_HOME");
  const char *home = getenv("HOME");
  if (geteuid() == 0) return strdup("/var/lib/omadm");
  if (state_home != NULL && state_home[0] == '/') return join(state_home, "/omadm");
  return home != NULL && home[0] == '/' ? join(home, "/.local/state/omadm") : NULL;
}

/* Makes the directory and what is missing above it. */
static omadm_err make_folders(char *path, omadm_error *error) {
  for (char *p = path + 1;; p++) {
    if (*p != '/' && *p != '\0') continue;
    char end = *p;
    *p = '\0';
    bool made = mkdir(path, 0700) == 0 || errno == EEXIST;
    if (!made)
      omadm_error_set(error, OMADM_E_IO, "the state directory %s cannot be made: %s", path,
                      strerror(errno));
    *p = end;
    if (!made) return OMADM_E_IO;
    if (end == '\0') return 0;
  }
}

static omadm_err check_folder(const char *path, omadm_error *error) {
  struct stat facts;
  if (stat(path, &facts) != 0)
    return omadm_error_set(error, OMADM_E_IO, "the state directory %s cannot be read: %s", path,
                           strerror(errno));
  if (!S_ISDIR(facts.st_mode))
    return omadm_error_set(error, OMADM_E_IO, "the state directory %s is not a directory", path);
  return cli_trust(path, error);
}

static bool wait_a_little(uint64_t *left_ms) {
  if (*left_ms == 0) return false;
  *left_ms = *left_ms > RETRY_MS ? *left_ms - RETRY_MS : 0;
  nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000L}, NULL);
  return true;
}

/* Says who has the lock, as far as its file tells. */
static omadm_err say_owner(const state *self, omadm_error *error) {
  char text[32] = "";
  ssize_t n = pread(self->lock, text, sizeof text - 1, 0);
  long owner = n > 0 ? strtol(text, NULL, 10) : 0;
  if (owner > 0)
    return omadm_error_set(
        error, OMADM_E_LOCKED,
        "process %ld uses the state %s: wait for its end, or give --lock-timeout", owner,
        self->path);
  return omadm_error_set(error, OMADM_E_LOCKED, "another process uses the state %s", self->path);
}

static omadm_err take_lock(state *self, uint64_t timeout, omadm_error *error) {
  char *file = join(self->path, "/lock");
  if (file == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  self->lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  int why = errno;
  if (self->lock < 0)
    omadm_error_set(error, OMADM_E_IO, "%s cannot be opened: %s", file, strerror(why));
  free(file);
  if (self->lock < 0) return OMADM_E_IO;
  uint64_t left_ms = timeout < UINT64_MAX / 1000 ? timeout * 1000 : UINT64_MAX;
  while (flock(self->lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return omadm_error_set(error, OMADM_E_IO, "the state %s cannot be locked: %s", self->path,
                             strerror(errno));
    if (!wait_a_little(&left_ms)) return say_owner(self, error);
  }
  char text[32];
  int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
  if (ftruncate(self->lock, 0) != 0 || pwrite(self->lock, text, (size_t)n, 0) != n)
    return omadm_error_set(error, OMADM_E_IO, "%s/lock cannot be written: %s", self->path,
                           strerror(errno));
  return 0;
}

omadm_err state_open(state *self, const char *path, uint64_t timeout, omadm_error *error) {
  *self = (state){.lock = -1};
  self->path = path != NULL ? strdup(path) : default_path();
  if (self->path == NULL || self->path[0] == '\0')
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "there is no place for the state: give --state");
  omadm_err err = make_folders(self->path, error);
  if (err == 0) err = check_folder(self->path, error);
  return err != 0 ? err : take_lock(self, timeout, error);
}

void state_close(state *self) {
  if (self->lock >= 0) close(self->lock);
  free(self->path);
  *self = (state){.lock = -1};
}
