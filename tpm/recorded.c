/* SPDX-License-Identifier: MIT */
/*
 * The provider of a recording: it answers what the TPM said then, whatever is asked. The folder is
 * read anew at each call, and may hold only some of the files: what is missing is NOT_FOUND. Where
 * neither info.txt nor pcrs.txt is there, it is no recording, and all is ABSENT. Nothing that needs
 * a private key can be done.
 */
#include "tpm/providers.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <omadm/attestation.h>

#include "base/mem.h"
#include "base/str.h"
#include "tpm/logs.h"
#include "tpm/recording.h"

typedef struct recorded {
  const omadm_log *log;
  char *folder;
  atomic_bool said; /* that it is no recording; once, until it is one */
  logfiles logs;
} recorded;

enum { THE_KEY = 1 }; /* the handle of the only one */

static recorded *self_of(uint64_t self) {
  return (recorded *)(uintptr_t)self;
}

static void complain(const recorded *r, const char *name, const char *what) {
  omadm_log_line(r->log, OMADM_LOG_WARN, "tpm", "the recording's file %s/%s %s", r->folder, name,
                 what);
}

/* By errno. */
static omadm_tpm_status unreadable(const recorded *r, const char *name) {
  omadm_log_line(r->log, OMADM_LOG_WARN, "tpm", "the recording's file %s/%s cannot be read: %s",
                 r->folder, name, strerror(errno));
  return OMADM_TPM_IO;
}

static bool has_file(const recorded *r, const char *name) {
  char path[4096];
  int n = snprintf(path, sizeof path, "%s/%s", r->folder, name);
  return n < (int)sizeof path && access(path, F_OK) == 0;
}

/* What it means that a file is not there. */
static omadm_tpm_status missing(recorded *r) {
  bool recording = has_file(r, RECORDING_INFO) || has_file(r, RECORDING_PCRS);
  if (!recording && !atomic_exchange(&r->said, true)) {
    omadm_log_line(r->log, OMADM_LOG_WARN, "tpm",
                   "%s is no recording of a TPM: neither " RECORDING_INFO " nor " RECORDING_PCRS
                   " is there",
                   r->folder);
  }
  if (recording) atomic_store(&r->said, false);
  return recording ? OMADM_TPM_NOT_FOUND : OMADM_TPM_ABSENT;
}

/* The whole of a file of at most `size` octets. */
static omadm_tpm_status read_file(recorded *r, const char *name, uint8_t *octets, size_t size,
                                  size_t *len) {
  char path[4096];
  struct stat about;
  omadm_tpm_status status = OMADM_TPM_IO;
  size_t got = 0;
  ssize_t n = 0;
  if (snprintf(path, sizeof path, "%s/%s", r->folder, name) >= (int)sizeof path)
    return OMADM_TPM_ARGUMENT;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno == ENOENT || errno == ENOTDIR ? missing(r) : unreadable(r, name);
  if (fstat(fd, &about) != 0 || !S_ISREG(about.st_mode) || about.st_size > (off_t)size) {
    complain(r, name, "is too large, or not a file");
    goto out;
  }
  while (got < size && (n = read(fd, octets + got, size - got)) > 0)
    got += (size_t)n;
  if (n < 0) {
    unreadable(r, name);
    goto out;
  }
  *len = got;
  status = OMADM_TPM_OK;
out:
  close(fd);
  return status;
}

static omadm_tpm_status read_data(recorded *r, const char *name, omadm_tpm_data *data) {
  size_t n = 0;
  omadm_tpm_data read;
  omadm_tpm_status status = read_file(r, name, read.octets, sizeof read.octets, &n);
  if (status != OMADM_TPM_OK) return status;
  data->len = (uint32_t)n;
  memcpy(data->octets, read.octets, n);
  return OMADM_TPM_OK;
}

static omadm_str str_of(const omadm_tpm_data *data) {
  return (omadm_str){(const char *)data->octets, data->len};
}

static omadm_tpm_status damaged(const recorded *r, const char *name, const char *why) {
  complain(r, name, why);
  return OMADM_TPM_IO;
}

/* Without the file there are no banks. */
static omadm_tpm_status read_pcrs(recorded *r, uint16_t bank, omadm_tpm_pcrs *pcrs,
                                  uint16_t banks[8], uint32_t *n) {
  static const char name[] = RECORDING_PCRS;
  size_t len = 0;
  uint8_t *text = omadm_mem_new(&omadm_mem_default, RECORDING_TEXT, 1);
  if (text == NULL) return OMADM_TPM_RESOURCE;
  omadm_tpm_status status = read_file(r, name, text, RECORDING_TEXT, &len);
  if (status == OMADM_TPM_NOT_FOUND) status = OMADM_TPM_OK;
  if (status == OMADM_TPM_OK &&
      recording_parse_pcrs((omadm_str){(const char *)text, len}, bank, pcrs, banks, n) != 0)
    status = damaged(r, name, "is not made of lines like \"sha256:0 HEX\"");
  omadm_mem_free(&omadm_mem_default, text);
  return status;
}

/* Forgets the values of other PCRs. */
static void keep(omadm_tpm_pcrs *pcrs, uint32_t mask) {
  pcrs->mask &= mask;
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++) {
    if ((pcrs->mask >> i & 1U) == 0) memset(pcrs->values[i], 0, sizeof pcrs->values[i]);
  }
}

static omadm_tpm_status recorded_info(uint64_t self, omadm_tpm_info *info) {
  recorded *r = self_of(self);
  omadm_tpm_data text;
  omadm_tpm_pcrs pcrs;
  omadm_tpm_status status = read_data(r, RECORDING_INFO, &text);
  if (status == OMADM_TPM_OK) {
    if (recording_parse_info(str_of(&text), info) == 0) return OMADM_TPM_OK;
    return damaged(r, RECORDING_INFO, "is not made of lines of a word and its value");
  }
  if (status != OMADM_TPM_NOT_FOUND) return status;
  /* Who made it is not known then, but that it is a TPM 2.0, and its banks. */
  omadm_tpm_info made = {.version = 2};
  status = read_pcrs(r, OMADM_TPM_SHA256, &pcrs, made.banks, &made.n_banks);
  if (status == OMADM_TPM_OK) *info = made;
  return status;
}

static omadm_tpm_status recorded_ek_public(uint64_t self, omadm_tpm_ek ek, omadm_tpm_data *area) {
  char name[RECORDING_NAME];
  if (recording_ek_name(ek, name) != 0) return OMADM_TPM_ARGUMENT;
  return read_data(self_of(self), name, area);
}

static omadm_tpm_status recorded_ek_certificate(uint64_t self, omadm_tpm_ek ek, uint32_t number,
                                                omadm_tpm_data *der) {
  char name[RECORDING_NAME];
  if (recording_certificate_name(ek, number, name) != 0) return OMADM_TPM_ARGUMENT;
  return read_data(self_of(self), name, der);
}

static const struct {
  omadm_tpm_key_kind kind;
  uint16_t type, hash;
} kinds[] = {{OMADM_TPM_AK_RSA_SHA256, 0x0001, OMADM_TPM_SHA256},
             {OMADM_TPM_AK_RSA_SHA1, 0x0001, OMADM_TPM_SHA1},
             {OMADM_TPM_AK_P256, 0x0023, OMADM_TPM_SHA256}};

static bool is_kind(const omadm_tpm_public *key, omadm_tpm_key_kind kind) {
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (kinds[i].kind == kind)
      return kinds[i].type == key->type && kinds[i].hash == key->scheme_hash;
  }
  return false;
}

static omadm_tpm_status read_quote(recorded *r, omadm_tpm_quote *quote, omadm_attest *parsed) {
  omadm_tpm_status status = read_data(r, RECORDING_QUOTE, &quote->attest);
  if (status == OMADM_TPM_OK) status = read_data(r, RECORDING_SIGNATURE, &quote->signature);
  if (status != OMADM_TPM_OK) return status;
  if (omadm_attest_parse(str_of(&quote->attest), parsed, NULL) == 0) return OMADM_TPM_OK;
  return damaged(r, RECORDING_QUOTE, "is not a quote");
}

/* The blob is the name: it opens this recording's key, and no other. */
static omadm_tpm_status recorded_key_open(uint64_t self, omadm_tpm_key_kind kind, omadm_str blob,
                                          omadm_tpm_key *key) {
  recorded *r = self_of(self);
  omadm_tpm_key made = {.handle = THE_KEY};
  omadm_tpm_public public_area;
  omadm_tpm_quote quote;
  omadm_attest attest;
  omadm_tpm_status status = read_data(r, RECORDING_AK, &made.public_area);
  if (status != OMADM_TPM_OK) return status;
  omadm_str area = str_of(&made.public_area);
  if (omadm_tpm_public_parse(area, &public_area, NULL) != 0 ||
      omadm_tpm_name(area, &made.name, NULL) != 0)
    return damaged(r, RECORDING_AK, "is not the public area of a key");
  if (!is_kind(&public_area, kind)) return OMADM_TPM_NOT_FOUND;
  made.blob.len = made.name.len;
  memcpy(made.blob.octets, made.name.octets, made.name.len);
  if (blob.len > 0 && !omadm_str_equal(blob, str_of(&made.blob))) return OMADM_TPM_INTEGRITY;
  status = read_quote(r, &quote, &attest);
  if (status == OMADM_TPM_OK) {
    made.qualified_name.len = (uint32_t)attest.signer.len;
    memcpy(made.qualified_name.octets, attest.signer.ptr, attest.signer.len);
  } else if (status != OMADM_TPM_NOT_FOUND) {
    return status;
  }
  *key = made;
  return OMADM_TPM_OK;
}

static omadm_tpm_status recorded_key_close(uint64_t self, uint64_t key) {
  (void)self;
  return key == THE_KEY ? OMADM_TPM_OK : OMADM_TPM_NOT_FOUND;
}

static omadm_tpm_status recorded_activate(uint64_t self, uint64_t key, omadm_tpm_ek ek,
                                          omadm_str id_object, omadm_str secret,
                                          omadm_tpm_digest *opened) {
  (void)self, (void)key, (void)ek, (void)id_object, (void)secret, (void)opened;
  return OMADM_TPM_UNSUPPORTED;
}

/* Mask and nonce are those of the recording: who asked for others will refuse it. */
static omadm_tpm_status recorded_quote(uint64_t self, uint64_t key, uint16_t bank, uint32_t mask,
                                       omadm_str nonce, omadm_tpm_quote *quote) {
  recorded *r = self_of(self);
  omadm_tpm_quote made = {0};
  omadm_attest attest;
  (void)mask, (void)nonce;
  if (key != THE_KEY) return OMADM_TPM_NOT_FOUND;
  omadm_tpm_status status = read_quote(r, &made, &attest);
  if (status != OMADM_TPM_OK) return status;
  if (attest.bank != bank) return OMADM_TPM_UNSUPPORTED;
  status = read_pcrs(r, bank, &made.pcrs, NULL, NULL);
  if (status != OMADM_TPM_OK) return status;
  keep(&made.pcrs, attest.mask);
  *quote = made;
  return OMADM_TPM_OK;
}

static omadm_tpm_status recorded_pcr_read(uint64_t self, uint16_t bank, uint32_t mask,
                                          omadm_tpm_pcrs *pcrs) {
  omadm_tpm_pcrs made = {.bank = bank, .digest_len = (uint16_t)omadm_tpm_digest_size(bank)};
  omadm_tpm_status status = read_pcrs(self_of(self), bank, &made, NULL, NULL);
  if (status != OMADM_TPM_OK) return status;
  keep(&made, mask);
  if (made.mask == 0) return OMADM_TPM_UNSUPPORTED;
  *pcrs = made;
  return OMADM_TPM_OK;
}

static omadm_tpm_status recorded_clock(uint64_t self, omadm_tpm_clock *clock) {
  omadm_tpm_quote quote;
  omadm_attest attest;
  omadm_tpm_status status = read_quote(self_of(self), &quote, &attest);
  if (status == OMADM_TPM_OK) *clock = attest.clock;
  return status;
}

static omadm_tpm_status recorded_certify(uint64_t self, uint64_t key, uint64_t subject,
                                         omadm_str nonce, omadm_tpm_signed *certified) {
  (void)self, (void)key, (void)subject, (void)nonce, (void)certified;
  return OMADM_TPM_UNSUPPORTED;
}

static omadm_tpm_status recorded_sign(uint64_t self, uint64_t key, uint16_t hash, omadm_str digest,
                                      omadm_tpm_data *signature) {
  (void)self, (void)key, (void)hash, (void)digest, (void)signature;
  return OMADM_TPM_UNSUPPORTED;
}

static omadm_tpm_status recorded_event_log(uint64_t self, omadm_tpm_log log, uint64_t offset,
                                           uint8_t *buffer, size_t size, size_t *len) {
  return logfiles_read(&self_of(self)->logs, log, offset, buffer, size, len);
}

/* Any will do: nobody can tell whose they are. */
static omadm_tpm_status recorded_random(uint64_t self, uint8_t *octets, size_t n) {
  (void)self;
  if (n > 64) return OMADM_TPM_ARGUMENT;
  return RAND_bytes(octets, (int)n) == 1 ? OMADM_TPM_OK : OMADM_TPM_IO;
}

static const omadm_tpm_calls recorded_calls = {
    .struct_size = sizeof recorded_calls,
    .info = recorded_info,
    .ek_public = recorded_ek_public,
    .ek_certificate = recorded_ek_certificate,
    .key_open = recorded_key_open,
    .key_close = recorded_key_close,
    .activate = recorded_activate,
    .quote = recorded_quote,
    .pcr_read = recorded_pcr_read,
    .clock = recorded_clock,
    .certify = recorded_certify,
    .sign = recorded_sign,
    .event_log = recorded_event_log,
    .random = recorded_random,
};

static void recorded_close(uint64_t self) {
  recorded *r = self_of(self);
  logfiles_dispose(&r->logs);
  omadm_mem_free(&omadm_mem_default, r->folder);
  omadm_mem_free(&omadm_mem_default, r);
}

omadm_err recorded_open(const char *folder, const omadm_tpm_config *config, omadm_tpm *tpm,
                        omadm_error *error) {
  char boot[4096], ima[4096];
  if (*folder == '\0')
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "the TPM provider recorded wants a folder: recorded:DIR");
  const logfile_presets presets = {boot, ima, false};
  int longest = snprintf(boot, sizeof boot, "%s/" RECORDING_BOOT_LOG, folder);
  snprintf(ima, sizeof ima, "%s/" RECORDING_IMA_LOG, folder);
  if (longest >= (int)sizeof boot)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "the name of the TPM's recording is too long");
  recorded *r = omadm_mem_new(&omadm_mem_default, 1, sizeof *r);
  if (r != NULL) {
    r->log = config->log;
    r->folder = omadm_str_dup(&omadm_mem_default, omadm_str_of(folder));
  }
  if (r == NULL || r->folder == NULL || logfiles_init(&r->logs, config, &presets) != 0) {
    if (r != NULL) recorded_close((uint64_t)(uintptr_t)r);
    return omadm_error_set(error, OMADM_E_NOMEM, "there is no memory for the TPM's recording");
  }
  *tpm = (omadm_tpm){&recorded_calls, (uint64_t)(uintptr_t)r, recorded_close};
  return OMADM_OK;
}
