/* SPDX-License-Identifier: MIT */
#include "cli/tpm_open.h"

#include <unistd.h>

#include "base/str.h"
#include "cli/trust.h"

#define DEVICE "tss2:device:/dev/tpmrm0"

/* The option, else the setting (terminated, as the configuration keeps it), else the preset. */
static const char *choose(const cli_options *options, cli_option_id option,
                          const cli_config *config, const char *key, const char *preset) {
  omadm_str value = config_get(config, CONFIG_TPM, "", key);
  return cli_options_text(options, option, value.len > 0 ? value.ptr : preset);
}

/* A file that the configuration names is root's to rely on, as the configuration is. One that is
 * not there is the provider's to say. */
static omadm_err check_setting(const cli_options *options, cli_option_id option,
                               const cli_config *config, const char *key, omadm_error *error) {
  omadm_str file = config_get(config, CONFIG_TPM, "", key);
  if (file.len == 0 || cli_options_count(options, option) > 0) return OMADM_OK;
  if (geteuid() != 0 || access(file.ptr, F_OK) != 0) return OMADM_OK;
  return cli_trust(file.ptr, error);
}

omadm_err cli_tpm_open(const cli_options *options, const cli_config *config, const omadm_log *log,
                       const char **spec, omadm_tpm *tpm, omadm_error *error) {
  omadm_tpm_config tpm_config;
  uint64_t seconds = 0;
  omadm_tpm_config_init(&tpm_config);
  tpm_config.log = log;
  tpm_config.event_log = choose(options, CLI_OPT_EVENT_LOG, config, "event-log", NULL);
  tpm_config.ima_log = choose(options, CLI_OPT_IMA_LOG, config, "ima-log", NULL);
  if (omadm_str_u64(config_get(config, CONFIG_TPM, "", "deadline"), &seconds))
    tpm_config.deadline_ms = (unsigned)(seconds * 1000);
  *spec = choose(options, CLI_OPT_TPM, config, "provider", DEVICE);
  omadm_err err = check_setting(options, CLI_OPT_EVENT_LOG, config, "event-log", error);
  if (err == 0) err = check_setting(options, CLI_OPT_IMA_LOG, config, "ima-log", error);
  if (err != 0) return err;
  return omadm_tpm_open(*spec, &tpm_config, tpm, error);
}
