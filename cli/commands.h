/* SPDX-License-Identifier: MIT */
/* The subcommands: each takes the parsed command line and gives the exit status. */
#ifndef OMADM_CLI_COMMANDS_H
#define OMADM_CLI_COMMANDS_H

#include "cli/options.h"

cli_exit cli_session(const cli_options *options);
cli_exit cli_tree(const cli_options *options);
cli_exit cli_ddf(const cli_options *options);
cli_exit cli_csp(const cli_options *options);
cli_exit cli_csp_new(const cli_options *options);
cli_exit cli_csp_test(const cli_options *options);
cli_exit cli_replay(const cli_options *options);
cli_exit cli_tpm(const cli_options *options);
cli_exit cli_notify(const cli_options *options);
cli_exit cli_bootstrap(const cli_options *options);
cli_exit cli_wbxml(const cli_options *options);

#endif
