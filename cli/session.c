/* SPDX-License-Identifier: MIT */
/* omadm session */
#include "cli/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/commands.h"
#include "cli/log.h"
#include "cli/reboot.h"
#include "cli/ui.h"

#define WAIT_SECONDS 120
#define FOLLOW_UPS 3

/* Set by SIGINT and SIGTERM: the one thing that a signal handler can reach. */
static volatile sig_atomic_t interrupted;

static void on_signal(int number) {
  (void)number;
  interrupted = 1;
}

const volatile sig_atomic_t *session_catch_signals(void) {
  /* Once only: a second one ends the process as it is. */
  struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  return &interrupted;
}

/* What one run of the command knows. */
typedef struct run {
  agent *agent;
  const cli_options *options;
  const omadm_account *account;
  cli_ui terminal;
  const omadm_ui *user; /* NULL: nobody is at a terminal */
  const omadm_notification_verdict *notified; /* of the session under way */
  bool reached; /* a server answered in the first session */
  json_t *sessions; /* NULL: the output is for a person */
  unsigned number; /* of sessions begun */
  cli_exit code; /* the worst so far */
} run;

static int stop(void *ctx) {
  (void)ctx;
  return interrupted != 0;
}

static int pump(void *ctx, int timeout_ms) {
  const agent *self = ctx;
  return omadm_framework_pump(self->framework, timeout_ms);
}

/* What leave_at_once ends the process with, and how long jobs may still run before. */
static volatile sig_atomic_t last_word, last_seconds;

static void leave_at_once(int number) {
  (void)number;
  _exit((int)last_word);
}

static void leave_soon(int number) {
  (void)number;
  (void)alarm((unsigned)last_seconds);
}

static void handle(int number, void (*handler)(int), int flags) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

/* Jobs that still run end before this process does, and CSPs are closed. A signal bounds that: all
   that counts is stored by now. A second one ends the process as it is. */
void session_expect_end(const agent *device, cli_exit code) {
  size_t jobs = omadm_framework_jobs(device->framework);
  if (jobs == 0) return;
  fflush(stdout);
  last_word = (sig_atomic_t)code;
  last_seconds = (sig_atomic_t)device->config.limits.cancel_time;
  handle(SIGALRM, leave_at_once, 0);
  handle(SIGINT, leave_soon, (int)SA_RESETHAND);
  handle(SIGTERM, leave_soon, (int)SA_RESETHAND);
  if (interrupted != 0) leave_soon(0);
  cli_complain("%zu job%s still running; omadm exits when %s, or %d s after SIGINT or SIGTERM",
               jobs, jobs == 1 ? " is" : "s are", jobs == 1 ? "it ends" : "they end",
               (int)last_seconds);
}

static void worsen(run *self, cli_exit code) {
  if (code > self->code) self->code = code;
}

/* The account of --server, or the only one. */
static cli_exit choose_account(run *self) {
  const omadm_accounts *accounts = self->agent->accounts;
  const char *wanted = cli_options_text(self->options, CLI_OPT_SERVER, NULL);
  size_t n = omadm_accounts_count(accounts);
  if (wanted != NULL)
    self->account = omadm_accounts_find(accounts, wanted);
  else if (n == 1)
    self->account = omadm_accounts_at(accounts, 0);
  if (self->account != NULL) return CLI_DONE;
  if (n == 0) {
    cli_complain("there is no account: write a [server.ID] section with a url into %s",
                 self->agent->config.file);
    return CLI_USAGE;
  }
  omadm_buf names;
  omadm_buf_init(&names, NULL, 400);
  for (size_t i = 0; i < n; i++)
    (void)omadm_buf_printf(&names, "%s%s", i > 0 ? ", " : "",
                           omadm_accounts_at(accounts, i)->server_id);
  if (wanted != NULL)
    cli_complain("there is no account \"%s\"; there is: %.*s", wanted, (int)names.len, names.ptr);
  else
    cli_complain("there are several accounts: give --server with one of %.*s", (int)names.len,
                 names.ptr);
  omadm_buf_dispose(&names);
  return CLI_USAGE;
}

/* --alert TYPE[=DATA] */
static omadm_err raise_alert(run *self, const char *text) {
  size_t n = strcspn(text, "=");
  omadm_alert alert = {.code = 1226,
                       .type = {text, n},
                       .format = OMADM_FORMAT_CHR,
                       .mark = OMADM_MARK_INFORMATIONAL};
  if (text[n] == '=') alert.data = omadm_str_of(text + n + 1);
  if (n == 0) {
    cli_complain("--alert takes TYPE or TYPE=DATA, not \"%s\"", text);
    return OMADM_E_ARGUMENT;
  }
  omadm_err err =
      omadm_framework_raise(self->agent->framework, omadm_str_of(self->account->server_id), &alert);
  if (err != 0) cli_complain("the alert %s could not be stored: %s", text, omadm_err_text(err));
  return err;
}

static cli_exit raise_alerts(run *self) {
  const char *text = NULL;
  for (size_t i = 0; (text = cli_options_at(self->options, CLI_OPT_ALERT, i)) != NULL; i++) {
    omadm_err err = raise_alert(self, text);
    if (err != 0) return err == OMADM_E_ARGUMENT ? CLI_USAGE : CLI_SURROUNDINGS;
  }
  return CLI_DONE;
}

/* FILE for the first session, then FILE with .2, .3 … before its extension. */
static char *recording_path(const char *file, unsigned number) {
  char *path = NULL;
  const char *slash = strrchr(file, '/');
  const char *dot = strrchr(file, '.');
  size_t stem =
      dot != NULL && (slash == NULL || dot > slash + 1) ? (size_t)(dot - file) : strlen(file);
  if (number == 1) return strdup(file);
  return asprintf(&path, "%.*s.%u%s", (int)stem, file, number, file + stem) >= 0 ? path : NULL;
}

/* What account and device decide of a session. */
static void session_config(const run *self, omadm_session_config *config) {
  const agent *device = self->agent;
  omadm_session_config_init(config);
  config->limits = device->config.limits;
  omadm_account_session(self->account, config);
  config->device_id = omadm_buf_str(&device->device_id);
  config->ui = self->user;
  if (self->notified != NULL) omadm_notification_session(self->notified, config);
}

/* Puts a recorder around *transport. On failure *transport is gone. */
static omadm_err record(const run *self, const char *file, bool with_secrets,
                        const omadm_host *host, omadm_transport **transport, omadm_error *error) {
  char *path = recording_path(file, self->number);
  omadm_transport *inner = *transport;
  *transport = NULL;
  if (path == NULL) {
    omadm_transport_free(inner);
    return omadm_error_set(error, OMADM_E_NOMEM, "out of memory");
  }
  omadm_session_config config;
  session_config(self, &config);
  omadm_recording what = {.struct_size = sizeof what,
                          .path = path,
                          .with_secrets = with_secrets,
                          .device_id = config.device_id,
                          .server_id = config.server_id,
                          .url = config.server_uri,
                          .dialect = config.dialect,
                          .max_msg_size = config.limits.max_msg_size,
                          .max_obj_size = config.limits.max_obj_size,
                          .host = host};
  omadm_err err = omadm_recorder_new(inner, &what, transport, error);
  if (err == 0) omadm_recorder_log(*transport, &self->agent->log);
  free(path);
  return err;
}

static omadm_err open_transport(const run *self, const omadm_host *host,
                                omadm_transport **transport, omadm_error *error) {
  omadm_http_config config;
  omadm_http_config_init(&config);
  config.log = &self->agent->log;
  config.receive = self->agent->config.limits.receive;
  config.reply_time = (unsigned)(self->agent->config.limits.reply_time < UINT32_MAX
                                     ? self->agent->config.limits.reply_time
                                     : UINT32_MAX);
  omadm_account_http(self->account, &config);
  omadm_err err = omadm_http_new(&config, transport, error);
  const char *transcript = cli_options_text(self->options, CLI_OPT_TRANSCRIPT, NULL);
  bool with_secrets = cli_options_count(self->options, CLI_OPT_WITH_SECRETS) > 0;
  omadm_str wire = config_get(&self->agent->config, CONFIG_LOG, "", "wire");
  if (err == 0 && transcript != NULL)
    err = record(self, transcript, with_secrets, host, transport, error);
  if (err == 0 && wire.len > 0) err = record(self, wire.ptr, false, host, transport, error);
  return err;
}

static omadm_err open_session(run *self, const omadm_host *host, omadm_session **session,
                              omadm_error *error) {
  omadm_session_config config;
  session_config(self, &config);
  config.tree = omadm_framework_tree(self->agent->framework);
  config.host = host;
  return omadm_session_new(&config, session, error);
}

/* What the end of a session means for who called omadm: no answer at all is the surroundings'
 * fault. */
static cli_exit judge(const run *self, const omadm_result *result, omadm_err err) {
  if (err != 0 && result->messages == 0 && err != OMADM_E_REFUSED && err != OMADM_E_LIMIT)
    return CLI_SURROUNDINGS;
  if (err != 0 || result->outcome != OMADM_OUTCOME_DONE) return CLI_NO;
  return result->failed > 0 && cli_options_count(self->options, CLI_OPT_FAIL_ON_ERROR) > 0
             ? CLI_NO
             : CLI_DONE;
}

static void report(run *self, omadm_str id, const omadm_result *result, const omadm_error *error) {
  static const char *const words[] = {[OMADM_OUTCOME_NONE] = "broken off",
                                      [OMADM_OUTCOME_DONE] = "done",
                                      [OMADM_OUTCOME_ABORTED] = "aborted",
                                      [OMADM_OUTCOME_REFUSED] = "broken off"};
  const char *reason = error->text[0] != '\0' ? error->text : result->reason;
  if (self->sessions != NULL) {
    json_array_append_new(
        self->sessions,
        json_pack("{s:s, s:s%, s:s, s:s, s:I, s:I, s:I}", "server", self->account->server_id,
                  "session", id.ptr, id.len, "outcome", words[result->outcome], "reason", reason,
                  "messages", (json_int_t)result->messages, "commands",
                  (json_int_t)result->commands, "failed", (json_int_t)result->failed));
    return;
  }
  printf("session %.*s with %s: %s; %llu messages, %llu commands, %llu of them failed\n",
         (int)id.len, id.ptr, self->account->server_id, words[result->outcome],
         (unsigned long long)result->messages, (unsigned long long)result->commands,
         (unsigned long long)result->failed);
  if (reason[0] != '\0') cli_complain("%s", reason);
}

static void drive(run *self, omadm_session *session, omadm_transport *transport) {
  agent *device = self->agent;
  omadm_error error;
  omadm_error_clear(&error);
  omadm_driver driver = {.struct_size = sizeof driver,
                         .session = session,
                         .transport = transport,
                         .log = &device->log,
                         .ctx = device,
                         .pump = pump,
                         .stop = stop};
  int heard = 0;
  driver.heard = &heard;
  omadm_str server = omadm_str_of(self->account->server_id);
  device->session = session;
  omadm_framework_event(device->framework, OMADM_CSP_SESSION_BEGAN, server);
  omadm_err err = omadm_driver_run(&driver, &error);
  device->session = NULL;
  omadm_framework_event(device->framework, OMADM_CSP_SESSION_ENDED, server);
  omadm_result result;
  omadm_session_outcome(session, &result);
  if (self->number == 1) self->reached = heard != 0;
  report(self, omadm_session_id(session), &result, &error);
  worsen(self, judge(self, &result, err));
}

/* One session from the first message to the last. */
static void run_session(run *self) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_account_host *accounts = NULL;
  omadm_host *host = NULL;
  omadm_session *session = NULL;
  omadm_transport *transport = NULL;
  self->number++;
  self->agent->session_wanted = false;
  omadm_err err = omadm_account_host_new(self->agent->framework, &accounts, &error);
  if (err == 0) {
    host = omadm_account_host_port(accounts);
    host->log = &self->agent->log;
    err = open_transport(self, host, &transport, &error);
  }
  if (err == 0) err = open_session(self, host, &session, &error);
  if (err == 0) {
    drive(self, session, transport);
  } else {
    cli_complain("%s", error.text[0] != '\0' ? error.text : omadm_err_text(err));
    worsen(self, CLI_SURROUNDINGS);
  }
  omadm_session_free(session);
  omadm_account_host_free(accounts);
  omadm_transport_free(transport);
}

/* The account that a waiting alert asks a session with; NULL: none. */
static const omadm_account *account_wanted(run *self) {
  const agent *device = self->agent;
  if (!device->session_wanted) return NULL;
  const omadm_account *account = self->account;
  for (size_t i = 0; device->wanted_by.len > 0 && i < omadm_accounts_count(device->accounts); i++)
    if (omadm_str_is(omadm_buf_str(&device->wanted_by),
                     omadm_accounts_at(device->accounts, i)->server_id))
      account = omadm_accounts_at(device->accounts, i);
  return omadm_framework_alerts(device->framework, omadm_str_of(account->server_id)) > 0 ? account
                                                                                         : NULL;
}

static void run_sessions(run *self) {
  uint64_t wait = cli_options_number(self->options, CLI_OPT_WAIT, WAIT_SECONDS);
  bool may_follow = cli_options_count(self->options, CLI_OPT_NO_FOLLOW_UP) == 0;
  for (unsigned left = may_follow ? FOLLOW_UPS : 0;; left--) {
    run_session(self);
    self->notified = NULL;
    if (interrupted == 0) agent_finish_jobs(self->agent, wait, &interrupted);
    const omadm_account *account = account_wanted(self);
    if (left == 0 || interrupted != 0 || self->code == CLI_SURROUNDINGS || account == NULL) return;
    self->account = account;
    omadm_log_line(&self->agent->log, OMADM_LOG_INFO, "session",
                   "an alert asks for a further session with %s", account->server_id);
  }
}

void session_write_json(const agent *device, json_t *sessions) {
  json_t *whole = json_pack("{s:O, s:I, s:I}", "sessions", sessions, "alerts-waiting",
                            (json_int_t)omadm_framework_alerts(device->framework, (omadm_str){0}),
                            "jobs-running", (json_int_t)omadm_framework_jobs(device->framework));
  if (whole != NULL) json_dumpf(whole, stdout, JSON_INDENT(2));
  putchar('\n');
  json_decref(whole);
}

cli_exit session_run(session_order *order) {
  run self = {.agent = order->agent,
              .options = order->options,
              .account = order->account,
              .notified = order->notified,
              .sessions = order->sessions};
  self.user =
      cli_ui_open(&self.terminal, self.account, self.agent->config.limits.user_time, &interrupted);
  run_sessions(&self);
  reboot_now(self.agent);
  cli_ui_close(&self.terminal);
  order->reached = self.reached;
  return self.code;
}

cli_exit cli_session(const cli_options *options) {
  agent device;
  run self = {.agent = &device, .options = options};
  session_order order = {.agent = &device, .options = options};
  cli_exit code = agent_open(&device, options);
  if (code == CLI_DONE) code = choose_account(&self);
  if (code == CLI_DONE) code = raise_alerts(&self);
  if (code == CLI_DONE) {
    if (cli_options_count(options, CLI_OPT_JSON) > 0) order.sessions = json_array();
    order.account = self.account;
    (void)session_catch_signals();
    code = session_run(&order);
    if (order.sessions != NULL) session_write_json(&device, order.sessions);
    session_expect_end(&device, code);
  }
  json_decref(order.sessions);
  agent_close(&device);
  return code;
}
