/* SPDX-License-Identifier: MIT */
/* What a person types as the answer to a server's question (OMA-TS-DM_Protocol 10.2, 10.3). */
#ifndef OMADM_CLI_UI_INPUT_H
#define OMADM_CLI_UI_INPUT_H

#include <omadm/ui.h>

/* What is to be typed: "yes or no", "a number" …; lives for ever. */
const char *ui_input_hint(const omadm_ui_question *question);

/*
 * Reads a line. NULL: *reply and *outcome are the answer; the text is borrowed from the line or the
 * question, numbers stand in choices, which has room for all. Else a sentence that says what is
 * wrong with it; lives for ever.
 */
const char *ui_input_read(const omadm_ui_question *question, omadm_str line, uint32_t *choices,
                          omadm_ui_reply *reply, omadm_ui_outcome *outcome);

#endif
