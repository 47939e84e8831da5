/* SPDX-License-Identifier: MIT */
/* A plugin's file is taken anew while nothing of it is under way. */
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>

#include "base/trust.h"
#include "csp-framework/crossing.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/exec.h"
#include "csp-framework/isolated/isolated.h"
#include "csp-framework/listing.h"
#include "csp-framework/loader.h"
#include "csp-framework/txn.h"

static omadm_status gone_request(uint64_t self, const omadm_csp_request *request) {
  (void)self;
  (void)request;
  return OMADM_ST_UNAVAILABLE;
}

static omadm_status gone_stage(uint64_t self, uint64_t transaction) {
  (void)self;
  (void)transaction;
  return OMADM_ST_UNAVAILABLE;
}

/* Of a plugin that could be loaded neither anew nor again: its nodes stay, and are 503. */
static const omadm_csp_slots gone = {
    .struct_size = sizeof gone,
    .find = gone_request,
    .list = gone_request,
    .get = gone_request,
    .add = gone_request,
    .replace = gone_request,
    .remove = gone_request,
    .exec = gone_request,
    .rename = gone_request,
    .begin = gone_stage,
    .prepare = gone_stage,
    .commit = gone_stage,
    .rollback = gone_stage,
};

static void become_gone(fw_csp *csp) {
  csp->slots = &gone;
  fw_log(csp->fw, OMADM_LOG_ERROR,
         "%s: is answered 503 until it is loaded anew, or until the next start", csp->name);
}

/* An Exec that was told 200 or 202 does not count: it goes on as after a restart. */
static bool is_busy(const fw_csp *csp) {
  if (csp->jobs > 0 || csp->busy > 0 || csp->fw->txn != NULL) return true;
  if (csp->isolated != NULL && isolated_is_busy(csp->isolated)) return true;
  for (const fw_call *call = csp->fw->calls; call != NULL; call = call->next) {
    if (call->csp == csp && call->state != CALL_TOLD) return true;
  }
  return false;
}

/* Another file has come to the path: both are here for a moment, and the old one goes on where the
 * new one does not open. */
static omadm_err replace_library(fw_csp *csp, void *library, const omadm_csp_descriptor *d,
                                 omadm_error *error) {
  fw_csp old = *csp;
  loader_end(csp);
  loader_take(csp, d);
  omadm_err err = loader_open(csp, error);
  if (err == 0) {
    csp->library = library;
    csp->respelled = !csp->respelled;
    if (old.library != NULL) dlclose(old.library);
    return OMADM_OK;
  }
  dlclose(library);
  csp->slots = old.slots;
  csp->staging = old.staging;
  csp->flags = old.flags;
  loader_set_version(csp, old.version);
  if (old.slots == &gone || loader_open(csp, NULL) != 0) become_gone(csp);
  return err;
}

/* The same file, which may have other octets now: it has to go before it comes. */
static omadm_err load_again(fw_csp *csp, omadm_error *error) {
  void *library = NULL;
  const omadm_csp_descriptor *d = NULL;
  const char *version = csp->version;
  loader_end(csp);
  dlclose(csp->library);
  csp->respelled = false;
  csp->library = NULL;
  csp->slots = &gone;
  omadm_err err = loader_library(csp->from, &library, &d, error);
  if (err == 0) err = loader_check_same(csp, d, error);
  if (err == 0) {
    loader_take(csp, d);
    err = loader_open(csp, error);
  }
  csp->library = err == 0 ? library : NULL;
  if (err == 0) return OMADM_OK;
  if (library != NULL) dlclose(library);
  loader_set_version(csp, version);
  become_gone(csp);
  return err;
}

/* The same path in another spelling: of a path that is loaded already, dlopen looks at nothing but
 * the name. Two spellings are enough, for the file that had the other one is gone. */
static void spell(const fw_csp *csp, char *path, size_t size) {
  const char *slash = strrchr(csp->from, '/');
  const char *name = slash != NULL ? slash + 1 : csp->from;
  snprintf(path, size, "%.*s%s%s", (int)(name - csp->from), csp->from, csp->respelled ? "" : "./",
           name);
}

static omadm_err reload_library(fw_csp *csp, omadm_error *error) {
  void *library = NULL;
  const omadm_csp_descriptor *d = NULL;
  char path[PATH_MAX];
  spell(csp, path, sizeof path);
  omadm_err err = omadm_trust_path(csp->from, error);
  if (err == 0) err = loader_library(path, &library, &d, error);
  if (err != 0) return err;
  bool same = library == csp->library;
  if (!same) err = loader_check_same(csp, d, error);
  if (same || err != 0) dlclose(library);
  if (err != 0) return err;
  return same ? load_again(csp, error) : replace_library(csp, library, d, error);
}

/* Execs that were told 202 are handed over; of those told 200 nobody knows any more. */
static void hand_over(fw_csp *csp) {
  for (fw_call *call = csp->fw->calls, *next; call != NULL; call = next) {
    next = call->next;
    if (call->csp != csp || call->state != CALL_TOLD) continue;
    if (call->journalled)
      exec_go_on(csp->fw, call);
    else
      dispatch_free(csp->fw, call);
  }
}

omadm_err omadm_framework_reload(omadm_framework *fw, const char *name, omadm_error *error) {
  omadm_error found = {0};
  fw_csp *csp = loader_find(fw, omadm_str_of(name));
  if (csp == NULL || (csp->library == NULL && csp->isolated == NULL && csp->slots != &gone))
    return omadm_error_set(error, OMADM_E_NOT_FOUND, "no plugin named %s is loaded from a file",
                           name);
  dispatch_release(fw);
  if (is_busy(csp))
    return omadm_error_set(error, OMADM_E_STATE, "%s is not loaded anew: it is busy; try later",
                           name);
  crossing_bind(fw);
  omadm_err err =
      csp->isolated != NULL ? isolated_reload(csp->isolated, &found) : reload_library(csp, &found);
  txn_settle_own(fw);
  listing_forget(fw);
  if (err == 0) {
    hand_over(csp);
    fw_log(fw, OMADM_LOG_INFO, "%s: %s is loaded anew, version %s", csp->name, csp->from,
           csp->version);
    return OMADM_OK;
  }
  return omadm_error_set(error, OMADM_E_REFUSED, "%s", found.text);
}
