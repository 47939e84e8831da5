/* SPDX-License-Identifier: MIT */
/* Log lines about commands, and the judging of quirks. Nothing is formatted that the log's level
 * does not ask for. */
#ifndef OMADM_SESSION_REPORT_H
#define OMADM_SESSION_REPORT_H

#include "omadm/session/state.h"

/* Does the log take lines of that level? */
static inline bool report_wanted(const omadm_session *s, omadm_log_level level) {
  return s->log != NULL && level <= s->log->level;
}

/* The outcome of a command, or of one Item: WARN for 4xx and 5xx, else DEBUG. uri and detail may be
   empty; without a detail the text of the status stands. */
void report_status_line(const omadm_session *s, omadm_log_level level, const wire_command *command,
                        omadm_str uri, omadm_status status, omadm_str detail);
static inline void report_status(const omadm_session *s, const wire_command *command, omadm_str uri,
                                 omadm_status status, omadm_str detail) {
  omadm_log_level level = status >= 400 ? OMADM_LOG_WARN : OMADM_LOG_DEBUG;
  if (report_wanted(s, level)) report_status_line(s, level, command, uri, status, detail);
}

/* Judges the deviations of a mask (1 << OMADM_QUIRK_*): logs each as its rule says. False where one
   is refused. command may be NULL for what concerns the message. */
bool report_quirks(const omadm_session *s, uint32_t mask, const wire_command *command,
                   omadm_str uri);

/* The same judgement without a word. */
bool quirks_refused(const omadm_session *s, uint32_t mask);

#endif
