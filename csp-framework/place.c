/* SPDX-License-Identifier: MIT */
#include "csp-framework/place.h"

#include "csp-framework/walk.h"

static unsigned char fold(char c) {
  return c >= 'A' && c <= 'Z' ? (unsigned char)(c - 'A' + 'a') : (unsigned char)c;
}

static uint64_t hash_of(const fw_place *parent, omadm_str name) {
  uint64_t h = parent->hash ^ 14695981039346656037U;
  for (size_t i = 0; i < name.len; i++)
    h = (h ^ fold(name.ptr[i])) * 1099511628211U;
  return h;
}

static fw_place *child(const omadm_framework *fw, const fw_place *parent, omadm_str name,
                       bool nocase) {
  if (parent->first == NULL) return NULL;
  uint64_t hash = hash_of(parent, name);
  for (fw_place *p = fw->places[hash & (fw->places_cap - 1)]; p != NULL; p = p->chain) {
    if (p->hash != hash || p->parent != parent) continue;
    if (nocase ? omadm_str_equal_nocase(p->name, name) : omadm_str_equal(p->name, name)) return p;
  }
  return NULL;
}

fw_place *place_child(const omadm_framework *fw, const fw_place *parent, omadm_str name,
                      bool nocase) {
  fw_place *p = child(fw, parent, name, nocase);
  return p != NULL && p->mounts > 0 ? p : NULL;
}

static omadm_err grow(omadm_framework *fw) {
  if (fw->n_places < fw->places_cap) return OMADM_OK;
  size_t cap = fw->places_cap > 0 ? fw->places_cap * 2 : 64;
  fw_place **places = omadm_mem_new(&fw->mem, cap, sizeof *places);
  if (places == NULL) return OMADM_E_NOMEM;
  for (size_t i = 0; i < fw->places_cap; i++) {
    for (fw_place *p = fw->places[i], *next; p != NULL; p = next) {
      next = p->chain;
      p->chain = places[p->hash & (cap - 1)];
      places[p->hash & (cap - 1)] = p;
    }
  }
  omadm_mem_free(&fw->mem, fw->places);
  fw->places = places;
  fw->places_cap = cap;
  return OMADM_OK;
}

/* Names below ./Vendor/MSFT compare without case, in the user's tree as in the device's. */
static bool is_microsoft(const fw_place *p) {
  const fw_place *vendor = p->parent;
  if (vendor == NULL || vendor->parent == NULL) return false;
  const fw_place *above = vendor->parent;
  bool top = above->parent == NULL || (above->depth == 1 && omadm_str_is(above->name, "User"));
  return top && omadm_str_is(vendor->name, "Vendor") && omadm_str_is(p->name, "MSFT");
}

static fw_place *place_new(omadm_framework *fw, fw_place *parent, omadm_str name,
                           omadm_error *error) {
  fw_place *twin = child(fw, parent, name, true);
  if (twin != NULL) {
    omadm_error_set(
        error, OMADM_E_EXISTS,
        "the names %.*s and %.*s stand beside each other and differ in letter case only",
        (int)twin->name.len, twin->name.ptr, (int)name.len, name.ptr);
    return NULL;
  }
  fw_place *p = grow(fw) == 0 ? omadm_arena_new(&fw->arena, 1, sizeof *p) : NULL;
  if (p != NULL) p->name = omadm_arena_copy(&fw->arena, name);
  if (p == NULL || p->name.ptr == NULL) {
    omadm_error_set(error, OMADM_E_NOMEM, "out of memory while mounting");
    return NULL;
  }
  p->parent = parent;
  p->hash = hash_of(parent, name);
  p->depth = parent->depth + 1;
  p->nocase = parent->nocase || is_microsoft(p);
  p->chain = fw->places[p->hash & (fw->places_cap - 1)];
  fw->places[p->hash & (fw->places_cap - 1)] = p;
  *(parent->last != NULL ? &parent->last->next : &parent->first) = p;
  parent->last = p;
  fw->n_places++;
  return p;
}

const fw_place *place_next(const fw_place *top, const fw_place *p) {
  if (p->first != NULL) return p->first;
  while (p != top && p->next == NULL)
    p = p->parent;
  return p != top ? p->next : NULL;
}

size_t place_device_prefix(const omadm_uri *uri) {
  omadm_str device = OMADM_STR("Device");
  if (uri->n == 0 || uri->segment[0].len != device.len) return 0;
  if (uri->segment[0].ptr[0] != 'D' && uri->segment[0].ptr[0] != 'd') return 0;
  return omadm_str_equal_nocase(uri->segment[0], device) ? 1 : 0;
}

static fw_place *step(omadm_framework *fw, fw_place *parent, omadm_str name, bool make,
                      omadm_error *error) {
  omadm_str user = OMADM_STR("User");
  bool is_user = parent == fw->root && omadm_str_equal_nocase(name, user);
  if (is_user) name = user;
  fw_place *p = child(fw, parent, name, parent->nocase || is_user);
  return p != NULL || !make ? p : place_new(fw, parent, name, error);
}

fw_place *place_of(omadm_framework *fw, omadm_str path, omadm_str name, bool make,
                   omadm_error *error) {
  omadm_uri uri;
  char *scratch = fw->mem.alloc(fw->mem.ctx, path.len + 1);
  if (scratch == NULL) {
    omadm_error_set(error, OMADM_E_NOMEM, "out of memory while mounting");
    return NULL;
  }
  fw_place *p = fw->root;
  while (path.len > 1 && path.ptr[path.len - 1] == '/')
    path.len--;
  if (omadm_uri_parse(path, 0, &fw->config.limits, scratch, NULL, &uri) != OMADM_ST_OK) {
    omadm_error_set(error, OMADM_E_SYNTAX, "the Path \"%.*s\" is not the URI of a node",
                    (int)path.len, path.ptr);
    p = NULL;
  }
  for (size_t i = p != NULL ? place_device_prefix(&uri) : 0; p != NULL && i < uri.n; i++)
    p = step(fw, p, uri.segment[i], make, error);
  if (p != NULL && name.len > 0) p = step(fw, p, name, make, error);
  fw->mem.release(fw->mem.ctx, scratch);
  return p;
}

omadm_err place_write(const fw_place *place, omadm_buf *out) {
  omadm_str names[OMADM_URI_SEGMENTS + 1];
  size_t n = place->depth;
  for (const fw_place *p = place; p->parent != NULL; p = p->parent)
    names[p->depth - 1] = p->name;
  return omadm_uri_write(names, n, out);
}

fw_mount *place_mount_above(const fw_place *place) {
  while (place != NULL && place->mount == NULL)
    place = place->parent;
  return place != NULL ? place->mount : NULL;
}

void place_set_mount(fw_place *place, fw_mount *mount) {
  walk_forget(mount->csp->fw);
  bool first = place->mount == NULL;
  place->mount = mount;
  for (fw_place *p = place; first && p != NULL; p = p->parent)
    p->mounts++;
}

bool place_has_below(const fw_place *place) {
  return place->mounts > (place->mount != NULL ? 1 : 0);
}
