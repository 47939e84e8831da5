/* SPDX-License-Identifier: MIT */
#include "csp-framework/mount.h"

#include "csp-framework/ddf/index.h"
#include "csp-framework/place.h"
#include "csp-framework/stored.h"

static fw_entry *entry_new(omadm_framework *fw) {
  fw_entry *e = omadm_arena_new(&fw->arena, 1, sizeof *e);
  if (e == NULL) return NULL;
  e->info = (omadm_mount_info){.name = "", .version = "", .from = ""};
  *(fw->last_entry != NULL ? &fw->last_entry->next : &fw->entries) = e;
  fw->last_entry = e;
  return e;
}

static const char *keep(omadm_framework *fw, const char *text) {
  const char *copy = text != NULL ? omadm_arena_copy(&fw->arena, omadm_str_of(text)).ptr : "";
  return copy != NULL ? copy : "";
}

void mount_refused(omadm_framework *fw, const char *name, const char *version, const char *from,
                   const char *failure) {
  fw_entry *e = entry_new(fw);
  if (e == NULL) return;
  e->info.name = keep(fw, name);
  e->info.version = keep(fw, version);
  e->info.from = keep(fw, from);
  e->info.failure = keep(fw, failure);
}

/* Does the CSP give way where it meets another one at a root? */
static bool gives_way(const fw_csp *csp) {
  return csp->stored && !csp->own;
}

static size_t count_nodes(const omadm_ddf *ddf, uint32_t root) {
  size_t count = 1;
  uint32_t node = omadm_ddf_node_at(ddf, root)->first_child;
  while (node != OMADM_DDF_NONE) {
    const omadm_ddf_node *d = omadm_ddf_node_at(ddf, node);
    count++;
    if (d->first_child != OMADM_DDF_NONE) {
      node = d->first_child;
      continue;
    }
    while (node != root && omadm_ddf_node_at(ddf, node)->next_sibling == OMADM_DDF_NONE)
      node = omadm_ddf_node_at(ddf, node)->parent;
    node = node != root ? omadm_ddf_node_at(ddf, node)->next_sibling : OMADM_DDF_NONE;
  }
  return count;
}

/* Follows the DDF of `above` from its root down to `place`. False where a leaf stands in the way.
 */
static bool way_is_free(const fw_mount *above, const fw_place *place) {
  const omadm_ddf *ddf = above->csp->ddf;
  const fw_place *way[OMADM_URI_SEGMENTS + 1];
  size_t n = 0;
  for (const fw_place *p = place; p != above->place; p = p->parent)
    way[n++] = p;
  uint32_t node = above->node;
  while (node != OMADM_DDF_NONE) {
    if (!fw_is_interior(omadm_ddf_node_at(ddf, node))) return false;
    if (n == 0) break;
    omadm_str name = way[--n]->name;
    uint32_t child = omadm_ddf_child(ddf, node, name, omadm_ddf_ignores_case(ddf, node));
    node = child != OMADM_DDF_NONE ? child : omadm_ddf_unnamed_child(ddf, node);
  }
  return true;
}

/* Could the CSP's root stand here? Looks at what is mounted above and below. */
static omadm_err check_way(fw_csp *csp, uint32_t node, fw_place *place, omadm_error *error) {
  const fw_mount *above = place_mount_above(place->parent);
  if (above != NULL && !way_is_free(above, place)) {
    return omadm_error_set(error, OMADM_E_EXISTS, "%s mounts a node below a leaf that %s describes",
                           csp->from, above->csp->from);
  }
  fw_mount self = {.csp = csp, .place = place, .node = node};
  for (const fw_place *p = place->first; p != NULL;) {
    if (p->mount != NULL && !way_is_free(&self, p)) {
      return omadm_error_set(error, OMADM_E_EXISTS,
                             "%s describes a leaf where %s has nodes below it", csp->from,
                             p->mount->csp->from);
    }
    if (p->first != NULL) {
      p = p->first;
      continue;
    }
    while (p != place && p->next == NULL)
      p = p->parent;
    p = p != place ? p->next : NULL;
  }
  return OMADM_OK;
}

static omadm_err check_root(omadm_framework *fw, fw_csp *csp, const omadm_ddf_root *root,
                            omadm_error *error) {
  const omadm_ddf_node *d = omadm_ddf_node_at(csp->ddf, root->node);
  if (d->name.len == 0) {
    return omadm_error_set(error, OMADM_E_UNSUPPORTED,
                           "%s, line %u: a root needs a name; give its Node a NodeName", csp->from,
                           d->line);
  }
  omadm_error found = {0};
  fw_place *place = place_of(fw, root->path, d->name, true, &found);
  if (place == NULL)
    return omadm_error_set(error, found.code, "%s, line %u: %s", csp->from, d->line, found.text);
  const fw_mount *there = place->mount;
  if (there != NULL && gives_way(there->csp) == gives_way(csp)) {
    return omadm_error_set(error, OMADM_E_EXISTS,
                           "%s and %s both describe %.*s/%.*s; leave one of them out",
                           there->csp->from, csp->from, (int)root->path.len, root->path.ptr,
                           (int)d->name.len, d->name.ptr);
  }
  return check_way(csp, root->node, place, error);
}

static omadm_err add_entry(omadm_framework *fw, const fw_csp *csp, const fw_place *place,
                           uint32_t node, const char *failure) {
  fw_entry *e = entry_new(fw);
  if (e == NULL) return OMADM_E_NOMEM;
  fw->uri.len = 0;
  omadm_err err = place_write(place, &fw->uri);
  const omadm_ddf_node *d = omadm_ddf_node_at(csp->ddf, node);
  e->info.name = csp->stored ? omadm_arena_copy(&fw->arena, d->name).ptr : csp->name;
  e->info.version = csp->version;
  e->info.from = csp->from;
  e->info.root = omadm_arena_copy(&fw->arena, omadm_buf_str(&fw->uri));
  e->info.stored = csp->stored;
  e->gives_way = gives_way(csp);
  e->info.nodes = count_nodes(csp->ddf, node);
  e->info.failure = failure;
  return err != 0 || e->info.root.ptr == NULL || e->info.name == NULL ? OMADM_E_NOMEM : OMADM_OK;
}

static const char *beaten_text(omadm_framework *fw, const char *from) {
  fw->scratch.len = 0;
  omadm_err err = omadm_buf_printf(&fw->scratch, "served by %s, which comes first", from);
  omadm_str text =
      omadm_arena_copy(&fw->arena, err == 0 ? omadm_buf_str(&fw->scratch) : (omadm_str){"", 0});
  return text.ptr != NULL ? text.ptr : "";
}

/* A CSP with code, or of the program itself, beats a stored one at the same root. */
static void log_beaten(omadm_framework *fw, const fw_csp *code, const fw_csp *stored,
                       const fw_place *place) {
  fw->uri.len = 0;
  if (place_write(place, &fw->uri) != 0) return;
  fw_log(fw, OMADM_LOG_INFO, "%.*s is served by %s, not from the store as %s describes",
         (int)fw->uri.len, fw->uri.ptr, code->from, stored->from);
}

static void beat_stored(omadm_framework *fw, const fw_csp *code, const fw_place *place) {
  log_beaten(fw, code, place->mount->csp, place);
  fw->uri.len = 0;
  if (place_write(place, &fw->uri) != 0) return;
  for (fw_entry *e = fw->entries; e != NULL; e = e->next) {
    if (e->gives_way && e->info.failure == NULL &&
        omadm_str_equal(e->info.root, omadm_buf_str(&fw->uri)))
      e->info.failure = beaten_text(fw, code->from);
  }
}

static omadm_err mount_root(omadm_framework *fw, fw_csp *csp, uint32_t number, omadm_error *error) {
  const omadm_ddf_root *root = omadm_ddf_root_at(csp->ddf, number);
  const omadm_ddf_node *d = omadm_ddf_node_at(csp->ddf, root->node);
  fw_place *place = place_of(fw, root->path, d->name, true, error);
  if (place == NULL) return OMADM_E_NOMEM;
  if (place->mount != NULL && place->mount->csp == csp) {
    return omadm_error_set(error, OMADM_E_EXISTS, "%s, line %u: describes a root a second time",
                           csp->from, d->line);
  }
  if (place->mount != NULL && gives_way(csp)) {
    log_beaten(fw, place->mount->csp, csp, place);
    return add_entry(fw, csp, place, root->node, beaten_text(fw, place->mount->csp->from));
  }
  fw_mount *m = omadm_arena_new(&fw->arena, 1, sizeof *m);
  if (m == NULL) return OMADM_E_NOMEM;
  if (place->mount != NULL) beat_stored(fw, csp, place);
  *m = (fw_mount){
      .csp = csp, .place = place, .root = number, .node = root->node, .depth = place->depth};
  if (stored_mount_path(fw, m) != 0) return OMADM_E_NOMEM;
  m->next = csp->mounts;
  csp->mounts = m;
  place_set_mount(place, m);
  return add_entry(fw, csp, place, root->node, NULL);
}

omadm_err mount_check(omadm_framework *fw, fw_csp *csp, omadm_error *error) {
  size_t roots = omadm_ddf_root_count(csp->ddf);
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < roots; i++)
    err = check_root(fw, csp, omadm_ddf_root_at(csp->ddf, i), error);
  return err;
}

omadm_err mount_csp(omadm_framework *fw, fw_csp *csp, omadm_error *error) {
  size_t roots = omadm_ddf_root_count(csp->ddf);
  omadm_err err = mount_check(fw, csp, error);
  for (size_t i = 0; err == 0 && i < roots; i++) {
    err = mount_root(fw, csp, (uint32_t)i, error);
    if (err == OMADM_E_NOMEM)
      omadm_error_set(error, err, "%s could not be mounted: out of memory", csp->from);
  }
  return err;
}
