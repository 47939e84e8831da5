/* SPDX-License-Identifier: MIT */
#include "conformance/boot/bootlog.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/boot/parts.h"

enum { SHA1 = 0x0004, DIGEST_MAX = 64 };

static const struct alg {
  uint16_t bank;
  uint16_t size;
  const EVP_MD *(*md)(void);
} algs[] = {
    {SHA1, 20, EVP_sha1},     {0x000B, 32, EVP_sha256}, {0x000C, 48, EVP_sha384},
    {0x000D, 64, EVP_sha512}, {0x0012, 32, EVP_sm3},
};

static const struct alg *find_alg(uint16_t bank) {
  for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
    if (algs[i].bank == bank) return &algs[i];
  }
  return NULL;
}

static void keep(bootlog *log, omadm_err err) {
  if (log->err == 0) log->err = err;
}

static void put(bootlog *log, const void *octets, size_t n) {
  if (log->err == 0) keep(log, omadm_buf_add(&log->octets, octets, n));
}

/* Numbers of n octets, little-endian. */
static omadm_err add_number(omadm_buf *out, uint64_t value, size_t n) {
  uint8_t octets[8];
  for (size_t i = 0; i < n; i++)
    octets[i] = (uint8_t)(value >> 8 * i);
  return omadm_buf_add(out, octets, n);
}

static void put_number(bootlog *log, uint64_t value, size_t n) {
  if (log->err == 0) keep(log, add_number(&log->octets, value, n));
}

/* TCG_EfiSpecIDEvent, in an entry of the old form. */
static void put_header(bootlog *log) {
  static const char head[] = "Spec ID Event03\0\0\0\0\0\0\x02\0\x02";
  static const uint8_t zeros[20] = {0};
  put_number(log, 0, 4);
  put_number(log, EV_NO_ACTION, 4);
  put(log, zeros, sizeof zeros);
  put_number(log, 24 + 4 + 4 * log->n_banks + 1, 4);
  put(log, head, 24);
  put_number(log, log->n_banks, 4);
  for (size_t i = 0; i < log->n_banks; i++) {
    put_number(log, log->banks[i], 2);
    put_number(log, find_alg(log->banks[i])->size, 2);
  }
  put_number(log, 0, 1);
}

void bootlog_begin(bootlog *log, const uint16_t *banks, size_t n) {
  static const uint16_t sha1[] = {SHA1};
  *log = (bootlog){.legacy = n == 0};
  omadm_buf_init(&log->octets, &omadm_mem_default, 0);
  if (log->legacy) {
    banks = sha1;
    n = 1;
  }
  if (n > BOOTLOG_BANKS) keep(log, OMADM_E_ARGUMENT);
  for (size_t i = 0; i < n && log->err == 0; i++) {
    if (find_alg(banks[i]) == NULL)
      keep(log, OMADM_E_UNSUPPORTED);
    else
      log->banks[log->n_banks++] = banks[i];
  }
  if (!log->legacy && log->err == 0) put_header(log);
}

void bootlog_dispose(bootlog *log) {
  omadm_buf_dispose(&log->octets);
}

static void put_digest(bootlog *log, uint16_t bank, const omadm_str *measured) {
  const struct alg *alg = find_alg(bank);
  uint8_t digest[DIGEST_MAX] = {0};
  unsigned n = alg->size;
  if (measured != NULL && EVP_Digest(measured->len > 0 ? measured->ptr : "", measured->len, digest,
                                     &n, alg->md(), NULL) != 1) {
    keep(log, OMADM_E_UNSUPPORTED);
  }
  put(log, digest, n);
}

/* measured NULL: digests of zeros. */
static void add_entry(bootlog *log, uint32_t pcr, uint32_t type, omadm_str data,
                      const omadm_str *measured) {
  put_number(log, pcr, 4);
  put_number(log, type, 4);
  if (!log->legacy) put_number(log, log->n_banks, 4);
  for (size_t i = 0; i < log->n_banks; i++) {
    if (!log->legacy) put_number(log, log->banks[i], 2);
    put_digest(log, log->banks[i], measured);
  }
  put_number(log, data.len, 4);
  put(log, data.ptr, data.len);
}

void bootlog_add(bootlog *log, uint32_t pcr, uint32_t type, omadm_str data, omadm_str measured) {
  add_entry(log, pcr, type, data, &measured);
}

void bootlog_event(bootlog *log, uint32_t pcr, uint32_t type, omadm_str data) {
  add_entry(log, pcr, type, data, &data);
}

void bootlog_text(bootlog *log, uint32_t pcr, uint32_t type, const char *text) {
  bootlog_event(log, pcr, type, omadm_str_of(text));
}

void bootlog_note(bootlog *log, uint32_t pcr, omadm_str data) {
  add_entry(log, pcr, EV_NO_ACTION, data, NULL);
}

void bootlog_variable(bootlog *log, uint32_t pcr, uint32_t type, const uint8_t *guid,
                      const char *name, omadm_str data) {
  omadm_buf all;
  omadm_buf_init(&all, &omadm_mem_default, 0);
  keep(log, omadm_buf_add(&all, guid, 16));
  keep(log, add_number(&all, strlen(name), 8));
  keep(log, add_number(&all, data.len, 8));
  utf16_put(&all, name);
  keep(log, omadm_buf_add_str(&all, data));
  bootlog_event(log, pcr, type, omadm_buf_str(&all));
  omadm_buf_dispose(&all);
}

/* UEFI_IMAGE_LOAD_EVENT with a device path of one file. */
void bootlog_image(bootlog *log, const char *file) {
  omadm_buf all;
  size_t name = 2 * strlen(file) + 2;
  omadm_buf_init(&all, &omadm_mem_default, 0);
  keep(log, add_number(&all, 0xBE3E8018, 8));
  keep(log, add_number(&all, 0x167B38, 8));
  keep(log, add_number(&all, 0, 8));
  keep(log, add_number(&all, 4 + name + 4, 8));
  keep(log, add_number(&all, 0x0404, 2));
  keep(log, add_number(&all, 4 + name, 2));
  utf16_put(&all, file);
  keep(log, add_number(&all, 0, 2));
  keep(log, omadm_buf_add(&all, "\x7f\xff\x04\0", 4));
  bootlog_add(log, 4, EV_EFI_BOOT_SERVICES_APPLICATION, omadm_buf_str(&all), omadm_str_of(file));
  omadm_buf_dispose(&all);
}

void utf16_put(omadm_buf *out, const char *text) {
  for (; *text != '\0'; text++)
    (void)add_number(out, (uint8_t)*text, 2);
}

size_t sipa_open(omadm_buf *run, uint32_t id) {
  (void)add_number(run, id, 4);
  (void)add_number(run, 0, 4);
  return run->len;
}

void sipa_close(omadm_buf *run, size_t place) {
  if (place < 4 || place > run->len) return;
  size_t n = run->len - place;
  for (size_t i = 0; i < 4; i++)
    run->ptr[place - 4 + i] = (char)(uint8_t)(n >> 8 * i);
}

void sipa_add(omadm_buf *run, uint32_t id, omadm_str value) {
  size_t place = sipa_open(run, id);
  (void)omadm_buf_add_str(run, value);
  sipa_close(run, place);
}

void sipa_add_uint(omadm_buf *run, uint32_t id, uint64_t value, size_t octets) {
  size_t place = sipa_open(run, id);
  (void)add_number(run, value, octets);
  sipa_close(run, place);
}

void sipa_add_text(omadm_buf *run, uint32_t id, const char *text) {
  size_t place = sipa_open(run, id);
  utf16_put(run, text);
  (void)add_number(run, 0, 2);
  sipa_close(run, place);
}
