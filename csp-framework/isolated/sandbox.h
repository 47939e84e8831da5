/* SPDX-License-Identifier: MIT */
/*
 * What a process gives up before it loads a plugin that it does not trust.
 *
 * The host prepares (names are looked up while that is still possible), the child enters. In
 * between the host may send the numbers of the configuration to the child in any form.
 */
#ifndef OMADM_ISOLATED_SANDBOX_H
#define OMADM_ISOLATED_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SANDBOX_USER "omadm-csp" /* where the configuration names none */
#define SANDBOX_MEMORY (UINT64_C(512) << 20)
#define SANDBOX_FILES 256 /* open at once */
#define SANDBOX_TASKS 256 /* threads of the user at once, where it is a user of its own */
#define SANDBOX_ALLOWED 64 /* paths */

typedef struct sandbox_config {
  bool change_user; /* to uid and gid, without further groups; else the process keeps its own */
  uint32_t uid, gid;
  int64_t parent; /* the process dies with this one; 0: it does not look */
  int socket; /* stays open, as 0 to 2 do (on /dev/null); everything else is closed; -1: nothing */
  const char *plugin; /* the file that will be loaded, absolute: may be read */
  const char *const *allow; /* files and folders, absolute: may be read and written */
  size_t n_allow;
  uint64_t memory; /* octets of address space; 0: SANDBOX_MEMORY */
  uint32_t cpu_seconds; /* 0: no limit */
} sandbox_config;

/* In the host. Sets change_user, uid and gid from the name of a user (NULL: SANDBOX_USER), and
 * parent; the rest of *config is left alone. 0, or -1 and a sentence: there is no such user, it is
 * root, or this build cannot isolate. */
int sandbox_prepare(const char *user, sandbox_config *config, char *why, size_t size);

/* In the host. What a child of it will lack on this machine, as a sentence for the log; empty where
 * nothing is. */
void sandbox_lacks(const sandbox_config *config, char *what, size_t size);

/* Of the environment a plugin sees the variables ("NAME=value") for which this is true: language
 * and time, and no secret of the agent's. */
bool sandbox_keeps_variable(const char *variable);

/* In the child, once, while it has one thread and before a plugin is loaded. 0, or -1 and a
 * sentence: the process is then neither the one nor the other and has to end. */
int sandbox_enter(const sandbox_config *config, char *why, size_t size);

#endif
