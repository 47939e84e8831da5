/* SPDX-License-Identifier: MIT */
#include "operations/packages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "operations/command.h"
#include "operations/settings.h"

static const omadm_str counter = OMADM_STR("files"), state_id = OMADM_STR("state");
enum { STATE_ID = 16 };
static const char suffix[] = ".pkg";

static char *join(const char *folder, omadm_str name) {
  char *path = NULL;
  return asprintf(&path, "%s/%.*s", folder, (int)name.len, name.ptr) >= 0 ? path : NULL;
}

char *packages_folder(const packages *self, omadm_status *status) {
  struct stat facts;
  omadm_status unused;
  if (status == NULL) status = &unused;
  char *folder = settings_text(self->rows->services, self->rows->host, "folder");
  *status = OMADM_ST_NOT_SUPPORTED;
  if (folder == NULL) return NULL;
  *status = OMADM_ST_OK;
  if (folder[0] == '/' && (mkdir(folder, 0700) == 0 || errno == EEXIST) &&
      stat(folder, &facts) == 0 && S_ISDIR(facts.st_mode))
    return folder;
  static const omadm_str text = OMADM_STR(
      "the folder for packages cannot be used: it is no absolute path, or cannot be made");
  self->rows->services->log(self->rows->host, OMADM_CSP_LOG_ERROR, text);
  free(folder);
  *status = OMADM_ST_STORE_FAILED;
  return NULL;
}

/* What the names of this state's files begin with, "fumo-0123456789abcdef-": a folder may be that
 * of several states. With `make` it is made where there is none. */
static omadm_err stem_of(const packages *self, bool make, char stem[PACKAGE_NAME]) {
  const rows *store = self->rows;
  unsigned char random[STATE_ID / 2];
  char id[STATE_ID + 1] = "";
  omadm_str value = {NULL, 0};
  omadm_err err = store->services->store_get(store->host, state_id, &value);
  if (err == OMADM_OK && value.len == STATE_ID) memcpy(id, value.ptr, STATE_ID);
  if (id[0] == '\0' && !make) return OMADM_E_NOT_FOUND;
  if (id[0] == '\0') {
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) return OMADM_E_IO;
    for (size_t i = 0; i < sizeof random; i++)
      snprintf(id + 2 * i, 3, "%02x", random[i]);
    err = store->services->store_set(store->host, state_id, (omadm_str){id, STATE_ID});
    if (err != OMADM_OK) return err;
  }
  snprintf(stem, PACKAGE_NAME, "%s-%s-", self->prefix, id);
  return OMADM_OK;
}

omadm_err packages_name(const packages *self, char name[PACKAGE_NAME]) {
  char stem[PACKAGE_NAME];
  omadm_str value;
  char text[24];
  unsigned long long number = 0;
  if (self->rows->services->store_get(self->rows->host, counter, &value) == 0 &&
      value.len < sizeof text) {
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    number = strtoull(text, NULL, 10);
  }
  omadm_err err = stem_of(self, true, stem);
  if (err != OMADM_OK) return err;
  int n = snprintf(text, sizeof text, "%llu", ++number);
  if (snprintf(name, PACKAGE_NAME, "%s%s%s", stem, text, suffix) >= PACKAGE_NAME)
    return OMADM_E_LIMIT;
  return self->rows->services->store_set(self->rows->host, counter, (omadm_str){text, (size_t)n});
}

static omadm_status status_of(int why) {
  return why == ENOSPC || why == EDQUOT || why == EFBIG ? OMADM_ST_DEVICE_FULL
                                                        : OMADM_ST_STORE_FAILED;
}

omadm_status packages_begin(const packages *self, package_file *file) {
  omadm_status status = OMADM_ST_OK;
  *file = (package_file){.fd = -1};
  char *folder = packages_folder(self, &status);
  if (folder == NULL) return status;
  if (packages_name(self, file->name) != 0) {
    free(folder);
    return OMADM_ST_STORE_FAILED;
  }
  file->path = join(folder, (omadm_str){file->name, strlen(file->name)});
  free(folder);
  if (file->path == NULL) return OMADM_ST_FAILED;
  file->fd = open(file->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file->fd >= 0) return OMADM_ST_OK;
  status = status_of(errno);
  packages_abort(file);
  return status;
}

omadm_status packages_append(package_file *file, omadm_str octets) {
  while (octets.len > 0) {
    ssize_t n = write(file->fd, octets.ptr, octets.len);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return status_of(errno);
    octets.ptr += n;
    octets.len -= (size_t)n;
  }
  return OMADM_ST_OK;
}

static void forget(package_file *file) {
  if (file->fd >= 0) (void)close(file->fd);
  free(file->path);
  file->fd = -1;
  file->path = NULL;
}

/* The file, and its name. */
static bool flush(const char *path, int fd) {
  const char *slash = strrchr(path, '/');
  char *folder = slash != NULL ? strndup(path, (size_t)(slash - path) + 1) : NULL;
  int dir = folder != NULL ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  free(folder);
  bool good = fsync(fd) == 0 && dir >= 0 && fsync(dir) == 0;
  if (dir >= 0) (void)close(dir);
  return good;
}

bool packages_flush(const char *path) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  bool good = fd >= 0 && flush(path, fd);
  if (fd >= 0) (void)close(fd);
  return good;
}

omadm_status packages_end(package_file *file) {
  if (!flush(file->path, file->fd)) {
    omadm_status status = status_of(errno);
    packages_abort(file);
    return status;
  }
  forget(file);
  return OMADM_ST_OK;
}

void packages_abort(package_file *file) {
  if (file->fd >= 0 && file->path != NULL) (void)unlink(file->path);
  forget(file);
}

bool packages_is_there(const packages *self, omadm_str name) {
  struct stat facts;
  char *folder = name.len > 0 ? packages_folder(self, NULL) : NULL;
  char *path = folder != NULL ? join(folder, name) : NULL;
  bool there =
      path != NULL && stat(path, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_size > 0;
  free(path);
  free(folder);
  return there;
}

/* STEM NUMBER.pkg; of other files the folder may be full. */
static bool is_own(const char *stem, const char *name) {
  size_t n = strlen(stem);
  if (strncmp(name, stem, n) != 0) return false;
  size_t digits = strspn(name + n, "0123456789");
  return digits > 0 && strcmp(name + n + digits, suffix) == 0;
}

void packages_sweep(const packages *self, bool locked, bool (*keeps)(void *ctx, omadm_str name),
                    void *ctx) {
  char stem[PACKAGE_NAME];
  if (stem_of(self, false, stem) != OMADM_OK) return;
  char *folder = packages_folder(self, NULL);
  int lock = folder != NULL && !locked ? command_lock(folder, 0) : -1;
  DIR *dir = folder != NULL && (locked || lock >= 0) ? opendir(folder) : NULL;
  for (const struct dirent *e = NULL; dir != NULL && (e = readdir(dir)) != NULL;) {
    if (is_own(stem, e->d_name) && !keeps(ctx, (omadm_str){e->d_name, strlen(e->d_name)}))
      (void)unlinkat(dirfd(dir), e->d_name, 0);
  }
  if (dir != NULL) (void)closedir(dir);
  if (lock >= 0) (void)close(lock);
  free(folder);
}
