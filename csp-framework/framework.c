/* SPDX-License-Identifier: MIT */
#include <omadm/framework.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include <omadm/acl.h>

#include "csp-framework/acls.h"
#include "csp-framework/applies.h"
#include "csp-framework/change.h"
#include "csp-framework/copy.h"
#include "csp-framework/core.h"
#include "csp-framework/crossing.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/exec.h"
#include "csp-framework/handback.h"
#include "csp-framework/inbox.h"
#include "csp-framework/isolated/isolated.h"
#include "csp-framework/listing.h"
#include "csp-framework/loader.h"
#include "csp-framework/meta.h"
#include "csp-framework/op.h"
#include "csp-framework/outbox.h"
#include "csp-framework/owners.h"
#include "csp-framework/properties.h"
#include "csp-framework/rename.h"
#include "csp-framework/resolve.h"
#include "csp-framework/services.h"
#include "csp-framework/sized.h"
#include "csp-framework/slow.h"
#include "csp-framework/txn.h"
#include "csp-framework/values.h"
#include "csp-framework/walk.h"
#include "csp-framework/write.h"

/* The factory's rights: every server may add and look (OMA-TS-DM_TND 7.7.1.2). */
static const omadm_str factory_acl = OMADM_STR("Add=*&Get=*");

void omadm_framework_config_init(omadm_framework_config *config) {
  *config = (omadm_framework_config){.struct_size = sizeof *config, .late_seed = 1};
  omadm_limits_init(&config->limits);
}

static const omadm_tree tree_slots = {
    .struct_size = sizeof tree_slots,
    .resolve = tree_resolve,
    .get = tree_get,
    .list = tree_list,
    .add = tree_add,
    .replace = tree_replace,
    .remove = tree_remove,
    .exec = tree_exec,
    .enlist = tree_enlist,
    .begin = tree_begin,
    .commit = tree_commit,
    .rollback = tree_rollback,
    .settle = tree_settle,
    .cancel = tree_cancel,
    .rename = tree_rename,
    .copy = tree_copy,
    .prop_get = tree_prop_get,
    .prop_set = tree_prop_set,
    .write_begin = tree_write_begin,
    .write_append = tree_write_append,
    .write_end = tree_write_end,
    .read = tree_read,
    .place = tree_place,
    .release = tree_release,
    .check = tree_check,
};

static void ring_slot_init(omadm_framework *fw, fw_slot *slot) {
  omadm_buf_init(&slot->text, &fw->mem, 0);
  omadm_buf_init(&slot->key, &fw->mem, 0);
  omadm_buf_init(&slot->acl, &fw->mem, 0);
}

static void ring_slot_dispose(fw_slot *slot) {
  omadm_buf_dispose(&slot->text);
  omadm_buf_dispose(&slot->key);
  omadm_buf_dispose(&slot->acl);
}

static omadm_err set_up(omadm_framework *fw) {
  omadm_buf *buffers[] = {&fw->alert, &fw->key,          &fw->row,          &fw->scratch,
                          &fw->uri,   &fw->property_key, &fw->property_row, &fw->property_text,
                          &fw->gone,  &fw->reboots};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
    omadm_buf_init(buffers[i], &fw->mem, 0);
  omadm_arena_init(&fw->arena, &fw->mem, 0);
  fw->tree = tree_slots;
  fw->tree.ctx = fw;
  fw->root_acl = factory_acl;
  fw->next_token = 1;
  fw->shuffle = fw->config.late_seed != 0 ? fw->config.late_seed : 1;
  fw->ring = omadm_mem_new(&fw->mem, FW_RING, sizeof *fw->ring);
  fw->root = omadm_arena_new(&fw->arena, 1, sizeof *fw->root);
  if (fw->ring == NULL || fw->root == NULL) return OMADM_E_NOMEM;
  for (size_t i = 0; i < FW_RING; i++)
    ring_slot_init(fw, &fw->ring[i]);
  ring_slot_init(fw, &fw->aside);
  fw->acls = acls_new(fw);
  if (fw->acls == NULL) return OMADM_E_NOMEM;
  return overlay_init(&fw->overlay, &fw->mem, fw->config.store, fw->log);
}

/* Nobody's limit is 0. */
static bool has_limits(const omadm_framework_config *c) {
  bool all = true;
#define HAS_LIMIT(field, name, value, least, most, text) all = all && c->limits.field > 0;
  OMADM_LIMITS(HAS_LIMIT)
#undef HAS_LIMIT
  return all;
}

static omadm_err check_config(const omadm_framework_config *c, omadm_error *error) {
  if (!has_limits(c) || c->store == NULL) {
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "a framework needs a store and limits; begin with "
                           "omadm_framework_config_init and set the store");
  }
  const omadm_store_ops *ops = c->store->ops;
  if (!OMADM_HAS(omadm_store_ops, ops, get) || !OMADM_HAS(omadm_store_ops, ops, next) ||
      !OMADM_HAS(omadm_store_ops, ops, apply))
    return omadm_error_set(error, OMADM_E_ARGUMENT, "the store lacks get, next or apply");
  if (c->worker != NULL &&
      (!OMADM_HAS(omadm_worker, c->worker, submit) || !OMADM_HAS(omadm_worker, c->worker, poll)))
    return omadm_error_set(error, OMADM_E_ARGUMENT, "the worker lacks submit or poll");
  return OMADM_OK;
}

omadm_err omadm_framework_new(const omadm_framework_config *given, omadm_framework **framework,
                              omadm_error *error) {
  omadm_framework_config config;
  *framework = NULL;
  sized_copy(&config, sizeof config, given, given->struct_size);
  fw_profile profile;
  omadm_err err = check_config(&config, error);
  if (err == 0) err = applies_read(config.profile, &profile, error);
  if (err != 0) return err;
  const omadm_mem *mem = config.mem != NULL ? config.mem : &omadm_mem_default;
  omadm_framework *fw = omadm_mem_new(mem, 1, sizeof *fw);
  if (fw == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory for the framework");
  fw->mem = *mem;
  fw->config = config;
  fw->config.mem = &fw->mem;
  fw->config.profile = NULL; /* read, and not borrowed */
  fw->profile = profile;
  fw->values.folder = -1;
  fw->log = config.log;
  if (set_up(fw) != 0) {
    omadm_framework_free(fw);
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory for the framework");
  }
  err = values_init(fw, error);
  if (err != 0) {
    omadm_framework_free(fw);
    return err;
  }
  *framework = fw;
  return OMADM_OK;
}

void omadm_framework_free(omadm_framework *fw) {
  if (fw == NULL) return;
  omadm_mem mem = fw->mem;
  services_finish(fw);
  if (fw->txn != NULL) tree_rollback(fw, NULL, 0);
  write_dispose(fw);
  op_dispose(fw);
  listing_dispose(fw);
  if (fw->csps != NULL && !fw->own_values) overlay_forget(&fw->overlay, OVERLAY_ALL);
  crossing_bind(fw);
  loader_close(fw);
  txn_settle_own(fw);
  dispatch_dispose(fw);
  txn_dispose(fw);
  values_dispose(fw);
  overlay_dispose(&fw->overlay);
  walk_dispose(fw);
  for (size_t i = 0; fw->ring != NULL && i < FW_RING; i++)
    ring_slot_dispose(&fw->ring[i]);
  ring_slot_dispose(&fw->aside);
  omadm_mem_free(&mem, fw->ring);
  omadm_mem_free(&mem, fw->places);
  omadm_buf *buffers[] = {&fw->alert, &fw->key,          &fw->row,          &fw->scratch,
                          &fw->uri,   &fw->property_key, &fw->property_row, &fw->property_text,
                          &fw->gone,  &fw->reboots};
  for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
    omadm_buf_dispose(buffers[i]);
  omadm_arena_dispose(&fw->arena);
  omadm_mem_free(&mem, fw);
}

omadm_status fw_answer(omadm_framework *fw, omadm_answer *answer, omadm_status status,
                       const char *format, ...) {
  va_list ap;
  va_start(ap, format);
  int n = vsnprintf(fw->detail, sizeof fw->detail, format, ap);
  va_end(ap);
  size_t len = n > 0 ? (size_t)n : 0;
  answer->detail = (omadm_str){fw->detail, len < sizeof fw->detail ? len : sizeof fw->detail - 1};
  return status;
}

int64_t fw_now(const omadm_framework *fw) {
  struct timespec t;
  if (fw->config.now != NULL) return fw->config.now(fw->config.ctx);
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

size_t omadm_framework_mount_count(const omadm_framework *fw) {
  size_t n = 0;
  for (const fw_entry *e = fw->entries; e != NULL; e = e->next)
    n++;
  return n;
}

omadm_err omadm_framework_mount_at(const omadm_framework *fw, size_t i, omadm_mount_info *info) {
  const fw_entry *e = fw->entries;
  while (e != NULL && i-- > 0)
    e = e->next;
  if (e == NULL) return OMADM_E_NOT_FOUND;
  *info = e->info;
  info->process = -1;
  if (e->csp != NULL && e->csp->isolated != NULL)
    info->process = isolated_process(e->csp->isolated);
  return OMADM_OK;
}

void fw_use(omadm_framework *fw) {
  if (fw->used) return;
  fw->used = true;
  crossing_bind(fw);
  acls_load(fw);
  if (acls_guard(fw) != OMADM_OK)
    fw_log(fw, OMADM_LOG_ERROR, "servers with every right lack some: out of memory");
  owners_load(fw);
  txn_recover(fw);
  outbox_drop_strangers(fw);
  exec_resume(fw);
  handback_run(fw);
}

const omadm_tree *omadm_framework_tree(omadm_framework *fw) {
  fw_use(fw);
  return &fw->tree;
}

omadm_err omadm_framework_settle(omadm_framework *fw) {
  return tree_settle(fw);
}

static omadm_err host_random(void *ctx, void *out, size_t n) {
  (void)ctx;
  for (size_t done = 0; done < n;) {
    ssize_t got = getrandom((char *)out + done, n - done, 0);
    if (got < 0 && errno != EINTR) return OMADM_E_IO;
    if (got > 0) done += (size_t)got;
  }
  return OMADM_OK;
}

void omadm_framework_host(omadm_framework *fw, omadm_host *host) {
  fw_use(fw);
  const omadm_host own = {.struct_size = host->struct_size,
                          .ctx = fw,
                          .log = fw->log,
                          .random = host_random,
                          .session_number = host_session_number,
                          .alert_next = host_alert_next,
                          .alert_answered = host_alert_answered};
  sized_copy(host, host->struct_size, &own, sizeof own);
}

int omadm_framework_pump(omadm_framework *fw, int timeout_ms) {
  fw_use(fw);
  int n = dispatch_deliver(fw);
  n += services_work(fw, n > 0 ? 0 : timeout_ms);
  n += dispatch_deliver(fw);
  txn_settle_own(fw);
  return n;
}

size_t omadm_framework_pending(const omadm_framework *fw) {
  return services_jobs(fw) + dispatch_outstanding(fw);
}

size_t omadm_framework_jobs(const omadm_framework *fw) {
  return services_jobs(fw);
}

void omadm_framework_event(omadm_framework *fw, omadm_csp_event event, omadm_str text) {
  for (fw_csp *csp = fw->csps; csp != NULL; csp = csp->next) {
    if (csp->slots->event == NULL) continue;
    int64_t began = slow_begin();
    csp->slots->event(csp->self, event, text);
    SLOW_END(csp, event, began);
  }
  txn_settle_own(fw);
}

omadm_err omadm_framework_raise(omadm_framework *fw, omadm_str server_id,
                                const omadm_alert *alert) {
  const omadm_csp_alert a = {.struct_size = sizeof a,
                             .code = alert->code,
                             .type = alert->type,
                             .format = alert->format,
                             .mark = (int)alert->mark,
                             .source = alert->source,
                             .data = alert->data,
                             .correlator = alert->correlator,
                             .session_now = alert->session_now};
  return outbox_raise(fw, server_id, &a);
}

size_t omadm_framework_alerts(omadm_framework *fw, omadm_str server_id) {
  return outbox_count(fw, server_id);
}

omadm_err omadm_framework_set_root_acl(omadm_framework *fw, omadm_str acl) {
  omadm_err err = omadm_acl_check(acl);
  if (err != OMADM_OK) return err;
  omadm_str copy = omadm_arena_copy(&fw->arena, acl);
  if (copy.ptr == NULL) return OMADM_E_NOMEM;
  fw->root_acl = copy;
  return fw->used ? acls_guard(fw) : OMADM_OK;
}

static omadm_err meta_key(omadm_framework *fw, omadm_str key) {
  fw->key.len = 0;
  omadm_err err = omadm_buf_add_text(&fw->key, META_HOST);
  return err == 0 ? omadm_buf_add_str(&fw->key, key) : err;
}

omadm_err omadm_framework_meta_get(omadm_framework *fw, omadm_str key, omadm_buf *out) {
  omadm_str value;
  omadm_err err = meta_key(fw, key);
  if (err == 0) err = overlay_get(&fw->overlay, OMADM_STORE_META, omadm_buf_str(&fw->key), &value);
  return err == 0 ? omadm_buf_add_str(out, value) : err;
}

omadm_err omadm_framework_meta_set(omadm_framework *fw, omadm_str key, omadm_str value) {
  omadm_err err = meta_key(fw, key);
  return err == 0 ? overlay_put(&fw->overlay, OMADM_STORE_META, omadm_buf_str(&fw->key), value)
                  : err;
}
