/* SPDX-License-Identifier: MIT */
#include "csp-framework/change.h"

#include "csp-framework/dispatch.h"
#include "csp-framework/enforce.h"
#include "csp-framework/listing.h"
#include "csp-framework/naming.h"
#include "csp-framework/op.h"
#include "csp-framework/properties.h"
#include "csp-framework/request.h"
#include "csp-framework/resolve.h"
#include "csp-framework/value.h"

/* The order of tests is that of the common recommendation: existence, AccessType and Scope, value,
 * occurrence. */

static const fw_node *begin(omadm_framework *fw, const omadm_node *node, omadm_answer *answer) {
  *answer = (omadm_answer){0};
  dispatch_release(fw);
  const fw_node *n = resolve_ref(fw, node);
  if (n == NULL) fw_answer(fw, answer, OMADM_ST_FAILED, "the node was resolved too long ago");
  return n;
}

static omadm_status start(omadm_framework *fw, fw_op *op, omadm_answer *answer) {
  return op != NULL ? op_start(fw, op, answer)
                    : fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
}

/* 200 where the node exists and its AccessType has the right. */
static omadm_status check_access(omadm_framework *fw, const fw_node *n, unsigned right,
                                 const char *name, omadm_answer *answer) {
  const omadm_ddf_node *d = fw_described(n);
  if (!n->exists) return OMADM_ST_NOT_FOUND;
  if (d == NULL)
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "the node only leads to others");
  if ((d->access & right) == 0)
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "AccessType lacks %s", name);
  return OMADM_ST_OK;
}

omadm_status tree_get(void *ctx, const omadm_origin *origin, const omadm_node *node,
                      omadm_answer *answer) {
  omadm_framework *fw = ctx;
  const fw_node *n = begin(fw, node, answer);
  if (n == NULL) return OMADM_ST_FAILED;
  omadm_status status = check_access(fw, n, OMADM_ACCESS_GET, "Get", answer);
  if (status != OMADM_ST_OK) return status;
  if (fw_is_interior(fw_described(n)))
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "an interior node has no value");
  return start(fw, op_new(fw, origin, OMADM_VERB_GET, n), answer);
}

/* Not the node itself but one above it could not be made: that one is told, with what an Add of it
 * would be answered (OMA-TS-DM_RepPro 6.6.1). */
static omadm_status fail_above(omadm_framework *fw, const fw_node *n, size_t up,
                               omadm_status status, omadm_answer *answer) {
  fw->property_text.len = 0;
  if (up > 0 && request_write_uri(fw, n, up, &fw->property_text) == OMADM_OK)
    answer->at = omadm_buf_str(&fw->property_text);
  return status;
}

/* How far above the node the highest missing interior node stands, 0: none is missing. 405 where
 * one may not be created. */
static omadm_status find_missing(omadm_framework *fw, const fw_node *n, size_t *missing,
                                 omadm_answer *answer) {
  const omadm_ddf *ddf = n->mount->csp->ddf;
  size_t refused = 0;
  *missing = 0;
  for (size_t up = 1; n->n - up > n->base; up++) {
    uint32_t above = request_ddf(n, up);
    if (above == OMADM_DDF_NONE) break;
    const omadm_ddf_node *d = ddf_node(ddf, above);
    if (d->permanent) continue; /* there when the node above it is */
    omadm_status status = resolve_exists(fw, n, up);
    if (status == OMADM_ST_OK) break;
    if (status != OMADM_ST_NOT_FOUND)
      return fw_answer(fw, answer, status, "the CSP does not say what exists");
    if ((d->access & OMADM_ACCESS_ADD) == 0) refused = up;
    status = naming_check(fw, n, up, answer);
    if (status != OMADM_ST_OK) return fail_above(fw, n, up, status, answer);
    *missing = up;
  }
  if (refused == 0) return OMADM_ST_OK;
  omadm_str name = fw_segment(n, n->n - refused - 1);
  fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "%.*s above it is missing and may not be added",
            (int)name.len, name.ptr);
  return fail_above(fw, n, refused, OMADM_ST_NOT_ALLOWED, answer);
}

/* Is there room for one more instance, `up` levels above the node? */
static omadm_status check_room(omadm_framework *fw, const fw_node *n, size_t up,
                               omadm_answer *answer) {
  const omadm_ddf_node *d = ddf_node(n->mount->csp->ddf, request_ddf(n, up));
  uint32_t count = 0;
  if (d->name.len > 0 || d->occurs_max == UINT32_MAX || request_ddf(n, up + 1) == OMADM_DDF_NONE)
    return OMADM_ST_OK;
  omadm_status status = listing_count(fw, n, up + 1, d->occurs_max, &count);
  if (status != OMADM_ST_OK)
    return fw_answer(fw, answer, status, "the CSP does not list what exists");
  if (count < d->occurs_max) return OMADM_ST_OK;
  return fw_answer(fw, answer, OMADM_ST_DEVICE_FULL, "Occurrence allows %u at most", d->occurs_max);
}

/* An Add of a node that is not there, and of what is missing above it, but for the room. */
static omadm_status prepare_node(omadm_framework *fw, const omadm_origin *origin, const fw_node *n,
                                 const omadm_value *value, bool as_add, fw_op **made,
                                 omadm_answer *answer) {
  const omadm_ddf_node *d = fw_described(n);
  size_t missing = 0;
  if (n->below_leaf) return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "the node above is a leaf");
  if (d == NULL) return fw_answer(fw, answer, OMADM_ST_NOT_FOUND, "no DDF describes a node there");
  omadm_status status = find_missing(fw, n, &missing, answer);
  if (status != OMADM_ST_OK) return status;
  if (d->permanent)
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED,
                     "a permanent node comes with the node above it");
  if ((d->access & OMADM_ACCESS_ADD) == 0)
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "AccessType lacks Add");
  status = naming_check(fw, n, 0, answer);
  if (status != OMADM_ST_OK) return status;
  fw_op *op = op_new(fw, origin, OMADM_VERB_ADD, n);
  if (op == NULL) return fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
  op->up = missing;
  op->acl = value->acl;
  status = value_check(fw, origin, d, as_add, value, op, answer);
  *made = op;
  if (status != OMADM_ST_OK) op_drop(fw, op);
  return status;
}

/* *op is to be started. */
static omadm_status prepare_add(omadm_framework *fw, const omadm_origin *origin, const fw_node *n,
                                const omadm_value *value, bool as_add, fw_op **made,
                                omadm_answer *answer) {
  omadm_status status = prepare_node(fw, origin, n, value, as_add, made, answer);
  if (status != OMADM_ST_OK) return status;
  size_t missing = (*made)->up;
  status = check_room(fw, n, missing, answer);
  if (status == OMADM_ST_OK) return status;
  op_drop(fw, *made);
  return fail_above(fw, n, missing, status, answer);
}

/* In the windows dialect Replace creates a dynamic leaf whose AccessType has Add and Replace. */
static bool may_create(const omadm_origin *origin, const fw_node *n) {
  const unsigned both = OMADM_ACCESS_ADD | OMADM_ACCESS_REPLACE;
  const omadm_ddf_node *d = fw_described(n);
  return origin->windows && d != NULL && !d->permanent && !fw_is_interior(d) &&
         (d->access & both) == both;
}

static omadm_status prepare_replace(omadm_framework *fw, const omadm_origin *origin,
                                    const fw_node *n, const omadm_value *value, fw_op **made,
                                    omadm_answer *answer) {
  if (!n->exists && may_create(origin, n))
    return prepare_add(fw, origin, n, value, false, made, answer);
  omadm_status status = check_access(fw, n, OMADM_ACCESS_REPLACE, "Replace", answer);
  if (status != OMADM_ST_OK) return status;
  const omadm_ddf_node *d = fw_described(n);
  if (fw_is_interior(d))
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "an interior node has no value");
  fw_op *op = op_new(fw, origin, OMADM_VERB_REPLACE, n);
  if (op == NULL) return fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
  status = value_check(fw, origin, d, false, value, op, answer);
  *made = op;
  if (status != OMADM_ST_OK) op_drop(fw, op);
  return status;
}

static omadm_status check_remove(omadm_framework *fw, const fw_node *n, omadm_answer *answer) {
  if (n->exists && n->held)
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "another CSP is mounted below the node");
  omadm_status status = check_access(fw, n, OMADM_ACCESS_DELETE, "Delete", answer);
  if (status != OMADM_ST_OK) return status;
  if (fw_described(n)->permanent)
    return fw_answer(fw, answer, OMADM_ST_NOT_ALLOWED, "the node is permanent");
  return OMADM_ST_OK;
}

omadm_status tree_remove(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         omadm_answer *answer) {
  omadm_framework *fw = ctx;
  const fw_node *n = begin(fw, node, answer);
  if (n == NULL) return OMADM_ST_FAILED;
  omadm_status status = check_remove(fw, n, answer);
  return status == OMADM_ST_OK ? start(fw, op_new(fw, origin, OMADM_VERB_DELETE, n), answer)
                               : status;
}

static omadm_status prepare_exec(omadm_framework *fw, const omadm_origin *origin, const fw_node *n,
                                 const omadm_value *value, fw_op **made, omadm_answer *answer) {
  omadm_status status = check_access(fw, n, OMADM_ACCESS_EXEC, "Exec", answer);
  if (status != OMADM_ST_OK) return status;
  if (n->mount->csp->slots->exec == NULL)
    return fw_answer(fw, answer, OMADM_ST_NOT_SUPPORTED, "the CSP of the node executes nothing");
  fw_op *op = op_new(fw, origin, OMADM_VERB_EXEC, n);
  if (op == NULL) return fw_answer(fw, answer, OMADM_ST_FAILED, "out of memory");
  op->format = value->format;
  op->type = value->type;
  op->data = value->data;
  op->has_data = value->has_data;
  *made = op;
  status = value_place(fw, op, answer);
  if (status != OMADM_ST_OK) op_drop(fw, op);
  return status;
}

omadm_status change_prepare(omadm_framework *fw, const omadm_origin *origin, const fw_node *n,
                            omadm_verb verb, const omadm_value *value, fw_op **op,
                            omadm_answer *answer) {
  if (verb == OMADM_VERB_REPLACE) return prepare_replace(fw, origin, n, value, op, answer);
  if (verb == OMADM_VERB_EXEC) return prepare_exec(fw, origin, n, value, op, answer);
  if (verb != OMADM_VERB_ADD) return OMADM_ST_NOT_SUPPORTED;
  if (n->exists) return fw_answer(fw, answer, OMADM_ST_EXISTS, "the node exists");
  return prepare_add(fw, origin, n, value, true, op, answer);
}

static omadm_status change(void *ctx, const omadm_origin *origin, const omadm_node *node,
                           omadm_verb verb, const omadm_value *value, omadm_answer *answer) {
  omadm_framework *fw = ctx;
  fw_op *op = NULL;
  const fw_node *n = begin(fw, node, answer);
  if (n == NULL) return OMADM_ST_FAILED;
  omadm_status status = change_prepare(fw, origin, n, verb, value, &op, answer);
  return status == OMADM_ST_OK ? op_start(fw, op, answer) : status;
}

omadm_status tree_add(void *ctx, const omadm_origin *origin, const omadm_node *node,
                      const omadm_value *value, omadm_answer *answer) {
  omadm_value plain = *value;
  /* Below what the device guards no server gives itself rights, to what it makes neither. */
  if (node->guarded && origin->server_id.len > 0) plain.acl = (omadm_str){NULL, 0};
  return change(ctx, origin, node, OMADM_VERB_ADD, &plain, answer);
}

omadm_status tree_replace(void *ctx, const omadm_origin *origin, const omadm_node *node,
                          const omadm_value *value, omadm_answer *answer) {
  return change(ctx, origin, node, OMADM_VERB_REPLACE, value, answer);
}

omadm_status tree_exec(void *ctx, const omadm_origin *origin, const omadm_node *node,
                       const omadm_value *value, omadm_answer *answer) {
  return change(ctx, origin, node, OMADM_VERB_EXEC, value, answer);
}

/* The change of a node in the state that it will have by then. */
static omadm_status check_change(omadm_framework *fw, const omadm_origin *origin, const fw_node *n,
                                 omadm_verb verb, const omadm_value *value, omadm_answer *answer) {
  omadm_status status = OMADM_ST_OK;
  fw_op *op = NULL;
  fw_node then = *n;
  const omadm_ddf_node *d = fw_described(n);
  if (verb == OMADM_VERB_DELETE) status = check_remove(fw, n, answer);
  then.exists = verb != OMADM_VERB_ADD && (n->exists || (d != NULL && d->permanent));
  if (verb == OMADM_VERB_ADD) status = prepare_node(fw, origin, &then, value, true, &op, answer);
  if (verb == OMADM_VERB_REPLACE)
    status = change_prepare(fw, origin, &then, verb, value, &op, answer);
  if (status != OMADM_ST_OK) return status;
  if (op != NULL) status = enforce_check(fw, op, answer);
  if (op != NULL) op_drop(fw, op);
  if (status != OMADM_ST_OK) return status;
  const fw_csp *csp = n->mount->csp;
  const char *missing = dispatch_missing(csp, verb, &status);
  return missing != NULL
             ? fw_answer(fw, answer, status, "the CSP %s has no slot %s", csp->name, missing)
             : OMADM_ST_OK;
}

omadm_status tree_check(void *ctx, const omadm_origin *origin, const omadm_node *node,
                        omadm_verb verb, omadm_str property, const omadm_value *value,
                        omadm_answer *answer) {
  omadm_framework *fw = ctx;
  const fw_node *n = begin(fw, node, answer);
  if (n == NULL) return OMADM_ST_FAILED;
  if (property.len > 0) return properties_check(fw, origin, node, property, value->data, answer);
  return check_change(fw, origin, n, verb, value, answer);
}

/* Can this change be taken back? The store and what stages can; of the rest only what is read back
 * and put back. */
static bool can_undo(const fw_csp *csp, const omadm_ddf_node *d, omadm_verb verb) {
  bool readable =
      !fw_is_interior(d) && (d->access & OMADM_ACCESS_GET) != 0 && csp->slots->get != NULL;
  switch (verb) {
  case OMADM_VERB_ADD: return csp->slots->remove != NULL;
  case OMADM_VERB_COPY:
  case OMADM_VERB_REPLACE: return readable && csp->slots->replace != NULL;
  case OMADM_VERB_DELETE: return readable && csp->slots->add != NULL;
  default: return false;
  }
}

/* What a server asked for, as a sentence names it. */
static const char *change_name(omadm_verb verb) {
  switch (verb) {
  case OMADM_VERB_ADD: return "an Add";
  case OMADM_VERB_REPLACE: return "a Replace";
  case OMADM_VERB_DELETE: return "a Delete";
  default: return "an Exec";
  }
}

omadm_status tree_enlist(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         omadm_verb verb, omadm_answer *answer) {
  omadm_framework *fw = ctx;
  (void)origin;
  const fw_node *n = resolve_ref(fw, node);
  const omadm_ddf_node *d = n != NULL ? fw_described(n) : NULL;
  if (d == NULL) return OMADM_ST_OK; /* it fails by itself, and changes nothing */
  const fw_csp *csp = n->mount->csp;
  *answer = (omadm_answer){0};
  if (csp->broken || csp->busy > 0)
    return fw_answer(fw, answer, OMADM_ST_UNAVAILABLE, "the CSP %s takes no changes now",
                     csp->name);
  if (verb == OMADM_VERB_EXEC && csp->slots->exec == NULL)
    return fw_answer(fw, answer, OMADM_ST_NOT_SUPPORTED, "the CSP %s has no slot exec", csp->name);
  if (csp->stored || csp->staging || can_undo(csp, d, verb)) return OMADM_ST_OK;
  return fw_answer(fw, answer, OMADM_ST_NOT_SUPPORTED,
                   "%s: %s cannot be undone%s, and the CSP does not stage", csp->name,
                   change_name(verb), verb == OMADM_VERB_EXEC ? "" : " here");
}
