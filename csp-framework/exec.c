/* SPDX-License-Identifier: MIT */
#include "csp-framework/exec.h"

#include <stdio.h>

#include "csp-framework/device.h"
#include "csp-framework/fields.h"
#include "csp-framework/host.h"
#include "csp-framework/meta.h"
#include "csp-framework/outbox.h"
#include "csp-framework/request.h"
#include "csp-framework/resolve.h"
#include "csp-framework/slow.h"
#include "csp-framework/txn.h"

/* The type of the alert that ends an Exec whose CSP named none. */
#define ENDED_TYPE "urn:omadm:alert:exec"

static const char word[] = "exec";

enum { URI, SERVER, CORRELATOR, FIELDS }; /* of a row of the journal */
enum { TOLD_200 = 64 }; /* Execs answered 200 whose late end is still expected */

/* In one batch with what the CSP noted of it: one without the other would be resumed wrongly. */
static omadm_err write_journal(omadm_framework *fw, fw_call *call) {
  const omadm_str fields[FIELDS] = {call->uri, call->server_id, call->correlator};
  fw->row.len = 0;
  omadm_err err = meta_journal_key(fw, word, call->token);
  if (err == 0) err = fields_write(fields, FIELDS, &fw->row);
  return err == 0 ? txn_settle_row(fw, omadm_buf_str(&fw->key), omadm_buf_str(&fw->row),
                                   "an Exec that goes on")
                  : err;
}

/* An Exec that answered 200 may complete later, or never: only the newest are waited for. */
static void forget_oldest(omadm_framework *fw) {
  fw_call *oldest = NULL;
  size_t n = 0;
  for (fw_call *call = fw->calls; call != NULL; call = call->next) {
    if (call->state != CALL_TOLD || call->journalled) continue;
    oldest = call;
    n++;
  }
  if (n > TOLD_200) dispatch_free(fw, oldest);
}

void exec_told(omadm_framework *fw, fw_call *call, const fw_op *op, bool journal) {
  fw->uri.len = 0;
  omadm_err err = request_write_uri(fw, &op->node, 0, &fw->uri);
  call->uri = omadm_arena_copy(&call->arena, omadm_buf_str(&fw->uri));
  call->server_id = omadm_arena_copy(&call->arena, op->server_id);
  call->correlator = omadm_arena_copy(&call->arena, op->correlator);
  if (err != 0 || call->uri.ptr == NULL || call->server_id.ptr == NULL ||
      call->correlator.ptr == NULL)
    err = OMADM_E_NOMEM;
  call->told = true;
  call->told_as = op->token != 0 ? op->token : fw->next_token++;
  if (err == 0 && journal) err = write_journal(fw, call);
  call->journalled = journal;
  if (err != 0) {
    fw_log(fw, OMADM_LOG_ERROR,
           "%s: an Exec that goes on could not be noted; a restart would lose it", call->csp->name);
  }
  forget_oldest(fw);
}

void exec_ended(omadm_framework *fw, fw_call *call) {
  if (!call->completed &&
      call->status == OMADM_ST_ACCEPTED) { /* the late host delivered its 202; it still runs */
    call->state = CALL_TOLD;
    return;
  }
  txn_settle_own(fw); /* what the CSP stored before this is durable before the end is told */
  char data[8];
  omadm_csp_alert alert = {
      .struct_size = sizeof alert, .type = OMADM_STR(ENDED_TYPE), .format = OMADM_FORMAT_CHR};
  snprintf(data, sizeof data, "%u", call->ended != 0 ? call->ended : call->status);
  alert.data = omadm_str_of(data);
  if (call->has_alert) alert = call->alert;
  if (alert.type.len == 0) alert.type = (omadm_str)OMADM_STR(ENDED_TYPE);
  alert.server_id = call->server_id;
  if (alert.source.len == 0) alert.source = call->uri;
  alert.correlator = call->correlator;
  omadm_err err = call->journalled ? meta_journal_key(fw, word, call->token) : 0;
  omadm_str key = call->journalled ? omadm_buf_str(&fw->key) : (omadm_str){NULL, 0};
  if (err == 0) err = outbox_raise_for(fw, call->server_id, &alert, key);
  if (err != 0)
    fw_log(fw, OMADM_LOG_ERROR, "%s: the end of an Exec could not be told: %s", call->csp->name,
           omadm_err_text(err));
  if (fw->config.ended != NULL && call->told_as != 0)
    fw->config.ended(fw->config.ctx, call->told_as, call->ended != 0 ? call->ended : call->status);
  dispatch_free(fw, call);
}

void exec_never(omadm_framework *fw, const fw_op *op) {
  fw_call *call = dispatch_new(fw, op->node.mount->csp);
  if (call == NULL) return;
  exec_told(fw, call, op, false);
  call->status = OMADM_ST_FAILED;
  call->completed = true;
  exec_ended(fw, call);
}

/* The CSP that serves the URI of a row, asked to go on. Its answer, or 500 where nobody can. */
static omadm_status resume(omadm_framework *fw, fw_call *call) {
  fw_slot *slot = NULL;
  omadm_csp_request r;
  resolve_text(fw, call->uri, false, &slot);
  if (slot == NULL || fw_described(&slot->node) == NULL) return OMADM_ST_FAILED;
  call->csp = slot->node.mount->csp;
  if (call->csp->slots->resume == NULL || request_fill(fw, &slot->node, 0, &r) != 0)
    return OMADM_ST_FAILED;
  r.token = call->token;
  r.server_id = call->server_id;
  r.correlator = call->correlator;
  call->state = CALL_RUNNING;
  int64_t began = slow_begin();
  omadm_status status = host_call(fw, call->csp->slots->resume, call->csp->self, &r);
  SLOW_END(call->csp, resume, began);
  if (call->completed) return call->ended;
  return status == OMADM_ST_PENDING || omadm_status_is_success(status) ? OMADM_ST_PENDING
                                                                       : OMADM_ST_FAILED;
}

void exec_go_on(omadm_framework *fw, fw_call *call) {
  omadm_status status = resume(fw, call);
  if (status == OMADM_ST_PENDING) {
    call->state = CALL_TOLD;
    return;
  }
  call->status = status;
  call->completed = true;
  exec_ended(fw, call);
}

static void resume_row(omadm_framework *fw, uint64_t token, const omadm_str *fields) {
  fw_call *call = fw->csps != NULL ? dispatch_new(fw, fw->csps) : NULL;
  if (call == NULL) return;
  omadm_str *spans[] = {&call->uri, &call->server_id, &call->correlator};
  call->token = token;
  call->verb = OMADM_VERB_EXEC;
  call->told = call->journalled = true;
  for (size_t i = 0; i < FIELDS; i++) {
    *spans[i] = omadm_arena_copy(&call->arena, fields[i]);
    if (spans[i]->ptr == NULL) return;
  }
  exec_go_on(fw, call);
}

/* Nobody is left who could be told of its end: the row goes. */
static void forget_row(omadm_framework *fw, uint64_t token, const omadm_str *fields) {
  fw_log(fw, OMADM_LOG_WARN,
         "the Exec of %.*s that went on is forgotten: the account of the server %.*s is gone",
         (int)fields[URI].len, fields[URI].ptr, (int)fields[SERVER].len, fields[SERVER].ptr);
  if (meta_journal_key(fw, word, token) != 0) return;
  const omadm_store_change change = {OMADM_STORE_JOURNAL, omadm_buf_str(&fw->key), {NULL, 0}};
  overlay_apply(&fw->overlay, &change, 1, "an Exec that is forgotten");
}

void exec_resume(omadm_framework *fw) {
  meta_rows rows;
  uint64_t token = 0;
  omadm_str row, fields[FIELDS];
  meta_rows_init(fw, word, &rows);
  while (meta_rows_next(fw, &rows, &token, &row) == 0) {
    if (!fields_read(row, fields, FIELDS)) continue;
    if (fw->next_token <= token) fw->next_token = token + 1;
    if (device_account_gone(fw, fields[SERVER]))
      forget_row(fw, token, fields);
    else
      resume_row(fw, token, fields);
  }
  meta_rows_dispose(&rows);
}
