/* SPDX-License-Identifier: MIT */
/*
 * The configuration, omadm.conf(5): sections of "key = value" lines, each checked against the table
 * of keys when it is read.
 */
#ifndef OMADM_CLI_CONFIG_H
#define OMADM_CLI_CONFIG_H

#include <omadm/account.h>
#include <omadm/error.h>
#include <omadm/limits.h>
#include <omadm/log.h>
#include <omadm/types.h>

#include <stdbool.h>

#include "base/mem.h"

#define CONFIG_DEFAULT "/etc/omadm/omadm.conf"
#define CONFIG_SIZE_MAX 1048576 /* octets; larger ones are no configuration */

typedef enum config_section_id {
  CONFIG_DEVICE = 0,
  CONFIG_SERVER,
  CONFIG_TREE,
  CONFIG_CSP,
  CONFIG_TPM,
  CONFIG_LOG,
  CONFIG_LIMITS,
  CONFIG_SECTIONS
} config_section_id;

/* A kind of section. Its keys are `rules`; where rules is NULL they come from elsewhere
 * (config_keys.c). */
typedef struct config_section {
  const char *name;
  bool is_named; /* [server.ID] */
  bool is_free; /* keys it does not list are taken as they stand */
  const omadm_setting_rule *rules;
  size_t n_rules;
  const char *text; /* for the manual page */
} config_section;

extern const config_section config_sections[CONFIG_SECTIONS];

/* A line that was read; key empty: the head of a named section. Strings are terminated and live as
 * long as the config. */
typedef struct config_entry {
  config_section_id section;
  omadm_str name; /* of [server.NAME]; empty */
  omadm_str key;
  omadm_str value;
  unsigned line;
  bool is_asked; /* of [csp.NAME]: the CSP asked for it */
} config_entry;

typedef struct cli_config {
  omadm_arena arena;
  const char *file; /* for messages */
  bool is_read; /* false: the default file is not there */
  config_entry *entry;
  size_t n;
  omadm_limits limits;
} cli_config;

/* Reads `path`; NULL: the default file, and none is an empty one. Dispose with config_dispose in
   any case. The error says file, line and reason. SYNTAX and its like: what stands there is wrong;
   UNSUPPORTED: it asks for what this version does not do; IO: not readable. */
omadm_err config_read(cli_config *self, const char *path, omadm_error *error);
/* The same from text. */
omadm_err config_parse(cli_config *self, omadm_str text, const char *file, omadm_error *error);
void config_dispose(cli_config *self);

/* Can the accounts work? Done when the file is read. (config_accounts.c) */
omadm_err config_check_accounts(const cli_config *self, omadm_error *error);
/* Says what works and may not be meant: a name or a secret that nobody asks for, a password that
 * others see. (config_accounts.c) */
void config_warn(const cli_config *self, const omadm_log *log);

/* The last value of that key, or an empty span. */
omadm_str config_get(const cli_config *self, config_section_id section, const char *name,
                     const char *key);
/* The next key of that section at or after *i, which moves behind it; name empty: any. NULL at the
 * end. */
const config_entry *config_next(const cli_config *self, config_section_id section, omadm_str name,
                                size_t *i);

/* The value of a CSP's own setting, which it asks for; an empty span without octets: there is none.
 */
omadm_str config_ask(cli_config *self, omadm_str csp, omadm_str key);

/* The ServerID of the account that the section of this name describes. */
omadm_str config_server_id(const cli_config *self, omadm_str section_name);

/* The level of [log]; WARN by default. */
omadm_log_level config_log_level(const cli_config *self);

/* Where the rule of a key stands; NULL: no such key. (config_keys.c) */
const omadm_setting_rule *config_rule_find(config_section_id section, omadm_str key);
/* The i-th rule of a section; NULL beyond the end. */
const omadm_setting_rule *config_rule_at(config_section_id section, size_t i);
bool config_may_repeat(config_section_id section, omadm_str key);
/* The i-th rule for the settings of a CSP that comes with omadm; NULL beyond the end, or where the
 * CSP is another's. They are warned of only: it is the CSP that reads them. */
const omadm_setting_rule *config_csp_rule_at(omadm_str csp, size_t i);
/* The i-th CSP that has such rules; NULL beyond the end. */
const char *config_csp_at(size_t i);

#endif
