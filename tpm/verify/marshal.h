/* SPDX-License-Identifier: MIT */
/* Reading and writing the TPM's marshalled structures: big-endian numbers, and octets behind their
 * 16-bit size (TPM2B). Both stop for good at the first thing that does not fit. */
#ifndef OMADM_TPM_VERIFY_MARSHAL_H
#define OMADM_TPM_VERIFY_MARSHAL_H

#include <omadm/tpm.h>

#include <stdbool.h>
#include <string.h>

typedef struct reader {
  const char *at;
  size_t left;
  bool failed; /* something was asked that is not there; numbers read as 0, spans as empty */
} reader;

static inline reader reader_of(omadm_str octets) {
  return (reader){.at = octets.ptr, .left = octets.len};
}
static inline omadm_str reader_span(reader *r, size_t n) {
  if (r->failed || n > r->left) {
    r->failed = true;
    return (omadm_str){NULL, 0};
  }
  omadm_str span = {r->at, n};
  if (n > 0) r->at += n;
  r->left -= n;
  return span;
}
static inline uint64_t reader_number(reader *r, size_t octets) {
  omadm_str span = reader_span(r, octets);
  uint64_t value = 0;
  for (size_t i = 0; i < span.len; i++)
    value = value << 8 | (unsigned char)span.ptr[i];
  return value;
}
static inline uint8_t reader_u8(reader *r) {
  return (uint8_t)reader_number(r, 1);
}
static inline uint16_t reader_u16(reader *r) {
  return (uint16_t)reader_number(r, 2);
}
static inline uint32_t reader_u32(reader *r) {
  return (uint32_t)reader_number(r, 4);
}
static inline uint64_t reader_u64(reader *r) {
  return reader_number(r, 8);
}
/* A TPM2B of at most `max` octets. */
static inline omadm_str reader_sized(reader *r, size_t max) {
  size_t n = reader_u16(r);
  if (n > max) r->failed = true;
  return reader_span(r, n);
}
/* All of it was read, and nothing was missing. */
static inline bool reader_done(const reader *r) {
  return !r->failed && r->left == 0;
}

typedef struct writer {
  uint8_t *octets; /* borrowed */
  size_t size;
  size_t len;
  bool failed;
} writer;

static inline writer writer_to(omadm_tpm_data *out) {
  return (writer){.octets = out->octets, .size = sizeof out->octets};
}
static inline void writer_span(writer *w, const void *octets, size_t n) {
  if (w->failed || n > w->size - w->len) {
    w->failed = true;
    return;
  }
  if (n > 0) memcpy(w->octets + w->len, octets, n);
  w->len += n;
}
static inline void writer_number(writer *w, uint64_t value, size_t octets) {
  uint8_t big_endian[8];
  for (size_t i = 0; i < octets; i++)
    big_endian[i] = (uint8_t)(value >> 8 * (octets - 1 - i));
  writer_span(w, big_endian, octets);
}
static inline void writer_sized(writer *w, const void *octets, size_t n) {
  if (n > UINT16_MAX) w->failed = true;
  writer_number(w, n, 2);
  writer_span(w, octets, n);
}

#endif
