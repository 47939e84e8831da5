/* SPDX-License-Identifier: MIT */
/* Alerts that a server sends (OMA-TS-DM_RepPro 7). 1223 was looked for before anything ran. */
#include "omadm/session/commands.h"
#include "omadm/session/large.h"
#include "omadm/session/reply.h"
#include "omadm/session/report.h"
#include "omadm/session/ui.h"

static const struct {
  const char *code;
  omadm_status status;
} rows[] = {
    {"1222", OMADM_ST_OK}, /* the queue goes on by itself */
    {"1225", OMADM_ST_OK},
    /* Known, and not a server's to send, or not here: 405 (OMA-TS-DM_RepPro 6.6.2). */
    {"1200", OMADM_ST_NOT_ALLOWED},
    {"1201", OMADM_ST_NOT_ALLOWED},
    {"1223", OMADM_ST_NOT_ALLOWED},
    {"1224", OMADM_ST_NOT_ALLOWED},
    {"1226", OMADM_ST_NOT_ALLOWED},
};

step server_alert(omadm_session *s, const wire_command *command, answer *a) {
  omadm_status status = OMADM_ST_NOT_SUPPORTED;
  omadm_ui_kind kind = ui_kind_of(command->data);
  if (kind != 0) return ui_run(s, kind, command, a);
  if (command->data.len == 0) status = OMADM_ST_INCOMPLETE;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (omadm_str_is(command->data, rows[i].code)) status = rows[i].status;
  }
  /* OMA-TS-DM_Protocol 7: the object may be sent again. */
  if (omadm_str_is(command->data, "1225")) large_out_again(s);
  reply_fill(a, 0, status);
  report_status(s, command, command->data, status, (omadm_str){NULL, 0});
  return STEP_DONE;
}
