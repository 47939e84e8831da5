/* SPDX-License-Identifier: MIT */
/* User interaction alerts, 1100 to 1104 (OMA-TS-DM_Protocol 10). */
#ifndef OMADM_SESSION_UI_H
#define OMADM_SESSION_UI_H

#include "omadm/session/state.h"

/* Is it the code of a question to the user? 0: no. */
omadm_ui_kind ui_kind_of(omadm_str code);

/*
 * Asks the user, or takes the answer and gives it to `a`. PAUSE: the answer is here, and the caller
 * should look at its clock before it is taken; WAIT: it comes later.
 */
step ui_run(omadm_session *s, omadm_ui_kind kind, const wire_command *command, answer *a);

/* The time of the question that is waited for has passed. */
void ui_expire(omadm_session *s);
/* Nobody waits for the answer any more. */
void ui_withdraw(omadm_session *s);

#endif
