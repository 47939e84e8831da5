/* SPDX-License-Identifier: MIT */
/* omadm notify */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/log.h"
#include "cli/session.h"
#include "cli/ui.h"

enum { MOST = 16384 };

/* What one run of the command knows. */
typedef struct run {
  agent agent;
  const cli_options *options;
  omadm_buf octets;
  omadm_account_host *host;
  omadm_notification notification;
  omadm_notification_device device;
  omadm_notification_verdict verdict;
  const omadm_account *account;
} run;

static cli_exit complain(const omadm_error *error, omadm_err err) {
  cli_complain("%s", error->text[0] != '\0' ? error->text : omadm_err_text(err));
  bool refused = err == OMADM_E_REFUSED || err == OMADM_E_SYNTAX || err == OMADM_E_UNSUPPORTED ||
                 err == OMADM_E_LIMIT;
  return refused ? CLI_NO : CLI_SURROUNDINGS;
}

static cli_exit verify(run *self) {
  struct timespec now = {0};
  omadm_error error;
  omadm_error_clear(&error);
  (void)clock_gettime(CLOCK_REALTIME, &now);
  omadm_err err = cli_input_read(self->options->arguments[0], &self->octets, &error);
  if (err == 0)
    err = omadm_notification_read(omadm_buf_str(&self->octets), &self->notification, &error);
  if (err == 0) err = omadm_account_host_new(self->agent.framework, &self->host, &error);
  self->device =
      (omadm_notification_device){.struct_size = sizeof self->device,
                                  .framework = self->agent.framework,
                                  .host = err == 0 ? omadm_account_host_port(self->host) : NULL,
                                  .now = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
  if (err == 0)
    err = omadm_notification_verify(&self->notification, &self->device, &self->verdict, &error);
  if (err != 0) return complain(&error, err);
  char *id = omadm_str_dup(&omadm_mem_default, self->notification.server_id);
  if (id != NULL) self->account = omadm_accounts_find(self->agent.accounts, id);
  omadm_mem_free(&omadm_mem_default, id);
  if (self->account != NULL) return CLI_DONE;
  cli_complain("the account of \"%.*s\" has no address", (int)self->notification.server_id.len,
               self->notification.server_id.ptr);
  return CLI_NO;
}

static void show(const run *self) {
  static const char *const modes[] = {
      [OMADM_NOTIFICATION_ANY] = "not said",
      [OMADM_NOTIFICATION_BACKGROUND] = "background",
      [OMADM_NOTIFICATION_INFORM] = "inform",
      [OMADM_NOTIFICATION_ASK] = "ask",
  };
  const omadm_notification *n = &self->notification;
  if (cli_options_count(self->options, CLI_OPT_JSON) == 0) {
    cli_say("a notification of %s, version %u.%u: session %s, user: %s%s", self->account->server_id,
            n->version / 10, n->version % 10, self->verdict.session_id, modes[n->ui],
            self->verdict.resync ? ", with new nonces" : "");
    return;
  }
  json_t *whole =
      json_pack("{s:s, s:s, s:f, s:s, s:b, s:b}", "server", self->account->server_id, "session",
                self->verdict.session_id, "version", n->version / 10.0, "user", modes[n->ui],
                "server-initiated", n->server_initiated, "resync", self->verdict.resync);
  if (whole != NULL) json_dumpf(whole, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(2));
  putchar('\n');
  json_decref(whole);
}

/* Is the session to begin? A terminal answers at once, never later. */
static bool is_wanted(run *self) {
  cli_ui terminal;
  omadm_buf text;
  omadm_ui_question question;
  omadm_ui_reply reply = {.token = 0};
  omadm_ui_outcome outcome = OMADM_UI_CANCELLED;
  omadm_buf_init(&text, NULL, 0);
  const volatile sig_atomic_t *interrupted = session_catch_signals();
  const omadm_ui *user =
      cli_ui_open(&terminal, self->account, self->agent.config.limits.user_time, interrupted);
  bool asks = omadm_notification_question(&self->notification, omadm_str_of(self->account->name),
                                          &text, &question);
  if (asks && user != NULL) outcome = user->ask(user->ctx, &question, &reply);
  cli_ui_close(&terminal);
  omadm_buf_dispose(&text);
  return *interrupted == 0 && omadm_notification_is_allowed(&self->notification, outcome);
}

static cli_exit run_session(run *self) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_err err =
      omadm_notification_remember(&self->notification, &self->device, &self->verdict, &error);
  if (err != 0) return complain(&error, err);
  if (!is_wanted(self)) {
    cli_complain("the session with %s was not wanted", self->account->server_id);
    return CLI_NO;
  }
  session_order order = {.agent = &self->agent,
                         .options = self->options,
                         .account = self->account,
                         .notified = &self->verdict};
  if (cli_options_count(self->options, CLI_OPT_JSON) > 0) order.sessions = json_array();
  cli_exit code = session_run(&order);
  if (!order.reached)
    err = omadm_notification_forget(&self->notification, &self->device, &self->verdict, &error);
  if (err != 0) cli_complain("%s", error.text);
  if (order.sessions != NULL) session_write_json(&self->agent, order.sessions);
  json_decref(order.sessions);
  session_expect_end(&self->agent, code);
  return code;
}

cli_exit cli_notify(const cli_options *options) {
  run self = {.options = options};
  omadm_buf_init(&self.octets, NULL, MOST);
  cli_exit code = agent_open(&self.agent, options);
  if (code == CLI_DONE) code = verify(&self);
  if (code == CLI_DONE) {
    if (cli_options_count(options, CLI_OPT_CHECK) > 0)
      show(&self);
    else
      code = run_session(&self);
  }
  omadm_account_host_free(self.host);
  agent_close(&self.agent);
  omadm_buf_dispose(&self.octets);
  return code;
}
