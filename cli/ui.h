/* SPDX-License-Identifier: MIT */
/* The user port on a terminal: questions of servers (OMA-TS-DM_Protocol 10) go to standard error,
 * answers come from standard input. */
#ifndef OMADM_CLI_UI_H
#define OMADM_CLI_UI_H

#include <signal.h>

#include <omadm/account.h>
#include <omadm/ui.h>

#include "base/mem.h"

typedef struct cli_ui {
  omadm_ui port;
  const char *name, *server; /* who asks; name may be "" */
  uint64_t limit; /* seconds that a question may take */
  const volatile sig_atomic_t *interrupted; /* not 0: the questions are over */
  omadm_buf answer; /* the line typed last */
  uint32_t *choices; /* lent with a reply */
} cli_ui;

/* The port, or NULL where standard input or standard error is no terminal: the device has no user
 * then. account and interrupted are borrowed. */
const omadm_ui *cli_ui_open(cli_ui *self, const omadm_account *account, uint64_t limit,
                            const volatile sig_atomic_t *interrupted);
void cli_ui_close(cli_ui *self);

#endif
