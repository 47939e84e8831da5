/* SPDX-License-Identifier: MIT */
#include "csp-framework/mount.h"

#include "csp-framework/ddf/index.h"
#include "csp-framework/enforce.h"
#include "csp-framework/place.h"
#include "csp-framework/stored.h"

/* A root of a CSP that is about to be mounted: all that needs memory. */
typedef struct plan {
  fw_place *place;
  fw_mount *mount; /* NULL: it gives way to what is there */
  fw_entry *entry;
} plan;

static fw_entry *entry_new(omadm_framework *fw) {
  fw_entry *e = omadm_arena_new(&fw->arena, 1, sizeof *e);
  if (e != NULL) e->info = (omadm_mount_info){.name = "", .version = "", .from = ""};
  return e;
}

static void entry_link(omadm_framework *fw, fw_entry *e) {
  *(fw->last_entry != NULL ? &fw->last_entry->next : &fw->entries) = e;
  fw->last_entry = e;
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
  entry_link(fw, e);
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
  for (const fw_place *p = place->first; p != NULL; p = place_next(place, p)) {
    if (p->mount != NULL && !way_is_free(&self, p)) {
      return omadm_error_set(error, OMADM_E_EXISTS,
                             "%s describes a leaf where %s has nodes below it", csp->from,
                             p->mount->csp->from);
    }
  }
  return OMADM_OK;
}

/* Where a root stands; NULL and *error. */
static fw_place *place_of_root(omadm_framework *fw, const fw_csp *csp, size_t number,
                               omadm_error *error) {
  const omadm_ddf_root *root = omadm_ddf_root_at(csp->ddf, number);
  const omadm_ddf_node *d = omadm_ddf_node_at(csp->ddf, root->node);
  omadm_error found = {0};
  if (d->name.len == 0) {
    omadm_error_set(error, OMADM_E_UNSUPPORTED,
                    "%s, line %u: a root needs a name; give its Node a NodeName", csp->from,
                    d->line);
    return NULL;
  }
  fw_place *place = place_of(fw, root->path, d->name, true, &found);
  if (place == NULL)
    omadm_error_set(error, found.code, "%s, line %u: %s", csp->from, d->line, found.text);
  return place;
}

/* Notes where a root stands, which none of the same CSP may do before. */
static omadm_err claim_root(omadm_framework *fw, const fw_csp *csp, size_t number,
                            omadm_error *error) {
  uint32_t node = omadm_ddf_root_at(csp->ddf, number)->node;
  omadm_error found = {0};
  fw_place *place = place_of_root(fw, csp, number, &found);
  if (place == NULL) return omadm_error_set(error, found.code, "%s", found.text);
  if (place->claim == fw->claims) {
    return omadm_error_set(error, OMADM_E_EXISTS,
                           "%s, line %u: the root is at the same place as that of line %u; leave "
                           "one of them out",
                           csp->from, omadm_ddf_node_at(csp->ddf, node)->line,
                           omadm_ddf_node_at(csp->ddf, place->claimed)->line);
  }
  place->claim = fw->claims;
  place->claimed = node;
  return OMADM_OK;
}

/* Looks at the next root of the same CSP above. */
static omadm_err check_own_way(const omadm_framework *fw, fw_csp *csp, const fw_place *place,
                               omadm_error *error) {
  fw_place *p = place->parent;
  while (p != NULL && p->claim != fw->claims)
    p = p->parent;
  if (p == NULL) return OMADM_OK;
  const fw_mount above = {.csp = csp, .place = p, .node = p->claimed};
  if (way_is_free(&above, place)) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_EXISTS,
                         "%s, line %u: the root is below a leaf of the root of line %u", csp->from,
                         omadm_ddf_node_at(csp->ddf, place->claimed)->line,
                         omadm_ddf_node_at(csp->ddf, p->claimed)->line);
}

/* All roots of the CSP are claimed. */
static omadm_err check_root(omadm_framework *fw, fw_csp *csp, size_t number, omadm_error *error) {
  const omadm_ddf_root *root = omadm_ddf_root_at(csp->ddf, number);
  omadm_error found = {0};
  fw_place *place = place_of_root(fw, csp, number, &found);
  if (place == NULL) return omadm_error_set(error, found.code, "%s", found.text);
  const fw_mount *there = place->mount;
  if (there != NULL && gives_way(there->csp) == gives_way(csp)) {
    omadm_str name = omadm_ddf_node_at(csp->ddf, root->node)->name;
    return omadm_error_set(
        error, OMADM_E_EXISTS, "%s and %s both describe %.*s/%.*s; leave one of them out",
        there->csp->from, csp->from, (int)root->path.len, root->path.ptr, (int)name.len, name.ptr);
  }
  omadm_err err = check_own_way(fw, csp, place, error);
  return err == 0 ? check_way(csp, root->node, place, error) : err;
}

static fw_entry *entry_of(omadm_framework *fw, const fw_csp *csp, const fw_place *place,
                          uint32_t node, const char *failure) {
  fw_entry *e = entry_new(fw);
  if (e == NULL) return NULL;
  fw->uri.len = 0;
  omadm_err err = place_write(place, &fw->uri);
  const omadm_ddf_node *d = omadm_ddf_node_at(csp->ddf, node);
  e->info.name = csp->stored ? omadm_arena_copy(&fw->arena, d->name).ptr : csp->name;
  e->info.version = csp->version;
  e->info.from = csp->from;
  e->info.root = omadm_arena_copy(&fw->arena, omadm_buf_str(&fw->uri));
  e->info.stored = csp->stored;
  e->gives_way = gives_way(csp);
  e->csp = csp;
  e->info.nodes = count_nodes(csp->ddf, node);
  e->info.failure = failure;
  return err != 0 || e->info.root.ptr == NULL || e->info.name == NULL ? NULL : e;
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

/* Everything that may fail. */
static omadm_err plan_root(omadm_framework *fw, fw_csp *csp, size_t number, plan *p) {
  uint32_t node = omadm_ddf_root_at(csp->ddf, number)->node;
  omadm_error error = {0};
  p->place = place_of_root(fw, csp, number, &error);
  if (p->place == NULL) return error.code;
  const fw_mount *there = p->place->mount;
  if (there != NULL && gives_way(csp)) {
    p->entry = entry_of(fw, csp, p->place, node, beaten_text(fw, there->csp->from));
    return p->entry != NULL ? OMADM_OK : OMADM_E_NOMEM;
  }
  p->entry = entry_of(fw, csp, p->place, node, NULL);
  p->mount = omadm_arena_new(&fw->arena, 1, sizeof *p->mount);
  if (p->entry == NULL || p->mount == NULL) return OMADM_E_NOMEM;
  *p->mount = (fw_mount){.csp = csp,
                         .place = p->place,
                         .root = (uint32_t)number,
                         .node = node,
                         .depth = p->place->depth};
  return stored_mount_path(fw, p->mount);
}

static void mount_root(omadm_framework *fw, fw_csp *csp, const plan *p) {
  const fw_mount *there = p->place->mount;
  if (p->mount == NULL) log_beaten(fw, there->csp, csp, p->place);
  if (p->mount != NULL && there != NULL) beat_stored(fw, csp, p->place);
  entry_link(fw, p->entry);
  if (p->mount == NULL) return;
  p->mount->next = csp->mounts;
  csp->mounts = p->mount;
  place_set_mount(p->place, p->mount);
}

omadm_err mount_check(omadm_framework *fw, fw_csp *csp, omadm_error *error) {
  size_t roots = omadm_ddf_root_count(csp->ddf);
  omadm_err err = 0;
  fw->claims++;
  for (size_t i = 0; err == 0 && i < roots; i++)
    err = claim_root(fw, csp, i, error);
  for (size_t i = 0; err == 0 && i < roots; i++)
    err = check_root(fw, csp, i, error);
  return err;
}

omadm_err mount_csp(omadm_framework *fw, fw_csp *csp, omadm_error *error) {
  size_t roots = omadm_ddf_root_count(csp->ddf);
  omadm_err err = mount_check(fw, csp, error);
  if (err != 0) return err;
  plan *plans = omadm_mem_new(&fw->mem, roots, sizeof *plans);
  if (plans == NULL) err = OMADM_E_NOMEM;
  if (err == 0) err = enforce_prepare(fw, csp);
  for (size_t i = 0; err == 0 && i < roots; i++)
    err = plan_root(fw, csp, i, &plans[i]);
  for (size_t i = 0; err == 0 && i < roots; i++)
    mount_root(fw, csp, &plans[i]);
  omadm_mem_free(&fw->mem, plans);
  if (err != 0)
    omadm_error_set(error, err, "%s could not be mounted: %s", csp->from, omadm_err_text(err));
  return err;
}
