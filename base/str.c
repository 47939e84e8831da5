/* SPDX-License-Identifier: MIT */
#include "base/str.h"

#include "base/codec.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

bool omadm_str_equal_nocase(omadm_str a, omadm_str b) {
  if (a.len != b.len) return false;
  for (size_t i = 0; i < a.len; i++) {
    if (omadm_ascii_lower(a.ptr[i]) != omadm_ascii_lower(b.ptr[i])) return false;
  }
  return true;
}

bool omadm_str_starts(omadm_str a, const char *text) {
  size_t n = strlen(text);
  return a.len >= n && (n == 0 || memcmp(a.ptr, text, n) == 0);
}

int omadm_str_compare(omadm_str a, omadm_str b) {
  size_t n = a.len < b.len ? a.len : b.len;
  int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
  if (order != 0) return order;
  return (a.len > b.len) - (a.len < b.len);
}

bool omadm_str_u64(omadm_str a, uint64_t *value) {
  uint64_t v = 0;
  if (a.len == 0) return false;
  for (size_t i = 0; i < a.len; i++) {
    if (a.ptr[i] < '0' || a.ptr[i] > '9') return false;
    if (__builtin_mul_overflow(v, 10U, &v)) return false;
    if (__builtin_add_overflow(v, (uint64_t)(a.ptr[i] - '0'), &v)) return false;
  }
  *value = v;
  return true;
}

char *omadm_str_dup(const omadm_mem *mem, omadm_str a) {
  char *p = a.len < SIZE_MAX ? mem->alloc(mem->ctx, a.len + 1) : NULL;
  if (p == NULL) return NULL;
  if (a.len > 0) memcpy(p, a.ptr, a.len);
  p[a.len] = '\0';
  return p;
}

uint64_t omadm_str_hash(omadm_str a) {
  uint64_t h = 14695981039346656037U;
  for (size_t i = 0; i < a.len; i++)
    h = (h ^ (unsigned char)a.ptr[i]) * 1099511628211U;
  return h;
}

static uint64_t mix(uint64_t a, uint64_t b) {
  __extension__ unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Sixteen octets at a time, each step a wide multiplication of two words keyed by the seed; the
 * last words may overlap those before. */
uint64_t omadm_str_hash_keyed(uint64_t seed, omadm_str a) {
  enum { WORD = 8, STEP = 2 * WORD };
  const uint64_t other = (seed << 32 | seed >> 32) ^ 0x9E3779B97F4A7C15U;
  uint64_t h = seed ^ a.len;
  uint64_t first = 0, second = 0;
  size_t i = 0;
  for (; i + STEP < a.len; i += STEP) {
    memcpy(&first, a.ptr + i, WORD);
    memcpy(&second, a.ptr + i + WORD, WORD);
    h = mix(h ^ first, other ^ second);
  }
  if (a.len >= WORD) {
    memcpy(&first, a.ptr + (a.len >= STEP ? a.len - STEP : 0), WORD);
    memcpy(&second, a.ptr + a.len - WORD, WORD);
  } else {
    for (; i < a.len; i++)
      first = first << 8 | (unsigned char)a.ptr[i];
  }
  return mix(h ^ first, other ^ second);
}

void omadm_buf_init(omadm_buf *buf, const omadm_mem *mem, size_t max) {
  *buf = (omadm_buf){.mem = mem != NULL ? mem : &omadm_mem_default, .max = max};
}

void omadm_buf_dispose(omadm_buf *buf) {
  if (buf->mem != NULL) omadm_mem_free(buf->mem, buf->ptr);
  omadm_buf_init(buf, buf->mem, buf->max);
}

omadm_err omadm_buf_append(omadm_buf *buf, const void *octets, size_t n) {
  return omadm_buf_add(buf, octets, n);
}

static omadm_err grow(omadm_buf *buf, size_t need) {
  size_t cap = buf->cap < 64 ? 128 : buf->cap * 2;
  if (cap < need) cap = need;
  if (buf->mem == NULL) buf->mem = &omadm_mem_default;
  char *p = buf->mem->resize(buf->mem->ctx, buf->ptr, cap);
  if (p == NULL) return OMADM_E_NOMEM;
  buf->ptr = p;
  buf->cap = cap;
  return 0;
}

/* Control characters, what cannot be seen, and what turns the direction of writing. */
static bool is_harmful(uint32_t code) {
  static const struct {
    uint32_t first, last;
  } ranges[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},      {0x61C, 0x61C},
                {0x180E, 0x180E}, {0x200B, 0x200F}, {0x2028, 0x202E},  {0x2060, 0x206F},
                {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}};
  for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
    if (code >= ranges[i].first && code <= ranges[i].last) return true;
  return false;
}

void omadm_octets_tame(char *text, size_t len) {
  for (size_t i = 0; i < len;) {
    uint32_t code = 0;
    size_t n = omadm_utf8_decode((omadm_str){text, len}, i, &code);
    if (n == 0 || is_harmful(code)) {
      if (n == 0) n = 1;
      memset(text + i, '?', n);
    }
    i += n;
  }
}

void omadm_str_tame(char *text) {
  omadm_octets_tame(text, strlen(text));
}

omadm_err omadm_buf_grow(omadm_buf *buf, size_t n) {
  size_t need = 0;
  if (__builtin_add_overflow(buf->len, n, &need)) return OMADM_E_NOMEM;
  if (buf->max > 0 && need > buf->max) return OMADM_E_LIMIT;
  if (need <= buf->cap) return 0;
  return grow(buf, need);
}

omadm_err omadm_buf_add_u64(omadm_buf *buf, uint64_t value) {
  char digits[OMADM_U64_DIGITS];
  return omadm_buf_add_str(buf, omadm_u64_text(value, digits));
}

omadm_err omadm_buf_printf(omadm_buf *buf, const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(NULL, 0, format, ap);
  va_end(ap);
  if (n < 0) return OMADM_E_ARGUMENT;
  omadm_err err = omadm_buf_reserve(buf, (size_t)n);
  /* One octet more for the terminator that vsnprintf writes; it does not count. */
  if (err == 0 && buf->cap - buf->len <= (size_t)n) err = grow(buf, buf->len + (size_t)n + 1);
  if (err != 0) return err;
  va_start(ap, format);
  vsnprintf(buf->ptr + buf->len, (size_t)n + 1, format, ap);
  va_end(ap);
  buf->len += (size_t)n;
  return 0;
}
