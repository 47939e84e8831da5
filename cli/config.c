/* SPDX-License-Identifier: MIT */
#include "cli/config.h"
#include "cli/trust.h"

#include <errno.h>
#include <stdio.h>

#include "base/codec.h"
#include "base/str.h"

/* Where the reader stands. */
typedef struct reader {
  cli_config *self;
  omadm_error *error;
  unsigned line;
  bool in_section;
  config_section_id section;
  omadm_str name;
  size_t room; /* of self->entry */
} reader;

static omadm_err complain(const reader *at, omadm_err err, const char *text) {
  return omadm_error_set(at->error, err, "%s:%u: %s", at->self->file, at->line, text);
}

static omadm_err complain_of(const reader *at, omadm_err err, const char *what, omadm_str which,
                             const char *more) {
  return omadm_error_set(at->error, err, "%s:%u: %s \"%.*s\"%s", at->self->file, at->line, what,
                         (int)(which.len < 80 ? which.len : 80), which.ptr, more);
}

static omadm_str keep(reader *at, omadm_str text) {
  return omadm_arena_copy(&at->self->arena, text);
}

/* The kind of section that `head` names; *name gets what stands behind the dot. */
static bool find_section(omadm_str head, config_section_id *id, omadm_str *name) {
  for (size_t i = 0; i < CONFIG_SECTIONS; i++) {
    const config_section *section = &config_sections[i];
    size_t n = strlen(section->name);
    if (!omadm_str_starts(head, section->name)) continue;
    bool right = section->is_named ? head.len > n + 1 && head.ptr[n] == '.' : head.len == n;
    if (!right) continue;
    *id = (config_section_id)i;
    *name =
        section->is_named ? (omadm_str){head.ptr + n + 1, head.len - n - 1} : (omadm_str){"", 0};
    return true;
  }
  return false;
}

static omadm_err add_entry(reader *at, omadm_str key, omadm_str value) {
  cli_config *self = at->self;
  if (self->n == at->room) {
    size_t room = at->room == 0 ? 32 : at->room * 2;
    config_entry *more = omadm_arena_new(&self->arena, room, sizeof *more);
    if (more == NULL) return complain(at, OMADM_E_NOMEM, "out of memory");
    if (self->n > 0) memcpy(more, self->entry, self->n * sizeof *more);
    self->entry = more;
    at->room = room;
  }
  config_entry entry = {at->section, at->name, keep(at, key), keep(at, value), at->line, false};
  if (entry.key.ptr == NULL || entry.value.ptr == NULL)
    return complain(at, OMADM_E_NOMEM, "out of memory");
  self->entry[self->n++] = entry;
  return 0;
}

static omadm_err take_section(reader *at, omadm_str line) {
  if (line.ptr[line.len - 1] != ']') return complain(at, OMADM_E_SYNTAX, "a section ends with ]");
  omadm_str head = {line.ptr + 1, line.len - 2};
  omadm_str name = {0};
  if (!find_section(head, &at->section, &name))
    return complain_of(at, OMADM_E_SYNTAX, "unknown section", head, "; omadm.conf(5) names them");
  if (at->section == CONFIG_SERVER) {
    omadm_error why;
    omadm_error_clear(&why);
    const omadm_setting_rule *rule = omadm_account_rule_find(omadm_str_of("server-id"));
    if (omadm_setting_check(rule, name, &why) != 0)
      return complain_of(at, OMADM_E_SYNTAX, "a server cannot be called", name,
                         ": blanks and = & * + are not allowed");
  }
  at->name = keep(at, name);
  at->in_section = true;
  if (at->name.ptr == NULL) return complain(at, OMADM_E_NOMEM, "out of memory");
  return config_sections[at->section].is_named ? add_entry(at, omadm_str_of(""), omadm_str_of(""))
                                               : 0;
}

static const config_entry *find_entry(const cli_config *self, config_section_id section,
                                      omadm_str name, omadm_str key) {
  for (size_t i = self->n; i > 0; i--) {
    const config_entry *entry = &self->entry[i - 1];
    if (entry->section == section && omadm_str_equal(entry->name, name) &&
        omadm_str_equal(entry->key, key))
      return entry;
  }
  return NULL;
}

static omadm_err check_quirk(const reader *at, omadm_str key, omadm_str value) {
  omadm_quirks quirks = {{0}};
  omadm_str name = {key.ptr + strlen("quirk."), key.len - strlen("quirk.")};
  if (!omadm_str_starts(key, "quirk.")) return 0;
  if (name.len == 0 || omadm_quirks_set(&quirks, name, value) == OMADM_E_NOT_FOUND)
    return complain_of(at, OMADM_E_SYNTAX, "there is no quirk", name, "; omadm.conf(5) names them");
  return 0;
}

static omadm_err set_limit(const reader *at, omadm_str key, omadm_str value) {
  uint64_t number = 0;
  (void)omadm_str_u64(value, &number);
  return omadm_limits_set(&at->self->limits, key, number);
}

static omadm_err check_entry(reader *at, omadm_str key, omadm_str value) {
  const config_section *section = &config_sections[at->section];
  const omadm_setting_rule *rule = config_rule_find(at->section, key);
  if (rule == NULL && !section->is_free)
    return complain_of(at, OMADM_E_SYNTAX, "unknown key", key, "; omadm.conf(5) names them");
  const config_entry *before = find_entry(at->self, at->section, at->name, key);
  if (before != NULL && !config_may_repeat(at->section, key))
    return omadm_error_set(at->error, OMADM_E_SYNTAX, "%s:%u: %.*s stands in line %u already",
                           at->self->file, at->line, (int)key.len, key.ptr, before->line);
  if (rule == NULL) return 0;
  omadm_error why;
  omadm_error_clear(&why);
  /* A rule may hold for several keys (quirk.NAME): the message has the one that was written. */
  omadm_setting_rule named = *rule;
  named.name = keep(at, key).ptr;
  if (named.name == NULL) return complain(at, OMADM_E_NOMEM, "out of memory");
  omadm_err err = omadm_setting_check(&named, value, &why);
  if (err != 0) return complain(at, err, why.text);
  if (at->section == CONFIG_LIMITS) return set_limit(at, key, value);
  return at->section == CONFIG_SERVER ? check_quirk(at, key, value) : 0;
}

static omadm_err take_key(reader *at, omadm_str line) {
  const char *equal = memchr(line.ptr, '=', line.len);
  if (equal == NULL)
    return complain(at, OMADM_E_SYNTAX, "neither a [section] nor a \"key = value\"");
  omadm_str key = omadm_str_trim((omadm_str){line.ptr, (size_t)(equal - line.ptr)});
  omadm_str value =
      omadm_str_trim((omadm_str){equal + 1, (size_t)(line.ptr + line.len - equal - 1)});
  if (key.len == 0) return complain(at, OMADM_E_SYNTAX, "there is no key before \"=\"");
  if (!at->in_section)
    return complain(at, OMADM_E_SYNTAX, "a key stands before the first [section]");
  omadm_err err = check_entry(at, key, value);
  return err != 0 ? err : add_entry(at, key, value);
}

static omadm_err take_line(reader *at, omadm_str line) {
  omadm_str text = omadm_str_trim(line);
  if (!omadm_utf8_is_valid(line) || memchr(line.ptr, '\0', line.len) != NULL)
    return complain(at, OMADM_E_SYNTAX, "this is not UTF-8 text");
  if (text.len == 0 || text.ptr[0] == ';' || text.ptr[0] == '#') return 0;
  if (text.ptr != line.ptr)
    return complain(at, OMADM_E_SYNTAX,
                    "the line is indented; values do not go on in a further line");
  return text.ptr[0] == '[' ? take_section(at, text) : take_key(at, text);
}

/* Is `entry` the address of an account, and another section's the same ServerID? */
static const config_entry *find_twin(const cli_config *self, const config_entry *entry) {
  omadm_str id = config_server_id(self, entry->name);
  for (const config_entry *other = self->entry; other < entry; other++)
    if (other->section == CONFIG_SERVER && omadm_str_is(other->key, "url") &&
        omadm_str_equal(config_server_id(self, other->name), id))
      return other;
  return NULL;
}

/* What the transport would say of it later, without file and line. */
static omadm_err check_address(const cli_config *self, const config_entry *entry,
                               omadm_error *error) {
  omadm_error why;
  omadm_error_clear(&why);
  if (omadm_str_is(entry->key, "url") &&
      !omadm_http_may_go(entry->value.ptr, NULL, entry->value.ptr, &why))
    return omadm_error_set(error, OMADM_E_ARGUMENT, "%s:%u: url: %s", self->file, entry->line,
                           why.text);
  if (omadm_str_is(entry->key, "client-key") &&
      find_entry(self, CONFIG_SERVER, entry->name, omadm_str_of("client-cert")) == NULL)
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "%s:%u: client-key = without client-cert = is of no use", self->file,
                           entry->line);
  return 0;
}

/* What can only be seen when all has been read. */
static omadm_err check_servers(const cli_config *self, omadm_error *error) {
  for (size_t i = 0; i < self->n; i++) {
    const config_entry *entry = &self->entry[i];
    if (entry->section != CONFIG_SERVER) continue;
    if (find_entry(self, CONFIG_SERVER, entry->name, omadm_str_of("url")) == NULL)
      return omadm_error_set(error, OMADM_E_SYNTAX, "%s:%u: [server.%s] has no url", self->file,
                             entry->line, entry->name.ptr);
    omadm_err err = check_address(self, entry, error);
    if (err != 0) return err;
    const config_entry *twin = omadm_str_is(entry->key, "url") ? find_twin(self, entry) : NULL;
    if (twin != NULL)
      return omadm_error_set(error, OMADM_E_SYNTAX,
                             "%s:%u: [server.%s] is the same server as [server.%s]", self->file,
                             entry->line, entry->name.ptr, twin->name.ptr);
  }
  return 0;
}

/* Keys that restrict a process are nothing without it: they would be read, and the plugin run
 * within omadm. Where its file is does not depend on it. */
static omadm_err check_isolation(const cli_config *self, omadm_error *error) {
  const config_entry *entry = NULL;
  size_t i = 0;
  while ((entry = config_next(self, CONFIG_CSP, (omadm_str){0}, &i)) != NULL) {
    const config_entry *how = find_entry(self, CONFIG_CSP, entry->name, omadm_str_of("isolate"));
    if (config_rule_find(CONFIG_CSP, entry->key) == NULL || omadm_str_is(entry->key, "isolate") ||
        omadm_str_is(entry->key, "file") || (how != NULL && omadm_str_is(how->value, "process")))
      continue;
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "%s:%u: %s = is for a process of its own, which [csp.%s] does not ask "
                           "for: add isolate = process, or leave it out",
                           self->file, entry->line, entry->key.ptr, entry->name.ptr);
  }
  return 0;
}

omadm_err config_parse(cli_config *self, omadm_str text, const char *file, omadm_error *error) {
  *self = (cli_config){.file = file, .is_read = true};
  omadm_arena_init(&self->arena, &omadm_mem_default, 0);
  omadm_limits_init(&self->limits);
  reader at = {.self = self, .error = error};
  if (omadm_str_starts(text, "\xEF\xBB\xBF")) text = (omadm_str){text.ptr + 3, text.len - 3};
  while (text.len > 0) {
    const char *end = memchr(text.ptr, '\n', text.len);
    size_t n = end != NULL ? (size_t)(end - text.ptr) : text.len;
    at.line++;
    omadm_err err = n > 0 ? take_line(&at, (omadm_str){text.ptr, n}) : 0;
    if (err != 0) return err;
    size_t skip = end != NULL ? n + 1 : n;
    text = (omadm_str){text.ptr + skip, text.len - skip};
  }
  omadm_err err = check_servers(self, error);
  if (err == 0) err = check_isolation(self, error);
  return err != 0 ? err : config_check_accounts(self, error);
}

/* The whole file into *text. */
static omadm_err read_file(FILE *file, const char *path, omadm_buf *text, omadm_error *error) {
  char piece[4096];
  size_t n = 0;
  omadm_err err = 0;
  while (err == 0 && (n = fread(piece, 1, sizeof piece, file)) > 0)
    err = omadm_buf_add(text, piece, n);
  if (err == OMADM_E_LIMIT)
    return omadm_error_set(error, err, "%s: larger than %d octets", path, CONFIG_SIZE_MAX);
  if (ferror(file))
    return omadm_error_set(error, OMADM_E_IO, "%s: cannot be read: %s", path, strerror(errno));
  return err;
}

omadm_err config_read(cli_config *self, const char *path, omadm_error *error) {
  const char *file = path != NULL ? path : CONFIG_DEFAULT;
  omadm_buf text;
  omadm_buf_init(&text, NULL, CONFIG_SIZE_MAX);
  FILE *stream = fopen(file, "re");
  omadm_err err = 0;
  if (stream == NULL) {
    int why = errno;
    err = config_parse(self, (omadm_str){0}, file, error);
    self->is_read = false;
    if (path == NULL && why == ENOENT) return err;
    return omadm_error_set(error, why == ENOENT ? OMADM_E_ARGUMENT : OMADM_E_IO,
                           "%s: cannot be opened: %s", file, strerror(why));
  }
  err = cli_trust(file, error);
  if (err == 0) err = read_file(stream, file, &text, error);
  fclose(stream);
  if (err != 0) text.len = 0;
  omadm_err parsed = config_parse(self, omadm_buf_str(&text), file, error);
  omadm_buf_dispose(&text);
  return err != 0 ? err : parsed;
}

void config_dispose(cli_config *self) {
  if (self->arena.mem != NULL) omadm_arena_dispose(&self->arena);
  *self = (cli_config){0};
}

omadm_str config_get(const cli_config *self, config_section_id section, const char *name,
                     const char *key) {
  const config_entry *entry = find_entry(self, section, omadm_str_of(name), omadm_str_of(key));
  return entry != NULL ? entry->value : (omadm_str){"", 0};
}

const config_entry *config_next(const cli_config *self, config_section_id section, omadm_str name,
                                size_t *i) {
  while (*i < self->n) {
    const config_entry *entry = &self->entry[(*i)++];
    if (entry->section == section && entry->key.len > 0 &&
        (name.len == 0 || omadm_str_equal(entry->name, name)))
      return entry;
  }
  return NULL;
}

omadm_str config_ask(cli_config *self, omadm_str csp, omadm_str key) {
  /* How it runs is not the CSP's affair. */
  if (key.len == 0 || config_rule_find(CONFIG_CSP, key) != NULL) return (omadm_str){0};
  for (size_t i = 0; i < self->n; i++) {
    config_entry *entry = &self->entry[i];
    if (entry->section != CONFIG_CSP || !omadm_str_equal(entry->name, csp) ||
        !omadm_str_equal(entry->key, key))
      continue;
    entry->is_asked = true;
    return entry->value;
  }
  return (omadm_str){0};
}

omadm_str config_server_id(const cli_config *self, omadm_str section_name) {
  const config_entry *entry =
      find_entry(self, CONFIG_SERVER, section_name, omadm_str_of("server-id"));
  return entry != NULL ? entry->value : section_name;
}

omadm_log_level config_log_level(const cli_config *self) {
  static const char *const words[] = {[OMADM_LOG_ERROR] = "error",
                                      [OMADM_LOG_WARN] = "warn",
                                      [OMADM_LOG_INFO] = "info",
                                      [OMADM_LOG_DEBUG] = "debug"};
  omadm_str level = config_get(self, CONFIG_LOG, "", "level");
  for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
    if (omadm_str_is(level, words[i])) return (omadm_log_level)i;
  return OMADM_LOG_WARN;
}
