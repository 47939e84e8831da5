/* SPDX-License-Identifier: MIT */
#include "csp-framework/stamps.h"

#include "csp-framework/property.h"

fw_stamp stamp_new(const omadm_framework *fw) {
  int64_t now = fw_now(fw);
  return (fw_stamp){now > 0 ? (uint64_t)now / 1000 : 0, 0};
}

fw_stamp stamp_next(const omadm_framework *fw, fw_stamp last) {
  fw_stamp next = stamp_new(fw);
  next.version = (uint16_t)(last.version + 1);
  return next;
}

/* Reads the row whose key is in fw->property_key; one that is not there says nothing. */
static omadm_err read_row(omadm_framework *fw, fw_stamp *stamp, omadm_str *title) {
  omadm_str row;
  *stamp = (fw_stamp){0};
  *title = (omadm_str){"", 0};
  omadm_err err =
      overlay_get(&fw->overlay, OMADM_STORE_PROPERTY, omadm_buf_str(&fw->property_key), &row);
  if (err == OMADM_OK && row.len >= STAMP_OCTETS) {
    *stamp = stamp_get(row.ptr);
    *title = (omadm_str){row.ptr + STAMP_OCTETS, row.len - STAMP_OCTETS};
  }
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

static omadm_err write_row(omadm_framework *fw, fw_stamp stamp, omadm_str title) {
  char octets[STAMP_OCTETS];
  stamp_put(octets, stamp);
  fw->property_row.len = 0;
  omadm_err err = omadm_buf_add(&fw->property_row, octets, sizeof octets);
  if (err == OMADM_OK) err = omadm_buf_add_str(&fw->property_row, title);
  return err == OMADM_OK
             ? overlay_put(&fw->overlay, OMADM_STORE_PROPERTY, omadm_buf_str(&fw->property_key),
                           omadm_buf_str(&fw->property_row))
             : err;
}

omadm_err stamps_bump(omadm_framework *fw, const fw_node *node, size_t up) {
  fw_stamp stamp;
  omadm_str title;
  omadm_err err = property_key(node, up, PROPERTY_STAMP, &fw->property_key);
  if (err == OMADM_OK) err = read_row(fw, &stamp, &title);
  return err == OMADM_OK ? write_row(fw, stamp_next(fw, stamp), title) : err;
}

omadm_err stamps_begin(omadm_framework *fw, const fw_node *node, size_t up) {
  omadm_err err = property_key(node, up, PROPERTY_STAMP, &fw->property_key);
  return err == OMADM_OK ? write_row(fw, stamp_new(fw), (omadm_str){"", 0}) : err;
}

omadm_err stamps_read(omadm_framework *fw, const fw_node *node, fw_stamp *stamp, omadm_str *title) {
  omadm_err err = property_key(node, 0, PROPERTY_STAMP, &fw->property_key);
  return err == OMADM_OK ? read_row(fw, stamp, title) : err;
}

omadm_err stamps_set_title(omadm_framework *fw, const fw_node *node, omadm_str title) {
  fw_stamp stamp;
  omadm_str old;
  omadm_err err = stamps_read(fw, node, &stamp, &old);
  return err == OMADM_OK ? write_row(fw, stamp_next(fw, stamp), title) : err;
}
