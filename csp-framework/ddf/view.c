/* SPDX-License-Identifier: MIT */
/* The read-only view of <omadm/ddf.h>. */
#include "csp-framework/allowed/allowed.h"
#include "csp-framework/ddf/model.h"

const char *omadm_ddf_name(const omadm_ddf *ddf) {
  return ddf->name;
}

size_t omadm_ddf_root_count(const omadm_ddf *ddf) {
  return ddf->root_count;
}

const omadm_ddf_root *omadm_ddf_root_at(const omadm_ddf *ddf, size_t i) {
  return i < ddf->root_count ? &ddf->roots[i] : NULL;
}

size_t omadm_ddf_node_count(const omadm_ddf *ddf) {
  return ddf->node_count;
}

const omadm_ddf_node *omadm_ddf_node_at(const omadm_ddf *ddf, uint32_t node) {
  return node < ddf->node_count ? &ddf->nodes[node] : NULL;
}

void omadm_ddf_free(omadm_ddf *ddf) {
  if (ddf == NULL) return;
  allowed_free(ddf);
  omadm_arena_dispose(&ddf->arena);
  omadm_mem_free(&omadm_mem_default, ddf);
}

const omadm_ddf_allowed *omadm_ddf_allowed_at(const omadm_ddf *ddf, uint32_t allowed) {
  return allowed < ddf->allowed_count ? &ddf->allowed[allowed] : NULL;
}

size_t omadm_ddf_allowed_count(const omadm_ddf *ddf) {
  return ddf->allowed_count;
}

omadm_str omadm_ddf_diagnostics(const omadm_ddf *ddf) {
  return ddf->diagnostics;
}
