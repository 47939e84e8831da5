/* SPDX-License-Identifier: MIT */
#include "csp-framework/property.h"

#include "csp-framework/acls.h"
#include "csp-framework/ddf/index.h"
#include "csp-framework/stored.h"

static const char separator = STORED_BEFORE;

/* The path of an ancestor of mounts, which no DDF describes. */
static omadm_err place_path(const fw_place *place, omadm_buf *out) {
  const fw_place *way[OMADM_URI_SEGMENTS + 1];
  size_t n = 0;
  omadm_err err = OMADM_OK;
  for (const fw_place *p = place; p != NULL && p->parent != NULL; p = p->parent)
    way[n++] = p;
  while (n-- > 0 && err == OMADM_OK)
    err = stored_add_segment(out, way[n]->name, way[n]->parent->nocase);
  return err;
}

/* The path below the mount's root. */
static omadm_err mount_path(const fw_node *node, omadm_buf *out) {
  const fw_mount *m = node->mount;
  const omadm_ddf *ddf = m->csp->ddf;
  uint32_t above[OMADM_URI_SEGMENTS];
  size_t n = 0;
  for (uint32_t d = node->ddf; d != m->node && n < OMADM_URI_SEGMENTS; n++)
    d = above[n] = ddf_node(ddf, d)->parent;
  omadm_err err = omadm_buf_add_str(out, m->path);
  for (size_t i = node->n - n; n-- > 0 && err == OMADM_OK; i++)
    err = stored_add_segment(out, fw_segment(node, i), omadm_ddf_ignores_case(ddf, above[n]));
  return err;
}

omadm_err property_key(const fw_node *node, size_t up, char kind, omadm_buf *out) {
  out->len = 0;
  omadm_err err = omadm_buf_add(out, &kind, 1);
  if (err != OMADM_OK) return err;
  if (node->path.ptr != NULL) {
    err = omadm_buf_add_str(out, node->path);
    /* The octet before the last segment may be that of a key. */
    char *last = err == OMADM_OK && out->len > 1 ? memrchr(out->ptr, STORED_LAST, out->len) : NULL;
    if (last != NULL) *last = STORED_BEFORE;
  } else if (node->mount != NULL && node->ddf != OMADM_DDF_NONE) {
    err = mount_path(node, out);
  } else {
    err = node->n == 0 || node->place != NULL ? place_path(node->place, out) : OMADM_E_NOT_FOUND;
  }
  for (; err == OMADM_OK && up > 0 && out->len > 1; up--)
    out->len = (size_t)((const char *)memrchr(out->ptr, separator, out->len) - out->ptr);
  return err;
}

/* What is done with each row of a subtree. NULL: it goes. */
typedef struct move {
  omadm_framework *fw;
  size_t skip; /* octets of a key that are replaced */
  omadm_str begin; /* by these; ptr NULL: the row goes */
  omadm_buf key;
} move;

static omadm_err move_row(move *m, omadm_str key, omadm_str row) {
  omadm_framework *fw = m->fw;
  fw->property_row.len = 0;
  omadm_err err = omadm_buf_add_str(&fw->property_row, row);
  const omadm_str copy = omadm_buf_str(&fw->property_row);
  m->key.len = 0;
  if (err == OMADM_OK) err = omadm_buf_add_str(&m->key, key);
  const omadm_str none = {NULL, 0};
  if (err == OMADM_OK)
    err = overlay_put(&fw->overlay, OMADM_STORE_PROPERTY, omadm_buf_str(&m->key), none);
  /* What servers set may be a secret. */
  if (err == OMADM_OK && m->key.ptr[0] == PROPERTY_OWNER)
    overlay_mark_secret(&fw->overlay, OMADM_STORE_PROPERTY, omadm_buf_str(&m->key), fw->passing);
  if (err != OMADM_OK || m->begin.ptr == NULL) return err;
  omadm_buf moved;
  omadm_buf_init(&moved, &fw->mem, 0);
  err = omadm_buf_add_str(&moved, m->begin);
  if (err == OMADM_OK) err = omadm_buf_add(&moved, m->key.ptr + m->skip, m->key.len - m->skip);
  if (err == OMADM_OK)
    err = overlay_put(&fw->overlay, OMADM_STORE_PROPERTY, omadm_buf_str(&moved), copy);
  if (err == OMADM_OK && moved.ptr[0] == PROPERTY_ACL) acls_note(fw, omadm_buf_str(&moved));
  omadm_buf_dispose(&moved);
  return err;
}

/* The row with that key, and those whose keys go on behind it. */
static omadm_err move_rows(move *m, omadm_buf *prefix) {
  omadm_framework *fw = m->fw;
  omadm_str key = omadm_buf_str(prefix), row;
  m->skip = prefix->len;
  omadm_err err = overlay_get(&fw->overlay, OMADM_STORE_PROPERTY, key, &row);
  if (err == OMADM_OK) err = move_row(m, key, row);
  if (err == OMADM_E_NOT_FOUND) err = OMADM_OK;
  if (err == OMADM_OK) err = omadm_buf_add(prefix, &separator, 1);
  omadm_str after = omadm_buf_str(prefix);
  while (err == OMADM_OK) {
    err =
        overlay_next(&fw->overlay, OMADM_STORE_PROPERTY, omadm_buf_str(prefix), after, &key, &row);
    if (err == OMADM_OK) err = move_row(m, key, row);
    after = omadm_buf_str(&m->key);
  }
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

static omadm_err move_all(omadm_framework *fw, const fw_node *node, size_t up, const fw_node *to) {
  const char kinds[] = {PROPERTY_STAMP, PROPERTY_ACL, PROPERTY_OWNER};
  const bool kept[] = {true, fw->acls->any, fw->owners};
  move m = {.fw = fw};
  omadm_buf begin;
  omadm_err err = OMADM_OK;
  omadm_buf_init(&m.key, &fw->mem, 0);
  omadm_buf_init(&begin, &fw->mem, 0);
  for (size_t i = 0; i < sizeof kinds && err == OMADM_OK; i++) {
    if (!kept[i]) continue;
    err = property_key(node, up, kinds[i], &fw->property_key);
    if (err == OMADM_OK && to != NULL) err = property_key(to, 0, kinds[i], &begin);
    if (to != NULL) m.begin = omadm_buf_str(&begin);
    if (err == OMADM_OK) err = move_rows(&m, &fw->property_key);
  }
  omadm_buf_dispose(&begin);
  omadm_buf_dispose(&m.key);
  return err;
}

omadm_err property_remove(omadm_framework *fw, const fw_node *node, size_t up) {
  return move_all(fw, node, up, NULL);
}

omadm_err property_move(omadm_framework *fw, const fw_node *node, const fw_node *to) {
  return move_all(fw, node, 0, to);
}
