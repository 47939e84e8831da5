/* SPDX-License-Identifier: MIT */
#include "csp-framework/fields.h"

#include "csp-framework/meta.h"

omadm_err fields_write(const omadm_str *spans, size_t n, omadm_buf *out) {
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < n; i++) {
    char len[8];
    meta_put_u64(len, spans[i].len);
    err = omadm_buf_add(out, len, sizeof len);
    if (err == 0) err = omadm_buf_add_str(out, spans[i]);
  }
  return err;
}

bool fields_take(omadm_str *octets, omadm_str *spans, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (octets->len < 8) return false;
    uint64_t len = meta_get_u64(octets->ptr);
    octets->ptr += 8;
    octets->len -= 8;
    if (len > octets->len) return false;
    spans[i] = (omadm_str){octets->ptr, (size_t)len};
    octets->ptr += len;
    octets->len -= (size_t)len;
  }
  return true;
}

bool fields_read(omadm_str octets, omadm_str *spans, size_t n) {
  return fields_take(&octets, spans, n) && octets.len == 0;
}
