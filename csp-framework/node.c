/* SPDX-License-Identifier: MIT */
#include "csp-framework/node.h"

#include "csp-framework/request.h"

omadm_err node_copy(omadm_arena *arena, const fw_node *node, size_t up, fw_node *copy) {
  *copy = *node;
  copy->n = node->n - up;
  copy->ddf = request_ddf(node, up);
  copy->key = copy->path = (omadm_str){NULL, 0};
  if (copy->n == 0) return OMADM_OK;
  uint32_t *ends = omadm_arena_new(arena, copy->n, sizeof *ends);
  omadm_str text = omadm_arena_copy(arena, (omadm_str){node->text, node->ends[copy->n - 1]});
  if (ends == NULL || text.ptr == NULL) return OMADM_E_NOMEM;
  memcpy(ends, node->ends, copy->n * sizeof *ends);
  copy->text = text.ptr;
  copy->ends = ends;
  return OMADM_OK;
}
