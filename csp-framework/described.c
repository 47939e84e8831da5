/* SPDX-License-Identifier: MIT */
/* What the mounts' DDFs say of a URI, for a person. */
#include "csp-framework/core.h"
#include "csp-framework/ddf/export.h"
#include "csp-framework/ddf/index.h"
#include "csp-framework/place.h"

/* Where a URI leads. */
typedef struct way {
  omadm_uri uri;
  omadm_buf scratch; /* that its segments point into */
  size_t first; /* segments to skip: ./Device */
  const fw_place *place; /* all of the URI; NULL: it ends below the places */
  const fw_mount *mount; /* that covers it; NULL: none */
} way;

const omadm_ddf *omadm_framework_ddf_at(const omadm_framework *fw, size_t i) {
  const fw_entry *e = fw->entries;
  while (e != NULL && i-- > 0)
    e = e->next;
  return e != NULL && e->csp != NULL ? e->csp->ddf : NULL;
}

static omadm_err way_begin(way *w, const omadm_framework *fw, omadm_str text) {
  *w = (way){.place = fw->root};
  omadm_buf_init(&w->scratch, &fw->mem, 0);
  omadm_err err = omadm_buf_reserve(&w->scratch, text.len + 1);
  if (err != 0) return err;
  if (omadm_uri_parse(text, 0, &fw->config.limits, w->scratch.ptr, NULL, &w->uri) != OMADM_ST_OK)
    return OMADM_E_SYNTAX;
  w->first = place_device_prefix(&w->uri);
  w->mount = w->place != NULL ? w->place->mount : NULL;
  /* Siblings never differ in letter case alone, so a person need not know where it counts. */
  for (size_t i = w->first; i < w->uri.n && w->place != NULL; i++) {
    w->place = place_child(fw, w->place, w->uri.segment[i], true);
    if (w->place != NULL && w->place->mount != NULL) w->mount = w->place->mount;
  }
  return OMADM_OK;
}

static void way_end(way *w) {
  omadm_buf_dispose(&w->scratch);
}

/* The node that the covering mount describes there; NONE. */
static uint32_t way_node(const way *w) {
  if (w->mount == NULL) return OMADM_DDF_NONE;
  const omadm_ddf *ddf = w->mount->csp->ddf;
  uint32_t node = w->mount->node;
  for (size_t i = w->first + w->mount->depth; i < w->uri.n && node != OMADM_DDF_NONE; i++)
    node = omadm_ddf_describing_child(ddf, node, w->uri.segment[i]);
  return node;
}

const omadm_ddf *omadm_framework_describes(const omadm_framework *fw, omadm_str uri,
                                           uint32_t *node) {
  way w;
  *node = OMADM_DDF_NONE;
  if (way_begin(&w, fw, uri) == 0) *node = way_node(&w);
  const omadm_ddf *ddf = *node != OMADM_DDF_NONE ? w.mount->csp->ddf : NULL;
  way_end(&w);
  return ddf;
}

/* ---- writing ---- */

static omadm_err export_mount(const fw_mount *mount, omadm_buf *out) {
  const omadm_ddf *ddf = mount->csp->ddf;
  const omadm_ddf_root *root = omadm_ddf_root_at(ddf, mount->root);
  return ddf_export_node(ddf, root->node, root->path, omadm_ddf_node_at(ddf, root->node)->name,
                         out);
}

/* A node below a mount's root, as a root of its own: an instance goes by its name. */
static omadm_err export_part(const way *w, uint32_t node, omadm_buf *out) {
  const omadm_ddf *ddf = w->mount->csp->ddf;
  omadm_str name = w->uri.segment[w->uri.n - 1];
  omadm_str described = omadm_ddf_node_at(ddf, node)->name;
  omadm_buf path = {.mem = w->scratch.mem};
  if (described.len > 0) name = described;
  if (memchr(name.ptr, '/', name.len) != NULL) return OMADM_E_UNSUPPORTED;
  omadm_err err = omadm_uri_write(w->uri.segment, w->uri.n - 1, &path);
  if (err == 0) err = ddf_export_node(ddf, node, omadm_buf_str(&path), name, out);
  omadm_buf_dispose(&path);
  return err;
}

/* The mounts below the place. */
static omadm_err export_below(const fw_place *place, omadm_buf *out) {
  omadm_err err = 0;
  for (const fw_place *p = place->first; p != NULL && err == 0; p = place_next(place, p))
    if (p->mount != NULL) err = export_mount(p->mount, out);
  return err;
}

omadm_err omadm_framework_export(const omadm_framework *fw, omadm_str uri, omadm_buf *out) {
  size_t start = out->len;
  way w;
  omadm_err err = way_begin(&w, fw, uri);
  uint32_t node = err == 0 ? way_node(&w) : OMADM_DDF_NONE;
  bool whole = err == 0 && w.place != NULL && w.mount != NULL && w.mount->place == w.place;
  omadm_str diagnostics = {"", 0};
  if (whole) diagnostics = omadm_ddf_diagnostics(w.mount->csp->ddf);
  if (err == 0) err = ddf_export_begin(diagnostics, out);
  size_t empty = out->len;
  if (node != OMADM_DDF_NONE) err = whole ? export_mount(w.mount, out) : export_part(&w, node, out);
  if (err == 0 && w.place != NULL) err = export_below(w.place, out);
  if (err == 0 && out->len == empty) err = OMADM_E_NOT_FOUND;
  if (err == 0) err = ddf_export_end(out);
  way_end(&w);
  if (err != 0) out->len = start;
  return err;
}
