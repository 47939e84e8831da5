/* SPDX-License-Identifier: MIT */
#include "tpm/recording.h"

#include <stdio.h>

#include "base/codec.h"
#include "base/str.h"

static const struct {
  omadm_tpm_ek ek;
  const char *stem;
} eks[] = {{OMADM_TPM_EK_RSA2048, "ek-rsa2048"}, {OMADM_TPM_EK_P256, "ek-p256"}};

static const char *stem_of(omadm_tpm_ek ek) {
  for (size_t i = 0; i < sizeof eks / sizeof eks[0]; i++) {
    if (eks[i].ek == ek) return eks[i].stem;
  }
  return NULL;
}

omadm_err recording_ek_name(omadm_tpm_ek ek, char name[RECORDING_NAME]) {
  const char *stem = stem_of(ek);
  if (stem == NULL) return OMADM_E_ARGUMENT;
  snprintf(name, RECORDING_NAME, "%s.pub", stem);
  return OMADM_OK;
}

omadm_err recording_certificate_name(omadm_tpm_ek ek, uint32_t number, char name[RECORDING_NAME]) {
  const char *stem = stem_of(ek);
  if (stem == NULL) return OMADM_E_ARGUMENT;
  if (number == 0)
    snprintf(name, RECORDING_NAME, "%s.crt", stem);
  else
    snprintf(name, RECORDING_NAME, "%s-%u.crt", stem, (unsigned)number);
  return OMADM_OK;
}

/* The text up to the separator; *text becomes what follows it. */
static omadm_str cut(omadm_str *text, char separator) {
  size_t n = 0;
  while (n < text->len && text->ptr[n] != separator)
    n++;
  omadm_str piece = {text->ptr, n};
  size_t taken = n < text->len ? n + 1 : n;
  *text = (omadm_str){text->ptr + taken, text->len - taken};
  return piece;
}

static omadm_str next_line(omadm_str *text) {
  return omadm_str_trim(cut(text, '\n'));
}

typedef enum value_kind { VALUE_U32, VALUE_U64, VALUE_TEXT } value_kind;

/* All of omadm_tpm_info but its banks. */
static const struct field {
  const char *word;
  value_kind kind;
  size_t offset, size;
} fields[] = {
    {"version", VALUE_U32, offsetof(omadm_tpm_info, version), 0},
    {"manufacturer", VALUE_TEXT, offsetof(omadm_tpm_info, manufacturer), 8},
    {"vendor", VALUE_TEXT, offsetof(omadm_tpm_info, vendor), 20},
    {"firmware", VALUE_U64, offsetof(omadm_tpm_info, firmware), 0},
    {"flags", VALUE_U32, offsetof(omadm_tpm_info, flags), 0},
    {"lockout-count", VALUE_U32, offsetof(omadm_tpm_info, lockout_count), 0},
    {"lockout-max", VALUE_U32, offsetof(omadm_tpm_info, lockout_max), 0},
};
enum { N_FIELDS = sizeof fields / sizeof fields[0] };

static omadm_err write_field(const struct field *f, const omadm_tpm_info *info, omadm_buf *text) {
  const char *at = (const char *)info + f->offset;
  char tame[32] = "";
  uint32_t u32 = 0;
  uint64_t u64 = 0;
  switch (f->kind) {
  case VALUE_U32:
    memcpy(&u32, at, sizeof u32);
    u64 = u32;
    break;
  case VALUE_U64: memcpy(&u64, at, sizeof u64); break;
  case VALUE_TEXT:
    memcpy(tame, at, f->size - 1);
    omadm_str_tame(tame);
    return omadm_buf_printf(text, "%s %s\n", f->word, tame);
  }
  return omadm_buf_printf(text, "%s %llu\n", f->word, (unsigned long long)u64);
}

omadm_err recording_write_info(const omadm_tpm_info *info, omadm_buf *text) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; i < N_FIELDS && err == 0; i++)
    err = write_field(&fields[i], info, text);
  if (err == 0) err = omadm_buf_add_text(text, "banks");
  for (uint32_t i = 0; i < info->n_banks && i < 8 && err == 0; i++)
    err = omadm_buf_printf(text, " %s", omadm_tpm_alg_name(info->banks[i]));
  return err == 0 ? omadm_buf_add_text(text, "\n") : err;
}

/* 0 for a name that is none. */
static uint16_t alg_of(omadm_str name) {
  static const uint16_t algs[] = {OMADM_TPM_SHA1, OMADM_TPM_SHA256, OMADM_TPM_SHA384,
                                  OMADM_TPM_SHA512, OMADM_TPM_SM3};
  for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
    if (omadm_str_is(name, omadm_tpm_alg_name(algs[i]))) return algs[i];
  }
  return 0;
}

static bool add_bank(uint16_t bank, uint16_t banks[8], uint32_t *n) {
  for (uint32_t i = 0; i < *n; i++) {
    if (banks[i] == bank) return true;
  }
  if (bank == 0 || *n == 8) return false;
  banks[(*n)++] = bank;
  return true;
}

static bool parse_banks(omadm_str value, omadm_tpm_info *info) {
  while (value.len > 0) {
    omadm_str name = cut(&value, ' ');
    if (name.len > 0 && !add_bank(alg_of(name), info->banks, &info->n_banks)) return false;
  }
  return true;
}

static bool parse_field(const struct field *f, omadm_str value, omadm_tpm_info *info) {
  char *at = (char *)info + f->offset;
  uint64_t u64 = 0;
  if (f->kind == VALUE_TEXT) {
    if (value.len >= f->size) return false;
    memcpy(at, value.ptr, value.len);
    return true;
  }
  if (!omadm_str_u64(value, &u64)) return false;
  uint32_t u32 = (uint32_t)u64;
  if (f->kind == VALUE_U32)
    memcpy(at, &u32, sizeof u32);
  else
    memcpy(at, &u64, sizeof u64);
  return f->kind == VALUE_U64 || u64 <= UINT32_MAX;
}

omadm_err recording_parse_info(omadm_str text, omadm_tpm_info *info) {
  omadm_tpm_info made = {0};
  while (text.len > 0) {
    omadm_str value = next_line(&text);
    omadm_str word = cut(&value, ' ');
    bool good = !omadm_str_is(word, "banks") || parse_banks(value, &made);
    for (size_t i = 0; i < N_FIELDS && good; i++) {
      if (omadm_str_is(word, fields[i].word)) good = parse_field(&fields[i], value, &made);
    }
    if (!good) return OMADM_E_SYNTAX;
  }
  *info = made;
  return OMADM_OK;
}

omadm_err recording_write_pcrs(const omadm_tpm_pcrs *pcrs, omadm_buf *text) {
  omadm_err err = OMADM_OK;
  for (unsigned i = 0; i < OMADM_TPM_PCRS && err == 0; i++) {
    if ((pcrs->mask >> i & 1U) == 0) continue;
    omadm_str value = {(const char *)pcrs->values[i], pcrs->digest_len};
    err = omadm_buf_printf(text, "%s:%u ", omadm_tpm_alg_name(pcrs->bank), i);
    if (err == 0) err = omadm_hex_encode(value, text);
    if (err == 0) err = omadm_buf_add_text(text, "\n");
  }
  return err;
}

/* "sha256:0 HEX" */
static bool parse_pcr(omadm_str line, uint16_t *bank, uint64_t *pcr, uint8_t value[64]) {
  *bank = alg_of(cut(&line, ':'));
  omadm_str digits = line;
  omadm_str number = cut(&digits, ' ');
  size_t size = omadm_tpm_digest_size(*bank);
  if (size == 0 || !omadm_str_u64(number, pcr) || *pcr >= OMADM_TPM_PCRS) return false;
  if (digits.len != 2 * size) return false;
  for (size_t i = 0; i < size; i++) {
    int high = omadm_hex_value(digits.ptr[2 * i]), low = omadm_hex_value(digits.ptr[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    value[i] = (uint8_t)(high << 4 | low);
  }
  return true;
}

omadm_err recording_parse_pcrs(omadm_str text, uint16_t bank, omadm_tpm_pcrs *pcrs,
                               uint16_t banks[8], uint32_t *n) {
  omadm_tpm_pcrs made = {.bank = bank, .digest_len = (uint16_t)omadm_tpm_digest_size(bank)};
  uint16_t found[8];
  uint32_t n_found = 0;
  while (text.len > 0) {
    uint16_t of = 0;
    uint64_t pcr = 0;
    uint8_t value[64] = {0};
    omadm_str line = next_line(&text);
    if (line.len == 0 || line.ptr[0] == '#') continue;
    if (!parse_pcr(line, &of, &pcr, value) || !add_bank(of, found, &n_found)) return OMADM_E_SYNTAX;
    if (of != bank) continue;
    memcpy(made.values[pcr], value, sizeof value);
    made.mask |= 1U << pcr;
  }
  *pcrs = made;
  if (banks != NULL) {
    memcpy(banks, found, n_found * sizeof found[0]);
    *n = n_found;
  }
  return OMADM_OK;
}
