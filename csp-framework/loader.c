/* SPDX-License-Identifier: MIT */
#include "csp-framework/loader.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>

#include "base/trust.h"
#include "csp-framework/crossing.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/isolated/isolated.h"
#include "csp-framework/keys.h"
#include "csp-framework/mount.h"
#include "csp-framework/services.h"
#include "csp-framework/sized.h"
#include "csp-framework/slow.h"
#include "csp-framework/stored.h"
#include "csp-framework/txn.h"

#define NO_DESCRIPTOR "%s is no plugin: its " OMADM_CSP_SYMBOL " gives NULL"

static const char *copy_text(omadm_framework *fw, const char *text) {
  return omadm_arena_copy(&fw->arena, omadm_str_of(text)).ptr;
}

static omadm_err csp_new(omadm_framework *fw, const char *name, const char *version,
                         const char *from, fw_csp **out, omadm_error *error) {
  fw_csp *csp = omadm_arena_new(&fw->arena, 1, sizeof *csp);
  if (csp != NULL) {
    csp->fw = fw;
    csp->mark = services_handle(csp) ^ FW_CSP_MARK;
    csp->name = copy_text(fw, name);
    csp->version = copy_text(fw, version);
    csp->from = copy_text(fw, from);
  }
  if (csp == NULL || csp->name == NULL || csp->version == NULL || csp->from == NULL)
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory for %s", from);
  *out = csp;
  return OMADM_OK;
}

static omadm_err check_unused(const omadm_framework *fw, const char *from, omadm_error *error) {
  if (!fw->used) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_STATE,
                         "%s comes too late: the tree is in use; mount before its first use", from);
}

static void link_csp(omadm_framework *fw, fw_csp *csp) {
  *(fw->last_csp != NULL ? &fw->last_csp->next : &fw->csps) = csp;
  fw->last_csp = csp;
}

static omadm_err mount_stored(omadm_framework *fw, omadm_ddf *ddf, bool own, omadm_error *error) {
  omadm_error found = {0};
  const char *from = omadm_ddf_name(ddf);
  fw_csp *csp = NULL;
  omadm_err err = check_unused(fw, from, &found);
  if (err == 0) err = csp_new(fw, from, "", from, &csp, &found);
  if (err == 0) {
    csp->slots = &stored_slots;
    csp->self = services_handle(csp);
    csp->ddf = ddf;
    csp->stored = true;
    csp->own = own;
    err = mount_csp(fw, csp, &found);
  }
  if (err == 0) {
    link_csp(fw, csp);
    return OMADM_OK;
  }
  mount_refused(fw, from, "", from, found.text);
  omadm_error_set(error, err, "%s", found.text);
  omadm_ddf_free(ddf);
  return err;
}

omadm_err omadm_framework_mount_ddf(omadm_framework *fw, omadm_ddf *ddf, omadm_error *error) {
  return mount_stored(fw, ddf, false, error);
}

omadm_err omadm_framework_mount_own_ddf(omadm_framework *fw, omadm_ddf *ddf, omadm_error *error) {
  return mount_stored(fw, ddf, true, error);
}

/* The stages belong together. */
static int count_stages(const omadm_csp_slots *s) {
  return (s->begin != NULL) + (s->prepare != NULL) + (s->commit != NULL) + (s->rollback != NULL);
}

static omadm_err check_descriptor(const omadm_csp_descriptor *d, const char *from,
                                  omadm_error *error) {
  if (d->abi != OMADM_CSP_ABI) {
    return omadm_error_set(error, OMADM_E_ABI,
                           "%s is built for plugin ABI %u, this host has ABI %u; build it anew",
                           from, d->abi, (unsigned)OMADM_CSP_ABI);
  }
  if (d->name == NULL || *d->name == '\0' || d->version == NULL || d->ddf == NULL ||
      d->slots == NULL) {
    return omadm_error_set(
        error, OMADM_E_ABI,
        "%s has a descriptor of %u octets without name, version, DDF or slots; build it anew", from,
        d->struct_size);
  }
  if (d->services_needed > sizeof(omadm_csp_services)) {
    return omadm_error_set(error, OMADM_E_ABI,
                           "%s needs a newer host: it cannot work without %u octets of services, "
                           "this host has %zu",
                           from, d->services_needed, sizeof(omadm_csp_services));
  }
  return OMADM_OK;
}

fw_csp *loader_find(const omadm_framework *fw, omadm_str name) {
  fw_csp *csp = fw->csps;
  while (csp != NULL && (csp->stored || !omadm_str_is(name, csp->name)))
    csp = csp->next;
  return csp;
}

/* Values and settings go by the name. */
static omadm_err check_name(const omadm_framework *fw, const char *name, const char *from,
                            omadm_error *error) {
  const fw_csp *csp = loader_find(fw, omadm_str_of(name));
  if (csp == NULL) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_EXISTS,
                         "%s and %s both hold a CSP named %s, which would share its values and "
                         "settings; leave one of them out",
                         csp->from, from, name);
}

static omadm_err check_slots(const omadm_csp_slots *slots, const char *from, omadm_error *error) {
  if (slots->struct_size == 0)
    return omadm_error_set(error, OMADM_E_ABI,
                           "%s has slots whose struct_size is 0, so none of them is seen: set it "
                           "to sizeof(omadm_csp_slots)",
                           from);
  if (slots->open == NULL || slots->close == NULL)
    return omadm_error_set(error, OMADM_E_ABI,
                           "%s lacks the slots open and close, which every CSP needs", from);
  if (count_stages(slots) == 0 || count_stages(slots) == 4) return OMADM_OK;
  return omadm_error_set(
      error, OMADM_E_ABI,
      "%s has some of the slots begin, prepare, commit and rollback, but not all four", from);
}

/* A table of this host's size: what an older plugin does not know is missing, what a newer one adds
 * is not seen. */
static omadm_err take_slots(omadm_framework *fw, fw_csp *csp, const omadm_csp_slots *given,
                            omadm_error *error) {
  omadm_csp_slots *slots = omadm_arena_new(&fw->arena, 1, sizeof *slots);
  if (slots == NULL)
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory for %s", csp->from);
  sized_copy(slots, sizeof *slots, given, given->struct_size);
  csp->slots = slots;
  csp->staging = count_stages(slots) == 4;
  return check_slots(slots, csp->from, error);
}

omadm_err loader_check_same(const fw_csp *csp, const omadm_csp_descriptor *given,
                            omadm_error *error) {
  omadm_csp_descriptor d;
  omadm_csp_slots slots;
  if (given == NULL) return omadm_error_set(error, OMADM_E_ABI, NO_DESCRIPTOR, csp->from);
  sized_copy(&d, sizeof d, given, given->struct_size);
  omadm_err err = check_descriptor(&d, csp->from, error);
  if (err != 0) return err;
  sized_copy(&slots, sizeof slots, d.slots, d.slots->struct_size);
  err = check_slots(&slots, csp->from, error);
  if (err != 0) return err;
  if (strcmp(d.name, csp->name) == 0 &&
      omadm_str_hash((omadm_str){d.ddf, d.ddf_len}) == csp->ddf_hash)
    return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED,
                         "%s is %s, with another name or DDF than %s has; restart to mount it",
                         csp->from, d.name, csp->name);
}

void loader_set_version(fw_csp *csp, const char *version) {
  for (fw_entry *e = csp->fw->entries; e != NULL; e = e->next) {
    if (e->csp == csp) e->info.version = version;
  }
  csp->version = version;
}

void loader_take(fw_csp *csp, const omadm_csp_descriptor *given) {
  omadm_csp_descriptor d;
  sized_copy(&d, sizeof d, given, given->struct_size);
  const char *version = copy_text(csp->fw, d.version);
  omadm_error error = {0};
  (void)take_slots(csp->fw, csp, d.slots, &error);
  csp->flags = d.flags;
  if (version != NULL) loader_set_version(csp, version);
}

omadm_err loader_open(fw_csp *csp, omadm_error *error) {
  crossing_bind(csp->fw);
  int64_t began = slow_begin();
  omadm_status status = csp->slots->open(services_table(csp->fw), services_handle(csp), &csp->self);
  SLOW_END(csp, open, began);
  if (omadm_status_is_success(status)) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED, "%s does not open (%u); its log lines say why",
                         csp->from, status);
}

void loader_end(fw_csp *csp) {
  services_finish(csp->fw);
  dispatch_name_forgotten(csp);
  int64_t began = slow_begin();
  if (csp->slots->close != NULL) csp->slots->close(csp->self);
  SLOW_END(csp, close, began);
  services_forget(csp);
  keys_close(csp);
}

/* What its author may not have meant. */
static void note_warning(void *ctx, int error, uint32_t line, const char *text) {
  const fw_csp *csp = ctx;
  if (error == 0)
    fw_log(csp->fw, OMADM_LOG_INFO, "%s: line %u of its DDF: %s", csp->from, line, text);
}

static omadm_err mount_descriptor(omadm_framework *fw, const omadm_csp_descriptor *given,
                                  const char *from, void *library, fw_isolated *isolated,
                                  omadm_error *error) {
  omadm_ddf *ddf = NULL;
  fw_csp *csp = NULL;
  omadm_csp_descriptor d;
  omadm_err err = check_unused(fw, from, error);
  if (err == 0 && given == NULL) err = omadm_error_set(error, OMADM_E_ABI, NO_DESCRIPTOR, from);
  if (err != 0) return err;
  sized_copy(&d, sizeof d, given, given->struct_size);
  err = check_descriptor(&d, from, error);
  if (err == 0) err = check_name(fw, d.name, from, error);
  if (err == 0) err = csp_new(fw, d.name, d.version, from, &csp, error);
  if (err == 0) err = take_slots(fw, csp, d.slots, error);
  if (err == 0)
    err = omadm_ddf_parse((omadm_str){d.ddf, d.ddf_len}, from, note_warning, csp, &ddf, error);
  if (err != 0) return err;
  csp->ddf = ddf;
  csp->flags = d.flags;
  csp->ddf_hash = omadm_str_hash((omadm_str){d.ddf, d.ddf_len});
  if (isolated != NULL) isolated_bind(isolated, csp);
  err = mount_check(fw, csp,
                    error); /* before open: a plugin that is open already would be disturbed */
  if (err == 0) err = loader_open(csp, error);
  txn_settle_own(fw);
  if (err == 0) {
    err = mount_csp(fw, csp, error);
    if (err != 0) loader_end(csp);
  }
  if (err != 0) {
    services_forget(csp);
    keys_close(csp);
    omadm_ddf_free(ddf);
    return err;
  }
  csp->library = library;
  link_csp(fw, csp);
  return OMADM_OK;
}

omadm_err omadm_framework_mount_csp(omadm_framework *fw, const omadm_csp_descriptor *csp,
                                    const char *from, omadm_error *error) {
  omadm_error found = {0};
  omadm_err err = mount_descriptor(fw, csp, from, NULL, NULL, &found);
  if (err == 0) return err;
  bool readable = csp != NULL && csp->abi == OMADM_CSP_ABI &&
                  csp->struct_size >= offsetof(omadm_csp_descriptor, ddf);
  mount_refused(fw, readable ? csp->name : NULL, readable ? csp->version : NULL, from, found.text);
  return omadm_error_set(error, err, "%s", found.text);
}

/* A name without a slash would be searched for among the system's libraries. */
static void *open_library(const char *path) {
  char here[NAME_MAX + 3];
  int n = strchr(path, '/') != NULL ? -1 : snprintf(here, sizeof here, "./%s", path);
  return dlopen(n > 0 && (size_t)n < sizeof here ? here : path, RTLD_NOW | RTLD_LOCAL);
}

omadm_err loader_library(const char *path, void **library, const omadm_csp_descriptor **d,
                         omadm_error *error) {
  *library = open_library(path);
  if (*library == NULL) {
    const char *why = dlerror();
    size_t n = strlen(path); /* which it begins with */
    if (strncmp(why, path, n) == 0 && strncmp(why + n, ": ", 2) == 0) why += n + 2;
    return omadm_error_set(error, OMADM_E_IO, "%s cannot be loaded: %s", path, why);
  }
  omadm_csp_descriptor_fn get = NULL;
  void *symbol = dlsym(*library, OMADM_CSP_SYMBOL);
  memcpy(&get, &symbol, sizeof get); /* how POSIX turns what dlsym gives into a function */
  *d = get != NULL ? get() : NULL;
  if (get != NULL) return OMADM_OK;
  dlclose(*library);
  return omadm_error_set(error, OMADM_E_ABI, "%s is no plugin: it does not export %s", path,
                         OMADM_CSP_SYMBOL);
}

static omadm_err load(omadm_framework *fw, const char *path, omadm_error *error) {
  omadm_err err = check_unused(fw, path, error);
  if (err == 0) err = omadm_trust_path(path, error);
  if (err != 0) return err;
  void *library = NULL;
  const omadm_csp_descriptor *d = NULL;
  err = loader_library(path, &library, &d, error);
  if (err != 0) return err;
  err = mount_descriptor(fw, d, path, library, NULL, error);
  if (err != 0) dlclose(library);
  return err;
}

static omadm_err load_isolated(omadm_framework *fw, const char *path,
                               const omadm_isolation *isolation, omadm_error *error) {
  fw_isolated *isolated = NULL;
  const omadm_csp_descriptor *d = NULL;
  omadm_err err = check_unused(fw, path, error);
  if (err == 0) err = omadm_trust_path(path, error);
  if (err == 0) err = isolated_new(fw, path, isolation, &isolated, &d, error);
  if (err == 0) err = mount_descriptor(fw, d, path, NULL, isolated, error);
  if (err != 0) isolated_free(isolated);
  return err;
}

void omadm_framework_refuse(omadm_framework *fw, const char *path, const char *why) {
  const char *slash = strrchr(path, '/');
  mount_refused(fw, slash != NULL ? slash + 1 : path, NULL, path, why);
}

/* Notes a file that was not loaded. */
static omadm_err note(omadm_framework *fw, const char *path, omadm_err err, const char *text,
                      omadm_error *error) {
  if (err == 0) return err;
  omadm_framework_refuse(fw, path, text);
  return omadm_error_set(error, err, "%s", text);
}

omadm_err omadm_framework_load(omadm_framework *fw, const char *path, omadm_error *error) {
  omadm_error found = {0};
  omadm_err err = load(fw, path, &found);
  return note(fw, path, err, found.text, error);
}

omadm_err omadm_framework_load_isolated(omadm_framework *fw, const char *path,
                                        const omadm_isolation *isolation, omadm_error *error) {
  omadm_error found = {0};
  omadm_err err = load_isolated(fw, path, isolation, &found);
  return note(fw, path, err, found.text, error);
}

void loader_close(omadm_framework *fw) {
  fw_csp *reversed = NULL;
  for (fw_csp *csp = fw->csps, *next; csp != NULL; csp = next) {
    next = csp->next;
    csp->next = reversed;
    reversed = csp;
  }
  for (fw_csp *csp = reversed; csp != NULL; csp = csp->next) {
    loader_end(csp);
    isolated_free(csp->isolated);
    omadm_ddf_free(csp->ddf);
    if (csp->library != NULL) dlclose(csp->library);
  }
  fw->csps = fw->last_csp = NULL;
}
