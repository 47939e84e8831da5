/* SPDX-License-Identifier: MIT */
/*
 * The device put together from its parts: configuration, state, store, worker, TPM, framework, CSPs
 * and accounts. What `session`, `tree` and `csp` begin with.
 */
#ifndef OMADM_CLI_AGENT_H
#define OMADM_CLI_AGENT_H

#include <omadm/account.h>
#include <omadm/framework.h>
#include <omadm/log.h>
#include <omadm/session.h>
#include <omadm/store.h>
#include <omadm/tpm.h>
#include <omadm/worker.h>

#include "cli/config.h"
#include "cli/options.h"
#include "cli/state.h"

/* A verb of the tree that is waited for. */
typedef struct agent_wait {
  omadm_token token; /* 0: none */
  bool done;
  omadm_status status;
  omadm_answer answer; /* its spans point into the buffers below */
  omadm_buf data, type, detail;
} agent_wait;

/* An Exec that was answered 202, and may have ended since. */
typedef struct agent_exec {
  omadm_token token; /* of its answer; 0: none */
  omadm_status ended; /* 0: it has not */
} agent_exec;

typedef struct agent {
  const cli_options *options;
  cli_config config;
  omadm_log log;
  state state;
  omadm_store *store;
  omadm_worker *worker;
  omadm_tpm tpm;
  omadm_framework *framework;
  omadm_accounts *accounts;
  omadm_buf device_id;
  omadm_session *session; /* that gets late answers; NULL: `wait` does */
  agent_wait wait;
  agent_exec exec;
  omadm_buf plugins; /* paths of plugins, each terminated */
  bool reboot_wanted; /* at the end, automatically (reboot.h) */
  bool session_wanted; /* an alert asks for one */
  omadm_buf wanted_by; /* ServerID; empty: any */
} agent;

/* Puts it together. On anything but CLI_DONE the reason has been said. Close in any case. */
cli_exit agent_open(agent *self, const cli_options *options);
void agent_close(agent *self);

/* Reads the accounts of the tree, again where something changed them, and sets the root's ACL. */
omadm_err agent_accounts(agent *self, omadm_error *error);

/* CSPs: built in, plugins, then DDF files; what is refused is logged and the rest serves. ARGUMENT:
   a folder is not readable. (mounts.c) */
omadm_err agent_mount(agent *self, omadm_error *error);

/* At the end: says which settings no CSP asked for. (mounts.c) */
void agent_tell_unasked(const agent *self);

/* Waits for the late answer of `token`, at most so long as a command may take; then it is
   cancelled: an Exec goes on, 202, anything else is 500. *answer is valid until the next call. */
omadm_status agent_await(agent *self, omadm_verb verb, omadm_token token, omadm_answer *answer);

/* The Exec of this answer is accepted: self->exec says when it ends. */
void agent_accepted(agent *self, const omadm_answer *answer);

/* [log] level, raised by each -v. */
omadm_log_level agent_log_level(const cli_options *options, const cli_config *config);

/* Works until no job is left, `seconds` have passed or *stop (may be NULL) is set. */
void agent_finish_jobs(agent *self, uint64_t seconds, const volatile int *stop);

#endif
