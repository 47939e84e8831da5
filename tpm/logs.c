/* SPDX-License-Identifier: MIT */
#include "tpm/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

omadm_err logfiles_init(logfiles *files, const omadm_log *log, const char *boot, const char *ima) {
  const omadm_mem *mem = &omadm_mem_default;
  *files = (logfiles){.log = log};
  if (boot != NULL) files->boot = omadm_str_dup(mem, omadm_str_of(boot));
  if (ima != NULL) files->ima = omadm_str_dup(mem, omadm_str_of(ima));
  if ((boot != NULL) == (files->boot != NULL) && (ima != NULL) == (files->ima != NULL)) return 0;
  logfiles_dispose(files);
  return OMADM_E_NOMEM;
}

void logfiles_dispose(logfiles *files) {
  omadm_mem_free(&omadm_mem_default, files->boot);
  omadm_mem_free(&omadm_mem_default, files->ima);
  *files = (logfiles){0};
}

static omadm_tpm_status file_failed(const char *path, const omadm_log *log) {
  int failure = errno;
  if (failure == ENOENT || failure == ENOTDIR || failure == ENODEV) return OMADM_TPM_NOT_FOUND;
  const char *advice = "";
  if (failure == EACCES || failure == EPERM) advice = "; the kernel shows it to root only";
  omadm_log_line(log, OMADM_LOG_WARN, "tpm", "the event log %s cannot be read: %s%s", path,
                 strerror(failure), advice);
  return *advice != '\0' ? OMADM_TPM_AUTH : OMADM_TPM_IO;
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

omadm_tpm_status logfiles_read(const logfiles *files, omadm_tpm_log which, uint64_t offset,
                               uint8_t *buffer, size_t size, size_t *len) {
  struct stat about;
  if (which != OMADM_TPM_LOG_BOOT && which != OMADM_TPM_LOG_IMA) return OMADM_TPM_ARGUMENT;
  if (size == 0 || size > INT32_MAX || offset > INT32_MAX) return OMADM_TPM_ARGUMENT;
  const char *path = which == OMADM_TPM_LOG_BOOT ? files->boot : files->ima;
  if (path == NULL) return OMADM_TPM_NOT_FOUND;
  /* Not to be held up by a pipe that somebody configured. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return file_failed(path, files->log);
  omadm_tpm_status status = OMADM_TPM_OK;
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    omadm_log_line(files->log, OMADM_LOG_WARN, "tpm", "the event log %s is not a regular file",
                   path);
    status = OMADM_TPM_IO;
  } else {
    status = read_pieces(fd, (off_t)offset, buffer, size, len);
    if (status != OMADM_TPM_OK) file_failed(path, files->log);
  }
  close(fd);
  return status;
}
