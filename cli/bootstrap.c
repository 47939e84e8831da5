/* SPDX-License-Identifier: MIT */
/* omadm bootstrap */
#include <omadm/bootstrap.h>

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/log.h"
#include "cli/session.h"

enum { MOST = 1 << 20 };

/* What one run of the command knows. */
typedef struct run {
  agent agent;
  const cli_options *options;
  omadm_bootstrap *bootstrap;
  json_t *sessions; /* NULL: the output is for a person */
  bool pin_missing; /* asked for, and --pin was not given */
} run;

static cli_exit complain(const omadm_error *error, omadm_err err) {
  cli_complain("%s", error->text[0] != '\0' ? error->text : omadm_err_text(err));
  bool surroundings = err == OMADM_E_IO || err == OMADM_E_NOMEM || err == OMADM_E_STORE ||
                      err == OMADM_E_STATE || err == OMADM_E_TIMEOUT;
  return surroundings ? CLI_SURROUNDINGS : CLI_NO;
}

/* --pin PIN once; --pin - as often as it may be typed. */
static omadm_err take_pin(void *ctx, unsigned attempt, omadm_buf *pin) {
  run *self = ctx;
  const char *given = cli_options_text(self->options, CLI_OPT_PIN, NULL);
  self->pin_missing = given == NULL;
  if (given == NULL) return OMADM_E_NOT_FOUND;
  if (strcmp(given, "-") != 0)
    return attempt == 1 ? omadm_buf_add_text(pin, given) : OMADM_E_NOT_FOUND;
  return cli_input_secret("PIN of the document: ", session_catch_signals(), pin);
}

static omadm_str option(const run *self, cli_option_id id) {
  return omadm_str_of(cli_options_text(self->options, id, NULL));
}

static cli_exit check_usage(const cli_options *options) {
  const char *pin = cli_options_text(options, CLI_OPT_PIN, "");
  if (strcmp(pin, "-") == 0 && strcmp(options->arguments[0], "-") == 0) {
    cli_complain("document and PIN cannot both come from standard input");
    return CLI_USAGE;
  }
  return CLI_DONE;
}

/* Whoever gives a secret expects the document to be verified by it. */
static cli_exit check_trust(const run *self) {
  bool expected = cli_options_count(self->options, CLI_OPT_PIN) > 0 ||
                  cli_options_count(self->options, CLI_OPT_NETWORK_ID) > 0;
  if (!expected || omadm_bootstrap_is_authenticated(self->bootstrap)) return CLI_DONE;
  cli_complain("--pin and --network-id verify a document, and this one has no SEC: give --sec, or "
               "leave them out");
  return CLI_NO;
}

static cli_exit read_document(run *self) {
  omadm_bootstrap_source source;
  omadm_error error;
  omadm_buf octets;
  omadm_error_clear(&error);
  omadm_buf_init(&octets, NULL, MOST);
  omadm_bootstrap_source_init(&source);
  omadm_err err = cli_input_read(self->options->arguments[0], &octets, &error);
  source.octets = omadm_buf_str(&octets);
  source.type = option(self, CLI_OPT_DOCUMENT_TYPE);
  source.sec = option(self, CLI_OPT_SEC);
  source.mac = option(self, CLI_OPT_MAC);
  source.network_id = option(self, CLI_OPT_NETWORK_ID);
  source.trusted = 1;
  source.pin = take_pin;
  source.pin_ctx = self;
  source.log = &self->agent.log;
  source.limits = self->agent.config.limits;
  if (err == 0) err = omadm_bootstrap_read(&source, &self->bootstrap, &error);
  omadm_buf_dispose(&octets);
  if (err == OMADM_E_REFUSED && self->pin_missing) {
    cli_complain(
        "the document needs the user's PIN: give --pin PIN, or --pin - to be asked for it");
    return CLI_NO;
  }
  return err != 0 ? complain(&error, err) : check_trust(self);
}

static cli_exit apply(run *self, bool check_only) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_err err = omadm_bootstrap_apply(self->bootstrap, self->agent.framework, check_only, &error);
  if (err == 0 && !check_only) err = agent_accounts(&self->agent, &error);
  return err != 0 ? complain(&error, err) : CLI_DONE;
}

static json_t *account_json(const omadm_bootstrap_account *account) {
  return json_pack("{s:s%, s:s%, s:s%, s:b}", "server", account->server_id.ptr,
                   account->server_id.len, "name", account->name.ptr, account->name.len, "url",
                   account->url.ptr, account->url.len, "session-now", account->session_now);
}

static json_t *object_json(const omadm_bootstrap_object *object) {
  return json_pack("{s:s%, s:s%, s:I, s:I}", "uri", object->uri.ptr != NULL ? object->uri.ptr : "",
                   object->uri.len, "type", object->type.ptr, object->type.len, "made",
                   (json_int_t)object->made, "replaced", (json_int_t)object->replaced);
}

static json_t *objects_json(const run *self) {
  omadm_bootstrap_object object;
  json_t *all = json_array();
  for (size_t i = 0; omadm_bootstrap_object_at(self->bootstrap, i, &object) == OMADM_OK; i++)
    json_array_append_new(all, object_json(&object));
  return all;
}

static void show_objects(const run *self, bool check_only) {
  omadm_bootstrap_object object;
  for (size_t i = 0; omadm_bootstrap_object_at(self->bootstrap, i, &object) == OMADM_OK; i++) {
    if (object.uri.len == 0)
      cli_say("object of type \"%.*s\": left out", (int)object.type.len, object.type.ptr);
    else
      cli_say("object %.*s%s: %zu nodes made, %zu replaced", (int)object.uri.len, object.uri.ptr,
              check_only ? " would be set" : "", object.made, object.replaced);
  }
}

/* What the document holds; *all is NULL or an array that takes it. */
static void show(const run *self, bool check_only, json_t *all) {
  omadm_bootstrap_account account;
  for (size_t i = 0; omadm_bootstrap_at(self->bootstrap, i, &account) == OMADM_OK; i++) {
    if (all != NULL) {
      json_array_append_new(all, account_json(&account));
      continue;
    }
    cli_say("account %.*s%s: %.*s%s", (int)account.server_id.len, account.server_id.ptr,
            check_only ? " would be set" : "", (int)account.url.len, account.url.ptr,
            account.session_now ? ", which wants a session" : "");
  }
  if (all != NULL) return;
  show_objects(self, check_only);
  printf("the document is %s\n", omadm_bootstrap_is_authenticated(self->bootstrap)
                                     ? "authenticated"
                                     : "trusted, not authenticated");
}

/* A session with each server that wants one; the worst of their exit status. */
static cli_exit run_sessions(run *self) {
  cli_exit worst = CLI_DONE;
  omadm_bootstrap_account wanted;
  const volatile sig_atomic_t *interrupted = session_catch_signals();
  for (size_t i = 0; omadm_bootstrap_at(self->bootstrap, i, &wanted) == OMADM_OK; i++) {
    char *id = wanted.session_now ? omadm_str_dup(&omadm_mem_default, wanted.server_id) : NULL;
    session_order order = {.agent = &self->agent,
                           .options = self->options,
                           .account =
                               id != NULL ? omadm_accounts_find(self->agent.accounts, id) : NULL,
                           .sessions = self->sessions};
    omadm_mem_free(&omadm_mem_default, id);
    if (order.account == NULL || *interrupted != 0) continue;
    cli_exit code = session_run(&order);
    if (code > worst) worst = code;
  }
  return worst;
}

static void write_json(const run *self, json_t *accounts) {
  json_t *whole = json_pack("{s:b, s:O, s:o, s:O}", "authenticated",
                            omadm_bootstrap_is_authenticated(self->bootstrap), "accounts", accounts,
                            "objects", objects_json(self), "sessions", self->sessions);
  if (whole != NULL) json_dumpf(whole, stdout, JSON_INDENT(2));
  putchar('\n');
  json_decref(whole);
}

static cli_exit run_all(run *self) {
  bool check_only = cli_options_count(self->options, CLI_OPT_CHECK) > 0;
  cli_exit code = apply(self, check_only);
  if (code != CLI_DONE) return code;
  json_t *accounts = NULL;
  if (cli_options_count(self->options, CLI_OPT_JSON) > 0) {
    accounts = json_array();
    self->sessions = json_array();
  }
  show(self, check_only, accounts);
  if (!check_only) code = run_sessions(self);
  if (accounts != NULL) write_json(self, accounts);
  json_decref(accounts);
  session_expect_end(&self->agent, code);
  return code;
}

cli_exit cli_bootstrap(const cli_options *options) {
  run self = {.options = options};
  cli_exit code = check_usage(options);
  if (code != CLI_DONE) return code;
  code = agent_open(&self.agent, options);
  if (code == CLI_DONE) code = read_document(&self);
  if (code == CLI_DONE) code = run_all(&self);
  json_decref(self.sessions);
  omadm_bootstrap_free(self.bootstrap);
  agent_close(&self.agent);
  return code;
}
