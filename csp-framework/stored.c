/* SPDX-License-Identifier: MIT */
#include "csp-framework/stored.h"

#include "csp-framework/ddf/index.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/request.h"
#include "csp-framework/services.h"

enum { LAST = 0, BEFORE = 1, VERSION = 1 };

/* The separator and the name, in lower case where case does not count. */
static omadm_err add_segment(omadm_buf *out, omadm_str name, bool fold) {
  omadm_err err = omadm_buf_reserve(out, name.len + 1);
  if (err != 0) return err;
  out->ptr[out->len++] = BEFORE;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    out->ptr[out->len++] = fold && c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
  }
  return OMADM_OK;
}

omadm_err stored_mount_path(omadm_framework *fw, fw_mount *m) {
  const fw_place *way[OMADM_URI_SEGMENTS + 1];
  size_t n = 0;
  omadm_err err = 0;
  fw->key.len = 0;
  for (const fw_place *p = m->place; p->parent != NULL; p = p->parent)
    way[n++] = p;
  while (n-- > 0 && err == 0)
    err = add_segment(&fw->key, way[n]->name, way[n]->parent->nocase);
  m->path = omadm_arena_copy(&fw->arena, omadm_buf_str(&fw->key));
  return err != 0 || m->path.ptr == NULL ? OMADM_E_NOMEM : OMADM_OK;
}

/* Appends the path of a node: that of its mount, and the names down to it. */
static omadm_err node_path(const fw_mount *m, uint32_t node, const omadm_str *names, size_t n_names,
                           omadm_buf *out) {
  const omadm_ddf *ddf = m->csp->ddf;
  uint32_t way[OMADM_URI_SEGMENTS];
  size_t n = 0, used = 0;
  for (uint32_t d = node; d != m->node && n < OMADM_URI_SEGMENTS;
       d = omadm_ddf_node_at(ddf, d)->parent)
    way[n++] = d;
  out->len = 0;
  omadm_err err = omadm_buf_add_str(out, m->path);
  while (n-- > 0 && err == 0) {
    const omadm_ddf_node *d = omadm_ddf_node_at(ddf, way[n]);
    omadm_str name = d->name;
    if (name.len == 0 && used < n_names) name = names[used++];
    err = add_segment(out, name, omadm_ddf_ignores_case(ddf, d->parent));
  }
  return err;
}

/* From a path to a key, and back. */
static char *last_separator(const omadm_buf *path, int separator) {
  return memrchr(path->ptr, separator, path->len);
}

static const fw_mount *mount_of(const fw_csp *csp, uint32_t root) {
  const fw_mount *m = csp->mounts;
  while (m != NULL && m->root != root)
    m = m->next;
  return m;
}

static omadm_err request_path(const fw_csp *csp, const omadm_csp_request *r, omadm_buf *out) {
  const fw_mount *m = mount_of(csp, r->root);
  return m != NULL ? node_path(m, r->node, r->names, r->n_names, out) : OMADM_E_NOT_FOUND;
}

static omadm_err request_key(const fw_csp *csp, const omadm_csp_request *r, omadm_buf *out) {
  omadm_err err = request_path(csp, r, out);
  if (err == 0) *last_separator(out, BEFORE) = LAST;
  return err;
}

omadm_err stored_key(const fw_node *node, size_t up, omadm_buf *out) {
  omadm_csp_request r;
  omadm_err err = request_fill(node->mount->csp->fw, node, up, &r);
  return err == 0 ? request_key(node->mount->csp, &r, out) : err;
}

static omadm_err add_length(omadm_buf *out, size_t n) {
  char octets[10];
  size_t used = 0;
  do {
    octets[used] = (char)((n & 0x7F) | (n > 0x7F ? 0x80 : 0));
    n >>= 7;
    used++;
  } while (n > 0);
  return omadm_buf_add(out, octets, used);
}

static bool read_length(omadm_str *rest, size_t *n) {
  *n = 0;
  for (unsigned shift = 0; rest->len > 0 && shift < 63; shift += 7) {
    unsigned char octet = (unsigned char)*rest->ptr++;
    rest->len--;
    *n |= (size_t)(octet & 0x7F) << shift;
    if ((octet & 0x80) == 0) return true;
  }
  return false;
}

omadm_err stored_write_row(const stored_row *row, omadm_buf *out) {
  const char head[2] = {VERSION, (char)row->format};
  const omadm_str spans[] = {row->type, row->owner, row->name};
  omadm_err err = omadm_buf_add(out, head, sizeof head);
  for (size_t i = 0; err == 0 && i < 3; i++)
    err = add_length(out, spans[i].len);
  for (size_t i = 0; err == 0 && i < 3; i++)
    err = omadm_buf_add_str(out, spans[i]);
  return err == 0 ? omadm_buf_add_str(out, row->value) : err;
}

bool stored_read_row(omadm_str octets, stored_row *row) {
  omadm_str *spans[] = {&row->type, &row->owner, &row->name};
  if (octets.len < 2 || octets.ptr[0] != VERSION) return false;
  row->format = (omadm_format)octets.ptr[1];
  omadm_str rest = {octets.ptr + 2, octets.len - 2};
  for (size_t i = 0; i < 3; i++) {
    if (!read_length(&rest, &spans[i]->len)) return false;
  }
  for (size_t i = 0; i < 3; i++) {
    if (spans[i]->len > rest.len) return false;
    spans[i]->ptr = rest.ptr;
    rest.ptr += spans[i]->len;
    rest.len -= spans[i]->len;
  }
  row->value = rest;
  return true;
}

static fw_csp *csp_of(uint64_t self) {
  return (fw_csp *)(uintptr_t)self;
}

static omadm_status broken_row(omadm_framework *fw, const fw_csp *csp) {
  fw_log(fw, OMADM_LOG_ERROR, "%s: a row of the store is not one of this version", csp->from);
  return OMADM_ST_STORE_FAILED;
}

/* Reads the row of a request's node: 200, 404, 510. The row is borrowed from the overlay. */
static omadm_status read_row(const fw_csp *csp, const omadm_csp_request *r, stored_row *row) {
  omadm_framework *fw = csp->fw;
  omadm_str octets;
  omadm_err err = request_key(csp, r, &fw->key);
  if (err == 0) err = overlay_get(&fw->overlay, OMADM_STORE_NODE, omadm_buf_str(&fw->key), &octets);
  if (err == OMADM_E_NOT_FOUND) return OMADM_ST_NOT_FOUND;
  if (err != 0) return omadm_status_from_err(err);
  return stored_read_row(octets, row) ? OMADM_ST_OK : broken_row(fw, csp);
}

static omadm_status stored_find(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  stored_row row;
  omadm_status status = read_row(csp, r, &row);
  if (status == OMADM_ST_OK && row.type.len > 0) dispatch_note_type(csp, r->token, row.type);
  return status;
}

static omadm_status stored_get(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  const omadm_csp_services *services = services_table(csp->fw);
  const omadm_ddf_node *d = omadm_ddf_node_at(csp->ddf, r->node);
  stored_row row = {.value = d->default_value};
  omadm_status status = read_row(csp, r, &row);
  if (status != OMADM_ST_OK && status != OMADM_ST_NOT_FOUND) return status;
  if (row.type.len > 0) dispatch_note_type(csp, r->token, row.type);
  omadm_err err = services->value(services_handle(csp), r->token, row.value);
  return omadm_status_from_err(err);
}

/* The instances of the unnamed child: direct children that no named one describes. */
static omadm_status stored_list(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  omadm_framework *fw = csp->fw;
  const omadm_csp_services *services = services_table(fw);
  const bool nocase = omadm_ddf_ignores_case(csp->ddf, r->node);
  const char separator = LAST;
  omadm_err err = request_path(csp, r, &fw->key);
  if (err == 0) err = omadm_buf_add(&fw->key, &separator, 1);
  omadm_str prefix = omadm_buf_str(&fw->key);
  omadm_str after = prefix, key, value;
  while (err == 0) {
    err = overlay_next(&fw->overlay, OMADM_STORE_NODE, prefix, after, &key, &value);
    if (err != 0) break;
    stored_row row;
    if (!stored_read_row(value, &row)) return broken_row(fw, csp);
    omadm_str name =
        row.name.len > 0 ? row.name : (omadm_str){key.ptr + prefix.len, key.len - prefix.len};
    if (omadm_ddf_child(csp->ddf, r->node, name, nocase) == OMADM_DDF_NONE)
      err = services->child(services_handle(csp), r->token, name);
    fw->row.len = 0;
    if (err == 0) err = omadm_buf_add_str(&fw->row, key);
    after = omadm_buf_str(&fw->row);
  }
  return err == OMADM_E_NOT_FOUND ? OMADM_ST_OK : omadm_status_from_err(err);
}

static omadm_status put_row(fw_csp *csp, const stored_row *row) {
  omadm_framework *fw = csp->fw;
  fw->row.len = 0;
  omadm_err err = stored_write_row(row, &fw->row);
  if (err == 0)
    err = overlay_put(&fw->overlay, OMADM_STORE_NODE, omadm_buf_str(&fw->key),
                      omadm_buf_str(&fw->row));
  return omadm_status_from_err(err);
}

/* The name of an instance where its key holds it in lower case. */
static omadm_str spelt_name(const fw_csp *csp, const omadm_csp_request *r) {
  const omadm_ddf_node *d = omadm_ddf_node_at(csp->ddf, r->node);
  bool given = d->name.len == 0 && r->n_names > 0 && omadm_ddf_ignores_case(csp->ddf, d->parent);
  return given ? r->names[r->n_names - 1] : (omadm_str){NULL, 0};
}

static omadm_status stored_add(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  if (request_key(csp, r, &csp->fw->key) != 0) return OMADM_ST_FAILED;
  const stored_row row = {r->format, r->type, r->server_id, spelt_name(csp, r), r->value};
  return put_row(csp, &row);
}

static omadm_status stored_replace(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  stored_row old = {.name = {NULL, 0}};
  omadm_status status = OMADM_ST_OK;
  if (spelt_name(csp, r).len > 0) { /* it keeps the one that it was made with */
    status = read_row(csp, r, &old);
  } else if (request_key(csp, r, &csp->fw->key) != 0) {
    status = OMADM_ST_FAILED;
  }
  if (status != OMADM_ST_OK && status != OMADM_ST_NOT_FOUND) return status;
  const stored_row row = {r->format, r->type, r->server_id, old.name, r->value};
  return put_row(csp, &row);
}

static omadm_err remove_prefix(omadm_framework *fw, omadm_str prefix) {
  omadm_str after = prefix, key, value;
  omadm_err err = 0;
  while (err == 0) {
    err = overlay_next(&fw->overlay, OMADM_STORE_NODE, prefix, after, &key, &value);
    if (err != 0) break;
    fw->row.len = 0;
    err = omadm_buf_add_str(&fw->row, key);
    after = omadm_buf_str(&fw->row);
    if (err == 0) err = overlay_put(&fw->overlay, OMADM_STORE_NODE, after, (omadm_str){NULL, 0});
  }
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

omadm_err stored_remove(omadm_framework *fw, omadm_buf *key) {
  omadm_err err =
      overlay_put(&fw->overlay, OMADM_STORE_NODE, omadm_buf_str(key), (omadm_str){NULL, 0});
  *last_separator(key, LAST) = BEFORE;
  const char separators[] = {LAST, BEFORE};
  size_t len = key->len;
  for (size_t i = 0; err == 0 && i < 2; i++) {
    key->len = len;
    err = omadm_buf_add(key, &separators[i], 1);
    if (err == 0) err = remove_prefix(fw, omadm_buf_str(key));
  }
  return err;
}

static omadm_status stored_remove_slot(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  omadm_err err = request_key(csp, r, &csp->fw->key);
  return omadm_status_from_err(err == 0 ? stored_remove(csp->fw, &csp->fw->key) : err);
}

const omadm_csp_slots stored_slots = {
    .struct_size = sizeof stored_slots,
    .find = stored_find,
    .list = stored_list,
    .get = stored_get,
    .add = stored_add,
    .replace = stored_replace,
    .remove = stored_remove_slot,
};
