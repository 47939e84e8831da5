/* SPDX-License-Identifier: MIT */
#include "csp-framework/stored.h"

#include "base/codec.h"
#include "csp-framework/ddf/index.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/request.h"
#include "csp-framework/services.h"
#include "csp-framework/values.h"

omadm_err stored_add_segment(omadm_buf *out, omadm_str name, bool fold) {
  omadm_err err = omadm_buf_reserve(out, name.len + 1);
  if (err != 0) return err;
  char *at = out->ptr + out->len;
  *at++ = STORED_BEFORE;
  if (!fold) memcpy(at, name.ptr, name.len);
  for (size_t i = 0; fold && i < name.len; i++) {
    char c = name.ptr[i];
    at[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
  }
  out->len += name.len + 1;
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
    err = stored_add_segment(&fw->key, way[n]->name, way[n]->parent->nocase);
  m->path = omadm_arena_copy(&fw->arena, omadm_buf_str(&fw->key));
  return err != 0 || m->path.ptr == NULL ? OMADM_E_NOMEM : OMADM_OK;
}

/* Appends the path of a node: that of its mount, and the names down to it. */
static omadm_err node_path(const fw_mount *m, uint32_t node, const omadm_str *names, size_t n_names,
                           omadm_buf *out) {
  const omadm_ddf *ddf = m->csp->ddf;
  uint32_t way[OMADM_URI_SEGMENTS];
  size_t n = 0, used = 0;
  for (uint32_t d = node; d != m->node && n < OMADM_URI_SEGMENTS; d = ddf_node(ddf, d)->parent)
    way[n++] = d;
  out->len = 0;
  omadm_err err = omadm_buf_add_str(out, m->path);
  while (n-- > 0 && err == 0) {
    const omadm_ddf_node *d = ddf_node(ddf, way[n]);
    omadm_str name = d->name;
    if (name.len == 0 && used < n_names) name = names[used++];
    err = stored_add_segment(out, name, omadm_ddf_ignores_case(ddf, d->parent));
  }
  return err;
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

size_t stored_path_tail(omadm_str path) {
  const char *separator = memrchr(path.ptr, STORED_BEFORE, path.len);
  return (size_t)(separator - path.ptr);
}

/* The key of the request that was filled last. It was made while its URI was walked, or is made in
 * fw->key. */
static omadm_err request_key(const fw_csp *csp, const omadm_csp_request *r, omadm_str *key) {
  omadm_framework *fw = csp->fw;
  *key = fw->asked_key;
  if (key->ptr != NULL) return OMADM_OK;
  omadm_err err = request_path(csp, r, &fw->key);
  if (err != 0) return err;
  fw->key.ptr[stored_path_tail(omadm_buf_str(&fw->key))] = STORED_LAST;
  *key = omadm_buf_str(&fw->key);
  return OMADM_OK;
}

/* The key in a buffer of the caller's, which may be the one where it was made. */
static omadm_err take_key(omadm_str key, omadm_buf *out) {
  if (key.ptr == out->ptr) return OMADM_OK;
  out->len = 0;
  return omadm_buf_add_str(out, key);
}

omadm_err stored_key(const fw_node *node, size_t up, omadm_buf *out) {
  omadm_csp_request r;
  omadm_str key;
  omadm_err err = request_fill(node->mount->csp->fw, node, up, &r);
  if (err == 0) err = request_key(node->mount->csp, &r, &key);
  return err == 0 ? take_key(key, out) : err;
}

static fw_csp *csp_of(uint64_t self) {
  return (fw_csp *)(uintptr_t)self;
}

static omadm_status broken_row(omadm_framework *fw, const fw_csp *csp) {
  fw_log(fw, OMADM_LOG_ERROR, "%s: a row of the store is not one of this version", csp->from);
  return OMADM_ST_STORE_FAILED;
}

/* Reads the row of a node: 200, 404, 510. The row is borrowed from the overlay. */
static omadm_status read_row_at(const fw_csp *csp, omadm_str key, stored_row *row) {
  omadm_framework *fw = csp->fw;
  omadm_str octets;
  omadm_err err = overlay_get(&fw->overlay, OMADM_STORE_NODE, key, &octets);
  if (err == OMADM_E_NOT_FOUND) return OMADM_ST_NOT_FOUND;
  if (err != 0) return omadm_status_from_err(err);
  return stored_read_row(octets, row) ? OMADM_ST_OK : broken_row(fw, csp);
}

/* The same for a request's node. */
static omadm_status read_row(const fw_csp *csp, const omadm_csp_request *r, stored_row *row) {
  omadm_str key;
  omadm_err err = request_key(csp, r, &key);
  return err == 0 ? read_row_at(csp, key, row) : omadm_status_from_err(err);
}

omadm_status stored_find_key(fw_csp *csp, omadm_str key, omadm_str *type) {
  stored_row row;
  omadm_status status = read_row_at(csp, key, &row);
  if (status == OMADM_ST_OK) *type = row.type;
  return status;
}

static omadm_status stored_find(uint64_t self, const omadm_csp_request *r) {
  stored_row row;
  return read_row(csp_of(self), r, &row);
}

static omadm_status stored_get(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  const omadm_csp_services *services = services_table(csp->fw);
  const omadm_ddf_node *d = ddf_node(csp->ddf, r->node);
  stored_row row = {.value = d->default_value};
  omadm_status status = read_row(csp, r, &row);
  if (status != OMADM_ST_OK && status != OMADM_ST_NOT_FOUND) return status;
  if (row.type.len > 0) dispatch_note_type(csp, r->token, row.type);
  if (row.in_file) {
    fw_spool *value = values_open(csp->fw, row.value);
    if (value == NULL) return OMADM_ST_STORE_FAILED;
    return omadm_status_from_err(dispatch_large(csp, r->token, value));
  }
  omadm_err err = services->value(services_handle(csp), r->token, row.value);
  return omadm_status_from_err(err);
}

/* The instances of the unnamed child: direct children that no named one describes. */
static omadm_status stored_list(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  omadm_framework *fw = csp->fw;
  const omadm_csp_services *services = services_table(fw);
  const bool nocase = omadm_ddf_ignores_case(csp->ddf, r->node);
  const char separator = STORED_LAST;
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

/* Puts a large value into the row: the reference of its file, or its octets where there are no
 * files. */
static omadm_status place_large(omadm_framework *fw, fw_spool *large, stored_row *row,
                                char room[VALUES_REFERENCE]) {
  row->value = values_octets(large);
  if (row->value.ptr != NULL) return OMADM_ST_OK;
  row->value = (omadm_str){room, VALUES_REFERENCE};
  row->in_file = true;
  return values_name(fw, large, room);
}

/* The value of a request as the row holds it. */
static omadm_status place_value(fw_csp *csp, const omadm_csp_request *r, stored_row *row,
                                char room[VALUES_REFERENCE]) {
  omadm_framework *fw = csp->fw;
  fw_spool *given = dispatch_given(csp, r->token);
  if (given != NULL) return place_large(fw, given, row, room);
  bool small = r->value.len <= fw->config.limits.inline_value;
  if (small || fw->values.folder < 0) return OMADM_ST_OK;
  fw_spool *large = values_new(fw, OMADM_FORMAT_BIN, 0); /* poke hands it over whole */
  if (large == NULL) return OMADM_ST_FAILED;
  omadm_status status = values_write(fw, large, r->value);
  if (status == OMADM_ST_OK) status = values_close(large);
  if (status == OMADM_ST_OK) status = place_large(fw, large, row, room);
  values_leave(fw, large);
  return status;
}

static omadm_status put_row(fw_csp *csp, const omadm_csp_request *r, stored_row *row,
                            bool replaces) {
  omadm_framework *fw = csp->fw;
  char room[VALUES_REFERENCE];
  omadm_str key;
  fw->row.len = 0;
  omadm_status status = place_value(csp, r, row, room);
  if (status != OMADM_ST_OK) return status;
  omadm_err err = stored_write_row(row, &fw->row);
  if (err == 0) err = request_key(csp, r, &key);
  if (err == 0) err = overlay_put(&fw->overlay, OMADM_STORE_NODE, key, omadm_buf_str(&fw->row));
  if (err == 0 && row->secret && replaces)
    overlay_mark_secret(&fw->overlay, OMADM_STORE_NODE, key, fw->passing);
  return omadm_status_from_err(err);
}

/* May nobody read the value of that node? */
static bool is_secret(const fw_csp *csp, const omadm_csp_request *r) {
  const omadm_ddf_node *d = ddf_node(csp->ddf, r->node);
  return !fw_is_interior(d) && (d->access & OMADM_ACCESS_GET) == 0;
}

/* The name of an instance where its key holds it in lower case. */
static omadm_str spelt_name(const fw_csp *csp, const omadm_csp_request *r) {
  const omadm_ddf_node *d = ddf_node(csp->ddf, r->node);
  bool given = d->name.len == 0 && r->n_names > 0 && omadm_ddf_ignores_case(csp->ddf, d->parent);
  return given ? r->names[r->n_names - 1] : (omadm_str){NULL, 0};
}

static omadm_status stored_add(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  stored_row row = {.format = r->format,
                    .type = r->type,
                    .owner = r->server_id,
                    .name = spelt_name(csp, r),
                    .value = r->value,
                    .stamp = stamp_new(csp->fw),
                    .secret = is_secret(csp, r)};
  return put_row(csp, r, &row, false);
}

static omadm_status stored_replace(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  stored_row old = {.name = {NULL, 0}};
  /* It keeps who made it and the name that it was made with, and counts its changes. */
  omadm_status status = read_row(csp, r, &old);
  if (status != OMADM_ST_OK && status != OMADM_ST_NOT_FOUND) return status;
  if (old.in_file) values_touch(csp->fw);
  /* Who made a node stays its owner; where that is nobody, who set it last is. */
  const bool was = status == OMADM_ST_OK && !ddf_node(csp->ddf, r->node)->permanent;
  const bool set = was && r->server_id.len > 0 && (old.owner.len == 0 || old.set);
  const bool made = was && r->server_id.len > 0 && !set;
  stored_row row = {.format = r->format,
                    .type = r->type,
                    .owner = made ? old.owner : r->server_id,
                    .set = set,
                    .name = old.name,
                    .value = r->value,
                    .stamp = stamp_next(csp->fw, old.stamp),
                    .secret = is_secret(csp, r)};
  return put_row(csp, r, &row, status == OMADM_ST_OK);
}

/* Removes a row, which may have named a file, and may have held a secret. */
static omadm_err remove_row(omadm_framework *fw, omadm_str key, omadm_str octets) {
  stored_row row;
  const bool known = stored_read_row(octets, &row);
  if (known && row.in_file) values_touch(fw);
  omadm_err err = overlay_put(&fw->overlay, OMADM_STORE_NODE, key, (omadm_str){NULL, 0});
  if (err == 0 && known && row.secret)
    overlay_mark_secret(&fw->overlay, OMADM_STORE_NODE, key, fw->passing);
  return err;
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
    if (err == 0) err = remove_row(fw, after, value);
  }
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

omadm_err stored_remove(omadm_framework *fw, omadm_buf *key) {
  omadm_str row;
  omadm_err err = overlay_get(&fw->overlay, OMADM_STORE_NODE, omadm_buf_str(key), &row);
  if (err == 0) err = remove_row(fw, omadm_buf_str(key), row);
  if (err == OMADM_E_NOT_FOUND) err = OMADM_OK;
  char *last = memrchr(key->ptr, STORED_LAST, key->len);
  *last = STORED_BEFORE;
  const char separators[] = {STORED_LAST, STORED_BEFORE};
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
  omadm_framework *fw = csp->fw;
  omadm_str key;
  omadm_err err = request_key(csp, r, &key);
  if (err == 0) err = take_key(key, &fw->key);
  return omadm_status_from_err(err == 0 ? stored_remove(fw, &fw->key) : err);
}

/* Moves one row; the name is that of the node itself, and of no other. */
static omadm_err move_row(omadm_framework *fw, omadm_str key, omadm_str octets, size_t skip,
                          omadm_str begin, const omadm_str *name) {
  omadm_buf to;
  stored_row row;
  const omadm_str gone = {NULL, 0};
  omadm_buf_init(&to, &fw->mem, 0);
  fw->scratch.len = 0;
  omadm_err err = stored_read_row(octets, &row) ? OMADM_OK : OMADM_E_STORE;
  if (err == 0 && name != NULL) row.name = *name;
  if (err == 0) err = stored_write_row(&row, &fw->scratch);
  if (err == 0) err = omadm_buf_add_str(&to, begin);
  if (err == 0) err = omadm_buf_add(&to, key.ptr + skip, key.len - skip);
  if (err == 0 && omadm_utf8_length(omadm_buf_str(&to)) > fw->config.limits.uri_length + 1)
    err = OMADM_E_ARGUMENT;
  if (err == 0) err = overlay_put(&fw->overlay, OMADM_STORE_NODE, key, gone);
  if (err == 0)
    err = overlay_put(&fw->overlay, OMADM_STORE_NODE, omadm_buf_str(&to),
                      omadm_buf_str(&fw->scratch));
  omadm_buf_dispose(&to);
  return err;
}

/* Moves the rows that begin with the path `from` and a separator to where they begin with `to`. */
static omadm_err move_below(omadm_framework *fw, omadm_buf *from, omadm_buf *to, char separator) {
  const size_t from_len = from->len, to_len = to->len;
  omadm_err err = omadm_buf_add(from, &separator, 1);
  if (err == 0) err = omadm_buf_add(to, &separator, 1);
  const omadm_str prefix = omadm_buf_str(from);
  omadm_str after = prefix, key, value;
  while (err == 0) {
    err = overlay_next(&fw->overlay, OMADM_STORE_NODE, prefix, after, &key, &value);
    if (err != 0) break;
    fw->row.len = 0;
    err = omadm_buf_add_str(&fw->row, key);
    after = omadm_buf_str(&fw->row);
    if (err == 0) err = move_row(fw, after, value, prefix.len, omadm_buf_str(to), NULL);
  }
  from->len = from_len;
  to->len = to_len;
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

/* All rows of a node, whose path is given, and of what is below it. */
static omadm_err move_all(omadm_framework *fw, omadm_buf *from, omadm_buf *to,
                          const omadm_str *name) {
  const size_t from_tail = stored_path_tail(omadm_buf_str(from));
  const size_t to_tail = stored_path_tail(omadm_buf_str(to));
  omadm_str row;
  from->ptr[from_tail] = to->ptr[to_tail] = STORED_LAST;
  omadm_err err = overlay_get(&fw->overlay, OMADM_STORE_NODE, omadm_buf_str(from), &row);
  if (err == 0) {
    fw->row.len = 0;
    err = omadm_buf_add_str(&fw->row, row);
    row = omadm_buf_str(&fw->row);
  }
  if (err == 0) err = move_row(fw, omadm_buf_str(from), row, from->len, omadm_buf_str(to), name);
  from->ptr[from_tail] = to->ptr[to_tail] = STORED_BEFORE;
  if (err == 0) err = move_below(fw, from, to, STORED_LAST);
  return err == 0 ? move_below(fw, from, to, STORED_BEFORE) : err;
}

static omadm_status stored_rename(uint64_t self, const omadm_csp_request *r) {
  fw_csp *csp = csp_of(self);
  omadm_framework *fw = csp->fw;
  const omadm_ddf_node *d = ddf_node(csp->ddf, r->node);
  const bool fold = omadm_ddf_ignores_case(csp->ddf, d->parent);
  const omadm_str kept = fold ? r->name : (omadm_str){NULL, 0};
  omadm_buf from, to;
  omadm_buf_init(&from, &fw->mem, 0);
  omadm_buf_init(&to, &fw->mem, 0);
  omadm_err err = request_path(csp, r, &from);
  if (err == 0) err = omadm_buf_add(&to, from.ptr, stored_path_tail(omadm_buf_str(&from)));
  if (err == 0) err = stored_add_segment(&to, r->name, fold);
  if (err == 0) err = move_all(fw, &from, &to, &kept);
  omadm_buf_dispose(&to);
  omadm_buf_dispose(&from);
  return err == OMADM_E_ARGUMENT ? OMADM_ST_URI_TOO_LONG : omadm_status_from_err(err);
}

const omadm_csp_slots stored_slots = {
    .struct_size = sizeof stored_slots,
    .find = stored_find,
    .list = stored_list,
    .get = stored_get,
    .add = stored_add,
    .replace = stored_replace,
    .remove = stored_remove_slot,
    .rename = stored_rename,
};
