/* SPDX-License-Identifier: MIT */
/* Documents for ./Inbox: where their managed objects belong (OMA-TS-DM_StdObj 5.3.4). */
#include <omadm/tnds.h>
#include <omadm/uri.h>

#include "base/str.h"
#include "omadm/tree/tnds_own.h"

/* The topmost node of an object: described, and nothing described above it. */
static bool is_top(const omadm_tnds *tnds, size_t i) {
  const omadm_tnds_node *n = &tnds->nodes[i];
  if (!n->described) return false;
  for (uint32_t up = n->parent; up != OMADM_TNDS_NONE; up = tnds->nodes[up].parent) {
    if (tnds->nodes[up].described) return false;
  }
  return true;
}

static omadm_status place_one(tnds_own *own, size_t i, const omadm_tree *tree,
                              const omadm_origin *origin, omadm_str name, omadm_buf *uri) {
  omadm_tnds_node *n = &own->tnds.nodes[i];
  if (n->format != OMADM_FORMAT_NODE || n->type.len == 0) return OMADM_ST_BAD_FORMAT;
  uri->len = 0;
  omadm_status status = tree->place(tree->ctx, origin, n->type, i == 0 ? name : n->name, uri);
  if (status != OMADM_ST_OK) return status;
  for (size_t k = 0; k < i; k++) {
    /* Nothing is made yet, so that the tree cannot know of the other. */
    if (omadm_str_equal(own->tnds.nodes[k].place, omadm_buf_str(uri))) return OMADM_ST_EXISTS;
  }
  n->place = omadm_arena_copy(&own->arena, omadm_buf_str(uri));
  return n->place.ptr != NULL ? OMADM_ST_OK : OMADM_ST_FAILED;
}

/* "./Inbox/a/b" of the document -> where a is placed, and "/b"; all else stays. */
static omadm_err rewrite(tnds_own *own, omadm_tnds_node *n, omadm_str name, omadm_buf *path) {
  static const omadm_str inbox = OMADM_STR("./Inbox/");
  omadm_tnds *tnds = &own->tnds;
  omadm_str value = omadm_str_trim(n->value);
  if (value.len <= inbox.len || memcmp(value.ptr, inbox.ptr, inbox.len) != 0) return OMADM_OK;
  omadm_str rest = {value.ptr + inbox.len, value.len - inbox.len};
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == 0 && i < tnds->n; i++) {
    if (tnds->nodes[i].place.len == 0) continue;
    path->len = 0;
    if (name.len > 0) err = omadm_uri_write_name(name, path);
    if (err == 0 && name.len > 0 && i > 0) err = omadm_buf_add(path, "/", 1);
    if (err == 0) err = omadm_tnds_path(tnds, i, path);
    omadm_str top = omadm_buf_str(path);
    if (err != 0 || top.len == 0 || rest.len < top.len) continue;
    if (memcmp(rest.ptr, top.ptr, top.len) != 0) continue;
    if (rest.len > top.len && rest.ptr[top.len] != '/') continue;
    path->len = 0;
    err = omadm_buf_add_str(path, tnds->nodes[i].place);
    if (err == 0) err = omadm_buf_add(path, rest.ptr + top.len, rest.len - top.len);
    if (err != 0) return err;
    n->value = omadm_arena_copy(&own->arena, omadm_buf_str(path));
    return n->value.ptr != NULL ? OMADM_OK : OMADM_E_NOMEM;
  }
  return err;
}

/* One document holds a handful of objects; more are an attack on the loops over them. */
enum { MOST_OBJECTS = 64 };

omadm_status omadm_tnds_place(omadm_tnds *tnds, const omadm_tree *tree, const omadm_origin *origin,
                              omadm_str name) {
  tnds_own *own = tnds_own_of(tnds);
  omadm_status status = OMADM_ST_OK;
  size_t objects = 0;
  omadm_buf room;
  if (!OMADM_HAS(omadm_tree, tree, place)) return OMADM_ST_BAD_FORMAT;
  omadm_buf_init(&room, &own->mem, 0);
  for (size_t i = 0; status == OMADM_ST_OK && i < tnds->n; i++) {
    if (!is_top(tnds, i)) continue;
    status = ++objects > MOST_OBJECTS ? OMADM_ST_TOO_LARGE
                                      : place_one(own, i, tree, origin, name, &room);
  }
  for (size_t i = 0; status == OMADM_ST_OK && i < tnds->n; i++) {
    omadm_tnds_node *n = &tnds->nodes[i];
    bool text = n->format == OMADM_FORMAT_CHR || n->format == OMADM_FORMAT_ABSENT;
    if (text && n->has_value && rewrite(own, n, name, &room) != 0) status = OMADM_ST_FAILED;
  }
  omadm_buf_dispose(&room);
  return status;
}

omadm_err omadm_tnds_uri(const omadm_tnds *tnds, size_t i, omadm_buf *out) {
  size_t top = i, start = out->len;
  while (top != OMADM_TNDS_NONE && tnds->nodes[top].place.len == 0)
    top = tnds->nodes[top].parent;
  if (top == OMADM_TNDS_NONE) return OMADM_E_ARGUMENT;
  omadm_err err = omadm_buf_add_str(out, tnds->nodes[top].place);
  if (err == 0 && top != i) err = omadm_buf_add(out, "/", 1);
  if (err == 0) err = tnds_write_way(tnds, i, top, out);
  if (err != 0) out->len = start;
  return err;
}
