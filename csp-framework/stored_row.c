/* SPDX-License-Identifier: MIT */
/* The octets of a stored node's row (stored.h). */
#include "csp-framework/stored.h"
#include "csp-framework/values.h"

enum { VERSION = 2, VERSION_WITHOUT_STAMP = 1, IN_FILE = 0x80, SECRET = 0x40, SET = 0x20 };

static char *put_length(char *at, size_t n) {
  for (; n > 0x7F; n >>= 7)
    *at++ = (char)((n & 0x7F) | 0x80);
  *at++ = (char)n;
  return at;
}

static bool read_long_length(omadm_str *rest, size_t *n) {
  *n = 0;
  for (unsigned shift = 0; rest->len > 0 && shift < 63; shift += 7) {
    unsigned char octet = (unsigned char)*rest->ptr++;
    rest->len--;
    *n |= (size_t)(octet & 0x7F) << shift;
    if ((octet & 0x80) == 0) return true;
  }
  return false;
}

static inline bool read_length(omadm_str *rest, size_t *n) {
  if (rest->len > 0 && (*rest->ptr & 0x80) == 0) { /* as nearly all are */
    *n = (unsigned char)*rest->ptr;
    *rest = (omadm_str){rest->ptr + 1, rest->len - 1};
    return true;
  }
  return read_long_length(rest, n);
}

omadm_err stored_write_row(const stored_row *row, omadm_buf *out) {
  enum { LENGTHS = 30 }; /* octets that three lengths take at most */
  const omadm_str spans[] = {row->type, row->owner, row->name, row->value};
  size_t n = 2 + STAMP_OCTETS + LENGTHS;
  for (size_t i = 0; i < 4; i++)
    n += spans[i].len;
  omadm_err err = omadm_buf_reserve(out, n);
  if (err != 0) return err;
  char *at = out->ptr + out->len;
  *at++ = VERSION;
  *at++ = (char)((int)row->format | (row->in_file ? IN_FILE : 0) | (row->secret ? SECRET : 0) |
                 (row->set ? SET : 0));
  stamp_put(at, row->stamp);
  at += STAMP_OCTETS;
  for (size_t i = 0; i < 3; i++)
    at = put_length(at, spans[i].len);
  for (size_t i = 0; i < 4; i++) {
    if (spans[i].len > 0) memcpy(at, spans[i].ptr, spans[i].len);
    at += spans[i].len;
  }
  out->len = (size_t)(at - out->ptr);
  return OMADM_OK;
}

static bool take_span(omadm_str *rest, size_t n, omadm_str *span) {
  if (n > rest->len) return false;
  *span = (omadm_str){rest->ptr, n};
  *rest = (omadm_str){rest->ptr + n, rest->len - n};
  return true;
}

bool stored_read_row(omadm_str octets, stored_row *row) {
  if (octets.len < 2 || (octets.ptr[0] != VERSION && octets.ptr[0] != VERSION_WITHOUT_STAMP))
    return false;
  size_t head = octets.ptr[0] == VERSION ? 2 + STAMP_OCTETS : 2;
  if (octets.len < head) return false;
  row->format = (omadm_format)(octets.ptr[1] & ~(IN_FILE | SECRET | SET) & 0xFF);
  row->in_file = (octets.ptr[1] & IN_FILE) != 0;
  row->secret = (octets.ptr[1] & SECRET) != 0;
  row->set = (octets.ptr[1] & SET) != 0;
  row->stamp = head > 2 ? stamp_get(octets.ptr + 2) : (fw_stamp){0};
  omadm_str rest = {octets.ptr + head, octets.len - head};
  size_t type = 0, owner = 0, name = 0;
  if (!read_length(&rest, &type) || !read_length(&rest, &owner) || !read_length(&rest, &name) ||
      !take_span(&rest, type, &row->type) || !take_span(&rest, owner, &row->owner) ||
      !take_span(&rest, name, &row->name))
    return false;
  row->value = rest;
  return true;
}

bool stored_reference(omadm_str octets, omadm_str *reference) {
  stored_row row;
  if (!stored_read_row(octets, &row) || !row.in_file || row.value.len != VALUES_REFERENCE)
    return false;
  *reference = row.value;
  return true;
}
