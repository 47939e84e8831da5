/* SPDX-License-Identifier: MIT */
#include "csp-framework/services.h"

#include <stdio.h>

#include "base/codec.h"
#include "csp-framework/crossing.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/format.h"
#include "csp-framework/listing.h"
#include "csp-framework/outbox.h"
#include "csp-framework/place.h"
#include "csp-framework/sized.h"
#include "csp-framework/stamps.h"
#include "csp-framework/walk.h"

uint64_t services_handle(const fw_csp *csp) {
  return (uint64_t)(uintptr_t)csp;
}

/* The numbers of <omadm/csp.h> are those of the host's own headers. */
_Static_assert((int)OMADM_CSP_LOG_ERROR == (int)OMADM_LOG_ERROR &&
                   (int)OMADM_CSP_LOG_DEBUG == (int)OMADM_LOG_DEBUG,
               "levels");
_Static_assert((int)OMADM_CSP_MARK_NONE == (int)OMADM_MARK_NONE &&
                   (int)OMADM_CSP_MARK_FATAL == (int)OMADM_MARK_FATAL,
               "marks");

void services_forget(fw_csp *csp) {
  omadm_mem_free(&csp->fw->mem, csp->lent);
  csp->lent = NULL;
}

/* What a service lends is a copy of exactly its size, so that a read beyond it is found. It goes
 * when the CSP's next call of a service ends, since it may be passed to that one. */
static omadm_err lend(fw_csp *csp, omadm_str octets, omadm_str *value) {
  char *copy = omadm_mem_new(&csp->fw->mem, octets.len > 0 ? octets.len : 1, 1);
  services_forget(csp);
  if (copy == NULL) return OMADM_E_NOMEM;
  if (octets.len > 0) memcpy(copy, octets.ptr, octets.len);
  csp->lent = copy;
  *value = (omadm_str){copy, octets.len};
  return OMADM_OK;
}

enum { LOG_OCTETS = 1000 };

/* Fills the line with as many whole characters as fit; what is none is '?'. Returns its length. */
static size_t as_utf8(omadm_str text, char line[LOG_OCTETS]) {
  size_t n = 0, len = 0;
  for (size_t i = 0; i < text.len; i += len) {
    uint32_t code = 0;
    size_t good = omadm_utf8_decode(text, i, &code);
    len = good > 0 ? good : 1;
    if (n + len > LOG_OCTETS) break;
    memcpy(line + n, good > 0 ? text.ptr + i : "?", len);
    n += len;
  }
  return n;
}

static void service_log(uint64_t host, int level, omadm_str text) {
  const fw_csp *csp = crossing_csp(host);
  if (csp == NULL || crossing_check(csp, "log", text) != 0) return;
  if (level < OMADM_LOG_ERROR || level > OMADM_LOG_DEBUG) level = OMADM_LOG_DEBUG;
  char line[LOG_OCTETS];
  size_t n = as_utf8(text, line);
  omadm_log_line(csp->fw->log, (omadm_log_level)level, csp->name, "%.*s", (int)n, line);
}

static int64_t service_now(uint64_t host) {
  const fw_csp *csp = crossing_csp(host);
  return csp != NULL ? fw_now(csp->fw) : 0;
}

static omadm_err service_value(uint64_t host, omadm_token token, omadm_str octets) {
  crossing_span p;
  fw_csp *csp = NULL;
  omadm_err err = crossing_own(host, "value", &csp);
  if (err != 0) return err;
  err = crossing_pass(csp, "value", octets, &p);
  if (err == 0) err = dispatch_value(csp, token, p.s);
  crossing_forget(&p, false);
  services_forget(csp);
  return err;
}

static omadm_err service_read(uint64_t host, omadm_token token, uint64_t offset, uint64_t most,
                              omadm_str *octets) {
  enum { PIECE = 65536 };
  fw_csp *csp = NULL;
  omadm_str found = {NULL, 0};
  omadm_err err = crossing_own(host, "read", &csp);
  if (err != 0) return err;
  if (octets == NULL) return crossing_refuse(csp, "read", "no place for the octets");
  *octets = found;
  err = dispatch_read(csp, token, offset, most < PIECE ? (size_t)most : PIECE, &found);
  if (err == 0) return lend(csp, found, octets);
  services_forget(csp);
  return err;
}

static omadm_err service_child(uint64_t host, omadm_token token, omadm_str name) {
  crossing_span p;
  fw_csp *csp = NULL;
  omadm_err err = crossing_own(host, "child", &csp);
  if (err != 0) return err;
  err = crossing_pass(csp, "child", name, &p);
  if (err == 0) err = dispatch_child(csp, token, p.s);
  crossing_forget(&p, false);
  services_forget(csp);
  return err;
}

/* The same for an alert, of which no more is read than it has. */
typedef struct passed_alert {
  omadm_csp_alert alert;
  crossing_span spans[5];
} passed_alert;

/* The server reads the data by the format (OMA-TS-DM_Protocol 8.7). */
static omadm_err check_data(const fw_csp *csp, const char *service, const omadm_csp_alert *alert) {
  char what[160];
  const char *why = "cannot be checked: there is not enough memory";
  omadm_format format = alert->format != OMADM_FORMAT_ABSENT ? alert->format : OMADM_FORMAT_CHR;
  omadm_str canonical;
  omadm_buf scratch;
  uint32_t quirks = 0;
  if (format < OMADM_FORMAT_ABSENT || format >= OMADM_FORMAT_UNKNOWN)
    return crossing_refuse(csp, service, "an alert of a format that is none");
  omadm_buf_init(&scratch, &csp->fw->mem, 0);
  omadm_status status =
      omadm_format_canonical(format, alert->data, NULL, &scratch, &canonical, &quirks, &why);
  omadm_buf_dispose(&scratch);
  if (status == OMADM_ST_OK) return OMADM_OK;
  snprintf(what, sizeof what, "an alert with data of %s that %s", omadm_format_text(format), why);
  return crossing_refuse(csp, service, what);
}

enum { CLIENT_EVENT = 1224, GENERIC_ALERT = 1226 };

static omadm_err pass_alert(const fw_csp *csp, const char *service, const omadm_csp_alert *given,
                            passed_alert *p) {
  *p = (passed_alert){.alert = {0}};
  if (given->struct_size == 0)
    return crossing_refuse(csp, service, "an alert whose struct_size is not set");
  sized_copy(&p->alert, sizeof p->alert, given, given->struct_size);
  omadm_str *spans[] = {&p->alert.type, &p->alert.source, &p->alert.data, &p->alert.correlator,
                        &p->alert.server_id};
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < sizeof spans / sizeof *spans; i++) {
    err = crossing_pass(csp, service, *spans[i], &p->spans[i]);
    *spans[i] = p->spans[i].s;
  }
  if (err == 0 && p->alert.code != 0 && p->alert.code != CLIENT_EVENT &&
      p->alert.code != GENERIC_ALERT)
    err = crossing_refuse(csp, service, "an alert of a code that is not 1226 or 1224");
  return err == 0 ? check_data(csp, service, &p->alert) : err;
}

static void alert_done(passed_alert *p) {
  for (size_t i = 0; i < sizeof p->spans / sizeof *p->spans; i++)
    crossing_forget(&p->spans[i], false);
}

/* Does the URI lead to a mount of the CSP, and to none of another CSP below it? */
static bool is_own(const fw_csp *csp, omadm_str text) {
  omadm_framework *fw = csp->fw;
  omadm_uri uri;
  fw->key.len = 0;
  if (omadm_buf_reserve(&fw->key, text.len + 1) != 0 ||
      omadm_uri_parse(text, 0, &fw->config.limits, fw->key.ptr, NULL, &uri) != OMADM_ST_OK)
    return false;
  const fw_mount *mount = NULL;
  const fw_place *place = fw->root;
  for (size_t i = place_device_prefix(&uri); i < uri.n && place != NULL; i++) {
    place = place_child(fw, place, uri.segment[i], true);
    if (place != NULL && place->mount != NULL) mount = place->mount;
  }
  return mount != NULL && mount->csp == csp;
}

static omadm_err service_complete(uint64_t host, omadm_token token, omadm_status status,
                                  const omadm_csp_alert *alert) {
  passed_alert p = {.alert = {0}};
  fw_csp *csp = NULL;
  omadm_err err = crossing_own(host, "complete", &csp);
  if (err != 0) return err;
  err = alert != NULL ? pass_alert(csp, "complete", alert, &p) : 0;
  if (err == 0 && p.alert.source.len > 0 && !is_own(csp, p.alert.source))
    err = crossing_refuse(csp, "complete", "an alert from a URI that is not of this CSP");
  if (err == 0) err = dispatch_complete(csp, token, status, alert != NULL ? &p.alert : NULL);
  alert_done(&p);
  services_forget(csp);
  return err;
}

static omadm_err service_alert(uint64_t host, const omadm_csp_alert *alert) {
  passed_alert p;
  fw_csp *csp = NULL;
  omadm_err err = crossing_own(host, "alert", &csp);
  if (err != 0) return err;
  if (alert == NULL) return crossing_refuse(csp, "alert", "no alert");
  err = pass_alert(csp, "alert", alert, &p);
  if (err == 0 && p.alert.source.len > 0 && !is_own(csp, p.alert.source))
    err = crossing_refuse(csp, "alert", "an alert from a URI that is not of this CSP");
  if (err == 0) err = outbox_raise(csp->fw, p.alert.server_id, &p.alert);
  alert_done(&p);
  services_forget(csp);
  return err;
}

/* The version number of a node that the device changed. Nothing is asked of the CSP, which may be
 * in the middle of a slot. */
static omadm_err count_change(omadm_framework *fw, omadm_str text) {
  omadm_uri uri;
  walk w;
  fw_slot *slot = &fw->aside;
  fw->key.len = slot->text.len = slot->key.len = 0;
  omadm_err err = omadm_buf_reserve(&fw->key, text.len + 1);
  if (err != 0) return err;
  if (omadm_uri_parse(text, 0, &fw->config.limits, fw->key.ptr, NULL, &uri) != OMADM_ST_OK)
    return OMADM_E_ARGUMENT;
  err = walk_uri(fw, &uri, true, slot, &w);
  if (err != 0 || w.status != OMADM_ST_OK) return err;
  const fw_node node = {.mount = w.mount,
                        .place = w.place,
                        .ddf = w.ddf,
                        .n = w.n,
                        .text = slot->text.ptr,
                        .ends = slot->ends,
                        .instances = w.instances,
                        .path = omadm_buf_str(&slot->key)};
  err = stamps_bump(fw, &node, 0);
  if (err == 0) fw->own_values = true;
  return err;
}

static omadm_err service_changed(uint64_t host, omadm_str uri) {
  fw_csp *csp = NULL;
  omadm_err err = crossing_own(host, "changed", &csp);
  if (err != 0) return err;
  err = crossing_check(csp, "changed", uri);
  if (err != 0) return err;
  if (!is_own(csp, uri)) return crossing_refuse(csp, "changed", "a URI that is not of this CSP");
  listing_forget(csp->fw);
  err = count_change(csp->fw, uri);
  fw_log(csp->fw, OMADM_LOG_DEBUG, "%s: the device changed %.*s", csp->name, (int)uri.len, uri.ptr);
  services_forget(csp);
  return err;
}

/* The limits of <omadm/csp.h>. */
enum { STORE_KEY_MAX = 255, STORE_VALUE_MAX = 1048576 };

/* The values of one CSP stand together, under its name. */
static omadm_err store_key(const fw_csp *csp, const char *service, omadm_str key, omadm_buf *out) {
  omadm_err err = crossing_check(csp, service, key);
  out->len = 0;
  if (err == 0 && (key.len == 0 || key.len > STORE_KEY_MAX))
    err = crossing_refuse(csp, service, "a key of no octets, or of more than 255");
  if (err == 0) err = omadm_buf_add(out, csp->name, strlen(csp->name) + 1);
  return err == 0 ? omadm_buf_add_str(out, key) : err;
}

static omadm_err service_store_get(uint64_t host, omadm_str key, omadm_str *value) {
  fw_csp *csp = NULL;
  omadm_str found = {NULL, 0};
  omadm_err err = crossing_own(host, "store_get", &csp);
  if (err != 0) return err;
  if (value == NULL) return crossing_refuse(csp, "store_get", "no place for the value");
  *value = found;
  omadm_framework *fw = csp->fw;
  err = store_key(csp, "store_get", key, &fw->key);
  if (err == 0) err = overlay_get(&fw->overlay, OMADM_STORE_CSP, omadm_buf_str(&fw->key), &found);
  if (err == 0) return lend(csp, found, value);
  services_forget(csp);
  return err;
}

static omadm_err service_store_set(uint64_t host, omadm_str key, omadm_str value) {
  fw_csp *csp = NULL;
  omadm_err err = crossing_own(host, "store_set", &csp);
  if (err != 0) return err;
  omadm_framework *fw = csp->fw;
  err = crossing_check(csp, "store_set", value);
  if (err == 0 && value.len > STORE_VALUE_MAX) {
    fw_log(fw, OMADM_LOG_ERROR,
           "%s: the service store_set is given %zu octets; %d are the most; refused", csp->name,
           value.len, (int)STORE_VALUE_MAX);
    err = OMADM_E_LIMIT;
  }
  if (value.len == 0) value.ptr = NULL;
  if (err == 0) err = store_key(csp, "store_set", key, &fw->key);
  if (err == 0) err = overlay_put(&fw->overlay, OMADM_STORE_CSP, omadm_buf_str(&fw->key), value);
  if (err == 0) fw->own_values = true;
  services_forget(csp);
  return err;
}

static omadm_err service_setting(uint64_t host, omadm_str key, omadm_str *value) {
  fw_csp *csp = NULL;
  crossing_span p;
  omadm_buf found;
  omadm_err err = crossing_own(host, "setting", &csp);
  if (err != 0) return err;
  if (value == NULL) return crossing_refuse(csp, "setting", "no place for the value");
  const omadm_framework_config *c = &csp->fw->config;
  *value = (omadm_str){NULL, 0};
  omadm_buf_init(&found, &csp->fw->mem, 0);
  err = crossing_pass(csp, "setting", key, &p);
  if (err == 0)
    err = c->setting != NULL ? c->setting(c->ctx, csp->name, p.s, &found) : OMADM_E_NOT_FOUND;
  crossing_forget(&p, false);
  services_forget(csp);
  if (err == 0) err = lend(csp, omadm_buf_str(&found), value);
  omadm_buf_dispose(&found);
  return err;
}

static const omadm_csp_services table = {
    .struct_size = sizeof table,
    .log = service_log,
    .now = service_now,
    .value = service_value,
    .child = service_child,
    .complete = service_complete,
    .alert = service_alert,
    .changed = service_changed,
    .store_get = service_store_get,
    .store_set = service_store_set,
    .setting = service_setting,
    .job = service_job,
    .http = service_http,
    .tpm = &service_tpm,
    .read = service_read,
};

const omadm_csp_services *services_table(const omadm_framework *fw) {
  (void)fw;
  return &table;
}
