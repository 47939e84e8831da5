/* SPDX-License-Identifier: MIT */
#include "csp-framework/rename.h"

#include "base/codec.h"
#include "csp-framework/ddf/index.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/naming.h"
#include "csp-framework/node.h"
#include "csp-framework/op.h"
#include "csp-framework/place.h"
#include "csp-framework/request.h"
#include "csp-framework/resolve.h"

/* Only an instance can have one name as well as another: what the DDF names is called so. */
bool rename_is_possible(const fw_node *node) {
  const omadm_ddf_node *d = fw_described(node);
  return d != NULL && d->name.len == 0 && !d->permanent && !node->held &&
         node->ddf != node->mount->node;
}

/* A name that can stand in a URI (OMA-TS-DM_TND 5): 200, 405 or 414. */
static omadm_status check_name(const omadm_framework *fw, const fw_node *node, omadm_str name) {
  bool reserved = omadm_str_is(name, ".") || omadm_str_is(name, "..") || omadm_str_is(name, "*");
  if (name.len == 0 || reserved || !omadm_utf8_is_valid(name)) return OMADM_ST_NOT_ALLOWED;
  for (size_t i = 0; i < name.len; i++) {
    unsigned char c = (unsigned char)name.ptr[i];
    if (c < 0x20 || c == 0x7F || c == '/') return OMADM_ST_NOT_ALLOWED;
  }
  uint64_t characters = omadm_utf8_length(name);
  if (characters > fw->config.limits.uri_segment) return OMADM_ST_URI_TOO_LONG;
  for (size_t i = 0; i + 1 < node->n; i++)
    characters += omadm_utf8_length(fw_segment(node, i)) + 1;
  return characters > fw->config.limits.uri_length ? OMADM_ST_URI_TOO_LONG : OMADM_ST_OK;
}

/* Characters of the longest way to a node below. Of a stored CSP only those that are there in any
 * case: its rows are measured when they move. What instances a plugin has nobody else knows: their
 * names count as the longest that there may be. */
static uint64_t longest_below(const omadm_framework *fw, const fw_node *node) {
  const omadm_ddf *ddf = node->mount->csp->ddf;
  uint64_t longest = 0;
  for (uint32_t i = 0; i < ddf->node_count; i++) {
    uint64_t characters = 0;
    uint32_t at = i;
    for (; at != node->ddf && at != OMADM_DDF_NONE; at = ddf_node(ddf, at)->parent) {
      const omadm_ddf_node *d = ddf_node(ddf, at);
      if (node->mount->csp->stored && (d->name.len == 0 || !d->permanent)) break;
      characters +=
          1 + (d->name.len > 0 ? omadm_utf8_length(d->name) : fw->config.limits.uri_segment);
    }
    if (at == node->ddf && characters > longest) longest = characters;
  }
  return longest;
}

/* With a longer name, are there still URIs for all that is below? 200 or 414. */
static omadm_status check_below(const omadm_framework *fw, const fw_node *node, omadm_str name) {
  uint64_t characters = omadm_utf8_length(name);
  if (characters <= omadm_utf8_length(fw_segment(node, node->n - 1))) return OMADM_ST_OK;
  for (size_t i = 0; i + 1 < node->n; i++)
    characters += omadm_utf8_length(fw_segment(node, i)) + 1;
  characters += longest_below(fw, node);
  return characters > fw->config.limits.uri_length ? OMADM_ST_URI_TOO_LONG : OMADM_ST_OK;
}

/* Is there a sibling of that name? 200: no; 418: yes; 405: the name stands for another node. */
static omadm_status check_place(omadm_framework *fw, const fw_node *node, const fw_slot *slot,
                                omadm_str name) {
  const omadm_ddf *ddf = node->mount->csp->ddf;
  uint32_t parent = request_ddf(node, 1);
  bool nocase = omadm_ddf_ignores_case(ddf, parent);
  omadm_str old = fw_segment(node, node->n - 1);
  uint32_t named = omadm_ddf_child(ddf, parent, name, nocase);
  if (named != OMADM_DDF_NONE)
    return ddf_node(ddf, named)->permanent ? OMADM_ST_EXISTS : OMADM_ST_NOT_ALLOWED;
  if (nocase ? omadm_str_equal_nocase(name, old) : omadm_str_equal(name, old)) return OMADM_ST_OK;
  omadm_status found = resolve_exists(fw, &slot->node, 0);
  if (found == OMADM_ST_OK) return OMADM_ST_EXISTS;
  return found == OMADM_ST_NOT_FOUND ? OMADM_ST_OK : found;
}

/* The place where the node will be; NULL without memory. */
static fw_slot *new_place(omadm_framework *fw, const fw_node *node, omadm_str name) {
  fw_node parent;
  omadm_arena arena;
  omadm_arena_init(&arena, &fw->mem, 0);
  fw_slot *slot = NULL;
  if (node_copy(&arena, node, 1, &parent) == OMADM_OK) {
    parent.instances = node->instances;
    size_t last = node->n - 1;
    parent.instances.bits[last / 64] &= ~(UINT64_C(1) << last % 64);
    slot = resolve_child(fw, NULL, &parent, node->ddf, name);
  }
  omadm_arena_dispose(&arena);
  return slot;
}

/* *slot becomes the place where the node would be. */
static omadm_status check(omadm_framework *fw, const fw_node *n, omadm_str name, fw_slot **slot,
                          omadm_answer *answer) {
  if (!rename_is_possible(n))
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "the description gives the node its name");
  if ((fw_described(n)->access & OMADM_ACCESS_REPLACE) == 0)
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "AccessType lacks Replace");
  omadm_status status = check_name(fw, n, name);
  if (status != OMADM_ST_OK) return fw_answer(fw, answer, status, "the name cannot stand in a URI");
  status = check_below(fw, n, name);
  if (status != OMADM_ST_OK)
    return fw_answer(fw, answer, status, "nodes below it might have URIs that are too long");
  *slot = new_place(fw, n, name);
  if (*slot == NULL) return fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
  status = naming_check(fw, &(*slot)->node, 0, answer);
  if (status != OMADM_ST_OK) return status;
  status = check_place(fw, n, *slot, name);
  return status == OMADM_ST_OK ? status
                               : fw_answer(fw, answer, status, "the name is that of another node");
}

omadm_status rename_check(omadm_framework *fw, const fw_node *node, omadm_str name,
                          omadm_answer *answer) {
  fw_slot *slot = NULL;
  return check(fw, node, name, &slot, answer);
}

omadm_status tree_rename(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         omadm_str name, omadm_answer *answer) {
  omadm_framework *fw = ctx;
  *answer = (omadm_answer){0};
  dispatch_release(fw);
  const fw_node *n = resolve_ref(fw, node);
  if (n == NULL)
    return fw_answer(fw, answer, OMADM_ST_FAILED, "the node was resolved too long ago");
  if (!n->exists) return OMADM_ST_NOT_FOUND;
  fw_slot *slot = NULL;
  omadm_status status = check(fw, n, name, &slot, answer);
  if (status != OMADM_ST_OK) return status;
  fw_op *op = op_new(fw, origin, OMADM_VERB_RENAME, n);
  if (op == NULL) return fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
  op->name = name;
  op->renamed = omadm_arena_new(&op->arena, 1, sizeof *op->renamed);
  if (op->renamed == NULL || node_copy(&op->arena, &slot->node, 0, op->renamed) != OMADM_OK) {
    op_drop(fw, op);
    return fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
  }
  return op_start(fw, op, answer);
}
