/* SPDX-License-Identifier: MIT */
#include "csp-framework/depends.h"

#include "csp-framework/dispatch.h"
#include "csp-framework/enforce.h"
#include "csp-framework/format.h"
#include "csp-framework/place.h"
#include "csp-framework/request.h"
#include "csp-framework/resolve.h"

enum { READS = 32 /* nodes that are looked at for one change */ };

/* The node whose groups are looked at. */
static const omadm_ddf_node *dependent(const fw_op *op) {
  return ddf_node(op->node.mount->csp->ddf, request_ddf(&op->node, op->enforce.up));
}

static const omadm_ddf_group *group_of(const fw_op *op) {
  return &dependent(op)->groups[op->enforce.group];
}

/* Goes down to the next node with groups, `up` levels above the operation's or less. */
static bool go_down(fw_op *op, size_t up) {
  enforce_op *e = &op->enforce;
  for (e->up = up; e->up > 0 && dependent(op)->n_groups == 0;)
    e->up--;
  e->group = 0;
  e->dependency = 0;
  e->missed = (omadm_str){NULL, 0};
  return dependent(op)->n_groups > 0;
}

bool depends_begin(fw_op *op) {
  return go_down(op, op->up);
}

/* "[ProfileName]" or "{AccountUID}": an instance. */
static bool is_placeholder(omadm_str name) {
  if (name.len < 2) return false;
  char first = name.ptr[0], last = name.ptr[name.len - 1];
  return (first == '[' && last == ']') || (first == '{' && last == '}');
}

/* Puts the names of the node's own instances in the place of placeholders, as far as the URI leads
 * the same way. What stays is the name of no instance. */
static void fill_placeholders(const fw_node *node, omadm_uri *uri) {
  size_t skip = place_device_prefix(uri);
  for (size_t i = 0; i < node->n && skip + i < uri->n; i++) {
    omadm_str own = fw_segment(node, i);
    omadm_str *name = &uri->segment[skip + i];
    if (is_placeholder(*name))
      *name = own;
    else if (!omadm_str_equal_nocase(*name, own))
      return;
  }
}

/* Files that describe a node for the device and for the user name one URI for both,
 * "Vendor/MSFT/VPNv2/…": it is meant in the tree of the node. */
static void stay_with_user(const fw_node *node, omadm_uri *uri) {
  const omadm_str user = OMADM_STR("User"), vendor = OMADM_STR("Vendor");
  if (uri->n == 0 || uri->n == OMADM_URI_SEGMENTS || node->n == 0) return;
  if (!omadm_str_equal_nocase(fw_segment(node, 0), user) ||
      !omadm_str_equal_nocase(uri->segment[0], vendor))
    return;
  memmove(&uri->segment[1], &uri->segment[0], uri->n * sizeof uri->segment[0]);
  uri->segment[0] = user;
  uri->n++;
}

static omadm_status find(omadm_framework *fw, const fw_op *op, omadm_str text, fw_slot **slot) {
  omadm_uri uri;
  omadm_buf scratch;
  uint32_t quirks = 0;
  omadm_buf_init(&scratch, &fw->mem, 0);
  omadm_status status = OMADM_ST_FAILED;
  if (omadm_buf_reserve(&scratch, text.len + 1) == 0)
    status = omadm_uri_parse(text, 0, &fw->config.limits, scratch.ptr, NULL, &uri);
  if (status == OMADM_ST_OK) {
    stay_with_user(&op->node, &uri);
    fill_placeholders(&op->node, &uri);
    uri.path = (omadm_str){"", 0}; /* its segments may be others by now: no way is known by it */
    status = resolve_uri(fw, &uri, true, &quirks, slot);
  }
  omadm_buf_dispose(&scratch);
  return status;
}

static omadm_status read(omadm_framework *fw, fw_op *op, const fw_node *node) {
  omadm_csp_request r;
  op->call = dispatch_new(fw, node->mount->csp);
  if (op->call == NULL || request_fill(fw, node, 0, &r) != 0) return OMADM_ST_FAILED;
  op->call->op = op;
  r.server_id = op->server_id;
  r.session_id = op->session_id;
  r.correlator = op->correlator;
  r.transaction = op->txn != NULL ? op->txn->number : 0;
  return dispatch_run(fw, op->call, OMADM_VERB_GET, &r, false);
}

omadm_status depends_ask(omadm_framework *fw, fw_op *op) {
  enforce_op *e = &op->enforce;
  const omadm_ddf_group *group = group_of(op);
  fw_slot *slot = NULL;
  e->asked = NULL;
  op->call = NULL;
  if (e->dependency == group->n_dependencies) return OMADM_ST_OK;
  if (e->reads++ == READS)
    return enforce_refuse(fw, op, OMADM_ST_FAILED, "its DDF names more than %d dependencies",
                          (int)READS);
  omadm_status status = find(fw, op, group->dependencies[e->dependency].uri, &slot);
  const omadm_ddf_node *d = slot != NULL ? fw_described(&slot->node) : NULL;
  if (status == OMADM_ST_OK && d == NULL) return OMADM_ST_OK; /* it only leads to others */
  if (d == NULL) return OMADM_ST_NOT_FOUND;
  e->asked = d;
  if (status != OMADM_ST_OK || fw_is_interior(d)) return status;
  return read(fw, op, &slot->node);
}

/* Is the value one that the dependency names? A value that cannot be read as one of its format is
 * none, and nothing of it is logged: it may be a secret. */
static omadm_status judge(omadm_framework *fw, fw_op *op, uint32_t allowed, omadm_str value) {
  const omadm_ddf *ddf = op->node.mount->csp->ddf;
  const omadm_ddf_node *d = op->enforce.asked;
  uint32_t quirks = 0;
  const char *why = "";
  fw->scratch.len = 0;
  omadm_status status =
      omadm_format_canonical(d->format, value, NULL, &fw->scratch, &value, &quirks, &why);
  return status == OMADM_ST_OK ? omadm_ddf_allows(ddf, allowed, d->format, value, NULL) : status;
}

/* Does the node hold what the dependency names? 200; 404: it does not; else why it is not known. */
static omadm_status hold(omadm_framework *fw, fw_op *op, const omadm_ddf_dependency *dependency,
                         omadm_status found) {
  const omadm_ddf_node *d = op->enforce.asked;
  const bool any = dependency->allowed == OMADM_DDF_NONE;
  omadm_str value = {"", 0};
  omadm_status status = OMADM_ST_OK;
  if (found != OMADM_ST_OK && found != OMADM_ST_NOT_FOUND) return found;
  if (found == OMADM_ST_NOT_FOUND && (d == NULL || !d->has_default)) return OMADM_ST_NOT_FOUND;
  if (any || fw_is_interior(d)) return OMADM_ST_OK;
  if (found == OMADM_ST_NOT_FOUND)
    value = d->default_value;
  else if (op->call->large != NULL)
    status = enforce_text(fw, op, op->call->large, &value);
  else if (op->call->value.len > 0)
    value = omadm_buf_str(&op->call->value);
  if (status == OMADM_ST_OK) status = judge(fw, op, dependency->allowed, value);
  bool other = status == OMADM_ST_BAD_FORMAT || status == OMADM_ST_TOO_LARGE;
  return other ? OMADM_ST_NOT_FOUND : status;
}

/* The group holds: what it says of the node's own values. */
static void take_group(fw_op *op, const omadm_ddf_group *group) {
  if (op->enforce.up > 0 || group->changed == OMADM_DDF_NONE) return;
  op->enforce.rule = group->changed;
  op->enforce.group_id = group->id;
}

bool depends_take(omadm_framework *fw, fw_op *op, omadm_status *status) {
  enforce_op *e = &op->enforce;
  const omadm_ddf_node *d = dependent(op);
  const omadm_ddf_group *group = group_of(op);
  if (e->why.len > 0) return false;
  if (e->dependency < group->n_dependencies) {
    const omadm_ddf_dependency *dependency = &group->dependencies[e->dependency];
    omadm_status held = hold(fw, op, dependency, *status);
    if (held != OMADM_ST_OK && held != OMADM_ST_NOT_FOUND) {
      *status =
          enforce_refuse(fw, op, OMADM_ST_FAILED, "%.*s, on which it depends, cannot be read (%u)",
                         (int)dependency->uri.len, dependency->uri.ptr, held);
      return false;
    }
    bool holds = (held == OMADM_ST_OK) != (dependency->negated != 0);
    e->group += holds ? 0 : 1;
    e->dependency = holds ? e->dependency + 1 : 0;
    if (!holds && e->group == 1) e->missed = dependency->uri;
  }
  if (e->group == d->n_groups) {
    *status = enforce_refuse(fw, op, OMADM_ST_NOT_ALLOWED,
                             "%.*s, on which it depends, does not hold what it needs",
                             (int)e->missed.len, e->missed.ptr);
    return false;
  }
  group = group_of(op);
  *status = OMADM_ST_OK;
  if (e->dependency < group->n_dependencies) return true;
  take_group(op, group);
  return e->up > 0 && go_down(op, e->up - 1);
}
