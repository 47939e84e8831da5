/* SPDX-License-Identifier: MIT */
#include "cli/isolation.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

#define DEFAULT_USER "omadm-csp"

static bool is_isolated(const agent *self, const char *csp) {
  return omadm_str_is(config_get(&self->config, CONFIG_CSP, csp, "isolate"), "process");
}

static const char *text_of(const agent *self, const char *csp, const char *key) {
  omadm_str value = config_get(&self->config, CONFIG_CSP, csp, key);
  return value.len > 0 ? value.ptr : NULL;
}

static bool is_filler(char c) {
  return c == '-' || c == '_';
}

/* Is "health-attestation.so" called like HealthAttestation? */
static bool is_called(const char *file, const char *csp) {
  while (true) {
    while (is_filler(*file))
      file++;
    while (is_filler(*csp))
      csp++;
    if (*csp == '\0') return strcmp(file, ".so") == 0;
    if (omadm_ascii_lower(*file++) != omadm_ascii_lower(*csp++)) return false;
  }
}

static bool is_same_file(const char *a, const char *b) {
  struct stat of_a, of_b;
  return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev &&
         of_a.st_ino == of_b.st_ino;
}

bool agent_is_file_of(const agent *self, const char *path, const char *csp) {
  const char *file = text_of(self, csp, "file");
  const char *slash = strrchr(path, '/');
  if (file != NULL) return is_same_file(path, file);
  return is_called(slash != NULL ? slash + 1 : path, csp);
}

/* The section whose plugin this file is; NULL: none. One that isolates goes before another. */
static const char *find_section(const agent *self, const char *path) {
  const char *found = NULL;
  for (size_t i = 0; i < self->config.n; i++) {
    const config_entry *entry = &self->config.entry[i];
    if (entry->section != CONFIG_CSP || !agent_is_file_of(self, path, entry->name.ptr)) continue;
    found = entry->name.ptr;
    if (is_isolated(self, found)) break;
  }
  return found;
}

void agent_note_plugin(agent *self, const char *path) {
  (void)omadm_buf_add(&self->plugins, path, strlen(path) + 1);
}

static bool has_file(const agent *self, const char *csp) {
  const char *path = self->plugins.ptr;
  for (const char *end = path + self->plugins.len; path < end; path += strlen(path) + 1)
    if (agent_is_file_of(self, path, csp)) return true;
  return false;
}

/* A section that asks for a process and has no file; NULL: none. */
static const char *find_without_file(const agent *self) {
  size_t at = 0;
  const config_entry *entry = NULL;
  while ((entry = config_next(&self->config, CONFIG_CSP, (omadm_str){0}, &at)) != NULL)
    if (is_isolated(self, entry->name.ptr) && !has_file(self, entry->name.ptr))
      return entry->name.ptr;
  return NULL;
}

static uint64_t number(const agent *self, const char *csp, const char *key) {
  const char *value = text_of(self, csp, key);
  return value != NULL ? strtoull(value, NULL, 10) : 0;
}

/* The program stands in a place that is known from omadm's own, so that both can be moved. */
omadm_err cli_find_csp_host(char *path, size_t size, omadm_error *error) {
  static const char *const places[] = {OMADM_CSP_HOST_PLACES};
  char own[PATH_MAX];
  ssize_t n = readlink("/proc/self/exe", own, sizeof own - 1);
  if (n < 0) return omadm_error_set(error, OMADM_E_IO, "/proc/self/exe cannot be read");
  own[n] = '\0';
  char *slash = strrchr(own, '/');
  if (slash != NULL) *slash = '\0';
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    int length = snprintf(path, size, "%s/%s", own, places[i]);
    if (length > 0 && (size_t)length < size && access(path, X_OK) == 0) return OMADM_OK;
  }
  return omadm_error_set(error, OMADM_E_UNSUPPORTED,
                         "isolate = process needs the program omadm-csp-host, which is not "
                         "installed with this omadm (%s)",
                         own);
}

/* What its section says. *allow is the caller's, free. */
static omadm_err read_isolation(const agent *self, const char *csp, const char *program,
                                omadm_isolation *out, const char ***allow, omadm_error *error) {
  size_t at = 0;
  const config_entry *entry = NULL;
  *allow = calloc(self->config.n + 1, sizeof **allow);
  if (*allow == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  *out = (omadm_isolation){
      .struct_size = sizeof *out,
      .program = program,
      .user = text_of(self, csp, "user"),
      .name = csp,
      .allow = *allow,
      .memory = number(self, csp, "memory"),
      .slot_seconds = (uint32_t)number(self, csp, "slot-time"),
      .cpu_seconds = (uint32_t)number(self, csp, "cpu-time"),
      .deny_http = omadm_str_is(config_get(&self->config, CONFIG_CSP, csp, "network"), "no"),
      .deny_tpm = omadm_str_is(config_get(&self->config, CONFIG_CSP, csp, "tpm"), "no"),
  };
  while ((entry = config_next(&self->config, CONFIG_CSP, omadm_str_of(csp), &at)) != NULL)
    if (omadm_str_is(entry->key, "allow")) (*allow)[out->n_allow++] = entry->value.ptr;
  return OMADM_OK;
}

static omadm_err load_isolated(agent *self, const char *path, const char *csp, omadm_error *error) {
  char program[PATH_MAX];
  omadm_isolation isolation;
  const char **allow = NULL;
  omadm_err err = cli_find_csp_host(program, sizeof program, error);
  if (err == 0) err = read_isolation(self, csp, program, &isolation, &allow, error);
  if (err == 0)
    err = omadm_framework_load_isolated(self->framework, path, &isolation, error);
  else
    omadm_framework_refuse(self->framework, path, error->text);
  free(allow);
  return err;
}

omadm_err agent_load(agent *self, const char *path, omadm_error *error) {
  const char *csp = find_section(self, path);
  const char *lost = csp == NULL ? find_without_file(self) : NULL;
  if (lost != NULL) {
    omadm_error_set(error, OMADM_E_REFUSED,
                    "%s could be what [csp.%s] isolates, whose file is not there: name its file "
                    "(file =), or give this one a section",
                    path, lost);
    omadm_framework_refuse(self->framework, path, error->text);
    return OMADM_E_REFUSED;
  }
  if (csp != NULL && is_isolated(self, csp)) return load_isolated(self, path, csp, error);
  return omadm_framework_load(self->framework, path, error);
}

const char *agent_isolated_user(const agent *self, const char *csp) {
  const char *user = text_of(self, csp, "user");
  if (geteuid() == 0) return user != NULL ? user : DEFAULT_USER;
  const struct passwd *own = getpwuid(geteuid());
  return own != NULL ? own->pw_name : "-";
}
