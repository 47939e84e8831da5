/* SPDX-License-Identifier: MIT */
#include "csp-framework/loader.h"

#include <dlfcn.h>

#include "csp-framework/crossing.h"
#include "csp-framework/dispatch.h"
#include "csp-framework/mount.h"
#include "csp-framework/services.h"
#include "csp-framework/sized.h"
#include "csp-framework/slow.h"
#include "csp-framework/stored.h"
#include "csp-framework/txn.h"

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
  return OMADM_OK;
}

/* Values and settings go by the name. */
static omadm_err check_name(const omadm_framework *fw, const char *name, const char *from,
                            omadm_error *error) {
  for (const fw_csp *csp = fw->csps; csp != NULL; csp = csp->next) {
    if (csp->stored || strcmp(csp->name, name) != 0) continue;
    return omadm_error_set(error, OMADM_E_EXISTS,
                           "%s and %s both hold a CSP named %s, which would share its values and "
                           "settings; leave one of them out",
                           csp->from, from, name);
  }
  return OMADM_OK;
}

/* A table of this host's size: what an older plugin does not know is missing, what a newer one adds
 * is not seen. */
static omadm_err take_slots(omadm_framework *fw, fw_csp *csp, const omadm_csp_slots *given,
                            omadm_error *error) {
  omadm_csp_slots *slots = omadm_arena_new(&fw->arena, 1, sizeof *slots);
  if (slots == NULL)
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory for %s", csp->from);
  sized_copy(slots, sizeof *slots, given, given->struct_size);
  if (slots->open == NULL || slots->close == NULL)
    return omadm_error_set(error, OMADM_E_ABI,
                           "%s lacks the slots open and close, which every CSP needs", csp->from);
  csp->slots = slots;
  csp->staging = count_stages(slots) == 4;
  if (count_stages(slots) == 0 || csp->staging) return OMADM_OK;
  return omadm_error_set(
      error, OMADM_E_ABI,
      "%s has some of the slots begin, prepare, commit and rollback, but not all four", csp->from);
}

static omadm_err open_csp(fw_csp *csp, omadm_error *error) {
  crossing_bind(csp->fw);
  int64_t began = slow_begin();
  omadm_status status = csp->slots->open(services_table(csp->fw), services_handle(csp), &csp->self);
  SLOW_END(csp, open, began);
  if (omadm_status_is_success(status)) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED, "%s does not open (%u); its log lines say why",
                         csp->from, status);
}

static void close_csp(fw_csp *csp) {
  services_finish(csp->fw);
  dispatch_name_forgotten(csp);
  int64_t began = slow_begin();
  if (csp->slots->close != NULL) csp->slots->close(csp->self);
  SLOW_END(csp, close, began);
  services_forget(csp);
}

static omadm_err mount_descriptor(omadm_framework *fw, const omadm_csp_descriptor *given,
                                  const char *from, void *library, omadm_error *error) {
  omadm_ddf *ddf = NULL;
  fw_csp *csp = NULL;
  omadm_csp_descriptor d;
  omadm_err err = check_unused(fw, from, error);
  if (err == 0 && given == NULL)
    err = omadm_error_set(error, OMADM_E_ABI, "%s gives no descriptor", from);
  if (err != 0) return err;
  sized_copy(&d, sizeof d, given, given->struct_size);
  err = check_descriptor(&d, from, error);
  if (err == 0) err = check_name(fw, d.name, from, error);
  if (err == 0) err = csp_new(fw, d.name, d.version, from, &csp, error);
  if (err == 0) err = take_slots(fw, csp, d.slots, error);
  if (err == 0) err = omadm_ddf_parse((omadm_str){d.ddf, d.ddf_len}, from, NULL, NULL, &ddf, error);
  if (err != 0) return err;
  csp->ddf = ddf;
  csp->flags = d.flags;
  err = mount_check(fw, csp,
                    error); /* before open: a plugin that is open already would be disturbed */
  if (err == 0) err = open_csp(csp, error);
  txn_settle_own(fw);
  if (err == 0) {
    err = mount_csp(fw, csp, error);
    if (err != 0) close_csp(csp);
  }
  if (err != 0) {
    services_forget(csp);
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
  omadm_err err = mount_descriptor(fw, csp, from, NULL, &found);
  if (err == 0) return err;
  bool readable = csp != NULL && csp->abi == OMADM_CSP_ABI && csp->struct_size >= sizeof *csp;
  mount_refused(fw, readable ? csp->name : NULL, readable ? csp->version : NULL, from, found.text);
  return omadm_error_set(error, err, "%s", found.text);
}

static omadm_err load(omadm_framework *fw, const char *path, omadm_error *error) {
  omadm_err err = check_unused(fw, path, error);
  if (err != 0) return err;
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *why = dlerror();
    size_t n = strlen(path); /* which it begins with */
    if (strncmp(why, path, n) == 0 && strncmp(why + n, ": ", 2) == 0) why += n + 2;
    return omadm_error_set(error, OMADM_E_IO, "%s cannot be loaded: %s", path, why);
  }
  omadm_csp_descriptor_fn get = NULL;
  void *symbol = dlsym(library, OMADM_CSP_SYMBOL);
  memcpy(&get, &symbol, sizeof get); /* how POSIX turns what dlsym gives into a function */
  if (get == NULL) {
    err = omadm_error_set(error, OMADM_E_ABI, "%s is no plugin: it does not export %s", path,
                          OMADM_CSP_SYMBOL);
  } else {
    err = mount_descriptor(fw, get(), path, library, error);
  }
  if (err != 0) dlclose(library);
  return err;
}

omadm_err omadm_framework_load(omadm_framework *fw, const char *path, omadm_error *error) {
  omadm_error found = {0};
  omadm_err err = load(fw, path, &found);
  if (err == 0) return err;
  const char *slash = strrchr(path, '/');
  mount_refused(fw, slash != NULL ? slash + 1 : path, NULL, path, found.text);
  omadm_error_set(error, err, "%s", found.text);
  return err;
}

void loader_close(omadm_framework *fw) {
  fw_csp *reversed = NULL;
  for (fw_csp *csp = fw->csps, *next; csp != NULL; csp = next) {
    next = csp->next;
    csp->next = reversed;
    reversed = csp;
  }
  for (fw_csp *csp = reversed; csp != NULL; csp = csp->next) {
    close_csp(csp);
    omadm_ddf_free(csp->ddf);
    if (csp->library != NULL) dlclose(csp->library);
  }
  fw->csps = fw->last_csp = NULL;
}
