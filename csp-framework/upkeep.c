/* SPDX-License-Identifier: MIT */
#include "csp-framework/upkeep.h"

#include "csp-framework/acls.h"
#include "csp-framework/device.h"
#include "csp-framework/handback.h"
#include "csp-framework/meta.h"
#include "csp-framework/owners.h"
#include "csp-framework/property.h"
#include "csp-framework/request.h"
#include "csp-framework/stamps.h"

omadm_err upkeep_account(omadm_framework *fw, const fw_node *node, omadm_buf *server_id) {
  omadm_buf uri;
  if (node->n != 3 || !omadm_str_is(fw_segment(node, 0), "SyncML") ||
      !omadm_str_is(fw_segment(node, 1), "DMAcc"))
    return OMADM_OK;
  omadm_buf_init(&uri, &fw->mem, 0);
  omadm_err err = request_write_uri(fw, node, 0, &uri);
  if (err == OMADM_OK) err = omadm_buf_add_text(&uri, "/ServerID");
  if (err == OMADM_OK) err = omadm_framework_peek(fw, omadm_buf_str(&uri), server_id);
  omadm_buf_dispose(&uri);
  return err == OMADM_E_NOT_FOUND ? OMADM_OK : err;
}

omadm_err upkeep_removing(omadm_framework *fw, fw_op *op) {
  omadm_buf id;
  omadm_buf_init(&id, &fw->mem, 0);
  omadm_err err = upkeep_account(fw, &op->node, &id);
  if (err == OMADM_OK && id.len > 0) {
    op->gone_server = omadm_arena_copy(&op->arena, omadm_buf_str(&id));
    if (op->gone_server.ptr == NULL) err = OMADM_E_NOMEM;
  }
  omadm_buf_dispose(&id);
  return err;
}

omadm_err upkeep_removed(omadm_framework *fw, const fw_node *node, omadm_str server_id) {
  omadm_err err = property_remove(fw, node, 0);
  if (err == OMADM_OK) err = stamps_bump(fw, node, 1);
  if (err != OMADM_OK || server_id.len == 0 || !device_account_gone(fw, server_id)) return err;
  err = omadm_buf_add_str(&fw->gone, server_id);
  if (err == OMADM_OK) err = omadm_buf_add(&fw->gone, "", 1);
  if (err == OMADM_OK) err = meta_forget_server(fw, server_id);
  if (err == OMADM_OK) err = handback_note(fw, server_id);
  return err == OMADM_OK ? acls_forget_server(fw, server_id) : err;
}

void upkeep_tell(omadm_framework *fw) {
  if (fw->gone.len == 0 || fw->txn != NULL || op_change(fw) != NULL) return;
  /* A CSP that is told may settle itself. */
  omadm_buf gone = fw->gone;
  omadm_buf_init(&fw->gone, &fw->mem, 0);
  handback_run(fw);
  for (size_t at = 0; at < gone.len; at += strlen(gone.ptr + at) + 1) {
    omadm_str id = omadm_str_of(gone.ptr + at);
    if (device_account_gone(fw, id)) omadm_framework_event(fw, OMADM_CSP_ACCOUNT_REMOVED, id);
  }
  omadm_buf_dispose(&gone);
}

/* Permanent nodes come with the node above them, and are none that this Add made. */
static bool is_made(const fw_node *node, size_t up) {
  return !ddf_node(node->mount->csp->ddf, request_ddf(node, up))->permanent;
}

/* The nodes that an Add made, from the highest down. */
static omadm_err added(omadm_framework *fw, const fw_op *op) {
  const fw_node *node = &op->node;
  const bool stored = node->mount->csp->stored;
  omadm_err err = OMADM_OK;
  /* A plugin's nodes may have gone without a word. */
  if (!stored) err = property_remove(fw, node, op->made);
  for (size_t up = op->made + 1; err == OMADM_OK && up-- > 0;) {
    bool interior = up > 0 || fw_is_interior(fw_described(node));
    if (!is_made(node, up)) continue;
    if (!stored) err = stamps_begin(fw, node, up);
    if (err == OMADM_OK && interior && op->acl.len > 0) err = acls_set(fw, node, up, op->acl, 0);
  }
  return err == OMADM_OK ? stamps_bump(fw, node, op->made + 1) : err;
}

static omadm_err renamed(omadm_framework *fw, const fw_op *op) {
  omadm_err err = property_move(fw, &op->node, op->renamed);
  if (err == OMADM_OK) err = stamps_bump(fw, op->renamed, 0);
  return err == OMADM_OK ? stamps_bump(fw, &op->node, 1) : err;
}

omadm_err upkeep_after(omadm_framework *fw, const fw_op *op) {
  omadm_err err = OMADM_OK;
  switch (op->verb) {
  case OMADM_VERB_ADD: err = added(fw, op); break;
  case OMADM_VERB_DELETE: err = upkeep_removed(fw, &op->node, op->gone_server); break;
  case OMADM_VERB_RENAME: err = renamed(fw, op); break;
  case OMADM_VERB_REPLACE: err = stamps_bump(fw, &op->node, 0); break;
  default: break;
  }
  return err == OMADM_OK ? owners_after(fw, op) : err;
}
