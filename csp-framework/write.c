/* SPDX-License-Identifier: MIT */
#include "csp-framework/write.h"

#include "csp-framework/change.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/node.h"
#include "csp-framework/op.h"
#include "csp-framework/request.h"
#include "csp-framework/resolve.h"
#include "csp-framework/value.h"
#include "csp-framework/values.h"

/* One at a time. */
typedef struct fw_write {
  omadm_arena arena; /* of all that was borrowed */
  omadm_verb verb;
  fw_node node;
  omadm_origin origin;
  omadm_quirks quirks;
  omadm_value head;
  fw_spool *value;
  bool refused;
} fw_write;

static void drop(omadm_framework *fw) {
  fw_write *w = fw->write;
  if (w == NULL) return;
  fw->write = NULL;
  values_leave(fw, w->value);
  omadm_arena_dispose(&w->arena);
  omadm_mem_free(&fw->mem, w);
}

void write_dispose(omadm_framework *fw) {
  drop(fw);
}

static bool keep(fw_write *w, const omadm_origin *origin, const omadm_value *head) {
  w->origin = *origin;
  w->head = *head;
  w->head.data = (omadm_str){"", 0};
  w->head.has_data = 1;
  if (origin->quirks != NULL) {
    w->quirks = *origin->quirks;
    w->origin.quirks = &w->quirks;
  }
  omadm_str *spans[] = {&w->origin.server_id, &w->origin.session_id, &w->origin.msg_ref,
                        &w->origin.cmd_ref,   &w->origin.correlator, &w->head.type,
                        &w->head.acl};
  for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
    *spans[i] = omadm_arena_copy(&w->arena, *spans[i]);
    if (spans[i]->ptr == NULL) return false;
  }
  return true;
}

/* Would the verb take such a value? */
static omadm_status ask(omadm_framework *fw, fw_write *w, uint64_t size, omadm_answer *answer) {
  fw_op *op = NULL;
  omadm_value head = w->head;
  head.has_data = 0; /* the value is looked at in the end */
  omadm_status status = change_prepare(fw, &w->origin, &w->node, w->verb, &head, &op, answer);
  if (status != OMADM_ST_OK) return status;
  op_drop(fw, op);
  uint64_t most = value_most(fw, w->node.mount->csp);
  if (size <= most) return OMADM_ST_OK;
  return fw_answer(fw, answer, OMADM_ST_TOO_LARGE, "the value is larger than the node can take");
}

omadm_status tree_write_begin(void *ctx, const omadm_origin *origin, const omadm_node *node,
                              omadm_verb verb, const omadm_value *head, uint64_t size,
                              omadm_answer *answer) {
  omadm_framework *fw = ctx;
  *answer = (omadm_answer){0};
  if (fw->write != NULL)
    return fw_answer(fw, answer, OMADM_ST_UNAVAILABLE, "another large value is on its way");
  const fw_node *n = resolve_ref(fw, node);
  fw_write *w = n != NULL ? omadm_mem_new(&fw->mem, 1, sizeof *w) : NULL;
  if (w == NULL) return fw_answer(fw, answer, OMADM_ST_FAILED, "the node or memory is gone");
  omadm_arena_init(&w->arena, &fw->mem, 0);
  w->verb = verb;
  fw->write = w;
  omadm_status status = OMADM_ST_FAILED;
  if (node_copy(&w->arena, n, 0, &w->node) == 0 && keep(w, origin, head))
    status = ask(fw, w, size, answer);
  if (node->guarded && origin->server_id.len > 0) w->head.acl = (omadm_str){NULL, 0};
  const omadm_ddf_node *d = fw_described(&w->node);
  /* Any octets are passed on with an Exec. */
  if (status == OMADM_ST_OK)
    w->value = values_new(fw, verb == OMADM_VERB_EXEC ? OMADM_FORMAT_BIN : d->format,
                          value_in_memory(fw, w->node.mount->csp));
  if (status == OMADM_ST_OK && w->value == NULL) status = OMADM_ST_FAILED;
  if (status != OMADM_ST_OK) drop(fw);
  return status;
}

omadm_status tree_write_append(void *ctx, omadm_str octets) {
  omadm_framework *fw = ctx;
  fw_write *w = fw->write;
  if (w == NULL || w->refused) return OMADM_ST_FAILED;
  omadm_status status = values_write(fw, w->value, octets);
  const fw_csp *csp = w->node.mount->csp;
  if (status == OMADM_ST_OK && values_size(w->value) > value_most(fw, csp))
    status = OMADM_ST_TOO_LARGE;
  w->refused = status != OMADM_ST_OK;
  return status;
}

/* Is the node there now? A permanent one is where the next dynamic one above is. */
static omadm_status exists(omadm_framework *fw, const fw_node *n) {
  for (size_t up = 0; n->n - up > n->base; up++) {
    uint32_t ddf = request_ddf(n, up);
    if (ddf == OMADM_DDF_NONE) break;
    if (!ddf_node(n->mount->csp->ddf, ddf)->permanent) return resolve_exists(fw, n, up);
  }
  return OMADM_ST_OK;
}

static omadm_status run(omadm_framework *fw, fw_write *w, omadm_answer *answer) {
  fw_op *op = NULL;
  if (w->refused) return OMADM_ST_FAILED;
  omadm_status status = values_close(w->value);
  if (status != OMADM_ST_OK)
    return fw_answer(fw, answer, status, "the value is none of its format");
  omadm_status found = exists(fw, &w->node);
  if (found != OMADM_ST_OK && found != OMADM_ST_NOT_FOUND)
    return fw_answer(fw, answer, found, "the CSP does not say what exists");
  w->node.exists = found == OMADM_ST_OK;
  w->head.data = values_octets(w->value);
  status = change_prepare(fw, &w->origin, &w->node, w->verb, &w->head, &op, answer);
  if (status != OMADM_ST_OK) return status;
  if (w->head.data.ptr == NULL) op->large = values_use(w->value);
  return op_start(fw, op, answer);
}

omadm_status tree_write_end(void *ctx, int commit, omadm_answer *answer) {
  omadm_framework *fw = ctx;
  omadm_answer none = {0};
  omadm_status status = OMADM_ST_OK;
  if (answer == NULL) answer = &none;
  *answer = (omadm_answer){0};
  if (fw->write == NULL) return OMADM_ST_FAILED;
  dispatch_release(fw);
  if (commit) status = run(fw, fw->write, answer);
  drop(fw);
  return status;
}
