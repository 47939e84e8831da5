/* SPDX-License-Identifier: MIT */
/*
 * A device with an account: it keeps its state in a folder, proves itself to the server and expects
 * the same of it, writes WBXML, and lets the server ask the person at the terminal.
 *
 *   managed-client http://127.0.0.1:8080/dm STATE-FOLDER USER SECRET SERVER-SECRET
 *
 * Nothing is needed beside it: the CSPs come with the library (<omadm/builtin.h>).
 */
#include <omadm/account.h>
#include <omadm/builtin.h>
#include <omadm/framework.h>
#include <omadm/session.h>
#include <omadm/store.h>
#include <omadm/transport.h>
#include <omadm/ui.h>

#include <stdio.h>
#include <string.h>

#define SERVER "srv"

typedef struct device {
  omadm_log log;
  omadm_store *store;
  omadm_framework *framework;
  omadm_buf id; /* of zeros: filled by the library, disposed by us */
  omadm_accounts *accounts;
  omadm_session *session; /* the one under way */
  char line[256]; /* what the person typed */
  uint32_t choice;
} device;

static omadm_str text(const char *s) {
  omadm_str span = {s, strlen(s)};
  return span;
}

static void write_line(void *ctx, omadm_log_level level, const char *module, const char *line) {
  (void)ctx;
  (void)level;
  fprintf(stderr, "%s: %s\n", module, line);
}

/* What the CSPs ask the device for: DevInfo its id, which is that of the session. */
static omadm_err setting(void *ctx, const char *csp, omadm_str key, omadm_buf *out) {
  const device *self = ctx;
  omadm_limits limits;
  omadm_str id = {self->id.ptr, self->id.len};
  omadm_limits_init(&limits);
  return omadm_builtin_setting(csp, key, id, &limits, out);
}

/* A command that the tree answered late: the session that waits for it goes on. */
static void completed(void *ctx, omadm_token token, omadm_status status,
                      const omadm_answer *answer) {
  device *self = ctx;
  if (self->session != NULL) (void)omadm_session_complete(self->session, token, status, answer);
}

static int pump(void *ctx, int timeout_ms) {
  const device *self = ctx;
  return omadm_framework_pump(self->framework, timeout_ms);
}

/* The user port. It may also answer PENDING and later call omadm_session_user_answered. */
static omadm_ui_outcome ask(void *ctx, const omadm_ui_question *question, omadm_ui_reply *reply) {
  device *self = ctx;
  printf("the server asks: %.*s\n", (int)question->text.len, question->text.ptr);
  for (size_t i = 0; i < question->n_choices; i++)
    printf("  %zu %.*s\n", i + 1, (int)question->choices[i].len, question->choices[i].ptr);
  fflush(stdout);
  if (question->kind == OMADM_UI_DISPLAY) return OMADM_UI_ANSWERED;
  if (fgets(self->line, sizeof self->line, stdin) == NULL) return OMADM_UI_CANCELLED;
  self->line[strcspn(self->line, "\n")] = '\0';
  if (question->kind == OMADM_UI_CONFIRM)
    return self->line[0] == 'y' ? OMADM_UI_ANSWERED : OMADM_UI_REJECTED;
  if (question->kind == OMADM_UI_TEXT) {
    reply->text = text(self->line);
    return OMADM_UI_ANSWERED;
  }
  if (sscanf(self->line, "%u", &self->choice) != 1) return OMADM_UI_CANCELLED;
  reply->choices = &self->choice;
  reply->n_choices = 1;
  return OMADM_UI_ANSWERED;
}

/* The tree: a store on disk, the CSPs of the library, the id of the device. */
static omadm_err open_tree(device *self, const char *folder, omadm_error *error) {
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  omadm_err err = omadm_store_open(folder, &self->store, error);
  config.log = &self->log;
  config.store = self->store;
  config.ctx = self;
  config.setting = setting;
  config.completed = completed;
  if (err == 0) err = omadm_framework_new(&config, &self->framework, error);
  /* CSPs ask for their settings when they are mounted: the id comes before. */
  if (err == 0) err = omadm_device_id(self->framework, text(""), NULL, &self->id, error);
  if (err == 0) err = omadm_builtin_mount(self->framework, error);
  return err;
}

/* What a section [server.srv] of omadm.conf(5) would say. Imported at each start: where it is what
 * it was, nothing changes, and the nonces of the last session stay. */
static omadm_err open_accounts(device *self, char **argv, omadm_error *error) {
  const omadm_setting settings[] = {
      {text("url"), text(argv[1])},
      {text("encoding"), text("wbxml")},
      {text("auth"), text("md5")},
      {text("user"), text(argv[3])},
      {text("secret"), text(argv[4])},
      {text("server-auth"), text("md5")},
      {text("server-secret"), text(argv[5])},
  };
  omadm_buf acl = {0};
  omadm_err err = omadm_account_import(self->framework, text(SERVER), settings,
                                       sizeof settings / sizeof *settings, NULL, error);
  if (err == 0) err = omadm_accounts_load(self->framework, &self->log, &self->accounts, error);
  if (err == 0) err = omadm_accounts_root_acl(self->accounts, &acl);
  if (err == 0) {
    const omadm_str rights = {acl.ptr, acl.len};
    err = omadm_framework_set_root_acl(self->framework, rights);
  }
  omadm_buf_dispose(&acl);
  return err;
}

static omadm_err drive(device *self, const omadm_session_config *session,
                       const omadm_http_config *http, omadm_result *result, omadm_error *error) {
  omadm_transport *transport = NULL;
  omadm_err err = omadm_session_new(session, &self->session, error);
  if (err == 0) err = omadm_http_new(http, &transport, error);
  if (err == 0) {
    omadm_driver driver = {.struct_size = sizeof driver,
                           .session = self->session,
                           .transport = transport,
                           .ctx = self,
                           .pump = pump,
                           .log = &self->log};
    err = omadm_driver_run(&driver, error);
    omadm_session_outcome(self->session, result);
  }
  omadm_transport_free(transport);
  omadm_session_free(self->session);
  self->session = NULL;
  return err;
}

/* A session with the account: credentials and nonces come by its host port. */
static omadm_err run(device *self, omadm_result *result, omadm_error *error) {
  const omadm_account *account = omadm_accounts_find(self->accounts, SERVER);
  const omadm_ui ui = {.struct_size = sizeof ui, .ctx = self, .ask = ask};
  omadm_account_host *host = NULL;
  omadm_session_config session;
  omadm_http_config http;
  if (account == NULL) return OMADM_E_NOT_FOUND;
  omadm_session_config_init(&session);
  omadm_http_config_init(&http);
  omadm_account_session(account, &session);
  omadm_account_http(account, &http);
  omadm_err err = omadm_account_host_new(self->framework, &host, error);
  if (err == 0) {
    session.tree = omadm_framework_tree(self->framework);
    session.host = omadm_account_host_port(host);
    session.device_id.ptr = self->id.ptr;
    session.device_id.len = self->id.len;
    session.ui = &ui;
    http.log = &self->log;
    err = drive(self, &session, &http, result, error);
  }
  omadm_account_host_free(host);
  return err;
}

int main(int argc, char **argv) {
  if (argc != 6)
    return fprintf(stderr, "usage: %s URL STATE-FOLDER USER SECRET SERVER-SECRET\n", argv[0]), 2;
  omadm_error error = {0};
  omadm_result result = {0};
  device self = {
      .log = {.struct_size = sizeof self.log, .level = OMADM_LOG_WARN, .write = write_line}};

  omadm_err err = open_tree(&self, argv[2], &error);
  if (err == 0) err = open_accounts(&self, argv, &error);
  if (err == 0) err = run(&self, &result, &error);
  if (err != 0)
    fprintf(stderr, "%s\n", error.text[0] != '\0' ? error.text : omadm_err_text(err));
  else
    printf("%s%llu messages, %llu commands\n", result.reason, (unsigned long long)result.messages,
           (unsigned long long)result.commands);

  omadm_accounts_free(self.accounts);
  omadm_framework_free(self.framework);
  omadm_store_close(self.store);
  omadm_buf_dispose(&self.id);
  return err == 0 && result.outcome == OMADM_OUTCOME_DONE ? 0 : 1;
}
