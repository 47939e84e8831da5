/* SPDX-License-Identifier: MIT */
#include "csp-framework/request.h"

uint32_t request_ddf(const fw_node *node, size_t up) {
  uint32_t ddf = node->ddf;
  for (; up > 0 && ddf != OMADM_DDF_NONE; up--)
    ddf = ddf != node->mount->node ? ddf_node(node->mount->csp->ddf, ddf)->parent : OMADM_DDF_NONE;
  return ddf;
}

omadm_err request_write_uri(omadm_framework *fw, const fw_node *node, size_t up, omadm_buf *out) {
  size_t n = node->n - up;
  for (size_t i = 0; i < n; i++)
    fw->segments[i] = fw_segment(node, i);
  return omadm_uri_write(fw->segments, n, out);
}

/* The names that stand for unnamed nodes among the first `end` segments. */
static uint32_t fill_names(const fw_node *node, size_t end, omadm_str *names) {
  uint32_t n = 0;
  for (size_t word = 0; word * 64 < end; word++) {
    for (uint64_t bits = node->instances.bits[word]; bits != 0; bits &= bits - 1) {
      size_t i = word * 64 + (size_t)__builtin_ctzll(bits);
      if (i < end) names[n++] = fw_segment(node, i);
    }
  }
  return n;
}

omadm_err request_fill(omadm_framework *fw, const fw_node *node, size_t up, omadm_csp_request *r) {
  const fw_mount *m = node->mount;
  *r = (omadm_csp_request){.struct_size = sizeof *r,
                           .root = m->root,
                           .node = request_ddf(node, up),
                           .n_names = fill_names(node, node->n - up, fw->names),
                           .names = fw->names};
  fw->asked_key = up == 0 ? node->key : (omadm_str){NULL, 0};
  if (m->csp->stored) return OMADM_OK; /* it goes by node and names, or by the key, alone */
  fw->uri.len = 0;
  omadm_err err = request_write_uri(fw, node, up, &fw->uri);
  r->uri = omadm_buf_str(&fw->uri);
  return err;
}
