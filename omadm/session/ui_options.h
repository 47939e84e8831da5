/* SPDX-License-Identifier: MIT */
/* The option string of a user interaction alert (OMA-TS-DM_Protocol 10.3). */
#ifndef OMADM_SESSION_UI_OPTIONS_H
#define OMADM_SESSION_UI_OPTIONS_H

#include <omadm/ui.h>

#include "base/mem.h"

/*
 * Reads "KEY=value&KEY=value" into the question, whose kind, text and choices are set. What is
 * unknown, malformed or of another kind of question is left out without a word
 * (OMA-TS-DM_Protocol 10.3). Spans live in the arena. NOMEM.
 */
omadm_err ui_options_read(omadm_str options, omadm_arena *arena, omadm_ui_question *question);

#endif
