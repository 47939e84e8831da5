/* SPDX-License-Identifier: MIT */
#include "csp-framework/isolated/isolated.h"

#include <stdlib.h>

#include "base/trust.h"
#include "csp-framework/isolated/process.h"
#include "csp-framework/isolated/sandbox.h"
#include "csp-framework/loader.h"
#include "csp-framework/services.h"
#include "csp-framework/sized.h"

static char *copy_text(const char *text) {
  return omadm_str_dup(&omadm_mem_default, omadm_str_of(text));
}

/* Copies what is given. */
static omadm_err fill(fw_isolated *p, const char *path, const omadm_isolation *given,
                      omadm_error *error) {
  omadm_isolation i;
  sized_copy(&i, sizeof i, given, given->struct_size);
  uint64_t seconds = i.slot_seconds > 0 ? i.slot_seconds : p->fw->config.limits.command_time;
  if (i.program == NULL || i.n_allow > SANDBOX_ALLOWED)
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "%s is not isolated: it needs a program, and %d allowed paths are the "
                           "most",
                           path, SANDBOX_ALLOWED);
  p->slot_ms = (int64_t)(seconds < 86400 ? seconds : 86400) * 1000;
  p->memory = i.memory;
  p->cpu_seconds = i.cpu_seconds;
  p->deny_http = i.deny_http != 0;
  p->deny_tpm = i.deny_tpm != 0;
  p->path = realpath(path, NULL);
  p->program = copy_text(i.program);
  p->user = i.user != NULL ? copy_text(i.user) : NULL;
  p->allow = calloc(i.n_allow + 1, sizeof *p->allow);
  if (p->path == NULL)
    return omadm_error_set(error, OMADM_E_IO, "%s cannot be loaded: there is no such file", path);
  bool good = p->program != NULL && p->allow != NULL && (i.user == NULL || p->user != NULL);
  for (size_t n = 0; good && n < i.n_allow; n++) {
    p->allow[n] = copy_text(i.allow[n]);
    good = p->allow[n] != NULL;
    p->n_allow = good ? n + 1 : n;
  }
  return good ? OMADM_OK : omadm_error_set(error, OMADM_E_NOMEM, "out of memory for %s", path);
}

/* What this machine cannot do is said with the first of them. */
static void tell_lacks(const fw_isolated *p) {
  sandbox_config config = {0};
  char text[300];
  if (p->fw->isolated != NULL || sandbox_prepare(p->user, &config, text, sizeof text) != 0) return;
  sandbox_lacks(&config, text, sizeof text);
  if (text[0] != '\0') fw_log(p->fw, OMADM_LOG_WARN, "a plugin in a process of its own: %s", text);
}

/* It gets the values and settings of that name. */
static omadm_err check_name(const fw_isolated *p, const omadm_isolation *given,
                            omadm_error *error) {
  omadm_isolation i;
  sized_copy(&i, sizeof i, given, given->struct_size);
  if (i.name == NULL ||
      (p->life.descriptor.name != NULL && strcmp(i.name, p->life.descriptor.name) == 0))
    return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED, "%s calls itself %s, but it is to be %s", p->path,
                         p->life.descriptor.name != NULL ? p->life.descriptor.name : "nothing",
                         i.name);
}

omadm_err isolated_new(omadm_framework *fw, const char *path, const omadm_isolation *isolation,
                       fw_isolated **isolated, const omadm_csp_descriptor **descriptor,
                       omadm_error *error) {
  fw_isolated *p = calloc(1, sizeof *p);
  *isolated = NULL;
  if (p == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory for %s", path);
  p->fw = fw;
  omadm_err err = fill(p, path, isolation, error);
  if (err == 0) err = process_start(p, error);
  if (err == 0) err = check_name(p, isolation, error);
  if (err != 0) {
    isolated_free(p);
    return err;
  }
  tell_lacks(p);
  *isolated = p;
  *descriptor = &p->life.descriptor;
  return OMADM_OK;
}

void isolated_bind(fw_isolated *p, fw_csp *csp) {
  p->csp = csp;
  csp->isolated = p;
  p->next = p->fw->isolated;
  p->fw->isolated = p;
}

void isolated_free(fw_isolated *p) {
  if (p == NULL) return;
  process_end(p);
  while (p->remote > 0)
    services_work(p->fw, 1000);
  for (fw_isolated **link = &p->fw->isolated; *link != NULL; link = &(*link)->next) {
    if (*link != p) continue;
    *link = p->next;
    break;
  }
  if (p->csp != NULL) p->csp->isolated = NULL;
  for (size_t i = 0; i < p->n_allow; i++)
    free(p->allow[i]);
  free(p->allow);
  free(p->path);
  free(p->program);
  free(p->user);
  omadm_buf_dispose(&p->message.body);
  omadm_buf_dispose(&p->out);
  omadm_buf_dispose(&p->order);
  omadm_buf_dispose(&p->reply);
  omadm_buf_dispose(&p->life.hello);
  free(p);
}

bool isolated_is_busy(const fw_isolated *p) {
  return p->life.jobs > 0 || p->remote > 0;
}

/* What belongs to one process and not to the next. */
static process_life take_life(fw_isolated *p) {
  process_life life = p->life;
  p->life = (process_life){0};
  return life;
}

static void drop_hello(process_life *life) {
  omadm_buf_dispose(&life->hello);
}

omadm_err isolated_reload(fw_isolated *p, omadm_error *error) {
  process_life old = take_life(p);
  omadm_err err = omadm_trust_path(p->path, error);
  if (err == 0) err = process_start(p, error);
  if (err == 0) err = loader_check_same(p->csp, &p->life.descriptor, error);
  if (err != 0) {
    process_kill(p, "what it loaded is refused");
    drop_hello(&p->life);
    p->life = old;
    return err;
  }
  process_life fresh = take_life(p);
  p->life = old;
  loader_end(p->csp);
  drop_hello(&p->life);
  p->life = fresh;
  loader_take(p->csp, &p->life.descriptor);
  err = loader_open(p->csp, error);
  if (err != 0 && p->life.link != NULL) process_lost(p, "it does not open");
  return err;
}
