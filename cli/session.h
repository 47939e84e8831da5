/* SPDX-License-Identifier: MIT */
/* Running management sessions: what `session`, `notify` and `bootstrap` share. */
#ifndef OMADM_CLI_SESSION_H
#define OMADM_CLI_SESSION_H

#include <jansson.h>
#include <signal.h>

#include <omadm/notification.h>

#include "cli/agent.h"

typedef struct session_order {
  agent *agent;
  const cli_options *options; /* borrowed, as is all here */
  const omadm_account *account;
  const omadm_notification_verdict *notified; /* of the first session; NULL: the device wants it */
  json_t *sessions; /* an array that takes the results; NULL: they are written for a person */
  bool reached; /* set: the server of the first session answered */
} session_order;

/* SIGINT and SIGTERM abort sessions from here on. What is returned is not 0 once one came; it lives
 * for ever. */
const volatile sig_atomic_t *session_catch_signals(void);

/* Sessions from the first message to the last, with those that alerts ask for; the worst of their
 * exit status. */
cli_exit session_run(session_order *order);

/* Writes the results with what still waits and runs, as JSON. */
void session_write_json(const agent *device, json_t *sessions);

/* Says which jobs still run, and bounds how long a signal lets them. `code` is the exit status. */
void session_expect_end(const agent *device, cli_exit code);

#endif
