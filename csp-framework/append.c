/* SPDX-License-Identifier: MIT */
#include "csp-framework/append.h"

#include "csp-framework/dispatch.h"
#include "csp-framework/enforce.h"
#include "csp-framework/value.h"
#include "csp-framework/values.h"

bool append_is_meant(const omadm_ddf *ddf, uint32_t rule) {
  const omadm_ddf_allowed *allowed = omadm_ddf_allowed_at(ddf, rule);
  return allowed != NULL && allowed->is_list && allowed->delimiter.len > 0;
}

static omadm_status text_of(omadm_framework *fw, fw_op *op, fw_spool *large, omadm_str small,
                            omadm_str *text) {
  *text = small;
  return large != NULL ? enforce_text(fw, op, large, text) : OMADM_ST_OK;
}

/* `present`, the delimiter and `given`, one behind the other. */
static omadm_status join(fw_op *op, omadm_str present, omadm_str given) {
  const omadm_ddf *ddf = op->node.mount->csp->ddf;
  const uint32_t rule = fw_described(&op->node)->allowed;
  omadm_str delimiter = omadm_ddf_allowed_at(ddf, rule)->delimiter;
  if (present.len == 0 || given.len == 0) delimiter.len = 0;
  if (present.len > SIZE_MAX / 4 || given.len > SIZE_MAX / 4) return OMADM_ST_TOO_LARGE;
  const size_t len = present.len + delimiter.len + given.len;
  char *at = omadm_arena_alloc(&op->arena, len + 1);
  if (at == NULL) return OMADM_ST_FAILED;
  const omadm_str parts[] = {present, delimiter, given};
  op->data = (omadm_str){at, len};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (parts[i].len > 0) memcpy(at, parts[i].ptr, parts[i].len);
    at += parts[i].len;
  }
  return OMADM_ST_OK;
}

omadm_status append_take(omadm_framework *fw, fw_op *op, omadm_status status) {
  const fw_call *call = op->call;
  omadm_str present = {"", 0}, given = op->data;
  omadm_answer none = {0};
  if (!omadm_status_is_success(status) && status != OMADM_ST_NOT_FOUND)
    return enforce_refuse(fw, op, status, "the list to which it appends cannot be read");
  if (status != OMADM_ST_NOT_FOUND)
    status = text_of(fw, op, call->large, omadm_buf_str(&call->value), &present);
  else
    status = OMADM_ST_OK;
  if (status == OMADM_ST_OK) status = text_of(fw, op, op->large, op->data, &given);
  if (status == OMADM_ST_OK) status = join(op, present, given);
  values_leave(fw, op->large);
  op->large = NULL;
  if (status == OMADM_ST_OK) status = value_place(fw, op, &none);
  if (status != OMADM_ST_OK)
    return enforce_refuse(fw, op, status, "the list is too long to be appended to");
  return OMADM_ST_OK;
}
