/* SPDX-License-Identifier: MIT */
/* What CSPs give, and are given, while a request of theirs is open. */
#include "base/codec.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/op.h"
#include "csp-framework/values.h"

static fw_call *open_call(const fw_csp *csp, omadm_token token) {
  fw_call *call = dispatch_call(csp, token);
  return call != NULL && (call->state == CALL_RUNNING || call->state == CALL_PENDING) &&
                 !call->completed
             ? call
             : NULL;
}

/* The open request for which a CSP gives `what`, which is for one verb only, that of the slot. */
static omadm_err find_giver(fw_csp *csp, omadm_token token, omadm_verb verb, const char *slot,
                            const char *what, fw_call **call) {
  *call = open_call(csp, token);
  if (*call == NULL) {
    fw_log(csp->fw, OMADM_LOG_WARN,
           "%s: gives a %s for request %llu, which is not open (any more); ignored", csp->name,
           what, (unsigned long long)token);
    return OMADM_E_NOT_FOUND;
  }
  if ((*call)->verb == verb) return OMADM_OK;
  dispatch_fault(csp->fw, *call, "gives a %s, which is for %s only; ignored", what, slot);
  return OMADM_E_STATE;
}

/* More than is kept in memory. */
static omadm_err spool_value(omadm_framework *fw, fw_call *call, omadm_str octets) {
  const omadm_ddf_node *d = call->op != NULL ? fw_described(&call->op->node) : NULL;
  omadm_status status = OMADM_ST_OK;
  if (call->large == NULL) {
    call->large = values_new(fw, d != NULL ? d->format : OMADM_FORMAT_BIN, 0);
    if (call->large == NULL) return OMADM_E_NOMEM;
    status = values_write(fw, call->large, omadm_buf_str(&call->value));
    omadm_buf_dispose(&call->value);
  }
  if (status == OMADM_ST_OK) status = values_write(fw, call->large, octets);
  if (status == OMADM_ST_OK || status == OMADM_ST_BAD_FORMAT) return OMADM_OK;
  return status == OMADM_ST_TOO_LARGE ? OMADM_E_LIMIT : OMADM_E_STORE;
}

omadm_err dispatch_value(fw_csp *csp, omadm_token token, omadm_str octets) {
  fw_call *call = NULL;
  omadm_err err = find_giver(csp, token, OMADM_VERB_GET, "get", "value", &call);
  if (err != 0) return err;
  if (call->large == NULL && octets.len + call->value.len <= csp->fw->config.limits.inline_value)
    return omadm_buf_add_str(&call->value, octets);
  return spool_value(csp->fw, call, octets);
}

omadm_err dispatch_large(fw_csp *csp, omadm_token token, fw_spool *value) {
  fw_call *call = open_call(csp, token);
  if (call == NULL) values_leave(csp->fw, value);
  if (call == NULL) return OMADM_E_NOT_FOUND;
  call->large = value;
  return OMADM_OK;
}

fw_spool *dispatch_given(const fw_csp *csp, omadm_token token) {
  const fw_call *call = token != 0 ? dispatch_call(csp, token) : NULL;
  return call != NULL ? call->given : NULL;
}

omadm_err dispatch_read(fw_csp *csp, omadm_token token, uint64_t offset, size_t most,
                        omadm_str *octets) {
  const fw_call *call = open_call(csp, token);
  if (call == NULL) {
    fw_log(csp->fw, OMADM_LOG_WARN,
           "%s: reads the value of request %llu, which is not open; ignored", csp->name,
           (unsigned long long)token);
    return OMADM_E_NOT_FOUND;
  }
  if (call->given != NULL) return values_read(csp->fw, call->given, offset, most, octets);
  omadm_str value = call->op != NULL ? call->op->data : (omadm_str){NULL, 0};
  *octets = (omadm_str){"", 0};
  if (offset >= value.len) return OMADM_OK;
  *octets = (omadm_str){value.ptr + offset, value.len - (size_t)offset};
  if (octets->len > most) octets->len = most;
  return OMADM_OK;
}

omadm_err dispatch_note_type(fw_csp *csp, omadm_token token, omadm_str type) {
  fw_call *call = open_call(csp, token);
  if (call == NULL) return OMADM_E_NOT_FOUND;
  call->type.len = 0;
  return omadm_buf_add_str(&call->type, type);
}

/* A name that can stand in a URI (OMA-TS-DM_TND 5). */
static bool is_name(omadm_str name) {
  if (name.len == 0 || !omadm_utf8_is_valid(name)) return false;
  for (size_t i = 0; i < name.len; i++) {
    if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == 0x7F) return false;
  }
  return !omadm_str_is(name, ".") && !omadm_str_is(name, "..") && !omadm_str_is(name, "*");
}

/* Names are kept one behind the other, each after its length. */
omadm_err dispatch_child(fw_csp *csp, omadm_token token, omadm_str name) {
  fw_call *call = NULL;
  omadm_err err = find_giver(csp, token, OMADM_VERB_LIST, "list", "child", &call);
  if (err != 0) return err;
  if (!is_name(name) || name.len > csp->fw->config.limits.uri_segment) {
    dispatch_fault(csp->fw, call, "names a child that cannot stand in a URI; it is left out");
    return OMADM_E_ARGUMENT;
  }
  uint32_t len = (uint32_t)name.len;
  err = omadm_buf_reserve(&call->value, sizeof len + name.len);
  if (err != 0) return err;
  omadm_buf_add(&call->value, &len, sizeof len);
  return omadm_buf_add_str(&call->value, name);
}
