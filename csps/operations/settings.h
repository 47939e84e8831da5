/* SPDX-License-Identifier: MIT */
/* Settings of [csp.NAME] that several CSPs read in the same way. */
#ifndef OPERATIONS_SETTINGS_H
#define OPERATIONS_SETTINGS_H

#include <omadm/csp.h>

#include <stdbool.h>

/* A copy, owned by the caller, free with free; NULL where it is not set, is empty, or memory lacks.
 */
char *settings_text(const omadm_csp_services *services, uint64_t host, const char *key);
/* Says why the command of that setting is not run: it is no absolute path. */
void settings_complain(const omadm_csp_services *services, uint64_t host, const char *key);

bool settings_has(const omadm_csp_services *services, uint64_t host, const char *key);
/* A number from 1 to `most`, else the default. */
unsigned settings_number(const omadm_csp_services *services, uint64_t host, const char *key,
                         unsigned most, unsigned otherwise);
/* Splits the text at its blanks, in place: its words, with NULL behind them. Owned by the caller,
 * free with free. */
char **settings_words(char *text);
/* Is the word one of those of the text, which blanks separate? */
bool settings_lists(const char *text, omadm_str word);

#endif
