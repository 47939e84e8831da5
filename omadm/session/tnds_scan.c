/* SPDX-License-Identifier: MIT */
/*
 * Replace with TNDS: "delete all sub-nodes, replace the first node, Add all others"
 * (OMA-TS-DM_RepPro 6.6.11). What is in the document and in the tree alike stays and gets its
 * value, which ends the same and asks for no more rights than it needs. Permanent nodes stay in any
 * case.
 */
#include "omadm/session/tnds.h"

#include "omadm/tree/tnds_own.h"

/* The node of the document that this node of the tree is; 0: none. */
static uint32_t counterpart(const tnds_task *t) {
  const subtree_place *at = t->tree.at;
  uint32_t above = at->above->mark, found = 0;
  if (above == OMADM_TNDS_NONE) return 0;
  found = tnds_child(t->doc, above, at->name);
  /* The Target may be described by its name, and others beside it by their Path. */
  if (found == 0 && at->depth == 1 && t->top != 0) found = tnds_child(t->doc, 0, at->name);
  return found != t->top ? found : 0;
}

static bool may_stay(const omadm_node *node, const omadm_tnds_node *to) {
  if (!to->described) return node->format == OMADM_FORMAT_NODE;
  bool interior = node->format == OMADM_FORMAT_NODE;
  if (interior != (to->format == OMADM_FORMAT_NODE)) return false;
  if (node->permanent) return true;
  if (interior) return to->type.len == 0 || omadm_str_equal(to->type, node->type);
  return !to->has_value || (node->access & OMADM_ACCESS_REPLACE) != 0;
}

static omadm_status remove_later(omadm_session *s, tnds_task *t) {
  tnds_removal *r = omadm_arena_new(&t->arena, 1, sizeof *r);
  if (r == NULL) return session_no_memory(s);
  r->uri = omadm_arena_copy(&t->arena, omadm_buf_str(&t->tree.text));
  if (r->uri.ptr == NULL) return session_no_memory(s);
  *t->last_removal = r;
  t->last_removal = &r->next;
  t->enlists = true;
  return OMADM_ST_OK;
}

static omadm_status compare(omadm_session *s, tnds_task *t) {
  subtree_place *at = t->tree.at;
  if (at->above == NULL) {
    at->mark = t->top;
    t->stays[t->top] = true;
    subtree_descend(&t->tree);
    return OMADM_ST_OK;
  }
  uint32_t i = counterpart(t);
  bool stays = i != 0 ? may_stay(&t->tree.node, &t->doc->nodes[i]) : t->tree.node.permanent != 0;
  if (!stays && i != 0) t->goes[i] = true;
  if (!stays) return remove_later(s, t);
  if (i != 0) t->stays[i] = true;
  at->mark = i != 0 ? i : OMADM_TNDS_NONE;
  subtree_descend(&t->tree);
  return OMADM_ST_OK;
}

omadm_status tnds_scan(omadm_session *s, tnds_task *t) {
  omadm_status status = OMADM_ST_OK;
  while (status == OMADM_ST_OK) {
    status = subtree_next(s, &t->tree);
    if (status == OMADM_ST_OK) status = compare(s, t);
  }
  return status == OMADM_ST_END ? OMADM_ST_OK : status;
}
