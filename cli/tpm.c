/* SPDX-License-Identifier: MIT */
/* omadm tpm: what its verbs share. */
#include "cli/tpm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/str.h"
#include "cli/agent.h"
#include "cli/commands.h"
#include "cli/log.h"
#include "cli/tpm_open.h"

cli_exit tpm_complain(omadm_tpm_status status, const char *what) {
  cli_complain("%s: %s", what, omadm_tpm_status_text(status));
  return status == OMADM_TPM_UNSUPPORTED ? CLI_NO : CLI_SURROUNDINGS;
}

cli_exit tpm_complain_error(const omadm_error *error, omadm_err err, cli_exit code) {
  cli_complain("%s", error->text[0] != '\0' ? error->text : omadm_err_text(err));
  return code;
}

bool tpm_wants_json(const tpm_use *self) {
  return cli_options_count(self->options, CLI_OPT_JSON) > 0;
}

void tpm_write_json(json_t *json) {
  json_dumpf(json, stdout, JSON_INDENT(2));
  putchar('\n');
  json_decref(json);
}

json_t *tpm_json_hex(const void *octets, size_t n) {
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  omadm_err err = omadm_hex_encode((omadm_str){octets, n}, &text);
  json_t *json = err == 0 ? json_stringn(text.len > 0 ? text.ptr : "", text.len) : NULL;
  omadm_buf_dispose(&text);
  return json;
}

static bool has_bank(const uint16_t *banks, size_t n, uint16_t bank) {
  for (size_t i = 0; i < n; i++)
    if (banks[i] == bank) return true;
  return false;
}

omadm_err tpm_choose_bank(const tpm_use *self, const omadm_eventlog *log,
                          const omadm_tpm_info *info, uint16_t *bank, omadm_error *error) {
  static const uint16_t order[] = {OMADM_TPM_SHA256, OMADM_TPM_SHA384, OMADM_TPM_SHA512,
                                   OMADM_TPM_SM3, OMADM_TPM_SHA1};
  const char *wanted = cli_options_text(self->options, CLI_OPT_BANK, NULL);
  uint16_t carried[16];
  size_t n =
      log != NULL ? omadm_eventlog_banks(log, carried, sizeof carried / sizeof carried[0]) : 0;
  if (n > sizeof carried / sizeof carried[0]) n = sizeof carried / sizeof carried[0];
  for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
    if (wanted != NULL && strcmp(omadm_tpm_alg_name(order[i]), wanted) != 0) continue;
    bool in_log = log == NULL || has_bank(carried, n, order[i]);
    bool in_tpm = info == NULL || has_bank(info->banks, info->n_banks, order[i]);
    *bank = order[i];
    if (in_log && in_tpm) return OMADM_OK;
    if (wanted != NULL)
      return omadm_error_set(error, OMADM_E_NOT_FOUND, "%s has no bank %s",
                             in_log ? "the TPM" : "the log", wanted);
  }
  return omadm_error_set(error, OMADM_E_NOT_FOUND, "%s",
                         log == NULL ? "the TPM has no bank of PCRs allocated"
                                     : "there is no bank that both the log and the TPM have");
}

typedef struct verb {
  const char *name;
  cli_exit (*run)(const tpm_use *self);
} verb;

static const verb verbs[] = {
    {"info", tpm_show_info},
    {"log", tpm_show_log},
    {"quote", tpm_show_quote},
    {"record", tpm_write_record},
};

cli_exit tpm_read_file(const char *path, omadm_buf *octets) {
  char piece[65536];
  size_t n = 0;
  omadm_err err = OMADM_OK;
  FILE *file = fopen(path, "re");
  if (file == NULL) {
    int why = errno;
    cli_complain("%s: cannot be opened: %s", path, strerror(why));
    return why == ENOENT ? CLI_USAGE : CLI_SURROUNDINGS;
  }
  do {
    n = fread(piece, 1, sizeof piece, file);
    if (octets != NULL) err = omadm_buf_add(octets, piece, n);
  } while (err == OMADM_OK && n > 0 && octets != NULL);
  bool is_broken = ferror(file) != 0;
  int why = errno;
  fclose(file);
  if (is_broken) {
    cli_complain("%s: cannot be read: %s", path, strerror(why));
    return CLI_SURROUNDINGS;
  }
  if (err == OMADM_OK) return CLI_DONE;
  cli_complain("%s: %s", path, err == OMADM_E_LIMIT ? "too large for a log" : omadm_err_text(err));
  return err == OMADM_E_LIMIT ? CLI_NO : CLI_SURROUNDINGS;
}

static cli_exit check_meaning(const cli_options *options) {
  const char *name = options->verb->name;
  for (size_t i = 0; i < CLI_OPTION_COUNT; i++) {
    const char *only = cli_option_tpm_verbs(&cli_option_table[i]);
    if (only == NULL || cli_options_count(options, (cli_option_id)i) == 0) continue;
    if (strstr(only, name) != NULL) continue;
    cli_complain("--%s means nothing to omadm tpm %s, only to %s", cli_option_table[i].name, name,
                 only);
    return CLI_USAGE;
  }
  if (strcmp(name, "log") != 0 || options->n_arguments == 0) return CLI_DONE;
  if (cli_options_count(options, CLI_OPT_EVENT_LOG) == 0) return CLI_DONE;
  cli_complain("omadm tpm log looks at one log: FILE or --event-log, not both");
  return CLI_USAGE;
}

/* A log that the command line names has to be there: what is shown or recorded would lack it. */
static cli_exit check_logs(const cli_options *options) {
  static const cli_option_id logs[] = {CLI_OPT_EVENT_LOG, CLI_OPT_IMA_LOG};
  cli_exit code = CLI_DONE;
  for (size_t i = 0; code == CLI_DONE && i < sizeof logs / sizeof logs[0]; i++) {
    const char *path = cli_options_text(options, logs[i], NULL);
    if (path != NULL) code = tpm_read_file(path, NULL);
  }
  return code;
}

static bool answers(const omadm_tpm *tpm) {
  omadm_tpm_info info = {0};
  return tpm->calls->info(tpm->self, &info) == OMADM_TPM_OK && info.version == 2;
}

/* A log in a file can do without a TPM. FILE may be of another machine, and is compared only with
 * the TPM that --tpm names; --event-log is this machine's, and is compared if there is a TPM. */
static omadm_err open_tpm(tpm_use *self, omadm_error *error) {
  const cli_options *options = self->options;
  bool is_log = strcmp(options->verb->name, "log") == 0;
  bool is_named = cli_options_count(options, CLI_OPT_TPM) > 0;
  if (is_log && options->n_arguments > 0) self->log_file = options->arguments[0];
  if (self->log_file != NULL && !is_named) return OMADM_OK;
  if (is_log && self->log_file == NULL)
    self->log_file = cli_options_text(options, CLI_OPT_EVENT_LOG, NULL);
  omadm_err err = cli_tpm_open(options, &self->config, &self->log, &self->spec, &self->tpm, error);
  is_named = is_named || config_get(&self->config, CONFIG_TPM, "", "provider").len > 0;
  if (err != OMADM_OK || self->log_file == NULL) return err;
  if (strcmp(self->spec, "none") == 0 || (!is_named && !answers(&self->tpm)))
    omadm_tpm_close(&self->tpm);
  return OMADM_OK;
}

cli_exit cli_tpm(const cli_options *options) {
  tpm_use self = {.options = options};
  omadm_error error;
  omadm_error_clear(&error);
  cli_exit code = check_meaning(options);
  if (code == CLI_DONE) code = check_logs(options);
  if (code != CLI_DONE) return code;
  omadm_err err =
      config_read(&self.config, cli_options_text(options, CLI_OPT_CONFIG, NULL), &error);
  if (err == 0) {
    cli_log_init(&self.log, agent_log_level(options, &self.config));
    err = open_tpm(&self, &error);
  }
  if (err != 0) {
    bool is_ours = err != OMADM_E_IO && err != OMADM_E_NOMEM;
    code = tpm_complain_error(&error, err, is_ours ? CLI_USAGE : CLI_SURROUNDINGS);
  }
  for (size_t i = 0; err == 0 && i < sizeof verbs / sizeof verbs[0]; i++)
    if (strcmp(options->verb->name, verbs[i].name) == 0) code = verbs[i].run(&self);
  omadm_tpm_close(&self.tpm);
  config_dispose(&self.config);
  return code;
}
