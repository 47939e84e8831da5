/* SPDX-License-Identifier: MIT */
#include "omadm/session/report.h"

#include <stdio.h>

static const omadm_str nothing = {NULL, 0};

/* At most 256 octets, cut between characters. */
static int shown(omadm_str text) {
  if (text.len <= 256) return (int)text.len;
  int n = 256;
  while (n > 0 && ((unsigned char)text.ptr[n] & 0xC0U) == 0x80)
    n--;
  return n;
}

/* " (message 2, command 4)" */
static void write_place(const omadm_session *s, const wire_command *command, char *out, size_t n) {
  omadm_str message = s->message != NULL ? s->message->msg_id : nothing;
  omadm_str id = command != NULL ? command->cmd_id : nothing;
  if (id.len > 0)
    snprintf(out, n, " (message %.*s, command %.*s)", shown(message), message.ptr, shown(id),
             id.ptr);
  else if (command != NULL && command->line == 0) /* WBXML has no lines */
    snprintf(out, n, " (message %.*s)", shown(message), message.ptr);
  else
    snprintf(out, n, " (message %.*s, line %u)", shown(message), message.ptr,
             command != NULL ? command->line : 1U);
}

void report_status_line(const omadm_session *s, omadm_log_level level, const wire_command *command,
                        omadm_str uri, omadm_status status, omadm_str detail) {
  char place[600];
  write_place(s, command, place, sizeof place);
  if (detail.len == 0) detail = omadm_str_of(omadm_status_text(status));
  omadm_log_line(s->log, level, "session", "%.*s%s%.*s: %u: %.*s%s", shown(command->name),
                 command->name.ptr, uri.len > 0 ? " " : "", shown(uri), uri.ptr, status,
                 shown(detail), detail.ptr, place);
}

static bool judge(const omadm_session *s, omadm_quirk quirk, const wire_command *command,
                  omadm_str uri) {
  unsigned rule = s->config.quirks.rule[quirk];
  omadm_log_level level = rule == OMADM_TOLERATE ? OMADM_LOG_DEBUG : OMADM_LOG_WARN;
  if (report_wanted(s, level)) {
    char place[600];
    write_place(s, command, place, sizeof place);
    omadm_str name = command != NULL ? command->name : (omadm_str)OMADM_STR("message");
    omadm_log_line(s->log, level, "session", "%.*s%s%.*s: %s %s: %s%s", shown(name), name.ptr,
                   uri.len > 0 ? " " : "", shown(uri), uri.ptr,
                   rule == OMADM_REFUSE ? "refused," : "tolerated,", omadm_quirk_name(quirk),
                   omadm_quirk_text(quirk), place);
  }
  return rule != OMADM_REFUSE;
}

bool quirks_refused(const omadm_session *s, uint32_t mask) {
  for (unsigned q = 0; mask != 0 && q < OMADM_QUIRK_COUNT; q++, mask >>= 1) {
    if ((mask & 1U) != 0 && s->config.quirks.rule[q] == OMADM_REFUSE) return true;
  }
  return false;
}

bool report_quirks(const omadm_session *s, uint32_t mask, const wire_command *command,
                   omadm_str uri) {
  bool accepted = true;
  for (unsigned q = 0; mask != 0 && q < OMADM_QUIRK_COUNT; q++, mask >>= 1) {
    if ((mask & 1U) != 0 && !judge(s, (omadm_quirk)q, command, uri)) accepted = false;
  }
  return accepted;
}
