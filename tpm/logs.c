/* SPDX-License-Identifier: MIT */
#include "tpm/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

static bool init(logfile *file, const char *named, const char *preset, bool kernel) {
  const char *path = named != NULL ? named : preset;
  file->named = named != NULL;
  file->kernel = named == NULL && kernel;
  if (path != NULL) file->path = omadm_str_dup(&omadm_mem_default, omadm_str_of(path));
  return path == NULL || file->path != NULL;
}

omadm_err logfiles_init(logfiles *files, const omadm_tpm_config *config,
                        const logfile_presets *presets) {
  files->log = config->log;
  if (init(&files->boot, config->event_log, presets->boot, presets->kernel) &&
      init(&files->ima, config->ima_log, presets->ima, presets->kernel))
    return OMADM_OK;
  logfiles_dispose(files);
  return OMADM_E_NOMEM;
}

void logfiles_dispose(logfiles *files) {
  omadm_mem_free(&omadm_mem_default, files->boot.path);
  omadm_mem_free(&omadm_mem_default, files->ima.path);
  files->boot.path = files->ima.path = NULL;
}

/* `advice` begins with "; ", or is empty. */
static void complain(logfiles *files, logfile *file, const char *what, const char *advice) {
  if (atomic_exchange(&file->said, true)) return;
  omadm_log_line(files->log, OMADM_LOG_WARN, "tpm", "the event log %s %s%s", file->path, what,
                 advice);
}

/* By errno. */
static omadm_tpm_status failed(logfiles *files, logfile *file) {
  int failure = errno;
  char what[128];
  bool missing = failure == ENOENT || failure == ENOTDIR || failure == ENODEV;
  bool root_only = file->kernel && (failure == EACCES || failure == EPERM);
  if (missing && !file->named) return OMADM_TPM_NOT_FOUND;
  snprintf(what, sizeof what, "cannot be read: %s", strerror(failure));
  complain(files, file, what, root_only ? "; the kernel shows it to root only" : "");
  return missing ? OMADM_TPM_NOT_FOUND : OMADM_TPM_IO;
}

/* Files of securityfs have size 0 and give pieces: only a read of nothing is the end. */
static omadm_tpm_status read_pieces(int fd, off_t from, uint8_t *buffer, size_t size, size_t *len) {
  size_t got = 0;
  while (got < size) {
    ssize_t n = pread(fd, buffer + got, size - got, from + (off_t)got);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return OMADM_TPM_IO;
    if (n == 0) break;
    got += (size_t)n;
  }
  *len = got;
  return OMADM_TPM_OK;
}

static omadm_tpm_status read_open(logfiles *files, logfile *file, int fd, uint64_t offset,
                                  uint8_t *buffer, size_t size, size_t *len) {
  struct stat about;
  if (fstat(fd, &about) != 0) return failed(files, file);
  if (!S_ISREG(about.st_mode)) {
    complain(files, file, "is not a regular file", "");
    return OMADM_TPM_IO;
  }
  omadm_tpm_status status = read_pieces(fd, (off_t)offset, buffer, size, len);
  if (status != OMADM_TPM_OK) return failed(files, file);
  atomic_store(&file->said, false);
  return status;
}

omadm_tpm_status logfiles_read(logfiles *files, omadm_tpm_log which, uint64_t offset,
                               uint8_t *buffer, size_t size, size_t *len) {
  if (which != OMADM_TPM_LOG_BOOT && which != OMADM_TPM_LOG_IMA) return OMADM_TPM_ARGUMENT;
  if (size == 0 || size > INT32_MAX || offset > INT32_MAX) return OMADM_TPM_ARGUMENT;
  logfile *file = which == OMADM_TPM_LOG_BOOT ? &files->boot : &files->ima;
  if (file->path == NULL) return OMADM_TPM_NOT_FOUND;
  /* Not to be held up by a pipe that somebody configured. */
  int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return failed(files, file);
  omadm_tpm_status status = read_open(files, file, fd, offset, buffer, size, len);
  close(fd);
  return status;
}
