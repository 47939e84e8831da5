/* SPDX-License-Identifier: MIT */
/* Which plugins run in a process of their own, and with which rights. */
#ifndef OMADM_CLI_ISOLATION_H
#define OMADM_CLI_ISOLATION_H

#include "cli/agent.h"

/*
 * A section has the name of a CSP; that stands inside of the file, but no code of a plugin that is
 * to be isolated may run here to say it, nor is what it says to be believed. So a section finds its
 * plugin by the name of the file, and an isolated one has to say the section's name.
 *
 * Where a section asks for a process and has no file, any other file could be meant: those that no
 * section names are refused.
 */

/* Is this file the one of [csp.CSP]? */
bool agent_is_file_of(const agent *self, const char *path, const char *csp);
/* Told of each file first, for agent_load to know them all. */
void agent_note_plugin(agent *self, const char *path);
/* Loads a plugin as its section of the configuration says. */
omadm_err agent_load(agent *self, const char *path, omadm_error *error);

/* The program omadm-csp-host, from the place of this one. UNSUPPORTED: it is not installed. */
omadm_err cli_find_csp_host(char *path, size_t size, omadm_error *error);

/* The user that the process of an isolated CSP has; lent until the next call. */
const char *agent_isolated_user(const agent *self, const char *csp);

#endif
