/* SPDX-License-Identifier: MIT */
/*
 * The RELAX NG grammar of SyncML DM 1.2 (conformance/grammar/), built into the program.
 */
#ifndef OMADM_PLAYER_GRAMMAR_H
#define OMADM_PLAYER_GRAMMAR_H

#include <libxml/tree.h>

#include <omadm/error.h>
#include <omadm/types.h>

typedef struct omadm_grammar omadm_grammar;

/* Reads the grammar. *out is owned by the caller, free with omadm_grammar_free. */
omadm_err omadm_grammar_new(omadm_grammar **out, omadm_error *error);
void omadm_grammar_free(omadm_grammar *self);

/* OK, or SYNTAX with what is wrong in the message, and where. */
omadm_err omadm_grammar_check(omadm_grammar *self, xmlDoc *message, omadm_error *error);

#endif
