/* SPDX-License-Identifier: MIT */
/* Spans and growing buffers. Nothing here knows a locale. */
#ifndef OMADM_BASE_STR_H
#define OMADM_BASE_STR_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>
#include <string.h>

/* The span of a terminated string; empty for NULL. */
static inline omadm_str omadm_str_of(const char *text) {
  return (omadm_str){text, text != NULL ? strlen(text) : 0};
}

/* memcmp(a, b, n) == 0. Names are short: up to sixteen octets are compared here, as two words that
 * may overlap, for less than what a call costs. */
static inline bool omadm_octets_equal(const char *a, const char *b, size_t n) {
  if (n > 16) return memcmp(a, b, n) == 0;
  if (n >= 8) {
    uint64_t first[2], last[2];
    memcpy(&first[0], a, 8);
    memcpy(&first[1], b, 8);
    memcpy(&last[0], a + n - 8, 8);
    memcpy(&last[1], b + n - 8, 8);
    return first[0] == first[1] && last[0] == last[1];
  }
  if (n >= 4) {
    uint32_t first[2], last[2];
    memcpy(&first[0], a, 4);
    memcpy(&first[1], b, 4);
    memcpy(&last[0], a + n - 4, 4);
    memcpy(&last[1], b + n - 4, 4);
    return first[0] == first[1] && last[0] == last[1];
  }
  for (size_t i = 0; i < n; i++) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

static inline bool omadm_str_equal(omadm_str a, omadm_str b) {
  return a.len == b.len && omadm_octets_equal(a.ptr, b.ptr, a.len);
}

/* ASCII letters become small ones; every other octet stays. */
static inline unsigned char omadm_ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : (unsigned char)c;
}
/* Equal but for the case of ASCII letters. */
bool omadm_str_equal_nocase(omadm_str a, omadm_str b);
static inline bool omadm_str_is(omadm_str a, const char *text) {
  return omadm_str_equal(a, omadm_str_of(text));
}
bool omadm_str_starts(omadm_str a, const char *text);
/* Octet-wise order, like memcmp; a prefix comes first. */
int omadm_str_compare(omadm_str a, omadm_str b);
/* White space of XML: blank, tab, CR, LF. */
static inline bool omadm_is_space(char c) {
  /* One comparison settles it for most characters. */
  return c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}
/* Without the XML white space at both ends. */
static inline omadm_str omadm_str_trim(omadm_str a) {
  while (a.len > 0 && omadm_is_space(a.ptr[0])) {
    a.ptr++;
    a.len--;
  }
  while (a.len > 0 && omadm_is_space(a.ptr[a.len - 1]))
    a.len--;
  return a;
}
/* A configured size as size_t: on 32 bits a larger one is SIZE_MAX, not its remainder. */
static inline size_t omadm_size_clamp(uint64_t n) {
  return n < SIZE_MAX ? (size_t)n : SIZE_MAX;
}

enum { OMADM_U64_DIGITS = 20 };
/* The decimal text of a number, not terminated; borrowed from `room`. */
static inline omadm_str omadm_u64_text(uint64_t value, char room[OMADM_U64_DIGITS]) {
  char *at = room + OMADM_U64_DIGITS;
  do {
    *--at = (char)('0' + value % 10);
    value /= 10;
  } while (value > 0);
  return (omadm_str){at, (size_t)(room + OMADM_U64_DIGITS - at)};
}
/* Decimal digits only; false on anything else or beyond 2^64 - 1. */
bool omadm_str_u64(omadm_str a, uint64_t *value);
/* Puts '?' for what a terminal might obey or a person cannot see: control characters (C1 ones too),
   marks that change the direction of writing, characters without width, what is no UTF-8. */
void omadm_str_tame(char *text);
void omadm_octets_tame(char *text, size_t len);
/* A terminated copy from the allocator; NULL on failure. */
char *omadm_str_dup(const omadm_mem *mem, omadm_str a);
/* FNV-1a, 64 bit. */
uint64_t omadm_str_hash(omadm_str a);
/* For tables of what servers name: nobody who does not know the seed can foresee it. */
uint64_t omadm_str_hash_keyed(uint64_t seed, omadm_str a);

void omadm_buf_init(omadm_buf *buf, const omadm_mem *mem, size_t max);
/* What omadm_buf_reserve does where there is no room yet. */
omadm_err omadm_buf_grow(omadm_buf *buf, size_t n);
/* Makes room for n more octets without adding them. */
static inline omadm_err omadm_buf_reserve(omadm_buf *buf, size_t n) {
  bool roomy = n <= buf->cap - buf->len && (buf->max == 0 || buf->len + n <= buf->max);
  return roomy ? OMADM_OK : omadm_buf_grow(buf, n);
}
/* NOMEM, or LIMIT beyond buf->max; then nothing was appended. */
static inline omadm_err omadm_buf_add(omadm_buf *buf, const void *octets, size_t n) {
  if (n == 0) return OMADM_OK;
  omadm_err err = omadm_buf_reserve(buf, n);
  if (err != 0) return err;
  memcpy(buf->ptr + buf->len, octets, n);
  buf->len += n;
  return OMADM_OK;
}
static inline omadm_err omadm_buf_add_str(omadm_buf *buf, omadm_str s) {
  return omadm_buf_add(buf, s.ptr, s.len);
}
static inline omadm_err omadm_buf_add_text(omadm_buf *buf, const char *text) {
  return omadm_buf_add(buf, text, strlen(text));
}
omadm_err omadm_buf_add_u64(omadm_buf *buf, uint64_t value);
omadm_err omadm_buf_printf(omadm_buf *buf, const char *format, ...) OMADM_PRINTF(2, 3);
static inline omadm_str omadm_buf_str(const omadm_buf *buf) {
  return (omadm_str){buf->ptr, buf->len};
}

#endif
