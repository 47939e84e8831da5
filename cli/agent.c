/* SPDX-License-Identifier: MIT */
#include "cli/agent.h"

#include <stdlib.h>
#include <unistd.h>

#include <omadm/transport.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/log.h"
#include "cli/profile.h"
#include "cli/reboot.h"
#include "cli/tpm_open.h"
#include "cli/trust.h"
#include <omadm/builtin.h>

/* A job that waits for the TPM or for a server must not keep the others. */
#define WORKERS 4
#define PUMP_MS 100

/* What the device says itself goes first: the id in DevInfo must be the one of the header. */
static omadm_err setting(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  agent *self = ctx;
  omadm_err err =
      omadm_builtin_setting(csp, key, omadm_buf_str(&self->device_id), &self->config.limits, out);
  if (err != OMADM_E_NOT_FOUND) return err;
  omadm_str value = config_ask(&self->config, omadm_str_of(csp), key);
  return value.ptr != NULL ? omadm_buf_add_str(out, value) : OMADM_E_NOT_FOUND;
}

static omadm_str keep(omadm_buf *buf, omadm_str text) {
  buf->len = 0;
  (void)omadm_buf_add_str(buf, text);
  return omadm_buf_str(buf);
}

/* A pending operation of the tree has ended. */
static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  agent *self = ctx;
  agent_wait *wait = &self->wait;
  if (self->session != NULL) {
    if (omadm_session_complete(self->session, token, status, answer) != OMADM_E_NOT_FOUND) return;
    omadm_log_line(&self->log, OMADM_LOG_INFO, "agent", "an answer came too late: %u %s", status,
                   omadm_status_text(status));
    if (answer != NULL && answer->snapshot != 0) {
      const omadm_tree *tree = omadm_framework_tree(self->framework);
      tree->release(tree->ctx, answer->snapshot);
    }
    return;
  }
  if (wait->token != token) return;
  wait->done = true;
  wait->status = status;
  wait->answer = answer != NULL ? *answer : (omadm_answer){0};
  wait->answer.data = keep(&wait->data, wait->answer.data);
  wait->answer.type = keep(&wait->type, wait->answer.type);
  wait->answer.detail = keep(&wait->detail, wait->answer.detail);
}

/* An Exec that was accepted has ended. */
static void ended(void *ctx, omadm_token token, omadm_status status) {
  agent *self = ctx;
  if (token == self->exec.token) self->exec.ended = status;
}

void agent_accepted(agent *self, const omadm_answer *answer) {
  self->exec = (agent_exec){.token = answer->token};
}

static void session_wanted(void *ctx, omadm_str server_id) {
  agent *self = ctx;
  self->session_wanted = true;
  (void)keep(&self->wanted_by, server_id);
}

static void wants_reboot(void *ctx, omadm_str uri, int automatic) {
  reboot_wanted(ctx, uri, automatic != 0);
}

/* services->http of CSPs, on any thread: of *self only what does not change is touched. Whoever may
 * write the file of authorities decides whom root believes. */
static omadm_err http(void *ctx, const omadm_csp_http_request *request,
                      omadm_csp_http_reply *reply) {
  const agent *self = ctx;
  omadm_error error;
  omadm_error_clear(&error);
  char *ca = geteuid() == 0 ? omadm_str_dup(&omadm_mem_default, request->ca) : NULL;
  omadm_err err = ca != NULL && ca[0] != '\0' ? cli_trust(ca, &error) : OMADM_OK;
  omadm_mem_free(&omadm_mem_default, ca);
  if (err == 0) return omadm_http_exchange(&self->log, request, reply, NULL);
  omadm_log_line(&self->log, OMADM_LOG_ERROR, "http", "%s", error.text);
  reply->stage = OMADM_CSP_HTTP_OPTIONS;
  return OMADM_E_ARGUMENT;
}

omadm_status agent_await(agent *self, omadm_verb verb, omadm_token token, omadm_answer *answer) {
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  int64_t deadline = omadm_clock_ms() + (int64_t)self->config.limits.command_time * 1000;
  self->wait.token = token;
  self->wait.done = false;
  while (!self->wait.done && omadm_clock_ms() < deadline)
    (void)omadm_framework_pump(self->framework, PUMP_MS);
  self->wait.token = 0;
  if (self->wait.done) {
    *answer = self->wait.answer;
    return self->wait.status;
  }
  tree->cancel(tree->ctx, token);
  if (verb == OMADM_VERB_EXEC) {
    *answer = (omadm_answer){.token = token};
    return OMADM_ST_ACCEPTED;
  }
  *answer = (omadm_answer){.detail = omadm_str_of("there was no answer within command-time")};
  return OMADM_ST_FAILED;
}

void agent_finish_jobs(agent *self, uint64_t seconds, const volatile int *stop) {
  int64_t deadline = omadm_clock_ms() + (int64_t)(seconds < INT32_MAX ? seconds : INT32_MAX) * 1000;
  (void)omadm_framework_pump(self->framework, 0);
  while (omadm_framework_pending(self->framework) > 0 && omadm_clock_ms() < deadline &&
         (stop == NULL || *stop == 0))
    (void)omadm_framework_pump(self->framework, PUMP_MS);
}

/* The framework only tells that its store failed; the store says why when it is asked itself. */
static omadm_err explain(const agent *self, omadm_err err, omadm_error *error) {
  omadm_error why;
  omadm_error_clear(&why);
  omadm_str value = {0};
  if (err != OMADM_E_STORE || self->store == NULL) return err;
  if (self->store->ops->get(self->store, OMADM_STORE_META, omadm_str_of("device-id"), &value,
                            &why) != OMADM_E_STORE)
    return err;
  return omadm_error_set(error, err, "the state %s cannot be used: %s", self->state.path, why.text);
}

static omadm_err open_framework(agent *self, omadm_error *error) {
  char values[4096];
  omadm_profile profile;
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  omadm_err err = cli_profile(&self->config, &profile, error);
  if (err == 0) err = omadm_store_open(self->state.path, &self->store, error);
  if (err == 0) err = omadm_store_limit(self->store, self->config.limits.store_size, error);
  if (err == 0) err = omadm_worker_new(WORKERS, &self->worker, error);
  config.log = &self->log;
  config.store = self->store;
  config.worker = self->worker;
  config.limits = self->config.limits;
  config.ctx = self;
  config.setting = setting;
  config.no_user = omadm_str_is(config_get(&self->config, CONFIG_DEVICE, "", "user"), "none");
  config.completed = completed;
  config.session_wanted = session_wanted;
  config.ended = ended;
  config.reboot_wanted = wants_reboot;
  config.profile = &profile;
  config.http = http;
  config.tpm = &self->tpm;
  int n = snprintf(values, sizeof values, "%s/values", self->state.path);
  if (err == 0 && (n < 0 || (size_t)n >= sizeof values))
    err = omadm_error_set(error, OMADM_E_ARGUMENT, "the path of the state is too long");
  config.values_dir = values;
  if (err == 0) err = omadm_framework_new(&config, &self->framework, error);
  if (err == 0)
    err = omadm_device_id(self->framework, config_get(&self->config, CONFIG_DEVICE, "", "id"), NULL,
                          &self->device_id, error);
  return err;
}

/* The account of the section that `first` belongs to. */
static omadm_err import_section(agent *self, const config_entry *first, omadm_error *error) {
  omadm_setting *settings = calloc(self->config.n, sizeof *settings);
  if (settings == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  omadm_str id = config_server_id(&self->config, first->name);
  size_t n = 0;
  size_t i = 0;
  int changed = 0;
  const config_entry *entry = NULL;
  while ((entry = config_next(&self->config, CONFIG_SERVER, first->name, &i)) != NULL)
    settings[n++] = (omadm_setting){entry->key, entry->value};
  omadm_err err = omadm_account_import(self->framework, id, settings, n, &changed, error);
  free(settings);
  if (changed)
    omadm_log_line(&self->log, changed > 1 ? OMADM_LOG_WARN : OMADM_LOG_INFO, "account",
                   "\"%.*s\" was imported from %s%s", (int)id.len, id.ptr, self->config.file,
                   changed > 1 ? " again: its account had been taken away" : "");
  return err;
}

/* Imports every [server.ID]; each has one url, so that key stands for its section. A configuration
   that does not exist says nothing about accounts: those of an earlier one stay. */
static omadm_err import_accounts(agent *self, omadm_error *error) {
  omadm_str *keep_ids = calloc(self->config.n + 1, sizeof *keep_ids);
  if (keep_ids == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  size_t n = 0;
  size_t i = 0;
  omadm_err err = 0;
  const config_entry *entry = NULL;
  while (err == 0 &&
         (entry = config_next(&self->config, CONFIG_SERVER, (omadm_str){0}, &i)) != NULL) {
    if (!omadm_str_is(entry->key, "url")) continue;
    keep_ids[n++] = config_server_id(&self->config, entry->name);
    err = import_section(self, entry, error);
  }
  if (err == 0 && self->config.is_read)
    err = omadm_account_prune(self->framework, keep_ids, n, error);
  free(keep_ids);
  return err;
}

omadm_err agent_accounts(agent *self, omadm_error *error) {
  omadm_buf acl;
  omadm_buf_init(&acl, NULL, 0);
  omadm_accounts_free(self->accounts);
  self->accounts = NULL;
  omadm_err err = omadm_accounts_load(self->framework, &self->log, &self->accounts, error);
  if (err == 0) err = omadm_accounts_root_acl(self->accounts, &acl);
  if (err == 0) err = omadm_framework_set_root_acl(self->framework, omadm_buf_str(&acl));
  omadm_buf_dispose(&acl);
  return err;
}

static omadm_err open_accounts(agent *self, omadm_error *error) {
  omadm_err err = import_accounts(self, error);
  return err == 0 ? agent_accounts(self, error) : err;
}

static void init(agent *self, const cli_options *options) {
  *self = (agent){.options = options, .state = {.lock = -1}};
  omadm_buf *buffers[] = {&self->device_id, &self->plugins,   &self->wanted_by,
                          &self->wait.data, &self->wait.type, &self->wait.detail};
  for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
    omadm_buf_init(buffers[i], NULL, 0);
}

omadm_log_level agent_log_level(const cli_options *options, const cli_config *config) {
  size_t level = OMADM_LOG_WARN + cli_options_count(options, CLI_OPT_VERBOSE);
  size_t configured = config_log_level(config);
  bool is_raised = level > OMADM_LOG_WARN && level > configured;
  if (level > OMADM_LOG_DEBUG) level = OMADM_LOG_DEBUG;
  return (omadm_log_level)(is_raised ? level : configured);
}

/* What a failure on the way means for who called omadm. */
static cli_exit complain(const omadm_error *error, omadm_err err, cli_exit code) {
  cli_complain("%s", error->text[0] != '\0' ? error->text : omadm_err_text(err));
  return code;
}

cli_exit agent_open(agent *self, const cli_options *options) {
  omadm_error error;
  omadm_error_clear(&error);
  init(self, options);
  omadm_err err =
      config_read(&self->config, cli_options_text(options, CLI_OPT_CONFIG, NULL), &error);
  if (err != 0)
    return complain(&error, err,
                    err == OMADM_E_IO || err == OMADM_E_NOMEM ? CLI_SURROUNDINGS : CLI_USAGE);
  cli_log_init(&self->log, agent_log_level(options, &self->config));
  config_warn(&self->config, &self->log);
  err = state_open(&self->state, cli_options_text(options, CLI_OPT_STATE, NULL),
                   cli_options_number(options, CLI_OPT_LOCK_TIMEOUT, STATE_LOCK_TIMEOUT), &error);
  const char *spec = NULL;
  if (err == 0) err = cli_tpm_open(options, &self->config, &self->log, &spec, &self->tpm, &error);
  if (err == 0) err = explain(self, open_framework(self, &error), &error);
  if (err != 0)
    return complain(&error, err, err == OMADM_E_ARGUMENT ? CLI_USAGE : CLI_SURROUNDINGS);
  err = agent_mount(self, &error);
  if (err != 0)
    return complain(&error, err, err == OMADM_E_ARGUMENT ? CLI_USAGE : CLI_SURROUNDINGS);
  err = explain(self, open_accounts(self, &error), &error);
  return err != 0 ? complain(&error, err, CLI_SURROUNDINGS) : CLI_DONE;
}

void agent_close(agent *self) {
  if (self->framework != NULL) agent_tell_unasked(self);
  omadm_accounts_free(self->accounts);
  omadm_framework_free(self->framework);
  omadm_worker_free(self->worker);
  omadm_tpm_close(&self->tpm);
  omadm_store_close(self->store);
  state_close(&self->state);
  config_dispose(&self->config);
  omadm_buf *buffers[] = {&self->device_id, &self->plugins,   &self->wanted_by,
                          &self->wait.data, &self->wait.type, &self->wait.detail};
  for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
    omadm_buf_dispose(buffers[i]);
}
