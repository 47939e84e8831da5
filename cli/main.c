/* SPDX-License-Identifier: MIT */
/* omadm(1). */
#include <omadm/version.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "cli/commands.h"
#include "cli/log.h"

static cli_exit (*const run[CLI_COMMANDS])(const cli_options *) = {
    [CLI_SESSION] = cli_session, [CLI_REPLAY] = cli_replay, [CLI_TREE] = cli_tree,
    [CLI_DDF] = cli_ddf,         [CLI_CSP] = cli_csp,       [CLI_TPM] = cli_tpm,
    [CLI_WBXML] = cli_wbxml,     [CLI_NOTIFY] = cli_notify, [CLI_BOOTSTRAP] = cli_bootstrap,
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

/* Passwords and opened credentials are not to lie in a file because of a crash. A limit of one
 * octet is too small for a file, and the only one that counts where core_pattern names a program,
 * too (fs/coredump.c of Linux). What omadm runs may raise its own limit again. */
static void refuse_cores(void) {
  struct rlimit limit;
  const char *wanted = getenv("OMADM_CORE");
  if (wanted != NULL && strcmp(wanted, "1") == 0) return;
  if (getrlimit(RLIMIT_CORE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max > 0 ? 1 : 0;
  setrlimit(RLIMIT_CORE, &limit);
}

int main(int argc, char **argv) {
  omadm_error error;
  /* The environment is changed while there is one thread. The TPM's libraries write to standard
   * error what our log says; who wants to hear them has set it. */
  setenv("TSS2_LOG", "all+none", 0);
  refuse_cores();
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
