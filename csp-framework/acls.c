/* SPDX-License-Identifier: MIT */
#include "csp-framework/acls.h"

#include <sys/random.h>

#include <omadm/acl.h>

#include "csp-framework/property.h"
#include "csp-framework/resolve.h"

fw_acls *acls_new(omadm_framework *fw) {
  fw_acls *acls = omadm_arena_new(&fw->arena, 1, sizeof *acls);
  if (acls == NULL) return NULL;
  if (getrandom(&acls->seed, sizeof acls->seed, 0) != (ssize_t)sizeof acls->seed)
    acls->seed = (uint64_t)(uintptr_t)acls;
  return acls;
}

/* FNV-1a over a path, octet by octet, so that the nodes above are hashed on the way. */
static uint64_t hash_octet(uint64_t hash, char c) {
  unsigned char octet = property_is_separator(c) ? 1 : (unsigned char)c;
  return (hash ^ octet) * UINT64_C(0x100000001B3);
}

enum { WORD_BITS = 64, BITS = 65536, PROBES = 3 };

static bool may_have(const fw_acls *acls, uint64_t hash) {
  hash ^= hash >> 29;
  for (int i = 0; i < PROBES; i++, hash >>= 16) {
    size_t bit = hash % BITS;
    if ((acls->bits[bit / WORD_BITS] >> bit % WORD_BITS & 1) == 0) return false;
  }
  return true;
}

void acls_note(omadm_framework *fw, omadm_str key) {
  fw_acls *acls = fw->acls;
  uint64_t hash = acls->seed;
  for (size_t i = 1; i < key.len; i++)
    hash = hash_octet(hash, key.ptr[i]);
  hash ^= hash >> 29;
  for (int i = 0; i < PROBES; i++, hash >>= 16) {
    size_t bit = hash % BITS;
    acls->bits[bit / WORD_BITS] |= UINT64_C(1) << bit % WORD_BITS;
  }
  acls->any = true;
}

/* Goes through all rows of ACLs. */
typedef struct acl_rows {
  omadm_buf key;
  omadm_str row; /* borrowed until the next one */
} acl_rows;

static omadm_err rows_next(omadm_framework *fw, acl_rows *rows) {
  static const char kind = PROPERTY_ACL;
  omadm_str key;
  omadm_str after = rows->key.len > 0 ? omadm_buf_str(&rows->key) : (omadm_str){"", 0};
  omadm_err err = overlay_next(&fw->overlay, OMADM_STORE_PROPERTY, (omadm_str){&kind, 1}, after,
                               &key, &rows->row);
  if (err != OMADM_OK) return err;
  rows->key.len = 0;
  return omadm_buf_add_str(&rows->key, key);
}

void acls_load(omadm_framework *fw) {
  static const char kind = PROPERTY_ACL;
  const omadm_str root = {&kind, 1};
  acl_rows rows;
  bool derived = false;
  omadm_buf_init(&rows.key, &fw->mem, 0);
  omadm_err err = OMADM_OK;
  while ((err = rows_next(fw, &rows)) == OMADM_OK) {
    bool old = rows.key.len == 1 && rows.row.len > 0 && (rows.row.ptr[0] & ACL_DERIVED) != 0;
    derived |= old;
    if (!old) acls_note(fw, omadm_buf_str(&rows.key));
  }
  omadm_buf_dispose(&rows.key);
  if (derived) err = overlay_put(&fw->overlay, OMADM_STORE_PROPERTY, root, (omadm_str){NULL, 0});
  if (err != OMADM_OK && err != OMADM_E_NOT_FOUND)
    fw_log(fw, OMADM_LOG_ERROR, "the ACLs could not be read: %s", omadm_err_text(err));
}

static bool read_row(omadm_str row, omadm_str *text, unsigned *flags) {
  if (row.len == 0) return false;
  *flags = (unsigned char)row.ptr[0];
  *text = (omadm_str){row.ptr + 1, row.len - 1};
  return true;
}

/* The lengths of those paths, from the root down to `path`, whose nodes may have an ACL. */
static size_t find_candidates(const fw_acls *acls, omadm_str path, size_t *ends) {
  uint64_t hash = acls->seed;
  size_t n = 0;
  for (size_t i = 0; i < path.len; i++) {
    if (property_is_separator(path.ptr[i]) && may_have(acls, hash)) ends[n++] = i;
    hash = hash_octet(hash, path.ptr[i]);
  }
  if (may_have(acls, hash)) ends[n++] = path.len;
  return n;
}

/* Reads the row of the node whose path is so long a part of `path`. */
static omadm_err read_at(omadm_framework *fw, omadm_str path, size_t end, omadm_str *text,
                         unsigned *flags) {
  omadm_buf *key = &fw->property_key;
  const char kind = PROPERTY_ACL;
  omadm_str row;
  key->len = 0;
  omadm_err err = omadm_buf_add(key, &kind, 1);
  if (err == OMADM_OK) err = omadm_buf_add(key, path.ptr, end);
  for (size_t i = 1; err == OMADM_OK && i < key->len; i++) {
    if (key->ptr[i] == 0) key->ptr[i] = 1;
  }
  if (err == OMADM_OK)
    err = overlay_get(&fw->overlay, OMADM_STORE_PROPERTY, omadm_buf_str(key), &row);
  if (err != OMADM_OK) return err;
  return read_row(row, text, flags) ? OMADM_OK : OMADM_E_NOT_FOUND;
}

/* A plugin's node may have gone without a word: what was kept for it does not hold for what is not
 * there. */
static bool is_stale(omadm_framework *fw, const fw_node *node, omadm_str path, size_t end) {
  if (node->exists || node->mount == NULL || node->mount->csp->stored) return false;
  size_t up = 0;
  for (size_t i = end; i < path.len; i++)
    up += property_is_separator(path.ptr[i]);
  if (node->n - up <= node->base) return false;
  return resolve_exists(fw, node, up) != OMADM_ST_OK;
}

static omadm_err guard_mount(omadm_framework *fw, fw_mount *m) {
  const omadm_ddf_node *root = ddf_node(m->csp->ddf, m->node);
  omadm_buf text;
  if (root == NULL || root->acl.len == 0) return OMADM_OK;
  omadm_buf_init(&text, &fw->mem, 0);
  omadm_err err = omadm_acl_join(root->acl, fw->root_acl, &text);
  omadm_str copy = {NULL, 0};
  if (err == OMADM_OK) copy = omadm_arena_copy(&fw->arena, omadm_buf_str(&text));
  if (err == OMADM_OK && copy.ptr == NULL) err = OMADM_E_NOMEM;
  omadm_buf_dispose(&text);
  /* Without memory everybody is shut out rather than let in. */
  m->acl = err == OMADM_OK ? copy : root->acl;
  fw->acls->guards = true;
  return err;
}

static const fw_mount *guard_of(const fw_place *place) {
  while (place != NULL && (place->mount == NULL || place->mount->acl.len == 0))
    place = place->parent;
  return place != NULL ? place->mount : NULL;
}

omadm_err acls_guard(omadm_framework *fw) {
  omadm_err err = OMADM_OK;
  for (fw_csp *csp = fw->csps; csp != NULL; csp = csp->next) {
    for (fw_mount *m = csp->mounts; m != NULL; m = m->next) {
      omadm_err one = guard_mount(fw, m);
      if (err == OMADM_OK) err = one;
    }
  }
  for (fw_csp *csp = fw->csps; csp != NULL && fw->acls->guards; csp = csp->next) {
    for (fw_mount *m = csp->mounts; m != NULL; m = m->next)
      m->guard = guard_of(m->place);
  }
  return err;
}

/* What was found: offsets into slot->acl, since it may move. */
typedef struct found {
  bool any;
  size_t at, len;
} found;

static omadm_str text_of(const omadm_framework *fw, const fw_slot *slot, const found *f) {
  return f->any ? (omadm_str){slot->acl.ptr + f->at, f->len} : fw->root_acl;
}

/* What is found on the way up from a node. */
typedef struct search {
  fw_slot *slot;
  omadm_node *out;
  found own, above;
} search;

static bool take(search *s, size_t end, const found *here) {
  if (here->len == 0) return false;
  if (!s->above.any && end < s->slot->node.path.len) s->above = *here;
  if (!s->own.any) s->own = *here;
  return true;
}

/* The row of the node that stands at `end` of the path; *has tells whether it counts. */
static omadm_err take_row(omadm_framework *fw, search *s, size_t end, bool *has) {
  const omadm_str path = s->slot->node.path;
  omadm_str text;
  unsigned flags = 0;
  *has = false;
  omadm_err err = read_at(fw, path, end, &text, &flags);
  if (err != OMADM_OK) return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
  const found here = {true, s->slot->acl.len, text.len};
  err = omadm_buf_add_str(&s->slot->acl, text);
  if (err != OMADM_OK || (end > 0 && is_stale(fw, &s->slot->node, path, end))) return err;
  if ((flags & ACL_GUARDED) != 0) s->out->guarded = 1;
  *has = take(s, end, &here);
  return OMADM_OK;
}

/* Those of the factory that stand lower than `end`. */
static omadm_err take_guards(search *s, const fw_mount **guard, size_t end) {
  omadm_err err = OMADM_OK;
  while (err == OMADM_OK && *guard != NULL && (*guard)->path.len > end) {
    const found here = {true, s->slot->acl.len, (*guard)->acl.len};
    err = omadm_buf_add_str(&s->slot->acl, (*guard)->acl);
    if (err == OMADM_OK) take(s, (*guard)->path.len, &here);
    *guard = guard_of((*guard)->place->parent);
  }
  return err;
}

static const fw_mount *find_guard(const fw_node *node) {
  return node->mount != NULL ? node->mount->guard : guard_of(node->place);
}

omadm_err acls_look_up(omadm_framework *fw, fw_slot *slot, omadm_node *out) {
  size_t ends[OMADM_URI_SEGMENTS + 1];
  search s = {.slot = slot, .out = out};
  const fw_mount *guard = fw->acls->guards ? find_guard(&slot->node) : NULL;
  if (guard != NULL) out->guarded = 1;
  omadm_err err = OMADM_OK;
  size_t n = fw->acls->any ? find_candidates(fw->acls, slot->node.path, ends) : 0;
  while (err == OMADM_OK && n-- > 0) {
    bool has = false;
    err = take_guards(&s, &guard, ends[n]);
    if (err == OMADM_OK) err = take_row(fw, &s, ends[n], &has);
    /* What was set there stands in place of the factory's. */
    if (has && guard != NULL && guard->path.len == ends[n]) guard = guard_of(guard->place->parent);
  }
  if (err == OMADM_OK) err = take_guards(&s, &guard, 0);
  if (err != OMADM_OK) return err;
  out->acl = text_of(fw, slot, &s.own);
  if (slot->node.n > 0) out->parent_acl = text_of(fw, slot, &s.above);
  return OMADM_OK;
}

omadm_err acls_own(omadm_framework *fw, const fw_node *node, omadm_str *text, unsigned *flags) {
  omadm_str row;
  const fw_mount *m = node->mount;
  bool guards = m != NULL && m->acl.len > 0 && m->depth == node->n;
  const omadm_str factory = guards ? m->acl : node->n == 0 ? fw->root_acl : (omadm_str){"", 0};
  *text = factory;
  *flags = 0;
  if (!fw->acls->any) return OMADM_OK;
  omadm_err err = property_key(node, 0, PROPERTY_ACL, &fw->property_key);
  if (err == OMADM_OK)
    err = overlay_get(&fw->overlay, OMADM_STORE_PROPERTY, omadm_buf_str(&fw->property_key), &row);
  if (err == OMADM_OK) read_row(row, text, flags);
  if (text->len == 0) *text = factory;
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

/* Puts a row, or takes it away where it says nothing. */
static omadm_err put(omadm_framework *fw, omadm_str key, omadm_str text, unsigned flags) {
  const char octet = (char)flags;
  if (text.len == 0 && flags == 0)
    return overlay_put(&fw->overlay, OMADM_STORE_PROPERTY, key, (omadm_str){NULL, 0});
  fw->property_row.len = 0;
  omadm_err err = omadm_buf_add(&fw->property_row, &octet, 1);
  if (err == OMADM_OK) err = omadm_buf_add_str(&fw->property_row, text);
  if (err == OMADM_OK)
    err = overlay_put(&fw->overlay, OMADM_STORE_PROPERTY, key, omadm_buf_str(&fw->property_row));
  if (err == OMADM_OK) acls_note(fw, key);
  return err;
}

omadm_err acls_set(omadm_framework *fw, const fw_node *node, size_t up, omadm_str text,
                   unsigned flags) {
  omadm_err err = property_key(node, up, PROPERTY_ACL, &fw->property_key);
  return err == OMADM_OK ? put(fw, omadm_buf_str(&fw->property_key), text, flags) : err;
}

/* What the factory grants to everybody stays granted at the root, which always has a value. */
static const unsigned factory_rights = OMADM_ACCESS_ADD | OMADM_ACCESS_GET;

static omadm_err forget_in_root(omadm_framework *fw, omadm_str server_id, omadm_buf *text) {
  static const char kind = PROPERTY_ACL;
  const fw_node root = {.n = 0};
  omadm_str acl;
  unsigned flags = 0;
  omadm_err err = acls_own(fw, &root, &acl, &flags);
  if (err != OMADM_OK) return err;
  bool given = acl.ptr != fw->root_acl.ptr && (flags & ACL_DERIVED) == 0;
  text->len = 0;
  omadm_buf old;
  omadm_buf_init(&old, &fw->mem, 0);
  err = omadm_buf_add_str(&old, acl);
  if (err == OMADM_OK) err = omadm_acl_remove(omadm_buf_str(&old), server_id, factory_rights, text);
  if (err == OMADM_OK && !omadm_str_equal(omadm_buf_str(text), omadm_buf_str(&old)))
    err = put(fw, (omadm_str){&kind, 1}, omadm_buf_str(text), given ? flags : ACL_DERIVED);
  omadm_buf_dispose(&old);
  return err == OMADM_E_SYNTAX ? OMADM_OK : err;
}

omadm_err acls_forget_server(omadm_framework *fw, omadm_str server_id) {
  acl_rows rows;
  omadm_buf text;
  omadm_buf_init(&rows.key, &fw->mem, 0);
  omadm_buf_init(&text, &fw->mem, 0);
  omadm_err err = forget_in_root(fw, server_id, &text);
  while (err == OMADM_OK && fw->acls->any && (err = rows_next(fw, &rows)) == OMADM_OK) {
    omadm_str old;
    unsigned flags = 0;
    text.len = 0;
    if (rows.key.len == 1 || !read_row(rows.row, &old, &flags)) continue;
    err = omadm_acl_remove(old, server_id, 0, &text);
    if (err == OMADM_E_SYNTAX) { /* one that nobody can read names nobody */
      err = OMADM_OK;
      continue;
    }
    if (err == OMADM_OK && !omadm_str_equal(omadm_buf_str(&text), old))
      err = put(fw, omadm_buf_str(&rows.key), omadm_buf_str(&text), flags);
  }
  omadm_buf_dispose(&text);
  omadm_buf_dispose(&rows.key);
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}
