/* SPDX-License-Identifier: MIT */
#include "csp-framework/inbox.h"

#include "csp-framework/dispatch.h"
#include "csp-framework/enforce.h"
#include "csp-framework/place.h"
#include "csp-framework/resolve.h"

/* Does the node's way down from the mount's root go through names only? */
static bool is_reachable(const fw_mount *mount, uint32_t node) {
  const omadm_ddf *ddf = mount->csp->ddf;
  while (node != mount->node) {
    node = ddf_node(ddf, node)->parent;
    if (node == OMADM_DDF_NONE) return false;
    if (ddf_node(ddf, node)->name.len == 0) return false;
  }
  return true;
}

/* The description of that identifier below a mount: unnamed or named, as asked. */
static uint32_t find_in(const fw_mount *mount, omadm_str type, bool unnamed) {
  const omadm_ddf *ddf = mount->csp->ddf;
  for (uint32_t i = 0; i < ddf->node_count; i++) {
    const omadm_ddf_node *d = ddf_node(ddf, i);
    if (d->format != OMADM_FORMAT_NODE || (d->name.len == 0) != unnamed) continue;
    bool there = is_reachable(mount, i) && !enforce_hides(mount->csp, i);
    if (omadm_str_equal(d->type, type) && there) return i;
  }
  return OMADM_DDF_NONE;
}

static uint32_t find(const omadm_framework *fw, omadm_str type, const fw_mount **mount) {
  for (int named = 0; named < 2; named++) {
    for (const fw_csp *csp = fw->csps; csp != NULL; csp = csp->next) {
      for (const fw_mount *m = csp->mounts; m != NULL; m = m->next) {
        uint32_t node = m->place != NULL ? find_in(m, type, named == 0) : OMADM_DDF_NONE;
        *mount = m;
        if (node != OMADM_DDF_NONE) return node;
      }
    }
  }
  return OMADM_DDF_NONE;
}

/* Appends the URI of the node that `node` describes; of an unnamed one, of what is above it. */
static omadm_err write_way(const fw_mount *mount, uint32_t node, omadm_buf *uri) {
  const omadm_ddf *ddf = mount->csp->ddf;
  omadm_str names[OMADM_URI_SEGMENTS];
  size_t n = 0;
  for (; node != mount->node; node = ddf_node(ddf, node)->parent) {
    omadm_str name = ddf_node(ddf, node)->name;
    if (n == OMADM_URI_SEGMENTS) return OMADM_E_LIMIT;
    if (name.len > 0) names[n++] = name;
  }
  omadm_err err = place_write(mount->place, uri);
  while (err == 0 && n > 0) {
    err = omadm_buf_add(uri, "/", 1);
    if (err == 0) err = omadm_uri_write_name(names[--n], uri);
  }
  return err;
}

/* Adds "/name" where that is free; else "/name-2", "/name-3" …; without a name "/1", "/2" … */
static omadm_status choose_name(omadm_framework *fw, const omadm_origin *origin, omadm_str name,
                                omadm_buf *uri) {
  enum { TRIES = 1000 };
  omadm_err err = omadm_buf_add(uri, "/", 1);
  if (err == 0) err = omadm_uri_write_name(name, uri);
  const size_t start = uri->len;
  for (unsigned i = 1; err == 0 && i <= TRIES; i++) {
    bool plain = i == 1 && name.len > 0;
    uri->len = start;
    if (!plain) err = omadm_buf_printf(uri, name.len > 0 ? "-%u" : "%u", i);
    if (err != 0) break;
    fw_slot *slot = NULL;
    omadm_status status = resolve_text(fw, omadm_buf_str(uri), origin->windows != 0, &slot);
    if (status != OMADM_ST_OK) return status == OMADM_ST_NOT_FOUND ? OMADM_ST_OK : status;
  }
  return err == 0 ? OMADM_ST_DEVICE_FULL : omadm_status_from_err(err);
}

omadm_status tree_place(void *ctx, const omadm_origin *origin, omadm_str type, omadm_str name,
                        omadm_buf *uri) {
  omadm_framework *fw = ctx;
  const fw_mount *mount = NULL;
  size_t start = uri->len;
  dispatch_release(fw);
  uint32_t node = type.len > 0 ? find(fw, type, &mount) : OMADM_DDF_NONE;
  if (node == OMADM_DDF_NONE) return OMADM_ST_BAD_FORMAT;
  omadm_err err = write_way(mount, node, uri);
  omadm_status status = omadm_status_from_err(err);
  if (err == 0 && ddf_node(mount->csp->ddf, node)->name.len == 0)
    status = choose_name(fw, origin, name, uri);
  if (status != OMADM_ST_OK) uri->len = start;
  return status;
}
