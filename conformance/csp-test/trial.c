/* SPDX-License-Identifier: MIT */
#include "conformance/csp-test/trial.h"

#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "conformance/csp-test/crash.h"

static const char *const verb_names[] = {
    [OMADM_VERB_GET] = "Get",         [OMADM_VERB_LIST] = "list",     [OMADM_VERB_ADD] = "Add",
    [OMADM_VERB_REPLACE] = "Replace", [OMADM_VERB_DELETE] = "Delete", [OMADM_VERB_EXEC] = "Exec",
};

const char *trial_verb_name(omadm_verb verb) {
  return verb_names[verb];
}

void trial_note(const trial *self, const char *what, const char *uri) {
  crash_note(report_host_names[self->report->host], what, uri);
}

bool trial_lacks(const trial *self, omadm_verb verb) {
  const omadm_csp_slots *s = &self->watch.theirs;
  if (self->options->isolation != NULL) return false;
  switch (verb) {
  case OMADM_VERB_GET: return s->get == NULL;
  case OMADM_VERB_ADD: return s->add == NULL;
  case OMADM_VERB_REPLACE: return s->replace == NULL;
  case OMADM_VERB_DELETE: return s->remove == NULL;
  case OMADM_VERB_EXEC: return s->exec == NULL;
  default: return false;
  }
}

/* Any thread. What the framework itself says of the plugin is a finding, told where it is read. */
static void read_along(void *ctx, omadm_log_level level, const char *module, const char *text) {
  trial *self = ctx;
  const omadm_log *next = self->options->log;
  const size_t most = sizeof self->complaints / sizeof *self->complaints;
  if (next != NULL && level <= next->level) next->write(next->ctx, level, module, text);
  const char *line = strstr(text, ": line ");
  if (level == OMADM_LOG_INFO && line != NULL && strcmp(module, "framework") == 0 &&
      strstr(line, " of its DDF: ") != NULL)
    report_remark(self->report, line + 2);
  if (level > OMADM_LOG_WARN || strcmp(module, "framework") != 0) return;
  /* A request of ours, that it or its DDF refuses. */
  if (strstr(text, ": refused with ") != NULL || strstr(text, " is refused: ") != NULL) return;
  /* One that was given up on purpose. */
  if (strstr(text, " is given up: ") != NULL || strstr(text, "later and was taken back") != NULL)
    return;
  if (__atomic_load_n(&self->n_complaints, __ATOMIC_RELAXED) >= most) return;
  size_t i = __atomic_fetch_add(&self->n_complaints, 1, __ATOMIC_RELAXED);
  if (i < most) self->complaints[i] = strdup(text);
}

static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  trial *self = ctx;
  if (token != self->awaited) return;
  self->awaited = 0;
  self->status = status;
  self->data.len = self->detail.len = 0;
  if (answer == NULL) return;
  if (omadm_buf_add_str(&self->data, answer->data) != 0) self->status = OMADM_ST_FAILED;
  (void)omadm_buf_add_str(&self->detail, answer->detail);
  self->snapshot = answer->snapshot;
  self->size = answer->size;
}

static void ended(void *ctx, omadm_token token, omadm_status status) {
  trial *self = ctx;
  if (token != self->running) return;
  self->running = 0;
  self->ended = status;
}

/* The value with the plugin's folder in the place of "{state}". */
static omadm_err add_setting(const trial *self, omadm_str value, omadm_buf *out) {
  static const char mark[] = "{state}";
  const size_t n = sizeof mark - 1;
  omadm_err err = 0;
  while (err == 0 && value.len > 0) {
    bool is_mark = value.len >= n && memcmp(value.ptr, mark, n) == 0;
    size_t taken = is_mark ? n : 1;
    err = is_mark ? omadm_buf_add_text(out, self->state) : omadm_buf_add(out, value.ptr, 1);
    value.ptr += taken;
    value.len -= taken;
  }
  return err;
}

static omadm_err setting_of(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  const trial *self = ctx;
  (void)csp;
  for (size_t i = 0; i < self->options->n_settings; i++)
    if (omadm_str_equal(self->options->settings[i].name, key))
      return add_setting(self, self->options->settings[i].value, out);
  return OMADM_E_NOT_FOUND;
}

/* What root isolates runs as another user, whose the plugin's folder has to be. */
static omadm_err make_plugin_folder(trial *self, omadm_error *error) {
  const omadm_isolation *isolation = self->options->isolation;
  const char *user = isolation != NULL && isolation->user != NULL ? isolation->user : "omadm-csp";
  const struct passwd *found = NULL;
  snprintf(self->state, sizeof self->state, "%s/plugin", self->folder);
  if (mkdir(self->state, 0700) != 0)
    return omadm_error_set(error, OMADM_E_IO, "%s cannot be made", self->state);
  if (isolation == NULL || geteuid() != 0 || (found = getpwnam(user)) == NULL) return 0;
  if (chmod(self->folder, 0711) != 0 || chown(self->state, found->pw_uid, found->pw_gid) != 0)
    return omadm_error_set(error, OMADM_E_IO, "%s cannot be given to %s", self->state, user);
  return 0;
}

static omadm_err make_state(trial *self, omadm_error *error) {
  if (self->folder[0] != '\0') return 0;
  const char *tmp = getenv("TMPDIR");
  char template[sizeof self->folder];
  int n = snprintf(template, sizeof template, "%s/omadm-csp-test-XXXXXX",
                   tmp != NULL && tmp[0] == '/' ? tmp : "/tmp");
  if (n < 0 || (size_t)n >= sizeof template || mkdtemp(template) == NULL)
    return omadm_error_set(error, OMADM_E_IO, "no folder for the test could be made as %s",
                           template);
  memcpy(self->folder, template, sizeof self->folder);
  omadm_err err = make_plugin_folder(self, error);
  if (err == 0) err = omadm_store_new_memory(&self->store, error);
  return err == 0 ? omadm_worker_new(2, &self->worker, error) : err;
}

/* In a process of its own, which may write to its folder as well. */
static omadm_err mount_isolated(trial *self, omadm_error *error) {
  omadm_isolation how = *self->options->isolation;
  const char **allow = calloc(how.n_allow + 1, sizeof *allow);
  if (allow == NULL) return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  for (size_t i = 0; i < how.n_allow; i++)
    allow[i] = how.allow[i];
  allow[how.n_allow++] = self->state;
  how.allow = allow;
  omadm_err err =
      omadm_framework_load_isolated(self->framework, self->options->plugin, &how, error);
  free(allow);
  return err;
}

static omadm_err mount(trial *self, omadm_error *error) {
  const char *plugin = self->options->plugin;
  if (self->options->isolation != NULL) return mount_isolated(self, error);
  omadm_err err = watch_open(&self->watch, plugin, error);
  return err == 0
             ? omadm_framework_mount_csp(self->framework, &self->watch.descriptor, plugin, error)
             : err;
}

static omadm_err learn_nodes(trial *self, omadm_error *error) {
  omadm_mount_info info;
  omadm_csp_test_report *report = self->report;
  self->ddf = omadm_framework_ddf_at(self->framework, 0);
  if (self->ddf == NULL || omadm_framework_mount_at(self->framework, 0, &info) != 0)
    return omadm_error_set(error, OMADM_E_ABI, "%s is not mounted", self->options->plugin);
  if (report->name == NULL) report->name = strdup(info.name);
  if (report->version == NULL) report->version = strdup(info.version);
  if (self->places == NULL) {
    self->n_places = omadm_ddf_node_count(self->ddf);
    self->places = calloc(self->n_places, sizeof *self->places);
  }
  if (!report_nodes(report, self->ddf) || report->name == NULL || report->version == NULL ||
      self->places == NULL)
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  return 0;
}

omadm_err trial_open(trial *self, omadm_error *error) {
  char values[sizeof self->folder + 8];
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  omadm_err err = make_state(self, error);
  if (err != 0) return err;
  snprintf(values, sizeof values, "%s/values", self->folder);
  self->log = (omadm_log){sizeof self->log, self, OMADM_LOG_INFO, read_along};
  if (self->options->log != NULL && self->options->log->level > self->log.level)
    self->log.level = self->options->log->level;
  omadm_limits_init(&config.limits);
  config.limits.cancel_time = 1;
  config.log = &self->log;
  config.store = self->store;
  config.worker = self->worker;
  config.host_flags = self->host_flags;
  config.late_seed = self->options->seed + 1;
  config.ctx = self;
  config.setting = setting_of;
  config.completed = completed;
  config.ended = ended;
  config.values_dir = values;
  trial_note(self, "open", "");
  err = omadm_framework_new(&config, &self->framework, error);
  if (err == 0) err = mount(self, error);
  if (err == 0) err = learn_nodes(self, error);
  if (err == 0) self->tree = omadm_framework_tree(self->framework);
  return err;
}

void trial_close(trial *self) {
  trial_note(self, "close", "");
  if (self->framework != NULL && self->tree != NULL) (void)self->tree->settle(self->tree->ctx);
  omadm_framework_free(self->framework);
  watch_close(&self->watch);
  self->framework = NULL;
  self->tree = NULL;
  self->ddf = NULL;
}

static int remove_one(const char *path, const struct stat *about, int what, struct FTW *where) {
  (void)about;
  (void)what;
  (void)where;
  return remove(path);
}

void trial_dispose(trial *self) {
  trial_close(self);
  omadm_worker_free(self->worker);
  omadm_store_close(self->store);
  if (self->folder[0] != '\0') nftw(self->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
  for (size_t i = 0; self->places != NULL && i < self->n_places; i++) {
    free(self->places[i].uri);
    omadm_buf_dispose(&self->places[i].before);
    omadm_buf_dispose(&self->places[i].now);
    omadm_buf_dispose(&self->places[i].other);
  }
  free(self->places);
  for (size_t i = 0; i < sizeof self->complaints / sizeof *self->complaints; i++)
    free(self->complaints[i]);
  omadm_buf_dispose(&self->data);
  omadm_buf_dispose(&self->detail);
}
