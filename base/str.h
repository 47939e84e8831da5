/* SPDX-License-Identifier: MIT */
/* Spans and growing buffers. Nothing here knows a locale. */
#ifndef OMADM_BASE_STR_H
#define OMADM_BASE_STR_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>
#include <string.h>

/* The span of a terminated string; empty for NULL. */
omadm_str omadm_str_of(const char *text);

static inline bool omadm_str_equal(omadm_str a, omadm_str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* Equal but for the case of ASCII letters. */
bool omadm_str_equal_nocase(omadm_str a, omadm_str b);
bool omadm_str_is(omadm_str a, const char *text);
bool omadm_str_starts(omadm_str a, const char *text);
/* Octet-wise order, like memcmp; a prefix comes first. */
int omadm_str_compare(omadm_str a, omadm_str b);
/* Without the XML white space (blank, tab, CR, LF) at both ends. */
omadm_str omadm_str_trim(omadm_str a);
/* Decimal digits only; false on anything else or beyond 2^64 - 1. */
bool omadm_str_u64(omadm_str a, uint64_t *value);
/* A terminated copy from the allocator; NULL on failure. */
char *omadm_str_dup(const omadm_mem *mem, omadm_str a);
/* FNV-1a, 64 bit. */
uint64_t omadm_str_hash(omadm_str a);

void omadm_buf_init(omadm_buf *buf, const omadm_mem *mem, size_t max);
void omadm_buf_dispose(omadm_buf *buf);
/* NOMEM, or LIMIT beyond buf->max; then nothing was appended. */
omadm_err omadm_buf_add(omadm_buf *buf, const void *octets, size_t n);
omadm_err omadm_buf_add_str(omadm_buf *buf, omadm_str s);
omadm_err omadm_buf_add_text(omadm_buf *buf, const char *text);
omadm_err omadm_buf_add_u64(omadm_buf *buf, uint64_t value);
omadm_err omadm_buf_printf(omadm_buf *buf, const char *format, ...) OMADM_PRINTF(2, 3);
/* Makes room for n more octets without adding them. */
omadm_err omadm_buf_reserve(omadm_buf *buf, size_t n);
static inline omadm_str omadm_buf_str(const omadm_buf *buf) {
  return (omadm_str){buf->ptr, buf->len};
}

#endif
