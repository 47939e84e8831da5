/* SPDX-License-Identifier: MIT */
/* The user of a transcript: what <user> says, question by question. */
#ifndef OMADM_PLAYER_INPROCESS_USER_H
#define OMADM_PLAYER_INPROCESS_USER_H

#include <stdbool.h>

#include <omadm/error.h>
#include <omadm/ui.h>

#include "base/mem.h"

typedef struct device_user {
  omadm_ui port;
  omadm_buf
      answers; /* omadm_str, oldest first; as the step says it; borrowed from the transcript */
  omadm_buf chosen; /* uint32_t: of the last answer */
  bool late; /* answers when the session waits for it */
  omadm_token asked; /* of a question that is not answered yet; 0: none */
  omadm_token last_token;
  omadm_ui_kind kind; /* of that question */
} device_user;

void device_user_init(device_user *self, bool late);
void device_user_dispose(device_user *self);

/* What the user will say to the next question: the answer of an OMADM_STEP_USER. Borrowed until
 * dispose. */
omadm_err device_user_add(device_user *self, omadm_str answer, omadm_error *error);

/* The answer to the question that waits; false where there is none, or the user says nothing.
 * Borrowed until the next question. */
bool device_user_take(device_user *self, omadm_token *token, omadm_ui_outcome *outcome,
                      omadm_ui_reply *reply);

#endif
