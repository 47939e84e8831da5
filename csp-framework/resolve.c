/* SPDX-License-Identifier: MIT */
#include "csp-framework/resolve.h"

#include "csp-framework/acls.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/place.h"
#include "csp-framework/stored.h"
#include "csp-framework/walk.h"

/* A stored node is found by the key that was made while its URI was walked: a request, of which its
 * CSP would take no more, is not made for it. *type: of the value, where that has one of its own.
 */
static omadm_status find(omadm_framework *fw, const fw_node *node, size_t up, omadm_str *type) {
  fw_csp *csp = node->mount->csp;
  *type = (omadm_str){NULL, 0};
  if (csp->slots->find == NULL) return OMADM_ST_OK;
  if (up == 0 && node->key.ptr != NULL) return stored_find_key(csp, node->key, type);
  return dispatch_find(fw, node, up);
}

omadm_status resolve_exists(omadm_framework *fw, const fw_node *node, size_t up) {
  omadm_str type;
  return find(fw, node, up, &type);
}

static fw_slot *slot_next(omadm_framework *fw) {
  fw_slot *slot = &fw->ring[++fw->serial % FW_RING];
  slot->serial = fw->serial;
  slot->text.len = slot->key.len = slot->acl.len = 0;
  slot->type = (omadm_str){NULL, 0};
  return slot;
}

fw_slot *resolve_child(omadm_framework *fw, fw_slot *slot, const fw_node *parent, uint32_t ddf,
                       omadm_str name) {
  size_t above = parent->n > 0 ? parent->ends[parent->n - 1] : 0;
  if (parent->n == OMADM_URI_SEGMENTS) return NULL;
  if (slot == NULL) {
    slot = slot_next(fw);
    if (omadm_buf_add(&slot->text, parent->text, above) != 0) return NULL;
    memcpy(slot->ends, parent->ends, parent->n * sizeof *slot->ends);
  }
  slot->text.len = above;
  if (omadm_buf_add_str(&slot->text, name) != 0) return NULL;
  slot->ends[parent->n] = (uint32_t)slot->text.len;
  slot->node = *parent;
  slot->node.place = NULL;
  slot->node.ddf = ddf;
  slot->node.n = parent->n + 1;
  slot->node.text = slot->text.ptr;
  slot->node.ends = slot->ends;
  slot->node.key = slot->node.path = (omadm_str){NULL, 0};
  if (ddf_node(parent->mount->csp->ddf, ddf)->name.len == 0)
    slot->node.instances.bits[parent->n / 64] |= UINT64_C(1) << parent->n % 64;
  return slot;
}

/* Nodes that answer the same whatever they are, 0: none. */
static omadm_status fixed_answer(const omadm_framework *fw, omadm_str first, bool found) {
  const omadm_str user = OMADM_STR("User");
  if (fw->config.no_user && omadm_str_equal_nocase(first, user)) return OMADM_ST_FAILED;
  /* ./Inbox is optional; nothing in it can be read (OMA-TS-DM_StdObj 5.3.4). */
  return !found && omadm_str_is(first, "Inbox") ? OMADM_ST_NOT_ALLOWED : 0;
}

omadm_status resolve_uri(omadm_framework *fw, const omadm_uri *uri, bool any_case, uint32_t *quirks,
                         fw_slot **out) {
  walk w;
  fw_slot *slot = slot_next(fw);
  if (walk_uri(fw, uri, any_case, slot, &w) != 0) return OMADM_ST_FAILED;
  slot->node = (fw_node){.mount = w.mount,
                         .place = w.place,
                         .ddf = w.ddf,
                         .base = w.base,
                         .n = w.n,
                         .text = slot->text.ptr,
                         .ends = slot->ends,
                         .instances = w.instances};
  *out = slot;
  *quirks = w.quirks;
  omadm_status status = w.status;
  omadm_status fixed = uri->n > 0 ? fixed_answer(fw, uri->segment[0], status == OMADM_ST_OK) : 0;
  if (fixed != 0 || status != OMADM_ST_OK) {
    slot->node.ddf = OMADM_DDF_NONE;
    slot->node.mount = NULL;
    slot->node.below_leaf = status == OMADM_ST_NOT_ALLOWED;
    return fixed != 0 ? fixed : status;
  }
  slot->node.path = omadm_buf_str(&slot->key);
  if (w.mount != NULL && w.mount->csp->stored) slot->node.key = slot->node.path;
  if (w.dynamic > 0) status = find(fw, &slot->node, w.n - w.dynamic, &slot->type);
  slot->node.exists = status == OMADM_ST_OK;
  slot->node.held = w.place != NULL && place_has_below(w.place);
  return status;
}

omadm_status resolve_text(omadm_framework *fw, omadm_str text, bool any_case, fw_slot **slot) {
  omadm_uri uri;
  uint32_t quirks = 0;
  omadm_buf scratch;
  omadm_status status = OMADM_ST_FAILED;
  *slot = NULL;
  omadm_buf_init(&scratch, &fw->mem, 0);
  if (omadm_buf_reserve(&scratch, text.len + 1) == 0)
    status = omadm_uri_parse(text, 0, &fw->config.limits, scratch.ptr, NULL, &uri);
  if (status == OMADM_ST_OK) status = resolve_uri(fw, &uri, any_case, &quirks, slot);
  omadm_buf_dispose(&scratch);
  return status;
}

/* What the tree port says of a node. */
static void describe(const fw_node *node, omadm_node *out) {
  const omadm_ddf_node *d = fw_described(node);
  if (d == NULL) {
    bool ancestor = node->exists;
    out->format = ancestor ? OMADM_FORMAT_NODE : OMADM_FORMAT_ABSENT;
    out->access = ancestor ? OMADM_ACCESS_GET : 0;
    out->permanent = 1;
    return;
  }
  out->format = d->format;
  out->type = d->type;
  out->access = d->access;
  out->permanent = d->permanent || node->held;
  if (node->held) out->access &= ~(unsigned)(OMADM_ACCESS_ADD | OMADM_ACCESS_DELETE);
}

omadm_status tree_resolve(void *ctx, const omadm_origin *origin, const omadm_uri *uri,
                          omadm_node *node) {
  omadm_framework *fw = ctx;
  fw_slot *slot = NULL;
  *node = (omadm_node){.acl = fw->root_acl};
  dispatch_release(fw);
  omadm_status status = resolve_uri(fw, uri, origin->windows != 0, &node->quirks, &slot);
  if (slot == NULL) return status;
  node->ref[0] = slot->serial;
  describe(&slot->node, node);
  omadm_str type = slot->type;
  size_t at = slot->text.len;
  if (type.len > 0 && slot->node.exists && omadm_buf_add_str(&slot->text, type) == 0) {
    slot->node.text = slot->text.ptr;
    node->type = (omadm_str){slot->text.ptr + at, type.len};
  }
  return acls_fill(fw, slot, node) == OMADM_OK ? status : OMADM_ST_STORE_FAILED;
}

fw_node *resolve_ref(omadm_framework *fw, const omadm_node *node) {
  fw_slot *slot = &fw->ring[node->ref[0] % FW_RING];
  return node->ref[0] != 0 && slot->serial == node->ref[0] ? &slot->node : NULL;
}
