/* SPDX-License-Identifier: MIT */
#include "conformance/player/serve_remarks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Adds a line to a list. */
static omadm_err push(char ***lines, size_t *count, const char *line) {
  char **larger = realloc(*lines, (*count + 1) * sizeof(char *));
  if (larger == NULL) return OMADM_E_NOMEM;
  *lines = larger;
  char *copy = omadm_str_dup(&omadm_mem_default, omadm_str_of(line));
  if (copy == NULL) return OMADM_E_NOMEM;
  larger[(*count)++] = copy;
  return OMADM_OK;
}

static void drop(char ***lines, size_t *count) {
  for (size_t i = 0; i < *count; i++)
    omadm_mem_free(&omadm_mem_default, (*lines)[i]);
  free(*lines);
  *lines = NULL;
  *count = 0;
}

static omadm_err remark(serve_remarks *self, const char *name, const char *value,
                        const char *advice) {
  char line[300];
  bool has_value = value != NULL;
  snprintf(line, sizeof line, "not set up: %s%s%s%s: %s", name, has_value ? "=\"" : "",
           has_value ? value : "", has_value ? "\"" : "", advice);
  return push(&self->lines, &self->count, line);
}

static omadm_err remark_mount(serve_remarks *self, const char *path) {
  const char *slash = strrchr(path, '/');
  const char *name = slash == NULL ? path : slash + 1;
  for (size_t i = 0; i < self->mount_count; i++) {
    if (strcmp(self->mounts[i], name) == 0) return OMADM_OK;
  }
  omadm_err err = push(&self->mounts, &self->mount_count, name);
  return err == OMADM_OK ? remark(self, name, NULL, "mount it on the client") : err;
}

/* The dialect is seen in package 1; each client has its own address. */
static bool is_own_affair(omadm_str name) {
  return omadm_str_is(name, "dialect") || omadm_str_is(name, "url") || omadm_str_is(name, "name");
}

static omadm_err remark_server(serve_remarks *self, const omadm_transcript_server *server) {
  omadm_err err = OMADM_OK;
  for (size_t i = 0; err == OMADM_OK && i < server->settings.count; i++) {
    const omadm_transcript_pair *setting = &server->settings.items[i];
    bool secret = strstr(setting->name.ptr, "secret") != NULL;
    if (!is_own_affair(setting->name))
      err = remark(self, setting->name.ptr, secret ? NULL : setting->value.ptr,
                   "set it in the client's account");
  }
  return err;
}

omadm_err serve_remarks_collect(serve_remarks *self, const omadm_transcript_setup *setup) {
  const omadm_transcript_pair attributes[] = {
      {OMADM_STR("clock"), setup->clock},       {OMADM_STR("random"), setup->random},
      {OMADM_STR("root-acl"), setup->root_acl}, {OMADM_STR("device-id"), setup->device_id},
      {OMADM_STR("user"), setup->user},
  };
  omadm_err err = OMADM_OK;
  drop(&self->lines, &self->count);
  self->shown = 0;
  for (size_t i = 0; err == OMADM_OK && i < setup->ddf_file_count; i++)
    err = remark_mount(self, setup->ddf_files[i].ptr);
  for (size_t i = 0; err == OMADM_OK && i < sizeof attributes / sizeof attributes[0]; i++) {
    if (attributes[i].value.ptr != NULL)
      err = remark(self, attributes[i].name.ptr, attributes[i].value.ptr,
                   "bring the client into that state");
  }
  for (size_t i = 0; err == OMADM_OK && i < setup->server_count; i++)
    err = remark_server(self, &setup->servers[i]);
  return err;
}

const char *serve_remarks_next(serve_remarks *self) {
  return self->shown < self->count ? self->lines[self->shown++] : NULL;
}

void serve_remarks_dispose(serve_remarks *self) {
  drop(&self->lines, &self->count);
  drop(&self->mounts, &self->mount_count);
}

/* What changes the client's answers, and only its owner can set. */
static bool decides(omadm_str name) {
  static const char *const words[] = {"quirk", "hosts", "auth", "server-auth", "encoding", "max-"};
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
    if (omadm_str_starts(name, words[i])) return true;
  }
  return false;
}

/* Which nodes are there is decided by what the device is. */
static omadm_err check_profile(const omadm_transcript_setup *setup, omadm_error *error) {
  const omadm_transcript_pair profile[] = {{OMADM_STR("os-build"), setup->os_build},
                                           {OMADM_STR("edition"), setup->edition},
                                           {OMADM_STR("join"), setup->join}};
  for (size_t i = 0; i < sizeof profile / sizeof profile[0]; i++) {
    if (profile[i].value.ptr != NULL)
      return omadm_error_set(error, OMADM_E_UNSUPPORTED, "needs a client of %s=%s",
                             profile[i].name.ptr, profile[i].value.ptr);
  }
  return OMADM_OK;
}

omadm_err serve_remarks_check_setup(const omadm_transcript_setup *setup, omadm_error *error) {
  if (setup->limits.count > 0)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "needs limit %s=%s on the client",
                           setup->limits.items[0].name.ptr, setup->limits.items[0].value.ptr);
  if (setup->plugin_count > 0)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "needs the plugin %s, fresh, on the client",
                           setup->plugins[0].ptr);
  if (setup->setting_count > 0)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "needs %s=%s of [csp.%s] on the client",
                           setup->settings[0].name.ptr, setup->settings[0].value.ptr,
                           setup->settings[0].csp.ptr);
  if (setup->tpm.provider.ptr != NULL)
    return omadm_error_set(error, OMADM_E_UNSUPPORTED, "needs the TPM %s on the client",
                           setup->tpm.provider.ptr);
  omadm_err err = check_profile(setup, error);
  if (err != OMADM_OK) return err;
  for (size_t i = 0; i < setup->server_count; i++) {
    const omadm_transcript_pairs *settings = &setup->servers[i].settings;
    for (size_t k = 0; k < settings->count; k++) {
      if (decides(settings->items[k].name))
        return omadm_error_set(error, OMADM_E_UNSUPPORTED, "needs %s=%s in the client's account",
                               settings->items[k].name.ptr, settings->items[k].value.ptr);
    }
  }
  return OMADM_OK;
}

omadm_err serve_remarks_check_steps(const omadm_transcript *transcript, omadm_error *error) {
  static const char *const inside[OMADM_STEP_SESSION_OVER + 1] = {
      [OMADM_STEP_NOTIFY] = "a notification",
      [OMADM_STEP_BOOTSTRAP] = "a bootstrap document",
      [OMADM_STEP_RAISE] = "an alert raised by a CSP",
      [OMADM_STEP_CHANGE] = "a change by the device itself",
      [OMADM_STEP_USER] = "a user's answer",
      [OMADM_STEP_ABORT] = "an end by the device itself",
      [OMADM_STEP_RESTART] = "a restart",
      [OMADM_STEP_CRASH] = "a crash",
      [OMADM_STEP_WAIT] = "the clock",
  };
  for (size_t i = 0; i < transcript->step_count; i++) {
    const omadm_transcript_step *step = &transcript->steps[i];
    const char *what = inside[step->kind];
    if (step->kind == OMADM_STEP_SESSION && step->start.ptr != NULL &&
        !omadm_str_is(step->start, "client"))
      what = "how the session begins";
    if (step->kind == OMADM_STEP_SESSION && step->server.ptr != NULL &&
        !omadm_str_equal(step->server, transcript->setup.servers[0].id))
      what = "a session of another account";
    if (what != NULL)
      return omadm_error_set(error, OMADM_E_UNSUPPORTED,
                             "%s: only the inside of a client can do that", what);
  }
  return OMADM_OK;
}
