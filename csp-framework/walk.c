/* SPDX-License-Identifier: MIT */
#include "csp-framework/walk.h"

#include "csp-framework/ddf/index.h"
#include "csp-framework/enforce.h"
#include "csp-framework/place.h"
#include "csp-framework/stored.h"

typedef struct walker {
  omadm_framework *fw;
  fw_slot *slot;
  bool any_case;
  walk *at;
} walker;

static bool ignores_case(const walker *w) {
  if (w->at->ddf != OMADM_DDF_NONE)
    return omadm_ddf_ignores_case(w->at->mount->csp->ddf, w->at->ddf);
  return w->at->place->nocase;
}

static const omadm_ddf *ddf_of(const walker *w) {
  return w->at->mount->csp->ddf;
}

/* Does a DDF say that case counts, so that no other may be tolerated? */
static bool says_case_counts(const walker *w) {
  uint32_t node = w->at->ddf;
  omadm_case rule = OMADM_CASE_INHERIT;
  while (node != OMADM_DDF_NONE && rule == OMADM_CASE_INHERIT) {
    const omadm_ddf_node *d = ddf_node(ddf_of(w), node);
    rule = d->case_sense;
    node = d->parent;
  }
  return rule == OMADM_CASE_SENSITIVE;
}

/* The one named child that the name means but for its case; NONE where two do. */
static uint32_t child_in_other_case(const walker *w, omadm_str name) {
  const omadm_ddf *ddf = ddf_of(w);
  uint32_t found = omadm_ddf_child(ddf, w->at->ddf, name, true);
  if (found == OMADM_DDF_NONE) return OMADM_DDF_NONE;
  const omadm_ddf_node *d = ddf_node(ddf, w->at->ddf);
  size_t n = 0;
  for (uint32_t c = d->first_child; c != OMADM_DDF_NONE; c = ddf_node(ddf, c)->next_sibling)
    n += omadm_str_equal_nocase(ddf_node(ddf, c)->name, name);
  return n == 1 ? found : OMADM_DDF_NONE;
}

/* What describes the name below the node that was reached: a named child beats the unnamed one. */
static uint32_t described_child(walker *w, omadm_str name, bool nocase) {
  if (w->at->ddf == OMADM_DDF_NONE) return OMADM_DDF_NONE;
  uint32_t child = omadm_ddf_child(ddf_of(w), w->at->ddf, name, nocase);
  return child != OMADM_DDF_NONE ? child : omadm_ddf_unnamed_child(ddf_of(w), w->at->ddf);
}

static void enter_place(walker *w, fw_place *place, uint32_t child) {
  w->at->place = place;
  w->at->dynamic = 0; /* a mount stands here or below: it is there */
  if (place->mount != NULL) {
    w->at->mount = place->mount;
    w->at->ddf = place->mount->node;
    w->at->instances = (fw_instances){{0}}; /* only those of the mount's own DDF count */
  } else {
    w->at->mount = child != OMADM_DDF_NONE ? w->at->mount : NULL;
    w->at->ddf = child;
  }
}

/* Must a CSP be asked whether the node exists? Not for a root that nobody could ever add. */
static bool is_dynamic(const walker *w) {
  const omadm_ddf_node *d = ddf_node(ddf_of(w), w->at->ddf);
  if (d->permanent || (w->at->place != NULL && place_has_below(w->at->place))) return false;
  return w->at->place == NULL || (d->access & OMADM_ACCESS_ADD) != 0;
}

/* One segment down. *spelt gets the canonical spelling. 200, 404: nothing can be there, 405: the
 * node above is a leaf. */
static omadm_status step(walker *w, omadm_str name, omadm_str *spelt) {
  size_t depth = w->at->n + 1;
  if (w->at->ddf != OMADM_DDF_NONE && !fw_is_interior(ddf_node(ddf_of(w), w->at->ddf)))
    return OMADM_ST_NOT_ALLOWED;
  omadm_str user = OMADM_STR("User");
  bool nocase =
      ignores_case(w) || (w->at->place == w->fw->root && omadm_str_equal_nocase(name, user));
  fw_place *place = w->at->place != NULL ? place_child(w->fw, w->at->place, name, nocase) : NULL;
  uint32_t child = described_child(w, name, nocase);
  if (place == NULL && child == OMADM_DDF_NONE && !nocase && w->any_case && !says_case_counts(w)) {
    place = w->at->place != NULL ? place_child(w->fw, w->at->place, name, true) : NULL;
    if (w->at->ddf != OMADM_DDF_NONE) child = child_in_other_case(w, name);
    if (place != NULL || child != OMADM_DDF_NONE) w->at->quirks |= 1U << OMADM_QUIRK_URI_CASE;
  }
  if (place != NULL) {
    enter_place(w, place, child);
    *spelt = place->name;
  } else if (child != OMADM_DDF_NONE) {
    w->at->place = NULL;
    w->at->ddf = child;
    omadm_str described = ddf_node(ddf_of(w), child)->name;
    *spelt = described.len > 0 ? described : name;
  } else {
    return OMADM_ST_NOT_FOUND;
  }
  if (w->at->ddf != OMADM_DDF_NONE && enforce_hides(w->at->mount->csp, w->at->ddf))
    return OMADM_ST_NOT_FOUND;
  if (w->at->ddf != OMADM_DDF_NONE && is_dynamic(w)) {
    w->at->dynamic = depth;
  } else if (place != NULL) {
    w->at->base = depth;
  }
  return OMADM_ST_OK;
}

/* Appends what the step to the node added to the key. `parent` describes the node above. */
static omadm_err add_key(walker *w, uint32_t parent, omadm_str spelt) {
  const fw_mount *mount = w->at->mount;
  omadm_buf *key = &w->slot->key;
  if (w->at->ddf == OMADM_DDF_NONE) {
    w->at->key_tail = key->len;
    return stored_add_segment(key, spelt, w->at->place->parent->nocase);
  }
  if (w->at->place != NULL && w->at->place->mount != NULL) {
    key->len = 0;
    w->at->key_tail = stored_path_tail(mount->path);
    return omadm_buf_add_str(key, mount->path);
  }
  omadm_str name = ddf_node(ddf_of(w), w->at->ddf)->name;
  w->at->key_tail = key->len;
  return stored_add_segment(key, name.len > 0 ? name : spelt,
                            omadm_ddf_ignores_case(ddf_of(w), parent));
}

/* One segment down, and all that is kept of it. */
static omadm_err go_down(walker *w, omadm_str name) {
  uint32_t parent = w->at->ddf;
  omadm_str spelt = {NULL, 0};
  size_t i = w->at->n;
  w->at->status = step(w, name, &spelt);
  if (w->at->status != OMADM_ST_OK) return OMADM_OK;
  omadm_err err = omadm_buf_add_str(&w->slot->text, spelt);
  if (err == 0) err = add_key(w, parent, spelt);
  if (err != 0) return err;
  w->slot->ends[i] = (uint32_t)w->slot->text.len;
  w->at->n++;
  if (w->at->ddf != OMADM_DDF_NONE && ddf_node(ddf_of(w), w->at->ddf)->name.len == 0)
    w->at->instances.bits[i / 64] |= UINT64_C(1) << i % 64;
  return OMADM_OK;
}

/* From segment i to segment `end`, or to where it does not go on. */
static omadm_err walk_segments(walker *w, const omadm_uri *uri, size_t i, size_t end) {
  omadm_err err = OMADM_OK;
  for (; i < end && err == 0 && w->at->status == OMADM_ST_OK; i++)
    err = go_down(w, uri->segment[i]);
  return err;
}

/* A way to a parent that was walked: neighbours share it. octets holds the path as it was written,
 * the canonical segments and the key, one behind the other. */
struct fw_way {
  uint64_t hash; /* 0: none */
  size_t path_len, text_len;
  walk walk;
  omadm_buf octets;
  uint32_t ends[OMADM_URI_SEGMENTS];
};

enum { WAYS = 64, LONGEST = 1024 /* octets of a path that is remembered */ };

/* The path to the parent; empty where there is none, or none to be remembered. The path stands for
 * its segments only where none of it was decoded or cleaned: that depends on who parsed it. */
static omadm_str parent_path(const omadm_uri *uri) {
  const omadm_str none = {NULL, 0};
  omadm_str path = uri->path;
  size_t len = 0;
  if (uri->n < 2 || path.len > LONGEST) return none;
  if (path.len > 1 && path.ptr[0] == '.' && path.ptr[1] == '/')
    path = (omadm_str){path.ptr + 2, path.len - 2};
  for (size_t i = 0; i < uri->n; i++)
    len += uri->segment[i].len;
  if (path.len != len + uri->n - 1) return none;
  path.len -= uri->segment[uri->n - 1].len + 1;
  return path;
}

static bool recall(const struct fw_way *known, omadm_str path, uint64_t hash) {
  return known->hash == hash && known->path_len == path.len &&
         memcmp(known->octets.ptr, path.ptr, path.len) == 0;
}

static omadm_err copy_way(const struct fw_way *known, walker *w) {
  const char *text = known->octets.ptr + known->path_len;
  const char *key = text + known->text_len;
  size_t key_len = known->octets.len - known->path_len - known->text_len;
  *w->at = known->walk;
  memcpy(w->slot->ends, known->ends, w->at->n * sizeof *known->ends);
  omadm_err err = omadm_buf_add(&w->slot->text, text, known->text_len);
  return err == 0 ? omadm_buf_add(&w->slot->key, key, key_len) : err;
}

/* Without memory it is not remembered. */
static void keep_way(struct fw_way *known, omadm_str path, uint64_t hash, const walker *w) {
  known->hash = 0;
  known->octets.len = 0;
  if (omadm_buf_add_str(&known->octets, path) != 0 ||
      omadm_buf_add_str(&known->octets, omadm_buf_str(&w->slot->text)) != 0 ||
      omadm_buf_add_str(&known->octets, omadm_buf_str(&w->slot->key)) != 0)
    return;
  known->path_len = path.len;
  known->text_len = w->slot->text.len;
  known->walk = *w->at;
  memcpy(known->ends, w->slot->ends, w->at->n * sizeof *known->ends);
  known->hash = hash;
}

static omadm_err make_ways(omadm_framework *fw) {
  fw->ways = omadm_mem_new(&fw->mem, WAYS, sizeof *fw->ways);
  if (fw->ways == NULL) return OMADM_E_NOMEM;
  for (size_t i = 0; i < WAYS; i++)
    omadm_buf_init(&fw->ways[i].octets, &fw->mem, 0);
  return OMADM_OK;
}

/* To the parent of the last segment, by memory where it was walked before. */
static omadm_err walk_parent(walker *w, const omadm_uri *uri, size_t first) {
  omadm_framework *fw = w->fw;
  omadm_str path = parent_path(uri);
  if (path.len == 0) return walk_segments(w, uri, first, uri->n - 1);
  if (fw->ways == NULL && make_ways(fw) != 0) return OMADM_E_NOMEM;
  uint64_t hash = omadm_str_hash_keyed(w->any_case, path) | 1;
  struct fw_way *known = &fw->ways[hash / 2 % WAYS];
  if (recall(known, path, hash)) return copy_way(known, w);
  omadm_err err = walk_segments(w, uri, first, uri->n - 1);
  if (err == 0 && w->at->status == OMADM_ST_OK) keep_way(known, path, hash, w);
  return err;
}

omadm_err walk_uri(omadm_framework *fw, const omadm_uri *uri, bool any_case, fw_slot *slot,
                   walk *way) {
  walker w = {.fw = fw, .slot = slot, .any_case = any_case, .at = way};
  size_t first = place_device_prefix(uri);
  omadm_err err = OMADM_OK;
  *way = (walk){.status = OMADM_ST_OK, .place = fw->root, .ddf = OMADM_DDF_NONE};
  if (uri->n > first) {
    err = walk_parent(&w, uri, first);
    if (err == 0 && way->status == OMADM_ST_OK) err = go_down(&w, uri->segment[uri->n - 1]);
  }
  if (slot->key.len > 0) slot->key.ptr[way->key_tail] = STORED_LAST;
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
