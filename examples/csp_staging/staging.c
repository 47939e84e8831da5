/* SPDX-License-Identifier: MIT */
/*
 * A CSP that stages: ./Vendor/Banner is the content of a file of its own, [csp.Banner] path = FILE.
 * Whatever an Atomic over many CSPs does, and whenever the power fails, the file is the old one or
 * the new one, and agrees with what the server was told.
 *
 *   begin     what an earlier start prepared and nobody decided goes
 *   replace   the new value waits in memory
 *   prepare   it is written beside the file, as FILE.new-N, and survives from now on
 *   commit    FILE.new-N becomes FILE; to be told twice is no harm
 *   rollback  FILE.new-N goes
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* for O_DIRECTORY, where the compiler is asked for C11 and no more */
#endif
#include <omadm/csp.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char ddf[] =
    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Banner</NodeName><Path>./Vendor</Path>"
    "<RTProperties><ACL>Get=*</ACL></RTProperties>"
    "<DFProperties><AccessType><Get/><Replace/></AccessType><DFFormat><chr/></DFFormat>"
    "<Scope><Permanent/></Scope><DFType><MIME>text/plain</MIME></DFType></DFProperties>"
    "</Node></MgmtTree>";

enum { PATH = 512, LARGEST = 65536 };

typedef struct banner {
  const omadm_csp_services *services;
  uint64_t host;
  char folder[PATH], file[PATH], made[PATH + 32]; /* made: FILE.new-N */
  int staged; /* 1: `value` is the file's of the running transaction */
  size_t len;
  char value[LARGEST];
} banner;

static banner *banner_of(uint64_t self) {
  return (banner *)(uintptr_t)self;
}

static omadm_status failed(const banner *b, const char *what, const char *path) {
  char line[PATH + 128];
  int n = snprintf(line, sizeof line, "%s cannot be %s: %s", path, what, strerror(errno));
  b->services->log(b->host, OMADM_CSP_LOG_ERROR, (omadm_str){line, n > 0 ? (size_t)n : 0});
  return OMADM_ST_FAILED;
}

static omadm_status banner_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  static const omadm_str key = OMADM_STR("path");
  static const omadm_str why = OMADM_STR("set path = FILE, a short absolute path");
  omadm_str path;
  banner *b = calloc(1, sizeof *b);
  if (b == NULL) return OMADM_ST_FAILED;
  if (services->setting(host, key, &path) != 0 || path.len >= PATH || path.ptr[0] != '/') {
    services->log(host, OMADM_CSP_LOG_ERROR, why);
    free(b);
    return OMADM_ST_FAILED;
  }
  b->services = services;
  b->host = host;
  memcpy(b->file, path.ptr, path.len);
  memcpy(b->folder, path.ptr, path.len);
  strrchr(b->folder, '/')[b->folder == strrchr(b->folder, '/')] = '\0';
  *self = (uint64_t)(uintptr_t)b;
  return OMADM_ST_OK;
}

static void banner_close(uint64_t self) {
  free(banner_of(self));
}

/* A rename or a new name is on disk when its folder is. */
static int sync_folder(const banner *b) {
  int folder = open(b->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int err = folder < 0 || fsync(folder) != 0;
  if (folder >= 0) close(folder);
  return err;
}

/* What the file holds; a missing one is empty. */
static omadm_status read_file(banner *b) {
  int file = open(b->file, O_RDONLY | O_CLOEXEC);
  ssize_t n = 0;
  b->len = 0;
  if (file < 0) return errno == ENOENT ? OMADM_ST_OK : failed(b, "opened", b->file);
  while (b->len < LARGEST && (n = read(file, b->value + b->len, LARGEST - b->len)) > 0)
    b->len += (size_t)n;
  close(file);
  return n >= 0 ? OMADM_ST_OK : failed(b, "read", b->file);
}

/* Inside a transaction its own change is seen. */
static omadm_status banner_get(uint64_t self, const omadm_csp_request *request) {
  banner *b = banner_of(self);
  omadm_status status = b->staged ? OMADM_ST_OK : read_file(b);
  if (status != OMADM_ST_OK) return status;
  const omadm_str value = {b->value, b->len};
  return b->services->value(b->host, request->token, value) == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static omadm_status banner_replace(uint64_t self, const omadm_csp_request *request) {
  banner *b = banner_of(self);
  if (request->value.len > LARGEST) return OMADM_ST_TOO_LARGE;
  if (request->value.len > 0) memcpy(b->value, request->value.ptr, request->value.len);
  b->len = request->value.len;
  b->staged = 1;
  return OMADM_ST_OK;
}

/* Commits of an earlier start came before this: what still lies here was never decided. */
static omadm_status banner_begin(uint64_t self, uint64_t transaction) {
  banner *b = banner_of(self);
  glob_t left = {0};
  snprintf(b->made, sizeof b->made, "%s.new-*", b->file);
  if (glob(b->made, 0, NULL, &left) == 0)
    for (size_t i = 0; i < left.gl_pathc; i++)
      unlink(left.gl_pathv[i]);
  globfree(&left);
  snprintf(b->made, sizeof b->made, "%s.new-%llu", b->file, (unsigned long long)transaction);
  b->staged = 0;
  return OMADM_ST_OK;
}

static omadm_status banner_prepare(uint64_t self, uint64_t transaction) {
  banner *b = banner_of(self);
  (void)transaction; /* that of begin */
  if (!b->staged) return OMADM_ST_OK;
  int file = open(b->made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  size_t n = 0;
  ssize_t step = 0;
  while (file >= 0 && n < b->len && (step = write(file, b->value + n, b->len - n)) > 0)
    n += (size_t)step;
  int err = file < 0 || n < b->len || fsync(file) != 0;
  if (file >= 0) err = close(file) != 0 || err;
  return err || sync_folder(b) ? failed(b, "written", b->made) : OMADM_ST_OK;
}

/* Perhaps of another start, and perhaps once more: no file of that number is left then. */
static omadm_status banner_commit(uint64_t self, uint64_t transaction) {
  banner *b = banner_of(self);
  char made[sizeof b->made];
  snprintf(made, sizeof made, "%s.new-%llu", b->file, (unsigned long long)transaction);
  b->staged = 0;
  if (rename(made, b->file) != 0 && errno != ENOENT) return failed(b, "renamed", made);
  return sync_folder(b) ? failed(b, "made durable", b->folder) : OMADM_ST_OK;
}

static omadm_status banner_rollback(uint64_t self, uint64_t transaction) {
  banner *b = banner_of(self);
  (void)transaction;
  b->staged = 0;
  return unlink(b->made) == 0 || errno == ENOENT ? OMADM_ST_OK : failed(b, "removed", b->made);
}

static const omadm_csp_slots slots = {.struct_size = sizeof slots,
                                      .open = banner_open,
                                      .close = banner_close,
                                      .get = banner_get,
                                      .replace = banner_replace,
                                      .begin = banner_begin,
                                      .prepare = banner_prepare,
                                      .commit = banner_commit,
                                      .rollback = banner_rollback};

static const omadm_csp_descriptor descriptor = {.abi = OMADM_CSP_ABI,
                                                .struct_size = sizeof descriptor,
                                                .name = "Banner",
                                                .version = "1.0",
                                                .ddf = ddf,
                                                .ddf_len = sizeof ddf - 1,
                                                .slots = &slots};
OMADM_CSP_PLUGIN(descriptor)
