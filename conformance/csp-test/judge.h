/* SPDX-License-Identifier: MIT */
/* What an answer means: passed, failed, or not tried because the plugin itself refused. */
#ifndef OMADM_CSP_TEST_JUDGE_H
#define OMADM_CSP_TEST_JUDGE_H

#include "conformance/csp-test/trial.h"

/* One check: of which node, in which column, and what is sent, for the report. */
typedef struct subject {
  trial *t;
  uint32_t node;
  report_column column;
  omadm_verb verb;
  const char *uri;
  char sent[160];
} subject;

/* "Replace ./A with \"x\""; value may be NULL. */
subject subject_of(trial *t, uint32_t node, report_column column, omadm_verb verb, const char *uri,
                   const omadm_value *value);

void judge_pass(const subject *s);
void judge_fail(const subject *s, const char *format, ...) OMADM_PRINTF(2, 3);
void judge_skip(const subject *s, const char *format, ...) OMADM_PRINTF(2, 3);

/* The DDF allows what was asked. True where it was done; else it has been reported. */
bool judge_done(const subject *s);
/* The DDF forbids it: `expected` (0: any 4xx) has to be the answer without a call of the plugin. */
void judge_forbidden(const subject *s, omadm_status expected);

/* A value, cut for a report. */
typedef struct shown {
  char text[64];
} shown;
shown show_value(omadm_str value);

/* Does AtomicRequired hold for the node, by itself or one above it? */
bool judge_needs_atomic(const trial *t, uint32_t node);
/* Runs the verb; where AtomicRequired says so in an Atomic of its own. */
omadm_status judge_change(const subject *s, const omadm_value *value);
/* The value of a leaf now, without a check. False where it has none to be read. */
bool judge_read(trial *t, uint32_t node, const char *uri, omadm_buf *out);
/* Gets the leaf and passes where it holds the value. */
void judge_holds(const subject *s, omadm_str value);
/* Is the node described as one that can be read and has a value? */
bool judge_readable(const trial *t, uint32_t node);

#endif
