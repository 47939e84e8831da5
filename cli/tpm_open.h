/* SPDX-License-Identifier: MIT */
/* The TPM that the command line and the configuration name. */
#ifndef OMADM_CLI_TPM_OPEN_H
#define OMADM_CLI_TPM_OPEN_H

#include <omadm/error.h>
#include <omadm/log.h>
#include <omadm/tpm.h>

#include "cli/config.h"
#include "cli/options.h"

/* --tpm, else [tpm] provider, else the device; logs and deadline likewise. *spec is borrowed from
 * one of them. It succeeds also where no TPM answers. log is borrowed for the life of *tpm, which
 * is ended by omadm_tpm_close. */
omadm_err cli_tpm_open(const cli_options *options, const cli_config *config, const omadm_log *log,
                       const char **spec, omadm_tpm *tpm, omadm_error *error);

#endif
