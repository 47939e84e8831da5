/* SPDX-License-Identifier: MIT */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define CURRENT "current"
#define NEXT ".next" /* the link that is about to be CURRENT */
#define PEM ".pem"

const char *const folder_stores[STORES] = {"Root", "CA", "TrustedPublisher", "TrustedPeople",
                                           "UntrustedCertificates"};

enum { DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC, HERE = DIRECTORY | O_NOFOLLOW };
enum { STORE_PATH = NAME_MAX + 32 };

/* Whoever may write there decides whom this device trusts. */
static bool is_own(int fd) {
  struct stat s;
  if (fstat(fd, &s) != 0) return false;
  bool good = (s.st_uid == geteuid() || s.st_uid == 0) && (s.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (!good) errno = EPERM;
  return good;
}

bool folder_open(folder *self, const char *path) {
  self->fd = -1;
  if (mkdir(path, 0755) != 0 && errno != EEXIST) return false;
  int fd = open(path, DIRECTORY);
  bool good = fd >= 0 && is_own(fd);
  if (good)
    self->fd = fd;
  else if (fd >= 0)
    (void)close(fd);
  return good;
}

void folder_close(folder *self) {
  if (self->fd >= 0) (void)close(self->fd);
  self->fd = -1;
}

bool folder_lock(const folder *self) {
  return self->fd < 0 || flock(self->fd, LOCK_EX | LOCK_NB) == 0;
}

void folder_unlock(const folder *self) {
  if (self->fd >= 0) (void)flock(self->fd, LOCK_UN);
}

/* NUMBER-RANDOM, as made below: other names are not ours to remove. */
static bool is_generation(const char *name) {
  size_t digits = strspn(name, "0123456789");
  return digits > 0 && digits <= 20 && name[digits] == '-' &&
         strspn(name + digits + 1, "0123456789abcdef") == 8 && name[digits + 9] == '\0';
}

/* The generation that counts; an empty name where there is none. False: nobody knows. */
static bool current_of(const folder *self, char name[GENERATION]) {
  ssize_t n = readlinkat(self->fd, CURRENT, name, GENERATION - 1);
  name[n > 0 ? n : 0] = '\0';
  if (n < 0) return errno == ENOENT;
  if (is_generation(name)) return true;
  name[0] = '\0';
  errno = EINVAL;
  return false;
}

/* The folder of a store as a transaction sees it; -1 where there is none. */
static int open_store(const folder *self, const char *generation, unsigned store) {
  char path[STORE_PATH];
  snprintf(path, sizeof path, "%s/%s", generation, folder_stores[store]);
  return openat(self->fd, path, HERE);
}

static int open_seen(const folder *self, unsigned store) {
  char current[GENERATION];
  if (self->fd < 0) return -1;
  if (self->staged[0] != '\0') return open_store(self, self->staged, store);
  return current_of(self, current) && current[0] != '\0' ? open_store(self, current, store) : -1;
}

static bool is_pem(const char *name) {
  size_t n = strlen(name);
  return n == THUMBPRINT + sizeof PEM - 1 && strcmp(name + THUMBPRINT, PEM) == 0;
}

/* Calls `each` with the names of a folder that `wants`; takes the descriptor. */
static bool each_name(int fd, bool (*wants)(const char *name),
                      bool (*each)(void *ctx, int fd, const char *name), void *ctx) {
  DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
  if (dir == NULL && fd >= 0) (void)close(fd);
  if (dir == NULL) return false;
  bool good = true;
  for (const struct dirent *e = readdir(dir); e != NULL; e = readdir(dir))
    if (wants(e->d_name)) good = each(ctx, fd, e->d_name) && good;
  closedir(dir);
  return good;
}

typedef struct listing {
  void (*each)(void *ctx, omadm_str name);
  void *ctx;
} listing;

static bool list_one(void *ctx, int fd, const char *name) {
  const listing *l = ctx;
  (void)fd;
  l->each(l->ctx, (omadm_str){name, THUMBPRINT});
  return true;
}

void folder_list(const folder *self, unsigned store, void (*each)(void *ctx, omadm_str name),
                 void *ctx) {
  listing l = {each, ctx};
  (void)each_name(open_seen(self, store), is_pem, list_one, &l);
}

static int open_pem(const folder *self, unsigned store, const char *thumbprint) {
  char name[FILE_NAME];
  int fd = open_seen(self, store);
  if (fd < 0) return -1;
  snprintf(name, sizeof name, "%s" PEM, thumbprint);
  int file = openat(fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  (void)close(fd);
  return file;
}

bool folder_has(const folder *self, unsigned store, const char *thumbprint) {
  int fd = open_pem(self, store, thumbprint);
  if (fd >= 0) (void)close(fd);
  return fd >= 0;
}

X509 *folder_read(const folder *self, unsigned store, const char *thumbprint) {
  int fd = open_pem(self, store, thumbprint);
  FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
  if (file == NULL && fd >= 0) (void)close(fd);
  if (file == NULL) return NULL;
  X509 *certificate = certificate_read(file);
  fclose(file);
  return certificate;
}

/* ---- a new generation ---- */

/* All of a file, as it is. */
static bool copy_file(int from, int to, const char *name) {
  char octets[4096];
  ssize_t n = 0;
  int in = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  int out = in >= 0 ? openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644) : -1;
  bool good = out >= 0;
  while (good && (n = read(in, octets, sizeof octets)) > 0)
    good = write(out, octets, (size_t)n) == n;
  good = good && n == 0 && fsync(out) == 0;
  if (in >= 0) (void)close(in);
  if (out >= 0) (void)close(out);
  return good;
}

/* A file system, or a rule of the kernel for files of others, may forbid links. */
static bool link_one(void *ctx, int fd, const char *name) {
  static const int without[] = {EPERM, EXDEV, EOPNOTSUPP, EMLINK};
  const int *to = ctx;
  if (linkat(fd, name, *to, name, 0) == 0) return true;
  for (size_t i = 0; i < sizeof without / sizeof *without; i++)
    if (errno == without[i]) return copy_file(fd, *to, name);
  return false;
}

/* The store of the new generation, with what that store has now. */
static bool begin_store(const folder *self, const char *current, const char *next, unsigned store) {
  char path[STORE_PATH];
  snprintf(path, sizeof path, "%s/%s", next, folder_stores[store]);
  if (mkdirat(self->fd, path, 0755) != 0) return false;
  int to = open_store(self, next, store);
  int from = current[0] != '\0' ? open_store(self, current, store) : -1;
  bool good = to >= 0 && (from < 0 || each_name(from, is_pem, link_one, &to));
  if (to >= 0) (void)close(to);
  return good;
}

static bool begin_generation(folder *self, uint64_t transaction) {
  char current[GENERATION], next[GENERATION];
  uint32_t random = 0;
  if (self->fd < 0) return false;
  if (self->staged[0] != '\0') return true;
  if (getrandom(&random, sizeof random, 0) != sizeof random) return false;
  snprintf(next, sizeof next, "%" PRIu64 "-%08" PRIx32, transaction, random);
  bool good = current_of(self, current) && mkdirat(self->fd, next, 0755) == 0;
  for (unsigned i = 0; good && i < STORES; i++)
    good = begin_store(self, current, next, i);
  if (good) memcpy(self->staged, next, sizeof next);
  return good;
}

/* Files are links into older generations: none is written, a new one takes the place. */
bool folder_put(folder *self, uint64_t transaction, unsigned store, const char *thumbprint,
                X509 *certificate) {
  char name[FILE_NAME];
  snprintf(name, sizeof name, "%s" PEM, thumbprint);
  int dir = begin_generation(self, transaction) ? open_seen(self, store) : -1;
  if (dir < 0) return false;
  (void)unlinkat(dir, NEXT, 0);
  int fd = openat(dir, NEXT, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
  bool good = file != NULL && (certificate == NULL || certificate_write(file, certificate)) &&
              fflush(file) == 0 && fsync(fd) == 0 && renameat(dir, NEXT, dir, name) == 0;
  int code = errno;
  if (file != NULL)
    fclose(file);
  else if (fd >= 0)
    (void)close(fd);
  if (!good) (void)unlinkat(dir, NEXT, 0);
  (void)close(dir);
  errno = code;
  return good;
}

bool folder_remove(folder *self, uint64_t transaction, unsigned store, const char *thumbprint) {
  char name[FILE_NAME];
  snprintf(name, sizeof name, "%s" PEM, thumbprint);
  int dir = begin_generation(self, transaction) ? open_seen(self, store) : -1;
  bool good = dir >= 0 && unlinkat(dir, name, 0) == 0;
  if (dir >= 0) (void)close(dir);
  return good;
}

/* HASH.N, the first N that is free, for each certificate. */
static bool hash_one(void *ctx, int dir, const char *name) {
  enum { MOST = 1000 };
  char link[FILE_NAME];
  (void)ctx;
  int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
  if (file == NULL && fd >= 0) (void)close(fd);
  if (file == NULL) return false;
  X509 *certificate = certificate_read(file);
  fclose(file);
  if (certificate == NULL) return true; /* none was added yet */
  unsigned long hash = X509_subject_name_hash(certificate);
  X509_free(certificate);
  for (int i = 0; i < MOST; i++) {
    snprintf(link, sizeof link, "%08lx.%d", hash, i);
    if (symlinkat(name, dir, link) == 0) return true;
    if (errno != EEXIST) return false;
  }
  return false;
}

static bool sync_and_close(int fd) {
  bool good = fd >= 0 && fsync(fd) == 0;
  if (fd >= 0) (void)close(fd);
  return good;
}

static bool is_hash(const char *name) {
  return strchr(name, '.') == name + 8;
}

static bool remove_one(void *ctx, int fd, const char *name) {
  (void)ctx;
  return unlinkat(fd, name, 0) == 0;
}

bool folder_prepare(folder *self) {
  bool good = true;
  if (self->staged[0] == '\0') return true;
  for (unsigned i = 0; good && i < STORES; i++) {
    good = each_name(open_seen(self, i), is_hash, remove_one, NULL) &&
           each_name(open_seen(self, i), is_pem, hash_one, NULL) &&
           sync_and_close(open_seen(self, i));
  }
  return good && sync_and_close(openat(self->fd, self->staged, HERE)) && fsync(self->fd) == 0;
}

/* ---- which one counts ---- */

static bool has_number(const char *name, uint64_t transaction) {
  char *end = NULL;
  return is_generation(name) && strtoull(name, &end, 10) == transaction && *end == '-';
}

typedef struct search {
  uint64_t transaction;
  const char *current;
  char found[NAME_MAX + 1];
} search;

static bool find_one(void *ctx, int fd, const char *name) {
  search *s = ctx;
  (void)fd;
  if (has_number(name, s->transaction) && strcmp(name, s->current) != 0)
    snprintf(s->found, sizeof s->found, "%s", name);
  return true;
}

bool folder_commit(folder *self, uint64_t transaction, bool *gone) {
  char current[GENERATION];
  *gone = false;
  bool was_staged = self->staged[0] != '\0';
  self->staged[0] = '\0';
  if (self->fd < 0) return true;
  if (!current_of(self, current)) return false;
  search s = {.transaction = transaction, .current = current};
  bool good = each_name(openat(self->fd, ".", DIRECTORY), is_generation, find_one, &s);
  if (good && s.found[0] != '\0') {
    (void)unlinkat(self->fd, NEXT, 0);
    good = symlinkat(s.found, self->fd, NEXT) == 0 &&
           renameat(self->fd, NEXT, self->fd, CURRENT) == 0 && fsync(self->fd) == 0;
  } else if (good && !has_number(current, transaction)) {
    *gone = !was_staged;
    errno = ENOENT;
    good = !was_staged;
  }
  if (good) (void)folder_discard(self);
  return good;
}

static bool is_entry(const char *name) {
  return strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool remove_generation(const folder *self, const char *name) {
  bool good = true;
  for (unsigned i = 0; i < STORES; i++) {
    char path[STORE_PATH];
    int fd = open_store(self, name, i);
    if (fd < 0) continue;
    good = each_name(fd, is_entry, remove_one, NULL) && good;
    snprintf(path, sizeof path, "%s/%s", name, folder_stores[i]);
    good = unlinkat(self->fd, path, AT_REMOVEDIR) == 0 && good;
  }
  return unlinkat(self->fd, name, AT_REMOVEDIR) == 0 && good;
}

typedef struct sweep {
  const folder *self;
  char current[GENERATION];
} sweep;

static bool sweep_one(void *ctx, int fd, const char *name) {
  const sweep *s = ctx;
  (void)fd;
  return strcmp(name, s->current) == 0 || remove_generation(s->self, name);
}

bool folder_discard(folder *self) {
  sweep s = {.self = self};
  self->staged[0] = '\0';
  if (self->fd < 0) return true;
  if (!current_of(self, s.current)) return false;
  (void)unlinkat(self->fd, NEXT, 0);
  return each_name(openat(self->fd, ".", DIRECTORY), is_generation, sweep_one, &s);
}
