/* SPDX-License-Identifier: MIT */
/* What makes up the tree. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/trust.h"
#include "cli/agent.h"
#include "cli/isolation.h"
#include <omadm/builtin.h>

/* What does not serve is a thing to mend; what something else serves already may be meant so. */
static void log_refusal(const agent *self, const char *path, omadm_err err,
                        const omadm_error *error) {
  bool is_named = strstr(error->text, path) != NULL;
  omadm_log_line(&self->log, err == OMADM_E_EXISTS ? OMADM_LOG_WARN : OMADM_LOG_ERROR, "mount",
                 "%s%srefused: %s", is_named ? "" : path, is_named ? "" : " is ", error->text);
}

static void load_plugin(agent *self, const char *path) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_err err = agent_load(self, path, &error);
  if (err != 0) log_refusal(self, path, err, &error);
}

static void mount_ddf(agent *self, const char *path) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_ddf *ddf = NULL;
  omadm_err err = omadm_trust_path(path, &error);
  if (err == 0) err = omadm_ddf_read(path, NULL, NULL, &ddf, &error);
  if (err == 0) err = omadm_framework_mount_ddf(self->framework, ddf, &error);
  if (err != 0) log_refusal(self, path, err, &error);
}

static int is_plugin(const struct dirent *entry) {
  size_t n = strlen(entry->d_name);
  return n > 3 && strcmp(entry->d_name + n - 3, ".so") == 0;
}

static int is_ddf(const struct dirent *entry) {
  size_t n = strlen(entry->d_name);
  return n > 4 && strcmp(entry->d_name + n - 4, ".xml") == 0;
}

/* Hands each file of a folder to `take`, in the order of their names. */
static omadm_err take_folder(agent *self, const char *folder,
                             int (*is_wanted)(const struct dirent *),
                             void (*take)(agent *, const char *), omadm_error *error) {
  struct dirent **names = NULL;
  int n = scandir(folder, &names, is_wanted, alphasort);
  if (n < 0)
    return omadm_error_set(error, OMADM_E_ARGUMENT, "the folder %s cannot be read: %s", folder,
                           strerror(errno));
  for (int i = 0; i < n; i++) {
    char *path = NULL;
    if (asprintf(&path, "%s/%s", folder, names[i]->d_name) >= 0) take(self, path);
    free(path);
    free(names[i]);
  }
  free(names);
  return 0;
}

/* Folders of the configuration, then those of the command line. */
static omadm_err take_folders(agent *self, const char *key, cli_option_id option,
                              int (*is_wanted)(const struct dirent *),
                              void (*take)(agent *, const char *), omadm_error *error) {
  omadm_err err = 0;
  size_t at = 0;
  const config_entry *entry = NULL;
  while (err == 0 && (entry = config_next(&self->config, CONFIG_TREE, (omadm_str){0}, &at)) != NULL)
    if (omadm_str_is(entry->key, key))
      err = take_folder(self, entry->value.ptr, is_wanted, take, error);
  const char *folder = NULL;
  for (size_t i = 0; err == 0 && (folder = cli_options_at(self->options, option, i)) != NULL; i++)
    err = take_folder(self, folder, is_wanted, take, error);
  return err;
}

/* What is of that name, or was refused and may have been. */
static bool find_mount(const agent *self, omadm_str name, omadm_mount_info *found) {
  for (size_t i = 0; omadm_framework_mount_at(self->framework, i, found) == 0; i++) {
    if (found->name != NULL && omadm_str_is(name, found->name)) return true;
    if (found->failure != NULL && agent_is_file_of(self, found->from, name.ptr)) return true;
  }
  return false;
}

/* A setting of a CSP that comes with omadm. Another's knows its settings alone. */
static void check_csp_setting(const agent *self, const config_entry *entry) {
  omadm_error why;
  omadm_error_clear(&why);
  const omadm_setting_rule *rule = NULL;
  if (config_csp_rule_at(entry->name, 0) == NULL) return;
  if (config_rule_find(CONFIG_CSP, entry->key) != NULL) return;
  for (size_t i = 0; (rule = config_csp_rule_at(entry->name, i)) != NULL; i++)
    if (omadm_str_is(entry->key, rule->name)) break;
  if (rule == NULL)
    omadm_log_line(&self->log, OMADM_LOG_WARN, "config",
                   "%s:%u: %s has no setting \"%s\"; omadm.conf(5) names them", self->config.file,
                   entry->line, entry->name.ptr, entry->key.ptr);
  else if (omadm_setting_check(rule, entry->value, &why) != 0)
    omadm_log_line(&self->log, OMADM_LOG_WARN, "config", "%s:%u: %s", self->config.file,
                   entry->line, why.text);
}

/* Only now is it known which CSPs there are. A slip there must not stop what else works. */
static void check_csp_sections(const agent *self) {
  omadm_mount_info found;
  for (size_t i = 0; i < self->config.n; i++) {
    const config_entry *entry = &self->config.entry[i];
    if (entry->section != CONFIG_CSP) continue;
    if (entry->key.len > 0)
      check_csp_setting(self, entry);
    else if (!find_mount(self, entry->name, &found))
      omadm_log_line(&self->log, OMADM_LOG_WARN, "config",
                     "%s:%u: [csp.%s]: there is no such CSP; omadm csp list shows them",
                     self->config.file, entry->line, entry->name.ptr);
  }
}

/* Of a key that is nearly one of the host's: what was meant restricts the plugin, and does not. One
 * letter is wrong, missing or too many, or two stand the wrong way round. */
static const char *find_meant(omadm_str key) {
  const omadm_setting_rule *rule = NULL;
  for (size_t i = 0; (rule = config_rule_at(CONFIG_CSP, i)) != NULL; i++) {
    omadm_str due = omadm_str_of(rule->name);
    size_t same = 0, end = 0;
    while (same < key.len && same < due.len &&
           omadm_ascii_lower(key.ptr[same]) == omadm_ascii_lower(due.ptr[same]))
      same++;
    while (end < key.len - same && end < due.len - same &&
           omadm_ascii_lower(key.ptr[key.len - 1 - end]) ==
               omadm_ascii_lower(due.ptr[due.len - 1 - end]))
      end++;
    size_t wrong = key.len - same - end, missing = due.len - same - end;
    bool turned = wrong == 2 && missing == 2 && key.ptr[same] == due.ptr[same + 1] &&
                  key.ptr[same + 1] == due.ptr[same];
    if ((wrong <= 1 && missing <= 1) || turned) return rule->name;
  }
  return NULL;
}

void agent_tell_unasked(const agent *self) {
  for (size_t i = 0; i < self->config.n; i++) {
    const config_entry *entry = &self->config.entry[i];
    omadm_mount_info found;
    if (entry->section != CONFIG_CSP || entry->key.len == 0 || entry->is_asked) continue;
    if (config_rule_find(CONFIG_CSP, entry->key) != NULL) continue;
    if (config_csp_rule_at(entry->name, 0) != NULL) continue; /* check_csp_setting has spoken */
    if (!find_mount(self, entry->name, &found) || found.failure != NULL) continue;
    const char *meant = find_meant(entry->key);
    /* A CSP may ask when it needs a setting, which need not have been in this run. */
    omadm_log_line(&self->log, meant != NULL ? OMADM_LOG_WARN : OMADM_LOG_INFO, "config",
                   "%s:%u: %s did not ask for the setting \"%s\"%s%s%s", self->config.file,
                   entry->line, entry->name.ptr, entry->key.ptr, meant != NULL ? "; is " : "",
                   meant != NULL ? meant : "", meant != NULL ? " meant?" : "");
  }
}

omadm_err agent_mount(agent *self, omadm_error *error) {
  omadm_err err = omadm_builtin_mount(self->framework, error);
  if (err == 0)
    err = take_folders(self, "csp", CLI_OPT_CSP_DIR, is_plugin, agent_note_plugin, error);
  if (err == 0) err = take_folders(self, "csp", CLI_OPT_CSP_DIR, is_plugin, load_plugin, error);
  if (err == 0) err = take_folders(self, "ddf", CLI_OPT_DDF_DIR, is_ddf, mount_ddf, error);
  if (err == 0) check_csp_sections(self);
  return err;
}
