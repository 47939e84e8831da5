/* SPDX-License-Identifier: MIT */
/* omadm csp test */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/trust.h"
#include "cli/agent.h"
#include "cli/commands.h"
#include "cli/isolation.h"
#include "cli/log.h"
#include "conformance/csp-test/csp_test.h"

/* NAME=VALUE of each --setting; borrowed from the command line. */
static omadm_err take_settings(const cli_options *options, omadm_csp_test_setting *settings,
                               size_t n, omadm_error *error) {
  for (size_t i = 0; i < n; i++) {
    const char *text = cli_options_at(options, CLI_OPT_SETTING, i);
    const char *equal = strchr(text, '=');
    if (equal == NULL || equal == text)
      return omadm_error_set(error, OMADM_E_ARGUMENT, "--setting %s: NAME=VALUE is wanted", text);
    settings[i].name = (omadm_str){text, (size_t)(equal - text)};
    settings[i].value = omadm_str_of(equal + 1);
  }
  return 0;
}

/* URI=VALUE of each --value; borrowed from the command line. */
static omadm_err take_values(const cli_options *options, omadm_csp_test_value *values, size_t n,
                             omadm_error *error) {
  for (size_t i = 0; i < n; i++) {
    const char *text = cli_options_at(options, CLI_OPT_VALUE, i);
    const char *equal = strchr(text, '=');
    if (equal == NULL || strncmp(text, "./", 2) != 0)
      return omadm_error_set(error, OMADM_E_ARGUMENT, "--value %s: URI=VALUE is wanted", text);
    values[i].uri = (omadm_str){text, (size_t)(equal - text)};
    values[i].value = omadm_str_of(equal + 1);
  }
  return 0;
}

static omadm_err write_report(const cli_options *options, const omadm_csp_test_report *report) {
  omadm_buf out = {0};
  omadm_err err = cli_options_count(options, CLI_OPT_JSON) > 0
                      ? omadm_csp_test_write_json(report, &out)
                      : omadm_csp_test_write(report, &out);
  if (err == 0) fwrite(out.ptr, 1, out.len, stdout);
  omadm_buf_dispose(&out);
  return err;
}

/* The name is left open: whatever the plugin says that it is. */
static omadm_err isolate(const cli_options *options, char *program, size_t size,
                         omadm_isolation *isolation, omadm_error *error) {
  if (cli_options_count(options, CLI_OPT_ISOLATE) == 0) return 0;
  *isolation = (omadm_isolation){.struct_size = sizeof *isolation,
                                 .program = program,
                                 .user = cli_options_text(options, CLI_OPT_ISOLATE_USER, NULL)};
  return cli_find_csp_host(program, size, error);
}

static cli_exit run(const cli_options *options, omadm_csp_test_options *how) {
  char program[PATH_MAX];
  omadm_isolation isolation = {0};
  omadm_csp_test_report *report = NULL;
  omadm_error error;
  omadm_error_clear(&error);
  omadm_err err = omadm_trust_path(how->plugin, &error);
  if (err == 0) err = isolate(options, program, sizeof program, &isolation, &error);
  if (isolation.program != NULL) how->isolation = &isolation;
  if (err == 0) err = omadm_csp_test_run(how, &report, &error);
  if (err == 0) err = write_report(options, report);
  if (err != 0) cli_complain("%s", error.text[0] != '\0' ? error.text : omadm_err_text(err));
  bool good = err == 0 && omadm_csp_test_count(report, OMADM_CSP_TEST_FAILED) == 0;
  omadm_csp_test_free(report);
  return good ? CLI_DONE : CLI_NO;
}

cli_exit cli_csp_test(const cli_options *options) {
  omadm_error error;
  omadm_log log;
  cli_exit code = CLI_SURROUNDINGS;
  size_t n = cli_options_count(options, CLI_OPT_SETTING);
  size_t n_values = cli_options_count(options, CLI_OPT_VALUE);
  omadm_csp_test_setting *settings = calloc(n + 1, sizeof *settings);
  omadm_csp_test_value *values = calloc(n_values + 1, sizeof *values);
  omadm_error_clear(&error);
  cli_log_init(&log, OMADM_LOG_ERROR);
  if (cli_options_count(options, CLI_OPT_VERBOSE) > 0)
    log.level = cli_options_count(options, CLI_OPT_VERBOSE) > 1 ? OMADM_LOG_DEBUG : OMADM_LOG_INFO;
  omadm_csp_test_options how = {
      .plugin = options->arguments[0],
      .seed = cli_options_number(options, CLI_OPT_SEED, 1),
      .exec = cli_options_count(options, CLI_OPT_EXEC) > 0,
      .seconds = (unsigned)cli_options_number(options, CLI_OPT_ANSWER_TIME, 0),
      .log = &log,
      .settings = settings,
      .n_settings = n,
      .values = values,
      .n_values = n_values,
  };
  if (settings == NULL || values == NULL) {
    cli_complain("%s", omadm_err_text(OMADM_E_NOMEM));
  } else if (take_settings(options, settings, n, &error) != 0 ||
             take_values(options, values, n_values, &error) != 0) {
    cli_complain("%s", error.text);
    code = CLI_USAGE;
  } else {
    code = run(options, &how);
  }
  free(settings);
  free(values);
  return code;
}
