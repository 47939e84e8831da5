/* SPDX-License-Identifier: MIT */
#include "csp-framework/walk.h"

#include "csp-framework/ddf/index.h"
#include "csp-framework/place.h"

typedef struct walker {
  omadm_framework *fw;
  fw_place *place; /* NULL: below all places */
  fw_mount *mount;
  uint32_t ddf;
  size_t dynamic, base; /* as in walk */
  bool any_case;
  uint32_t quirks;
} walker;

static bool ignores_case(const walker *w) {
  if (w->ddf != OMADM_DDF_NONE) return omadm_ddf_ignores_case(w->mount->csp->ddf, w->ddf);
  return w->place->nocase;
}

static const omadm_ddf *ddf_of(const walker *w) {
  return w->mount->csp->ddf;
}

/* Does a DDF say that case counts, so that no other may be tolerated? */
static bool says_case_counts(const walker *w) {
  uint32_t node = w->ddf;
  omadm_case rule = OMADM_CASE_INHERIT;
  while (node != OMADM_DDF_NONE && rule == OMADM_CASE_INHERIT) {
    const omadm_ddf_node *d = omadm_ddf_node_at(ddf_of(w), node);
    rule = d->case_sense;
    node = d->parent;
  }
  return rule == OMADM_CASE_SENSITIVE;
}

/* The one named child that the name means but for its case; NONE where two do. */
static uint32_t child_in_other_case(const walker *w, omadm_str name) {
  const omadm_ddf *ddf = ddf_of(w);
  uint32_t found = omadm_ddf_child(ddf, w->ddf, name, true);
  if (found == OMADM_DDF_NONE) return OMADM_DDF_NONE;
  const omadm_ddf_node *d = omadm_ddf_node_at(ddf, w->ddf);
  size_t n = 0;
  for (uint32_t c = d->first_child; c != OMADM_DDF_NONE;
       c = omadm_ddf_node_at(ddf, c)->next_sibling)
    n += omadm_str_equal_nocase(omadm_ddf_node_at(ddf, c)->name, name);
  return n == 1 ? found : OMADM_DDF_NONE;
}

/* What describes the name below the node that was reached: a named child beats the unnamed one. */
static uint32_t described_child(walker *w, omadm_str name, bool nocase) {
  if (w->ddf == OMADM_DDF_NONE) return OMADM_DDF_NONE;
  uint32_t child = omadm_ddf_child(ddf_of(w), w->ddf, name, nocase);
  return child != OMADM_DDF_NONE ? child : omadm_ddf_unnamed_child(ddf_of(w), w->ddf);
}

static void enter_place(walker *w, fw_place *place, uint32_t child) {
  w->place = place;
  w->dynamic = 0; /* a mount stands here or below: it is there */
  if (place->mount != NULL) {
    w->mount = place->mount;
    w->ddf = place->mount->node;
  } else {
    w->mount = child != OMADM_DDF_NONE ? w->mount : NULL;
    w->ddf = child;
  }
}

/* Must a CSP be asked whether the node exists? Not for a root that nobody could ever add. */
static bool is_dynamic(const walker *w) {
  const omadm_ddf_node *d = omadm_ddf_node_at(ddf_of(w), w->ddf);
  if (d->permanent || (w->place != NULL && place_has_below(w->place))) return false;
  return w->place == NULL || (d->access & OMADM_ACCESS_ADD) != 0;
}

/* One segment down. *spelt gets the canonical spelling. 200, 404: nothing can be there, 405: the
 * node above is a leaf. */
static omadm_status step(walker *w, omadm_str name, size_t depth, omadm_str *spelt) {
  if (w->ddf != OMADM_DDF_NONE && !fw_is_interior(omadm_ddf_node_at(ddf_of(w), w->ddf)))
    return OMADM_ST_NOT_ALLOWED;
  omadm_str user = OMADM_STR("User");
  bool nocase = ignores_case(w) || (w->place == w->fw->root && omadm_str_equal_nocase(name, user));
  fw_place *place = w->place != NULL ? place_child(w->fw, w->place, name, nocase) : NULL;
  uint32_t child = described_child(w, name, nocase);
  if (place == NULL && child == OMADM_DDF_NONE && !nocase && w->any_case && !says_case_counts(w)) {
    place = w->place != NULL ? place_child(w->fw, w->place, name, true) : NULL;
    if (w->ddf != OMADM_DDF_NONE) child = child_in_other_case(w, name);
    if (place != NULL || child != OMADM_DDF_NONE) w->quirks |= 1U << OMADM_QUIRK_URI_CASE;
  }
  if (place != NULL) {
    enter_place(w, place, child);
    *spelt = place->name;
  } else if (child != OMADM_DDF_NONE) {
    w->place = NULL;
    w->ddf = child;
    omadm_str described = omadm_ddf_node_at(ddf_of(w), child)->name;
    *spelt = described.len > 0 ? described : name;
  } else {
    return OMADM_ST_NOT_FOUND;
  }
  if (w->ddf != OMADM_DDF_NONE && is_dynamic(w)) {
    w->dynamic = depth;
  } else if (place != NULL) {
    w->base = depth;
  }
  return OMADM_ST_OK;
}

static omadm_err walk_segments(omadm_framework *fw, const omadm_uri *uri, bool any_case,
                               fw_slot *slot, walk *way) {
  walker w = {.fw = fw, .place = fw->root, .ddf = OMADM_DDF_NONE, .any_case = any_case};
  omadm_status status = OMADM_ST_OK;
  size_t n = 0;
  for (size_t i = place_device_prefix(uri); i < uri->n; i++) {
    omadm_str spelt;
    status = step(&w, uri->segment[i], n + 1, &spelt);
    if (status != OMADM_ST_OK) break;
    if (omadm_buf_add_str(&slot->text, spelt) != 0) return OMADM_E_NOMEM;
    slot->ends[n++] = (uint32_t)slot->text.len;
  }
  *way = (walk){status, w.mount, w.place, w.ddf, n, w.dynamic, w.base, w.quirks};
  return OMADM_OK;
}

/* A way that was walked: octets holds the path as it was written, and the canonical segments behind
 * it. */
struct fw_way {
  uint64_t hash; /* 0: none */
  size_t path_len;
  walk walk;
  omadm_buf octets;
  uint32_t ends[OMADM_URI_SEGMENTS];
};

enum { WAYS = 256, LONGEST = 1024 /* octets of a path that is remembered */ };

/* The path stands for its segments only where none of it was decoded or cleaned: that depends on
 * who parsed it. */
static bool is_plain(const omadm_uri *uri) {
  omadm_str path = uri->path;
  size_t len = 0;
  if (uri->n == 0 || path.len > LONGEST) return false;
  if (path.len > 1 && path.ptr[0] == '.' && path.ptr[1] == '/') path.len -= 2;
  for (size_t i = 0; i < uri->n; i++)
    len += uri->segment[i].len;
  return path.len == len + uri->n - 1;
}

/* Eight octets at a time; never 0. */
static uint64_t hash_path(omadm_str path, bool any_case) {
  uint64_t h = path.len * 2 + any_case;
  for (size_t i = 0; i < path.len; i += 8) {
    uint64_t part = 0;
    memcpy(&part, path.ptr + i, path.len - i < 8 ? path.len - i : 8);
    h = (h ^ part) * 0x9E3779B97F4A7C15U;
    h ^= h >> 32;
  }
  return h != 0 ? h : 1;
}

static bool recall(const struct fw_way *known, omadm_str path, uint64_t hash) {
  return known->hash == hash && known->path_len == path.len &&
         memcmp(known->octets.ptr, path.ptr, path.len) == 0;
}

static omadm_err copy_way(const struct fw_way *known, fw_slot *slot, walk *way) {
  *way = known->walk;
  memcpy(slot->ends, known->ends, way->n * sizeof *slot->ends);
  return omadm_buf_add(&slot->text, known->octets.ptr + known->path_len,
                       known->octets.len - known->path_len);
}

/* Without memory it is not remembered. */
static void keep_way(struct fw_way *known, omadm_str path, uint64_t hash, const fw_slot *slot,
                     const walk *way) {
  known->hash = 0;
  known->octets.len = 0;
  if (omadm_buf_add_str(&known->octets, path) != 0) return;
  if (omadm_buf_add_str(&known->octets, omadm_buf_str(&slot->text)) != 0) return;
  known->path_len = path.len;
  known->walk = *way;
  memcpy(known->ends, slot->ends, way->n * sizeof *slot->ends);
  known->hash = hash;
}

omadm_err walk_uri(omadm_framework *fw, const omadm_uri *uri, bool any_case, fw_slot *slot,
                   walk *way) {
  if (!is_plain(uri)) return walk_segments(fw, uri, any_case, slot, way);
  if (fw->ways == NULL) {
    fw->ways = omadm_mem_new(&fw->mem, WAYS, sizeof *fw->ways);
    if (fw->ways == NULL) return OMADM_E_NOMEM;
    for (size_t i = 0; i < WAYS; i++)
      omadm_buf_init(&fw->ways[i].octets, &fw->mem, 0);
  }
  uint64_t hash = hash_path(uri->path, any_case);
  struct fw_way *known = &fw->ways[hash % WAYS];
  if (recall(known, uri->path, hash)) return copy_way(known, slot, way);
  omadm_err err = walk_segments(fw, uri, any_case, slot, way);
  if (err == 0) keep_way(known, uri->path, hash, slot, way);
  return err;
}

void walk_forget(omadm_framework *fw) {
  for (size_t i = 0; fw->ways != NULL && i < WAYS; i++)
    fw->ways[i].hash = 0;
}

void walk_dispose(omadm_framework *fw) {
  for (size_t i = 0; fw->ways != NULL && i < WAYS; i++)
    omadm_buf_dispose(&fw->ways[i].octets);
  omadm_mem_free(&fw->mem, fw->ways);
}
