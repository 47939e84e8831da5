/* SPDX-License-Identifier: MIT */
/* omadm(1). */
#include <omadm/version.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/log.h"

static cli_exit (*const run[CLI_COMMANDS])(const cli_options *) = {
    [CLI_SESSION] = cli_session, [CLI_REPLAY] = cli_replay, [CLI_TREE] = cli_tree,
    [CLI_DDF] = cli_ddf,         [CLI_CSP] = cli_csp,       [CLI_TPM] = cli_tpm,
};

static cli_exit dispatch(const cli_options *options) {
  if (cli_options_count(options, CLI_OPT_HELP) > 0) {
    cli_help(options->command, stdout);
    return CLI_DONE;
  }
  if (cli_options_count(options, CLI_OPT_VERSION) > 0) {
    puts("omadm " OMADM_VERSION);
    return CLI_DONE;
  }
  return run[cli_options_command(options)](options);
}

int main(int argc, char **argv) {
  omadm_error error;
  omadm_error_clear(&error);
  cli_options options;
  cli_exit code = CLI_USAGE;
  if (cli_options_parse(&options, argc, argv, &error) == 0)
    code = dispatch(&options);
  else
    cli_complain("%s", error.text);
  cli_options_dispose(&options);
  if (fflush(stdout) != 0 || ferror(stdout)) {
    cli_complain("standard output cannot be written: %s", strerror(errno));
    return CLI_SURROUNDINGS;
  }
  return (int)code;
}
