/* SPDX-License-Identifier: MIT */
/* From the end of a command to the result code that the server is told. */
#ifndef OPERATIONS_OUTCOME_H
#define OPERATIONS_OUTCOME_H

#include <omadm/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "operations/command.h"

/* What a managed object calls its results. */
typedef struct outcome_range {
  int from, to;
} outcome_range;
typedef struct outcome_exit {
  int status; /* exit status, of <sysexits.h> */
  int code;
} outcome_exit;
typedef struct outcome_codes {
  const outcome_range *ranges; /* all codes there are; from 0: the end */
  const outcome_exit *exits; /* status 0: the end */
  int success, success_last; /* the first and the last of those that mean success */
  int undefined; /* a failure that nothing tells more of */
  int bad_url;
  int not_implemented;
} outcome_codes;

bool outcome_is_success(const outcome_codes *codes, int code);
/* Is it one of the object's codes? */
bool outcome_is_code(const outcome_codes *codes, int code);
/* `map` (may be NULL) is the setting exit-codes, "STATUS:CODE …". `failed` and `late` are the codes
 * of the step for a failure that says nothing else, and for one that took too long. */
int outcome_of(const outcome_codes *codes, const command_result *result, const char *map,
               int failed, int late);
/* One line for the log. */
void outcome_describe(const command_result *result, char *text, size_t size);

/* May this URL be given to a command: SCHEME://HOST…, of characters of a URI, the scheme one of
 * those of the text? */
bool outcome_url_is_good(omadm_str url, const char *schemes);

#endif
