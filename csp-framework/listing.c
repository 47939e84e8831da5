/* SPDX-License-Identifier: MIT */
#include "csp-framework/listing.h"

#include "csp-framework/ddf/index.h"
#include "csp-framework/enforce.h"
#include "csp-framework/node.h"
#include "csp-framework/op.h"
#include "csp-framework/place.h"
#include "csp-framework/request.h"
#include "csp-framework/resolve.h"

enum { LISTINGS = 16 }; /* kept, so that lists inside of lists do not make each other anew */

struct fw_listing {
  fw_listing *next;
  omadm_arena arena; /* of the node */
  fw_node node;
  bool filled; /* the CSP has answered */
  bool fresh; /* and nothing was handed out since */
  omadm_buf names; /* each after its length */
  uint64_t index; /* of the name at `offset` */
  size_t offset;
  uint64_t used;
};

bool listing_next(listing_names *names, omadm_str *name) {
  uint32_t len = 0;
  if (names->rest.len < sizeof len) return false;
  memcpy(&len, names->rest.ptr, sizeof len);
  if (len > names->rest.len - sizeof len) return false;
  *name = (omadm_str){names->rest.ptr + sizeof len, len};
  names->rest.ptr += sizeof len + len;
  names->rest.len -= sizeof len + len;
  return true;
}

static omadm_err add_name(fw_listing *l, omadm_str name) {
  uint32_t len = (uint32_t)name.len;
  omadm_err err = omadm_buf_add(&l->names, &len, sizeof len);
  return err == 0 ? omadm_buf_add_str(&l->names, name) : err;
}

static void listing_free(omadm_framework *fw, fw_listing *l) {
  omadm_arena_dispose(&l->arena);
  omadm_buf_dispose(&l->names);
  omadm_mem_free(&fw->mem, l);
}

void listing_dispose(omadm_framework *fw) {
  while (fw->listings != NULL) {
    fw_listing *l = fw->listings;
    fw->listings = l->next;
    listing_free(fw, l);
  }
}

static void drop(omadm_framework *fw, fw_listing *gone) {
  fw_listing **at = &fw->listings;
  while (*at != gone)
    at = &(*at)->next;
  *at = gone->next;
  listing_free(fw, gone);
}

void listing_forget(omadm_framework *fw) {
  for (fw_listing *l = fw->listings, *next; l != NULL; l = next) {
    next = l->next;
    if (l->filled) drop(fw, l);
  }
}

static bool is_of(const fw_listing *l, const fw_node *node) {
  if (l->node.mount != node->mount || l->node.ddf != node->ddf || l->node.n != node->n)
    return false;
  size_t len = node->n > 0 ? node->ends[node->n - 1] : 0;
  return len == 0 || (memcmp(l->node.text, node->text, len) == 0 &&
                      memcmp(l->node.ends, node->ends, node->n * sizeof *node->ends) == 0);
}

static fw_listing *find(omadm_framework *fw, const fw_node *node) {
  for (fw_listing *l = fw->listings; l != NULL; l = l->next) {
    if (is_of(l, node)) return l;
  }
  return NULL;
}

static fw_listing *listing_new(omadm_framework *fw, const fw_node *node) {
  fw_listing *oldest = NULL;
  size_t n = 0;
  for (fw_listing *l = fw->listings; l != NULL; l = l->next, n++) {
    if (l->filled && (oldest == NULL || l->used < oldest->used)) oldest = l;
  }
  if (n >= LISTINGS && oldest != NULL) drop(fw, oldest);
  fw_listing *l = omadm_mem_new(&fw->mem, 1, sizeof *l);
  if (l == NULL) return NULL;
  omadm_arena_init(&l->arena, &fw->mem, 0);
  omadm_buf_init(&l->names, &fw->mem, 0);
  if (node_copy(&l->arena, node, 0, &l->node) != 0) {
    listing_free(fw, l);
    return NULL;
  }
  l->next = fw->listings;
  fw->listings = l;
  return l;
}

/* Is there, for this device, nothing at the place and below it? */
static bool is_hidden(const fw_place *place) {
  return place->mount != NULL && enforce_hides(place->mount->csp, place->mount->node);
}

/* The children that the DDF names, as far as they exist, in its order. */
static omadm_err add_described(omadm_framework *fw, fw_listing *l) {
  const omadm_ddf_node *d = fw_described(&l->node);
  fw_slot *slot = NULL;
  if (d == NULL) return OMADM_OK;
  const omadm_ddf *ddf = l->node.mount->csp->ddf;
  bool nocase = omadm_ddf_ignores_case(ddf, l->node.ddf);
  for (uint32_t c = d->first_child; c != OMADM_DDF_NONE;
       c = omadm_ddf_node_at(ddf, c)->next_sibling) {
    const omadm_ddf_node *child = omadm_ddf_node_at(ddf, c);
    if (child->name.len == 0 || enforce_hides(l->node.mount->csp, c)) continue;
    const fw_place *place =
        l->node.place != NULL ? place_child(fw, l->node.place, child->name, nocase) : NULL;
    if (place != NULL && is_hidden(place)) continue;
    bool there = child->permanent || place != NULL;
    if (!there) {
      slot = resolve_child(fw, slot, &l->node, c, child->name);
      if (slot == NULL) return OMADM_E_NOMEM;
      there = resolve_exists(fw, &slot->node, 0) == OMADM_ST_OK;
    }
    if (there && add_name(l, child->name) != 0) return OMADM_E_NOMEM;
  }
  return OMADM_OK;
}

/* What else leads to mounts. */
static omadm_err add_places(fw_listing *l) {
  const fw_node *node = &l->node;
  for (const fw_place *p = node->place != NULL ? node->place->first : NULL; p != NULL;
       p = p->next) {
    if (p->mounts == 0 || is_hidden(p)) continue;
    if (node->ddf != OMADM_DDF_NONE) {
      const omadm_ddf *ddf = node->mount->csp->ddf;
      if (omadm_ddf_child(ddf, node->ddf, p->name, omadm_ddf_ignores_case(ddf, node->ddf)) !=
          OMADM_DDF_NONE)
        continue;
    }
    if (add_name(l, p->name) != 0) return OMADM_E_NOMEM;
  }
  return OMADM_OK;
}

/* Is the name, which stands at offset `at` of the names, in the table already? Else it is put
 * there: offsets, counted from 1, by hash. */
static bool is_known(const char *names, uint32_t *table, size_t cap, bool nocase, omadm_str name,
                     uint32_t at) {
  uint64_t hash = nocase ? 0 : omadm_str_hash(name);
  for (size_t i = 0; nocase && i < name.len; i++)
    hash = (hash ^ omadm_ascii_lower(name.ptr[i])) * UINT64_C(0x100000001B3);
  size_t slot = (size_t)(hash ^ hash >> 32) & (cap - 1);
  for (; table[slot] != 0; slot = (slot + 1) & (cap - 1)) {
    omadm_str other = {names + table[slot] - 1, 0};
    uint32_t len = 0;
    memcpy(&len, other.ptr, sizeof len);
    other = (omadm_str){other.ptr + sizeof len, len};
    if (nocase ? omadm_str_equal_nocase(other, name) : omadm_str_equal(other, name)) return true;
  }
  table[slot] = at + 1;
  return false;
}

/* A CSP names each instance once, and none that the DDF names: what is more is dropped. */
static omadm_err drop_doubles(omadm_framework *fw, uint32_t node, fw_call *call) {
  const omadm_ddf *ddf = call->csp->ddf;
  bool nocase = omadm_ddf_ignores_case(ddf, node);
  listing_names names = {omadm_buf_str(&call->value)};
  omadm_str name;
  size_t n = 0, cap = 8, end = 0, dropped = 0;
  if (call->csp->stored || call->value.len == 0) return OMADM_OK;
  if (call->value.len >= UINT32_MAX) return OMADM_E_LIMIT;
  while (listing_next(&names, &name))
    n++;
  while (cap < n * 2)
    cap *= 2;
  uint32_t *table = omadm_mem_new(&fw->mem, cap, sizeof *table);
  if (table == NULL) return OMADM_E_NOMEM;
  names.rest = omadm_buf_str(&call->value);
  while (listing_next(&names, &name)) {
    uint32_t len = (uint32_t)name.len;
    if (omadm_ddf_child(ddf, node, name, nocase) != OMADM_DDF_NONE ||
        is_known(call->value.ptr, table, cap, nocase, name, (uint32_t)end)) {
      dropped++;
      continue;
    }
    memcpy(call->value.ptr + end, &len, sizeof len);
    memmove(call->value.ptr + end + sizeof len, name.ptr, len);
    end += sizeof len + len;
  }
  call->value.len = end;
  omadm_mem_free(&fw->mem, table);
  if (dropped > 0)
    fw_log(fw, OMADM_LOG_WARN, "%s: list %.*s names %zu children twice or as the DDF does; dropped",
           call->csp->name, (int)call->asked.len, call->asked.len > 0 ? call->asked.ptr : "",
           dropped);
  return OMADM_OK;
}

static omadm_err add_instances(omadm_framework *fw, fw_listing *l, const fw_call *call) {
  listing_names names = {omadm_buf_str(&call->value)};
  omadm_str name;
  if (l->node.place == NULL) return omadm_buf_add_str(&l->names, names.rest);
  const omadm_ddf *ddf = l->node.mount->csp->ddf;
  bool nocase = omadm_ddf_ignores_case(ddf, l->node.ddf);
  while (listing_next(&names, &name)) {
    if (place_child(fw, l->node.place, name, nocase) != NULL)
      continue; /* the mount's name stands there already */
    if (add_name(l, name) != 0) return OMADM_E_NOMEM;
  }
  return OMADM_OK;
}

void listing_filled(omadm_framework *fw, fw_listing *l, fw_call *call) {
  omadm_err err = call != NULL ? 0 : OMADM_E_STATE;
  if (err == 0) err = add_described(fw, l);
  if (err == 0) err = add_places(l);
  if (err == 0) err = drop_doubles(fw, l->node.ddf, call);
  if (err == 0) err = add_instances(fw, l, call);
  l->filled = l->fresh = true;
  if (err != 0) drop(fw, l);
}

static bool asks_csp(const fw_node *node) {
  if (node->mount == NULL || node->ddf == OMADM_DDF_NONE || node->mount->csp->slots->list == NULL)
    return false;
  uint32_t unnamed = omadm_ddf_unnamed_child(node->mount->csp->ddf, node->ddf);
  return unnamed != OMADM_DDF_NONE && !enforce_hides(node->mount->csp, unnamed);
}

/* 200 and *out, PENDING, or why not. */
static omadm_status fill(omadm_framework *fw, const omadm_origin *origin, const fw_node *node,
                         fw_listing **out, omadm_answer *answer) {
  fw_listing *l = listing_new(fw, node);
  if (l == NULL) return OMADM_ST_FAILED;
  *out = l;
  if (!asks_csp(node)) {
    omadm_err err = add_described(fw, l);
    if (err == 0) err = add_places(l);
    l->filled = true;
    if (err != 0) drop(fw, l);
    return omadm_status_from_err(err);
  }
  fw_op *op = op_new(fw, origin, OMADM_VERB_LIST, &l->node);
  if (op == NULL) {
    drop(fw, l);
    return OMADM_ST_FAILED;
  }
  op->listing = l;
  omadm_status status = op_start(fw, op, answer);
  if (status != OMADM_ST_OK) return status;
  *out = find(fw, node);
  return *out != NULL ? OMADM_ST_OK : OMADM_ST_FAILED;
}

/* The name at the cursor. Going on from where the last one was is the normal case. */
static omadm_status hand_out(omadm_framework *fw, fw_listing *l, uint64_t *cursor,
                             omadm_answer *answer) {
  omadm_str name;
  if (*cursor < l->index) l->index = l->offset = 0;
  l->fresh = false;
  l->used = ++fw->list_clock;
  for (;;) {
    if (l->offset >= l->names.len) return OMADM_ST_END;
    listing_names names = {{l->names.ptr + l->offset, l->names.len - l->offset}};
    if (!listing_next(&names, &name)) return OMADM_ST_END;
    l->offset = l->names.len - names.rest.len;
    if (l->index++ == *cursor) break;
  }
  ++*cursor;
  answer->data = name;
  return OMADM_ST_OK;
}

omadm_status tree_list(void *ctx, const omadm_origin *origin, const omadm_node *node,
                       uint64_t *cursor, omadm_answer *answer) {
  omadm_framework *fw = ctx;
  const fw_node *n = resolve_ref(fw, node);
  *answer = (omadm_answer){0};
  dispatch_release(fw);
  if (n == NULL)
    return fw_answer(fw, answer, OMADM_ST_FAILED, "the node was resolved too long ago");
  const omadm_ddf_node *d = fw_described(n);
  if (!n->exists) return OMADM_ST_NOT_FOUND;
  if (!fw_is_interior(d))
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "a leaf has no children");
  if (d != NULL && (d->access & OMADM_ACCESS_GET) == 0)
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "AccessType lacks Get");
  fw_listing *l = find(fw, n);
  if (l != NULL && !l->filled)
    return fw_answer(fw, answer, OMADM_ST_UNAVAILABLE, "its list is on the way");
  if (l != NULL && *cursor == 0 && !l->fresh) {
    drop(fw, l);
    l = NULL;
  }
  if (l == NULL) {
    omadm_status status = fill(fw, origin, n, &l, answer);
    if (status != OMADM_ST_OK) return status;
  }
  return hand_out(fw, l, cursor, answer);
}

omadm_status listing_count(omadm_framework *fw, const fw_node *node, size_t up, uint32_t most,
                           uint32_t *count) {
  omadm_csp_request r;
  *count = 0;
  fw_call *call = dispatch_new(fw, node->mount->csp);
  if (call == NULL || request_fill(fw, node, up, &r) != 0) {
    if (call != NULL) dispatch_free(fw, call);
    return OMADM_ST_FAILED;
  }
  omadm_status status = dispatch_run(fw, call, OMADM_VERB_LIST, &r, true);
  if (status == OMADM_ST_PENDING) status = dispatch_wait(fw, call, fw->config.limits.cancel_time);
  if (status == OMADM_ST_PENDING) return OMADM_ST_UNAVAILABLE;
  if (status == OMADM_ST_OK)
    status = omadm_status_from_err(drop_doubles(fw, request_ddf(node, up), call));
  listing_names names = {omadm_buf_str(&call->value)};
  omadm_str name;
  while (*count < most && listing_next(&names, &name))
    ++*count;
  dispatch_free(fw, call);
  return status;
}
