/* SPDX-License-Identifier: MIT */
#include "csp-framework/device.h"

#include <omadm/acl.h>

#include "csp-framework/acls.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/format.h"
#include "csp-framework/host.h"
#include "csp-framework/listing.h"
#include "csp-framework/meta.h"
#include "csp-framework/request.h"
#include "csp-framework/resolve.h"
#include "csp-framework/stamps.h"
#include "csp-framework/stored.h"
#include "csp-framework/upkeep.h"
#include "csp-framework/values.h"

/* Where a URI leads. NULL where it is no URI or memory is short; *status is that of resolve_text.
 */
static const fw_node *look_up(omadm_framework *fw, omadm_str text, omadm_status *status) {
  fw_slot *slot = NULL;
  *status = resolve_text(fw, text, false, &slot);
  return slot != NULL ? &slot->node : NULL;
}

/* Asks for a value or a list at once. The call is to be freed; NULL where it failed. */
static fw_call *ask(omadm_framework *fw, const fw_node *node, omadm_verb verb) {
  omadm_csp_request r;
  fw_call *call = dispatch_new(fw, node->mount->csp);
  if (call == NULL) return NULL;
  omadm_status status = OMADM_ST_FAILED;
  if (request_fill(fw, node, 0, &r) == 0) status = dispatch_run(fw, call, verb, &r, true);
  if (status == OMADM_ST_PENDING) status = dispatch_wait(fw, call, fw->config.limits.command_time);
  if (status == OMADM_ST_PENDING) return NULL; /* it is freed when it ends */
  if (omadm_status_is_success(status)) return call;
  dispatch_free(fw, call);
  return NULL;
}

/* All of a large value. */
static omadm_err add_large(omadm_framework *fw, fw_spool *value, omadm_buf *out) {
  omadm_err err = OMADM_OK;
  for (uint64_t at = 0; err == 0 && at < values_size(value);) {
    omadm_str piece;
    err = values_read(fw, value, at, SIZE_MAX, &piece);
    if (err == 0) err = omadm_buf_add_str(out, piece);
    if (err == 0) at += piece.len;
  }
  return err;
}

omadm_err omadm_framework_peek(omadm_framework *fw, omadm_str uri, omadm_buf *out) {
  omadm_status status = OMADM_ST_OK;
  fw_use(fw);
  const fw_node *node = look_up(fw, uri, &status);
  if (status != OMADM_ST_OK || node == NULL || fw_is_interior(fw_described(node)))
    return OMADM_E_NOT_FOUND;
  fw_call *call = ask(fw, node, OMADM_VERB_GET);
  if (call == NULL) return OMADM_E_NOT_FOUND;
  omadm_err err = call->large == NULL ? omadm_buf_add_str(out, omadm_buf_str(&call->value))
                                      : add_large(fw, call->large, out);
  dispatch_free(fw, call);
  return err;
}

static omadm_err put(omadm_framework *fw, const fw_node *node, size_t up, omadm_format format,
                     omadm_str type, omadm_str value) {
  omadm_csp_request r;
  const fw_csp *csp = node->mount->csp;
  if (request_fill(fw, node, up, &r) != 0) return OMADM_E_NOMEM;
  r.format = format;
  r.type = type;
  r.value = value;
  host_slot put_slot = up == 0 && node->exists ? stored_slots.replace : stored_slots.add;
  return put_slot(csp->self, &r) == OMADM_ST_OK ? OMADM_OK : OMADM_E_STORE;
}

/* What is missing above the node, from the nearest up: the order does not matter in one batch.
 * *top is how far above the node the highest of them stands. */
static omadm_err put_above(omadm_framework *fw, const fw_node *node, size_t *top) {
  omadm_err err = 0;
  for (size_t up = 1; err == 0 && node->n - up > node->base; up++) {
    uint32_t above = request_ddf(node, up);
    if (above == OMADM_DDF_NONE) break;
    const omadm_ddf_node *d = omadm_ddf_node_at(node->mount->csp->ddf, above);
    if (d->permanent) continue;
    if (resolve_exists(fw, node, up) == OMADM_ST_OK) break;
    err = put(fw, node, up, OMADM_FORMAT_NODE, d->type, (omadm_str){"", 0});
    *top = up;
  }
  return err;
}

static omadm_err put_value(omadm_framework *fw, omadm_str uri, const fw_node *node,
                           omadm_format format, omadm_str type, omadm_str value,
                           omadm_error *error) {
  const omadm_ddf_node *d = fw_described(node);
  const char *why = "";
  uint32_t quirks = 0;
  if (format != OMADM_FORMAT_ABSENT && format != d->format) {
    return omadm_error_set(error, OMADM_E_ARGUMENT, "%.*s is %s, not %s", (int)uri.len, uri.ptr,
                           omadm_format_text(d->format), omadm_format_text(format));
  }
  fw->scratch.len = 0;
  omadm_status status =
      omadm_format_canonical(d->format, value, NULL, &fw->scratch, &value, &quirks, &why);
  if (status != OMADM_ST_OK) {
    return omadm_error_set(error, OMADM_E_SYNTAX, "the value for %.*s %s", (int)uri.len, uri.ptr,
                           why);
  }
  size_t top = 0;
  const bool is_new = !node->exists;
  omadm_err err = put_above(fw, node, &top);
  if (err == 0 && is_new) err = stamps_bump(fw, node, top + 1);
  bool needs_row = d->format != OMADM_FORMAT_NODE || !d->permanent;
  if (err == 0 && needs_row)
    err = put(fw, node, 0, d->format, type.len > 0 ? type : d->type, value);
  return err;
}

static omadm_err take_away(omadm_framework *fw, const fw_node *node) {
  omadm_buf server;
  omadm_buf_init(&server, &fw->mem, 0);
  omadm_err err = upkeep_account(fw, node, &server);
  if (err == 0) err = stored_key(node, 0, &fw->key);
  if (err == 0) err = stored_remove(fw, &fw->key);
  if (err == 0 && node->exists) err = upkeep_removed(fw, node, omadm_buf_str(&server));
  omadm_buf_dispose(&server);
  return err;
}

omadm_err omadm_framework_poke(omadm_framework *fw, omadm_str uri, omadm_format format,
                               omadm_str type, omadm_str value, omadm_error *error) {
  omadm_status status = OMADM_ST_OK;
  fw_use(fw);
  const fw_node *node = look_up(fw, uri, &status);
  if (node == NULL || fw_described(node) == NULL) {
    return omadm_error_set(error, OMADM_E_NOT_FOUND, "no DDF describes a node at %.*s",
                           (int)uri.len, uri.ptr);
  }
  if (!node->mount->csp->stored) {
    return omadm_error_set(error, OMADM_E_UNSUPPORTED,
                           "%.*s is served by the code of %s, not from the store", (int)uri.len,
                           uri.ptr, node->mount->csp->name);
  }
  omadm_err err = value.ptr != NULL ? put_value(fw, uri, node, format, type, value, error)
                                    : take_away(fw, node);
  listing_forget(fw);
  if (err != 0)
    omadm_error_set(error, err, "%.*s could not be set: %s", (int)uri.len, uri.ptr,
                    omadm_err_text(err));
  return err;
}

omadm_err omadm_framework_poke_passing(omadm_framework *fw, omadm_str uri, omadm_str value,
                                       omadm_error *error) {
  fw->passing = true;
  omadm_err err = omadm_framework_poke(fw, uri, OMADM_FORMAT_ABSENT, (omadm_str){0}, value, error);
  fw->passing = false;
  return err;
}

void omadm_framework_erase(omadm_framework *fw) {
  fw_use(fw);
  overlay_erase(&fw->overlay);
}

omadm_err omadm_framework_poke_acl(omadm_framework *fw, omadm_str uri, omadm_str acl,
                                   omadm_error *error) {
  omadm_status status = OMADM_ST_OK;
  fw_use(fw);
  if (omadm_acl_check(acl) != OMADM_OK)
    return omadm_error_set(error, OMADM_E_SYNTAX, "the ACL for %.*s is none", (int)uri.len,
                           uri.ptr);
  if (acl.len > ACL_OCTETS)
    return omadm_error_set(error, OMADM_E_LIMIT, "the ACL for %.*s is longer than %d octets",
                           (int)uri.len, uri.ptr, (int)ACL_OCTETS);
  const fw_node *node = look_up(fw, uri, &status);
  if (node == NULL || status != OMADM_ST_OK)
    return omadm_error_set(error, OMADM_E_NOT_FOUND, "there is no node %.*s", (int)uri.len,
                           uri.ptr);
  omadm_err err = acls_set(fw, node, 0, acl, acl.len > 0 ? ACL_GUARDED : 0);
  if (err != OMADM_OK)
    omadm_error_set(error, err, "the ACL of %.*s could not be set: %s", (int)uri.len, uri.ptr,
                    omadm_err_text(err));
  return err;
}

omadm_err omadm_framework_forget_server(omadm_framework *fw, omadm_str server_id) {
  fw_use(fw);
  omadm_err err = meta_forget_server(fw, server_id);
  return err == OMADM_OK ? acls_forget_server(fw, server_id) : err;
}

omadm_err device_each_account(omadm_framework *fw, void (*each)(void *ctx, omadm_str server_id),
                              void *ctx) {
  const omadm_str accounts = OMADM_STR("./SyncML/DMAcc");
  omadm_status status = OMADM_ST_OK;
  omadm_buf uri, id;
  omadm_str name;
  const fw_node *node = look_up(fw, accounts, &status);
  fw_call *call =
      status == OMADM_ST_OK && fw_described(node) != NULL ? ask(fw, node, OMADM_VERB_LIST) : NULL;
  omadm_err all = OMADM_OK;
  if (call == NULL) return OMADM_E_NOT_FOUND;
  omadm_buf_init(&uri, &fw->mem, 0);
  omadm_buf_init(&id, &fw->mem, 0);
  listing_names names = {omadm_buf_str(&call->value)};
  while (listing_next(&names, &name)) {
    uri.len = id.len = 0;
    omadm_err err = omadm_buf_add_str(&uri, accounts);
    if (err == 0) err = omadm_buf_add_text(&uri, "/");
    if (err == 0) err = omadm_uri_write_name(name, &uri);
    if (err == 0) err = omadm_buf_add_text(&uri, "/ServerID");
    if (err == 0) err = omadm_framework_peek(fw, omadm_buf_str(&uri), &id);
    if (err == 0 && id.len > 0)
      each(ctx, omadm_buf_str(&id));
    else
      all = OMADM_E_NOT_FOUND;
  }
  omadm_buf_dispose(&uri);
  omadm_buf_dispose(&id);
  dispatch_free(fw, call);
  return all;
}

typedef struct search {
  omadm_str server_id;
  bool found;
} search;

static void compare(void *ctx, omadm_str server_id) {
  search *s = ctx;
  if (omadm_str_equal(server_id, s->server_id)) s->found = true;
}

omadm_err device_find_account(omadm_framework *fw, omadm_str server_id, bool *found) {
  search s = {.server_id = server_id};
  omadm_err err = device_each_account(fw, compare, &s);
  *found = s.found;
  return s.found ? OMADM_OK : err;
}

bool device_account_gone(omadm_framework *fw, omadm_str server_id) {
  bool found = false;
  return server_id.len > 0 && device_find_account(fw, server_id, &found) == OMADM_OK && !found;
}
