/* SPDX-License-Identifier: MIT */
#include "conformance/player/inprocess_device.h"

#include <omadm/ddf.h>
#include <omadm/uri.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

#include <omadm/builtin.h>

enum { LATE_SEED = 20260101 };

static int64_t now_of(void *ctx) {
  const device *self = ctx;
  return self->now;
}

static omadm_err random_of(void *ctx, void *out, size_t n) {
  device *self = ctx;
  unsigned char *octets = out;
  for (size_t i = 0; i < n; i++)
    octets[i] = (unsigned char)self->random++;
  return 0;
}

/* The functions of the accounts' host port have their own ctx; random takes the device. */
static omadm_host *base_of(device *self) {
  return omadm_account_host_port(self->accounts_host);
}

static omadm_err session_number_of(void *ctx, uint32_t *number) {
  device *self = ctx;
  omadm_host *base = base_of(self);
  return base->session_number(base->ctx, number);
}

static omadm_err alert_next_of(void *ctx, omadm_str server_id, uint64_t after, omadm_alert *alert) {
  device *self = ctx;
  omadm_host *base = base_of(self);
  return base->alert_next(base->ctx, server_id, after, alert);
}

static omadm_err alert_answered_of(void *ctx, omadm_str server_id, uint64_t id,
                                   omadm_status status) {
  device *self = ctx;
  omadm_host *base = base_of(self);
  return base->alert_answered(base->ctx, server_id, id, status);
}

static omadm_err credentials_of(void *ctx, omadm_str server_id, omadm_auth_side side,
                                omadm_auth type, omadm_credentials *out) {
  device *self = ctx;
  omadm_host *base = base_of(self);
  return base->credentials(base->ctx, server_id, side, type, out);
}

static omadm_err nonce_of(void *ctx, omadm_str server_id, omadm_auth_side side, omadm_auth type,
                          omadm_str nonce) {
  device *self = ctx;
  omadm_host *base = base_of(self);
  return base->nonce(base->ctx, server_id, side, type, nonce);
}

static void completed_of(void *ctx, omadm_token token, omadm_status status,
                         const omadm_answer *answer) {
  device *self = ctx;
  if (token != self->awaited) {
    self->completed(self->completed_ctx, token, status, answer);
    return;
  }
  self->awaited = 0;
  self->answered = status;
  if (answer != NULL && omadm_buf_add_str(&self->value, answer->data) != 0)
    self->answered = OMADM_ST_FAILED;
}

static omadm_err setting_of(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  const device *self = ctx;
  const omadm_transcript_setup *setup = self->setup;
  omadm_err err =
      omadm_builtin_setting(csp, key, omadm_buf_str(&self->device_id), &self->limits, out);
  for (size_t i = 0; err == OMADM_E_NOT_FOUND && i < setup->setting_count; i++) {
    const omadm_transcript_setting *setting = &setup->settings[i];
    if (omadm_str_is(setting->csp, csp) && omadm_str_equal(setting->name, key))
      err = omadm_buf_add_str(out, setting->value);
  }
  return err;
}

static omadm_err submit_of(void *ctx, void (*run)(void *arg), void (*done)(void *arg), void *arg) {
  device *self = ctx;
  const device_job job = {run, done, arg};
  return omadm_buf_add(&self->jobs, &job, sizeof job);
}

/* The host that answers late has other things to do first: then it does not wait, and no job runs.
 * So jobs end at the same place of a transcript whatever the host. */
static int poll_of(void *ctx, int timeout_ms) {
  device *self = ctx;
  device_job job;
  if (timeout_ms <= 0 || self->jobs.len == 0) return 0;
  memcpy(&job, self->jobs.ptr, sizeof job);
  self->jobs.len -= sizeof job;
  memmove(self->jobs.ptr, self->jobs.ptr + sizeof job, self->jobs.len);
  job.run(job.arg);
  job.done(job.arg);
  return 1;
}

void device_finish_jobs(device *self) {
  while (omadm_framework_jobs(self->framework) > 0)
    (void)omadm_framework_pump(self->framework, 1);
}

static omadm_err load_plugin(device *self, omadm_str name, omadm_error *error) {
  const omadm_inprocess_config *config = self->config;
  omadm_err err = omadm_error_set(error, OMADM_E_UNSUPPORTED,
                                  "needs the plugin %s: name the folder of %s.so with --csp",
                                  name.ptr, name.ptr);
  for (size_t i = 0; err == OMADM_E_UNSUPPORTED && i < config->plugin_count; i++) {
    char *path = NULL;
    if (asprintf(&path, "%s/%s.so", config->plugins[i], name.ptr) < 0) return OMADM_E_NOMEM;
    if (access(path, F_OK) == 0) {
      omadm_error_clear(error);
      err = config->isolation != NULL
                ? omadm_framework_load_isolated(self->framework, path, config->isolation, error)
                : omadm_framework_load(self->framework, path, error);
    }
    free(path);
  }
  return err;
}

static omadm_err open_tpm(device *self, omadm_error *error) {
  const omadm_transcript_tpm *given = &self->setup->tpm;
  omadm_tpm_config config;
  if (given->provider.ptr == NULL) return 0;
  omadm_tpm_config_init(&config);
  config.log = self->log;
  config.event_log = given->event_log.ptr;
  config.ima_log = given->ima_log.ptr;
  return omadm_tpm_open(given->provider.ptr, &config, &self->tpm, error);
}

/* What MSFT:Applicability is judged by. */
static omadm_profile profile_of(const omadm_transcript_setup *setup) {
  omadm_profile profile = {.struct_size = sizeof profile, .os_build = setup->os_build.ptr};
  if (setup->edition.ptr != NULL) profile.edition = (uint32_t)strtoul(setup->edition.ptr, NULL, 0);
  if (setup->join.ptr != NULL)
    profile.join = omadm_str_is(setup->join, "entra") ? OMADM_JOIN_ENTRA : OMADM_JOIN_NONE;
  return profile;
}

static omadm_err framework_open(device *self, omadm_error *error) {
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  config.log = self->log;
  config.store = self->store;
  config.worker = &self->worker;
  config.tpm = &self->tpm;
  config.limits = self->limits;
  config.host_flags = self->host_flags;
  config.late_seed = LATE_SEED;
  config.ctx = self;
  config.now = now_of;
  config.setting = setting_of;
  config.no_user = omadm_str_is(self->setup->user, "none");
  config.completed = completed_of;
  const omadm_profile profile = profile_of(self->setup);
  config.profile = &profile;
  omadm_err err = omadm_framework_new(&config, &self->framework, error);
  if (err == 0) err = omadm_builtin_mount(self->framework, error);
  for (size_t i = 0; err == 0 && i < self->setup->plugin_count; i++)
    err = load_plugin(self, self->setup->plugins[i], error);
  for (size_t i = 0; err == 0 && i < self->setup->ddf_file_count; i++) {
    omadm_ddf *ddf = NULL;
    err = omadm_ddf_read(self->setup->ddf_files[i].ptr, NULL, NULL, &ddf, error);
    if (err == 0) err = omadm_framework_mount_ddf(self->framework, ddf, error);
  }
  if (err == 0) err = omadm_account_host_new(self->framework, &self->accounts_host, error);
  if (err == 0) {
    self->host = (omadm_host){
        .struct_size = sizeof self->host,
        .ctx = self,
        .log = self->log,
        .random = random_of,
        .session_number = session_number_of,
        .alert_next = alert_next_of,
        .alert_answered = alert_answered_of,
        .credentials = credentials_of,
        .nonce = nonce_of,
    };
  }
  return err;
}

static omadm_err limits_set(device *self, omadm_error *error) {
  omadm_limits_init(&self->limits);
  for (size_t i = 0; i < self->setup->limits.count; i++) {
    const omadm_transcript_pair *limit = &self->setup->limits.items[i];
    uint64_t value = 0;
    if (omadm_str_u64(limit->value, &value) &&
        omadm_limits_set(&self->limits, limit->name, value) == 0)
      continue;
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "<limit name=\"%s\" value=\"%s\"/>: no such limit, or no number above 0",
                           limit->name.ptr, limit->value.ptr);
  }
  return 0;
}

static omadm_err account_import(device *self, const omadm_transcript_server *server,
                                omadm_error *error) {
  size_t n = server->settings.count;
  omadm_setting *settings = calloc(n + 1, sizeof *settings);
  if (settings == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  omadm_err err = 0;
  bool has_url = false;
  for (size_t i = 0; err == 0 && i < n; i++) {
    settings[i] = (omadm_setting){server->settings.items[i].name, server->settings.items[i].value};
    const omadm_setting_rule *rule = omadm_account_rule_find(settings[i].name);
    if (rule == NULL)
      err = omadm_error_set(error, OMADM_E_SYNTAX, "<server %s=…>: no such setting",
                            settings[i].name.ptr);
    if (err == 0) err = omadm_setting_check(rule, settings[i].value, error);
    has_url = has_url || omadm_str_is(settings[i].name, "url");
  }
  if (!has_url)
    settings[n++] = (omadm_setting){OMADM_STR("url"), OMADM_STR("https://dm.example.net/oma")};
  if (err == 0) err = omadm_account_import(self->framework, server->id, settings, n, NULL, error);
  free(settings);
  return err;
}

/* The root ACL is full for each server unless root-acl says otherwise. */
omadm_err device_accounts(device *self, omadm_error *error) {
  omadm_buf acl;
  omadm_buf_init(&acl, NULL, 0);
  omadm_accounts_free(self->accounts);
  self->accounts = NULL;
  omadm_err err = omadm_accounts_load(self->framework, self->log, &self->accounts, error);
  if (err == 0 && self->setup->root_acl.ptr != NULL)
    err = omadm_buf_add_str(&acl, self->setup->root_acl);
  if (err == 0 && self->setup->root_acl.ptr == NULL)
    err = omadm_accounts_root_acl(self->accounts, &acl);
  if (err == 0) err = omadm_framework_set_root_acl(self->framework, omadm_buf_str(&acl));
  omadm_buf_dispose(&acl);
  return err != 0 ? omadm_error_set(error, err, "the accounts of <setup> cannot be used") : 0;
}

static omadm_err clock_set(device *self, omadm_error *error) {
  struct tm tm = {0};
  const char *text =
      self->setup->clock.ptr != NULL ? self->setup->clock.ptr : "2026-01-01T00:00:00Z";
  const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
  if (end == NULL || *end != '\0')
    return omadm_error_set(error, OMADM_E_SYNTAX, "clock=\"%s\": write 2026-01-01T00:00:00Z", text);
  self->now = (int64_t)timegm(&tm) * 1000;
  return 0;
}

omadm_err device_begin(device *self, const omadm_transcript_setup *setup,
                       const omadm_player_mode *mode, const omadm_inprocess_config *config,
                       device_completed completed, void *ctx, omadm_error *error) {
  device_end(self);
  *self = (device){
      .setup = setup,
      .config = config,
      .log = config->log,
      .completed = completed,
      .completed_ctx = ctx,
      .worker = {
          .struct_size = sizeof self->worker, .ctx = self, .submit = submit_of, .poll = poll_of}};
  device_user_init(&self->user, mode->late);
  if (mode->late) self->host_flags |= OMADM_HOST_LATE;
  if (mode->copy) self->host_flags |= OMADM_HOST_COPYING;
  omadm_buf_init(&self->device_id, NULL, 0);
  omadm_buf_init(&self->value, NULL, 0);
  omadm_buf_init(&self->acl, NULL, 0);
  omadm_buf_init(&self->title, NULL, 0);
  omadm_buf_init(&self->jobs, NULL, 0);
  if (setup->random.ptr != NULL && !omadm_str_u64(setup->random, &self->random)) {
    return omadm_error_set(error, OMADM_E_SYNTAX, "random=\"%s\" is no number", setup->random.ptr);
  }
  omadm_str id = setup->device_id.ptr != NULL ? setup->device_id
                                              : (omadm_str)OMADM_STR("IMEI:004999010640000");
  omadm_err err = omadm_buf_add_str(&self->device_id, id);
  if (err == 0) err = clock_set(self, error);
  if (err == 0) err = limits_set(self, error);
  if (err == 0) err = omadm_store_new_memory(&self->store, error);
  if (err == 0) err = open_tpm(self, error);
  if (err == 0) err = framework_open(self, error);
  for (size_t i = 0; err == 0 && i < setup->server_count; i++)
    err = account_import(self, &setup->servers[i], error);
  for (size_t i = 0; err == 0 && i < setup->node_count; i++) {
    const omadm_transcript_node *node = &setup->nodes[i];
    bool as_it_is =
        node->value.ptr == NULL && node->format.ptr == NULL && device_has_node(self, node->uri);
    if (!as_it_is) err = device_set(self, node->uri, node->format, node->type, node->value, error);
    if (err == 0) err = device_set_property(self, node->uri, "ACL", node->acl, error);
    if (err == 0) err = device_set_property(self, node->uri, "Title", node->title, error);
  }
  if (err == 0) err = device_accounts(self, error);
  return err;
}

void device_end(device *self) {
  omadm_accounts_free(self->accounts);
  omadm_account_host_free(self->accounts_host);
  omadm_framework_free(self->framework);
  omadm_tpm_close(&self->tpm);
  if (self->store != NULL) omadm_store_close(self->store);
  omadm_buf_dispose(&self->jobs);
  device_user_dispose(&self->user);
  omadm_buf_dispose(&self->device_id);
  omadm_buf_dispose(&self->value);
  omadm_buf_dispose(&self->acl);
  omadm_buf_dispose(&self->title);
  *self = (device){0};
}

omadm_err device_restart(device *self, omadm_error *error) {
  omadm_accounts_free(self->accounts);
  self->accounts = NULL;
  omadm_account_host_free(self->accounts_host);
  self->accounts_host = NULL;
  omadm_framework_free(self->framework);
  self->framework = NULL;
  omadm_err err = framework_open(self, error);
  return err == 0 ? device_accounts(self, error) : err;
}

omadm_err device_session(device *self, omadm_str server_id, omadm_session_config *config,
                         omadm_error *error) {
  const omadm_account *account = server_id.len == 0 ? omadm_accounts_at(self->accounts, 0) : NULL;
  for (size_t i = 0; account == NULL && i < omadm_accounts_count(self->accounts); i++) {
    const omadm_account *a = omadm_accounts_at(self->accounts, i);
    if (omadm_str_is(server_id, a->server_id)) account = a;
  }
  if (account == NULL) {
    return omadm_error_set(error, OMADM_E_NOT_FOUND, "<setup> has no <server id=\"%.*s\"/>",
                           (int)server_id.len, server_id.ptr);
  }
  config->tree = omadm_framework_tree(self->framework);
  config->host = &self->host;
  config->limits = self->limits;
  config->device_id = omadm_buf_str(&self->device_id);
  omadm_account_session(account, config);
  if (self->has_user) config->ui = &self->user.port;
  return 0;
}

omadm_err device_set(device *self, omadm_str uri, omadm_str format, omadm_str type, omadm_str value,
                     omadm_error *error) {
  omadm_str octets = value.ptr != NULL ? value : (omadm_str)OMADM_STR("");
  omadm_err err =
      omadm_framework_poke(self->framework, uri, omadm_format_parse(format), type, octets, error);
  if (err != 0) return omadm_error_set(error, err, "%.*s cannot be set", (int)uri.len, uri.ptr);
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  err = tree->settle(tree->ctx);
  return err != 0 ? omadm_error_set(error, err, "%.*s cannot be stored", (int)uri.len, uri.ptr) : 0;
}

/* The value of a leaf into self->value, waiting for a CSP that answers late. */
static omadm_status read_value(device *self, const omadm_tree *tree, const omadm_node *node,
                               omadm_str uri) {
  static const omadm_quirks tolerant = {{0}};
  const omadm_origin origin = {.quirks = &tolerant};
  omadm_answer answer = {0};
  self->value.len = 0;
  if ((node->access & OMADM_ACCESS_GET) == 0) {
    return omadm_status_from_err(omadm_framework_peek(self->framework, uri, &self->value));
  }
  self->answered = tree->get(tree->ctx, &origin, node, &answer);
  if (self->answered == OMADM_ST_OK && omadm_buf_add_str(&self->value, answer.data) != 0)
    return OMADM_ST_FAILED;
  if (self->answered != OMADM_ST_PENDING) return self->answered;
  self->awaited = answer.token;
  while (self->awaited != 0) {
    if (omadm_framework_pump(self->framework, 1000) == 0) return OMADM_ST_TIMEOUT;
  }
  return self->answered;
}

omadm_err device_read(device *self, omadm_str uri, omadm_player_node *out, omadm_error *error) {
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  char *scratch = malloc(uri.len + 1);
  omadm_uri *parsed = malloc(sizeof *parsed);
  omadm_err err = 0;
  omadm_node node = {0};
  static const omadm_origin device_itself = {0};
  *out = (omadm_player_node){0};
  if (scratch == NULL || parsed == NULL) {
    err = omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
    goto out;
  }
  omadm_status status = omadm_uri_parse(uri, 0, &self->limits, scratch, NULL, parsed);
  if (status == OMADM_ST_OK) status = tree->resolve(tree->ctx, &device_itself, parsed, &node);
  out->absent = status == OMADM_ST_NOT_FOUND;
  if (status != OMADM_ST_OK && !out->absent) {
    err = omadm_error_set(error, OMADM_E_ARGUMENT, "%.*s: %s", (int)uri.len, uri.ptr,
                          omadm_status_text(status));
  }
  if (status != OMADM_ST_OK) goto out;
  out->format = omadm_str_of(omadm_format_text(node.format));
  out->acl = device_property(self, &node, "ACL", &self->acl);
  out->title = device_property(self, &node, "Title", &self->title);
  if (node.format != OMADM_FORMAT_NODE) {
    status = read_value(self, tree, &node, uri);
    if (status == OMADM_ST_OK)
      out->value = self->value.len > 0 ? omadm_buf_str(&self->value) : (omadm_str)OMADM_STR("");
  }
out:
  free(parsed);
  free(scratch);
  return err;
}
