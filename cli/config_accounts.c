/* SPDX-License-Identifier: MIT */
/* What the sections [server.ID] say together: what cannot work, and what may not be meant. */
#include "cli/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"

/* How a side proves itself, and what it needs for that. */
static const struct {
  const char *auth;
  const char *needed[2]; /* of them all but a NULL */
  const char *of_no_use[3]; /* without it */
} sides[] = {
    {"auth", {"user", "secret"}, {"user", "secret", "nonce"}},
    {"server-auth", {"server-secret", NULL}, {"server-user", "server-secret", "server-nonce"}},
};

enum { SIDES = sizeof sides / sizeof sides[0] };

/* The last entry of that key in the section that `head` begins. */
static const config_entry *find(const cli_config *self, omadm_str section, const char *key) {
  const config_entry *found = NULL;
  const config_entry *entry = NULL;
  size_t i = 0;
  while ((entry = config_next(self, CONFIG_SERVER, section, &i)) != NULL)
    if (omadm_str_is(entry->key, key)) found = entry;
  return found;
}

static bool is_section(const config_entry *entry) {
  return entry->section == CONFIG_SERVER && entry->key.len == 0;
}

static omadm_err check_side(const cli_config *self, omadm_str section, size_t side,
                            omadm_error *error) {
  const config_entry *auth = find(self, section, sides[side].auth);
  if (auth == NULL || omadm_str_is(auth->value, "none")) return 0;
  for (size_t i = 0; i < sizeof sides[side].needed / sizeof sides[side].needed[0]; i++) {
    const char *needed = sides[side].needed[i];
    if (needed != NULL && find(self, section, needed) == NULL)
      return omadm_error_set(error, OMADM_E_ARGUMENT,
                             "%s:%u: %s = %s needs %s =, and there is none", self->file, auth->line,
                             sides[side].auth, auth->value.ptr, needed);
  }
  return 0;
}

omadm_err config_check_accounts(const cli_config *self, omadm_error *error) {
  omadm_err err = 0;
  for (size_t i = 0; err == 0 && i < self->n; i++)
    for (size_t side = 0; err == 0 && is_section(&self->entry[i]) && side < SIDES; side++)
      err = check_side(self, self->entry[i].name, side, error);
  return err;
}

/* A name or a secret that nobody asks for: most likely the line that asks is missing. One line says
 * it. */
static void warn_of_no_use(const cli_config *self, omadm_str section, size_t side,
                           const omadm_log *log) {
  if (find(self, section, sides[side].auth) != NULL) return;
  for (size_t i = 0; i < sizeof sides[side].of_no_use / sizeof sides[side].of_no_use[0]; i++) {
    const config_entry *entry = find(self, section, sides[side].of_no_use[i]);
    if (entry == NULL) continue;
    omadm_log_line(log, OMADM_LOG_WARN, "config",
                   "%s:%u: %s = without %s = is of no use: nobody proves himself by it", self->file,
                   entry->line, entry->key.ptr, sides[side].auth);
    return;
  }
}

/* Basic shows the password to whoever sees the message. */
static void warn_of_basic(const cli_config *self, omadm_str section, size_t side,
                          const omadm_log *log) {
  const config_entry *auth = find(self, section, sides[side].auth);
  const config_entry *url = find(self, section, "url");
  if (auth == NULL || url == NULL || !omadm_str_is(auth->value, "basic")) return;
  if (url->value.len < 7 ||
      !omadm_str_equal_nocase((omadm_str){url->value.ptr, 7}, (omadm_str)OMADM_STR("http://")))
    return;
  omadm_log_line(log, OMADM_LOG_WARN, "config",
                 "%s:%u: %s = basic with an address that is http:// shows the password to the "
                 "network",
                 self->file, auth->line, sides[side].auth);
}

/* Our own group is ourselves, as in cli_trust. */
static bool others_may_read(const char *file) {
  struct stat facts;
  if (stat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  mode_t others = facts.st_gid == getegid() ? S_IROTH : S_IRGRP | S_IROTH;
  return (facts.st_mode & others) != 0;
}

static void warn_of_readers(const cli_config *self, const omadm_log *log) {
  const config_entry *entry = NULL;
  size_t i = 0;
  while ((entry = config_next(self, CONFIG_SERVER, (omadm_str){0}, &i)) != NULL)
    if (omadm_str_is(entry->key, "secret") || omadm_str_is(entry->key, "server-secret")) break;
  if (entry != NULL && others_may_read(self->file))
    omadm_log_line(log, OMADM_LOG_WARN, "config",
                   "%s:%u: others may read the file, and %s is in it: chmod go-r it", self->file,
                   entry->line, entry->key.ptr);
}

void config_warn(const cli_config *self, const omadm_log *log) {
  if (!self->is_read) return;
  for (size_t i = 0; i < self->n; i++) {
    if (!is_section(&self->entry[i])) continue;
    for (size_t side = 0; side < SIDES; side++) {
      warn_of_no_use(self, self->entry[i].name, side, log);
      warn_of_basic(self, self->entry[i].name, side, log);
    }
  }
  warn_of_readers(self, log);
}
