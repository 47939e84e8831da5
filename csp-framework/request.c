/* SPDX-License-Identifier: MIT */
#include "csp-framework/request.h"

uint32_t request_ddf(const fw_node *node, size_t up) {
  uint32_t ddf = node->ddf;
  for (; up > 0 && ddf != OMADM_DDF_NONE; up--)
    ddf = ddf != node->mount->node ? omadm_ddf_node_at(node->mount->csp->ddf, ddf)->parent
                                   : OMADM_DDF_NONE;
  return ddf;
}

omadm_err request_write_uri(omadm_framework *fw, const fw_node *node, size_t up, omadm_buf *out) {
  size_t n = node->n - up;
  for (size_t i = 0; i < n; i++)
    fw->segments[i] = fw_segment(node, i);
  return omadm_uri_write(fw->segments, n, out);
}

omadm_err request_fill(omadm_framework *fw, const fw_node *node, size_t up, omadm_csp_request *r) {
  const fw_mount *m = node->mount;
  uint32_t way[OMADM_URI_SEGMENTS];
  size_t n = 0;
  *r = (omadm_csp_request){
      .struct_size = sizeof *r, .root = m->root, .node = request_ddf(node, up), .names = fw->names};
  for (uint32_t d = r->node;; d = omadm_ddf_node_at(m->csp->ddf, d)->parent) {
    way[n++] = d;
    if (d == m->node) break;
  }
  for (size_t depth = m->depth - 1; n > 0; depth++) {
    if (omadm_ddf_node_at(m->csp->ddf, way[--n])->name.len == 0)
      fw->names[r->n_names++] = fw_segment(node, depth);
  }
  if (m->csp->stored) return OMADM_OK; /* it goes by node and names alone */
  fw->uri.len = 0;
  omadm_err err = request_write_uri(fw, node, up, &fw->uri);
  r->uri = omadm_buf_str(&fw->uri);
  return err;
}
