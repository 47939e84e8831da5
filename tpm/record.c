/* SPDX-License-Identifier: MIT */
/* Writes what a TPM says into a folder: all of it, or nothing. */
#include <omadm/tpm.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "tpm/recording.h"

enum { MOST_FILES = 32, LARGEST_LOG = 16 * 1024 * 1024, LOG_PIECE = 16 * 1024 };

typedef struct recorder {
  const omadm_tpm *tpm;
  const char *folder;
  int fd; /* of the folder */
  bool made; /* by this recording */
  char written[MOST_FILES][RECORDING_NAME];
  size_t n_written;
  omadm_error *error;
} recorder;

static omadm_err failed_io(const recorder *r, const char *name) {
  return omadm_error_set(r->error, OMADM_E_IO, "%s/%s cannot be written: %s", r->folder, name,
                         strerror(errno));
}

/* What the TPM has not is left out; anything else ends the recording. */
static omadm_err judge(const recorder *r, const char *what, omadm_tpm_status status, bool *there) {
  *there = status == OMADM_TPM_OK;
  if (*there || status == OMADM_TPM_NOT_FOUND || status == OMADM_TPM_UNSUPPORTED) return OMADM_OK;
  return omadm_error_set(r->error, OMADM_E_STATE, "the TPM does not give its %s: %s", what,
                         omadm_tpm_status_text(status));
}

/* A log is no part of the TPM: its file has a name, which only the provider knows. */
static omadm_err judge_log(const recorder *r, const char *what, omadm_tpm_status status,
                           bool *there) {
  if (status != OMADM_TPM_IO) return judge(r, what, status, there);
  *there = false;
  return omadm_error_set(r->error, OMADM_E_STATE,
                         "the %s cannot be read; the log of the program says which file, and why",
                         what);
}

/* -1 where it cannot be. */
static int create_file(recorder *r, const char *name) {
  if (r->n_written == MOST_FILES) {
    errno = ENOSPC;
    return -1;
  }
  int fd = openat(r->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0) strcpy(r->written[r->n_written++], name);
  return fd;
}

static bool write_all(int fd, const void *octets, size_t n) {
  for (const char *at = octets; n > 0;) {
    ssize_t done = write(fd, at, n);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return false;
    at += done;
    n -= (size_t)done;
  }
  return true;
}

static omadm_err write_file(recorder *r, const char *name, const void *octets, size_t n) {
  int fd = create_file(r, name);
  if (fd < 0) return failed_io(r, name);
  bool done = write_all(fd, octets, n);
  omadm_err err = done ? OMADM_OK : failed_io(r, name);
  if (close(fd) != 0 && err == 0) err = failed_io(r, name);
  return err;
}

static omadm_err write_data(recorder *r, const char *name, const omadm_tpm_data *data) {
  return write_file(r, name, data->octets, data->len);
}

static omadm_err record_info(recorder *r, omadm_tpm_info *info) {
  bool there = false;
  omadm_buf text;
  omadm_buf_init(&text, &omadm_mem_default, 0);
  omadm_err err = judge(r, "description", r->tpm->calls->info(r->tpm->self, info), &there);
  if (err == 0 && there) err = recording_write_info(info, &text);
  if (err == 0 && there) err = write_file(r, RECORDING_INFO, text.ptr, text.len);
  omadm_buf_dispose(&text);
  return err;
}

static omadm_err record_ek(recorder *r, omadm_tpm_ek ek) {
  const omadm_tpm_calls *calls = r->tpm->calls;
  char name[RECORDING_NAME];
  omadm_tpm_data data;
  bool there = false;
  omadm_err err = recording_ek_name(ek, name);
  if (err == 0)
    err = judge(r, "endorsement key", calls->ek_public(r->tpm->self, ek, &data), &there);
  if (err == 0 && there) err = write_data(r, name, &data);
  there = true;
  for (uint32_t i = 0; i < RECORDING_CERTIFICATES && err == 0 && there; i++) {
    err = judge(r, "endorsement certificate", calls->ek_certificate(r->tpm->self, ek, i, &data),
                &there);
    if (err == 0 && there) err = recording_certificate_name(ek, i, name);
    if (err == 0 && there) err = write_data(r, name, &data);
  }
  return err;
}

static omadm_err record_quote(recorder *r, uint64_t key, uint16_t bank, omadm_str nonce,
                              omadm_tpm_quote *quote) {
  bool there = false;
  omadm_tpm_status status =
      r->tpm->calls->quote(r->tpm->self, key, bank, OMADM_TPM_ALL_PCRS, nonce, quote);
  if (status == OMADM_TPM_UNSUPPORTED)
    return omadm_error_set(r->error, OMADM_E_UNSUPPORTED,
                           "the TPM cannot quote the PCR bank %s: is it allocated?",
                           omadm_tpm_alg_name(bank));
  omadm_err err = judge(r, "quote", status, &there);
  if (err == 0 && there) err = write_data(r, RECORDING_QUOTE, &quote->attest);
  if (err == 0 && there) err = write_data(r, RECORDING_SIGNATURE, &quote->signature);
  if (!there) quote->pcrs.mask = 0;
  return err;
}

/* The first attestation key that the TPM has, and the quote by it. */
static omadm_err record_key(recorder *r, uint16_t bank, omadm_str nonce, omadm_tpm_quote *quote) {
  static const omadm_tpm_key_kind kinds[] = {OMADM_TPM_AK_RSA_SHA256, OMADM_TPM_AK_RSA_SHA1,
                                             OMADM_TPM_AK_P256};
  const omadm_tpm_calls *calls = r->tpm->calls;
  omadm_tpm_key key;
  bool there = false;
  omadm_err err = OMADM_OK;
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && err == 0 && !there; i++)
    err = judge(r, "attestation key",
                calls->key_open(r->tpm->self, kinds[i], (omadm_str){NULL, 0}, &key), &there);
  if (err != 0 || !there) return err;
  err = write_data(r, RECORDING_AK, &key.public_area);
  if (err == 0) err = record_quote(r, key.handle, bank, nonce, quote);
  calls->key_close(r->tpm->self, key.handle);
  return err;
}

/* The quoted bank as it was quoted, so that they agree; the others as they are now. */
static omadm_err record_pcrs(recorder *r, const omadm_tpm_info *info,
                             const omadm_tpm_pcrs *quoted) {
  omadm_buf text;
  omadm_err err = OMADM_OK;
  omadm_buf_init(&text, &omadm_mem_default, 0);
  for (uint32_t i = 0; i < info->n_banks && i < 8 && err == 0; i++) {
    omadm_tpm_pcrs pcrs = *quoted;
    bool there = true;
    if (quoted->mask == 0 || quoted->bank != info->banks[i])
      err = judge(r, "PCR values",
                  r->tpm->calls->pcr_read(r->tpm->self, info->banks[i], OMADM_TPM_ALL_PCRS, &pcrs),
                  &there);
    if (err == 0 && there) err = recording_write_pcrs(&pcrs, &text);
  }
  if (err == 0 && text.len > 0) err = write_file(r, RECORDING_PCRS, text.ptr, text.len);
  omadm_buf_dispose(&text);
  return err;
}

static omadm_err record_log(recorder *r, omadm_tpm_log which, const char *what, const char *name) {
  uint8_t piece[LOG_PIECE];
  uint64_t offset = 0;
  size_t n = 0;
  bool there = false;
  int fd = -1;
  omadm_err err = OMADM_OK;
  do {
    omadm_tpm_status status =
        r->tpm->calls->event_log(r->tpm->self, which, offset, piece, sizeof piece, &n);
    err = judge_log(r, what, status, &there);
    if (err != 0 || !there) break;
    if (fd < 0 && (fd = create_file(r, name)) < 0) err = failed_io(r, name);
    if (err == 0 && !write_all(fd, piece, n)) err = failed_io(r, name);
    offset += n;
    if (err == 0 && offset > LARGEST_LOG)
      err = omadm_error_set(r->error, OMADM_E_LIMIT, "the TPM's event log is larger than %d MB",
                            LARGEST_LOG / 1024 / 1024);
  } while (err == 0 && n > 0);
  if (fd >= 0 && close(fd) != 0 && err == 0) err = failed_io(r, name);
  return err;
}

static omadm_err record_all(recorder *r, uint16_t bank, omadm_str nonce) {
  omadm_tpm_info info = {0};
  omadm_tpm_quote quote = {0};
  omadm_err err = record_info(r, &info);
  if (err == 0 && info.version != 2)
    err = omadm_error_set(r->error, OMADM_E_NOT_FOUND, "there is no TPM 2.0 to record");
  if (err == 0) err = record_ek(r, OMADM_TPM_EK_RSA2048);
  if (err == 0) err = record_ek(r, OMADM_TPM_EK_P256);
  if (err == 0) err = record_key(r, bank, nonce, &quote);
  if (err == 0) err = record_pcrs(r, &info, &quote.pcrs);
  if (err == 0)
    err = record_log(r, OMADM_TPM_LOG_BOOT, "event log of the boot", RECORDING_BOOT_LOG);
  if (err == 0) err = record_log(r, OMADM_TPM_LOG_IMA, "log of IMA", RECORDING_IMA_LOG);
  return err;
}

/* Does the folder hold anything? */
static bool is_empty(int fd) {
  int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *listing = again >= 0 ? fdopendir(again) : NULL;
  size_t n = 0;
  if (listing == NULL) {
    if (again >= 0) close(again);
    return false;
  }
  for (const struct dirent *entry; (entry = readdir(listing)) != NULL;)
    n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
  closedir(listing);
  return n == 0;
}

static omadm_err open_folder(recorder *r) {
  r->made = mkdir(r->folder, 0700) == 0;
  if (!r->made && errno != EEXIST)
    return omadm_error_set(r->error, OMADM_E_IO, "the folder %s cannot be made: %s", r->folder,
                           strerror(errno));
  r->fd = open(r->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (r->fd < 0)
    return omadm_error_set(r->error, OMADM_E_IO, "the folder %s cannot be opened: %s", r->folder,
                           strerror(errno));
  if (!r->made && !is_empty(r->fd))
    return omadm_error_set(r->error, OMADM_E_EXISTS,
                           "the folder %s is not empty: name a new one for the recording",
                           r->folder);
  return OMADM_OK;
}

omadm_err omadm_tpm_record(const omadm_tpm *tpm, uint16_t bank, omadm_str nonce, const char *folder,
                           omadm_error *error) {
  recorder r = {.tpm = tpm, .folder = folder, .fd = -1, .error = error};
  omadm_err err = open_folder(&r);
  if (err == 0) err = record_all(&r, bank, nonce);
  if (err != 0) {
    while (r.n_written > 0)
      unlinkat(r.fd, r.written[--r.n_written], 0);
    if (r.made) rmdir(folder);
  }
  if (r.fd >= 0) close(r.fd);
  return err;
}
