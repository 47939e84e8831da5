/* SPDX-License-Identifier: MIT */
/* The device profile of [device]: os-build, edition, join. */
#ifndef OMADM_CLI_PROFILE_H
#define OMADM_CLI_PROFILE_H

#include <omadm/framework.h>

#include "cli/config.h"

/* Fills *profile, whose strings live as long as the config; what is not configured is left open.
 * ARGUMENT: an edition that is no number. */
omadm_err cli_profile(const cli_config *config, omadm_profile *profile, omadm_error *error);

#endif
