/* SPDX-License-Identifier: MIT */
#include "csp-framework/copy.h"

#include "csp-framework/dispatch.h"
#include "csp-framework/enforce.h"
#include "csp-framework/node.h"
#include "csp-framework/resolve.h"
#include "csp-framework/value.h"
#include "csp-framework/values.h"

static const fw_node *leaf(omadm_framework *fw, const omadm_node *node, unsigned right,
                           const char *lacks, omadm_answer *answer, omadm_status *status) {
  const fw_node *n = resolve_ref(fw, node);
  *status = OMADM_ST_OK;
  if (n == NULL)
    *status = fw_answer(fw, answer, OMADM_ST_FAILED, "the node was resolved too long ago");
  else if (!n->exists)
    *status = OMADM_ST_NOT_FOUND;
  else if (fw_is_interior(fw_described(n)))
    *status = fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "an interior node has no value");
  else if ((fw_described(n)->access & right) == 0)
    *status = fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "AccessType lacks %s", lacks);
  return *status == OMADM_ST_OK ? n : NULL;
}

omadm_status tree_copy(void *ctx, const omadm_origin *origin, const omadm_node *source,
                       const omadm_node *target, omadm_answer *answer) {
  omadm_framework *fw = ctx;
  omadm_status status = OMADM_ST_OK;
  *answer = (omadm_answer){0};
  dispatch_release(fw);
  const fw_node *from = leaf(fw, source, OMADM_ACCESS_GET, "Get", answer, &status);
  if (from == NULL) return status;
  const fw_node *to = leaf(fw, target, OMADM_ACCESS_REPLACE, "Replace", answer, &status);
  if (to == NULL) return status;
  if (fw_described(from)->format != fw_described(to)->format)
    return fw_answer(fw, answer, OMADM_ST_FORBIDDEN, "the leaves have different Formats");
  fw_op *op = op_new(fw, origin, OMADM_VERB_REPLACE, to);
  if (op == NULL) return fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
  op->source = omadm_arena_new(&op->arena, 1, sizeof *op->source);
  if (op->source == NULL || node_copy(&op->arena, from, 0, op->source) != OMADM_OK) {
    op_drop(fw, op);
    return fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
  }
  return op_start(fw, op, answer);
}

/* The large value, whole where the target's CSP takes it so. */
static omadm_status take_large(omadm_framework *fw, fw_op *op, fw_spool *value) {
  const fw_csp *csp = op->node.mount->csp;
  const uint64_t size = values_size(value);
  if (size > value_most(fw, csp)) return OMADM_ST_FORBIDDEN;
  if (size > value_in_memory(fw, csp)) {
    op->large = values_use(value);
    return OMADM_ST_OK;
  }
  char *at = omadm_arena_alloc(&op->arena, (size_t)size + 1);
  if (at == NULL) return OMADM_ST_FAILED;
  for (size_t n = 0; n < size;) {
    omadm_str piece;
    omadm_err err = values_read(fw, value, n, (size_t)size - n, &piece);
    if (err != OMADM_OK) return omadm_status_from_err(err);
    memcpy(at + n, piece.ptr, piece.len);
    n += piece.len;
  }
  op->data = (omadm_str){at, (size_t)size};
  return OMADM_ST_OK;
}

static omadm_status take(omadm_framework *fw, fw_op *op) {
  static const omadm_origin anybody = {.server_id = {NULL, 0}};
  const omadm_ddf_node *d = fw_described(op->source);
  fw_call *call = op->call;
  omadm_answer told = {0};
  omadm_status status = OMADM_ST_OK;
  if (!op->source->mount->csp->stored) status = value_answer(fw, call, d, &told);
  if (status == OMADM_ST_OK && call->large != NULL) status = values_close(call->large);
  if (status != OMADM_ST_OK) return status;
  omadm_str type = call->type.len > 0 ? omadm_buf_str(&call->type) : d->type;
  const omadm_value value = {
      .format = d->format,
      .type = omadm_arena_copy(&op->arena, type),
      .data = omadm_arena_copy(&op->arena, omadm_buf_str(&call->value)),
      .has_data = 1,
  };
  if (value.type.ptr == NULL || value.data.ptr == NULL) return OMADM_ST_FAILED;
  status = value_check(fw, &anybody, fw_described(&op->node), false, &value, op, &told);
  if (status != OMADM_ST_OK || call->large == NULL) {
    op->data = omadm_arena_copy(&op->arena, op->data); /* it may stand in a buffer for one moment */
    return status == OMADM_ST_OK && op->data.ptr == NULL ? OMADM_ST_FAILED : status;
  }
  return take_large(fw, op, call->large);
}

omadm_status copy_take(omadm_framework *fw, fw_op *op) {
  omadm_status status = take(fw, op);
  if (status == OMADM_ST_OK) status = enforce_value(fw, op);
  /* Not what the server sent is wrong, but that it should go there. */
  return status == OMADM_ST_BAD_FORMAT || status == OMADM_ST_TOO_LARGE ? OMADM_ST_FORBIDDEN
                                                                       : status;
}
