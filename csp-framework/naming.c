/* SPDX-License-Identifier: MIT */
#include "csp-framework/naming.h"

#include "csp-framework/request.h"

omadm_status naming_check(omadm_framework *fw, const fw_node *node, size_t up,
                          omadm_answer *answer) {
  const omadm_ddf *ddf = node->mount->csp->ddf;
  const uint32_t at = request_ddf(node, up);
  const omadm_ddf_node *d = ddf_node(ddf, at);
  omadm_error why = {0};
  if (d == NULL || d->name.len > 0) return OMADM_ST_OK;
  if (d->naming != OMADM_NAMING_PATTERN && d->allowed == OMADM_DDF_NONE) return OMADM_ST_OK;
  const omadm_str name = fw_segment(node, node->n - up - 1);
  omadm_status status = omadm_ddf_allows_name(ddf, at, name, &why);
  if (status == OMADM_ST_OK) return status;
  if (status == OMADM_ST_BAD_FORMAT || status == OMADM_ST_TOO_LARGE) status = OMADM_ST_NOT_ALLOWED;
  fw_log(fw, OMADM_LOG_WARN, "%s, line %u of its DDF: the name %.*s is refused: %s",
         node->mount->csp->name, d->line, (int)(name.len < 80 ? name.len : 80), name.ptr, why.text);
  return fw_answer(fw, answer, status, "%s", why.text);
}
