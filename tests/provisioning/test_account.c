/* SPDX-License-Identifier: MIT */
#include <omadm/account.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/str.h"
#include <omadm/builtin.h>
#include <omadm/csp.h>
#include <omadm/uri.h>

typedef struct device {
  omadm_store *store;
  omadm_framework *framework;
  omadm_accounts *accounts;
} device;

static void start(device *self, unsigned host_flags) {
  omadm_error error;
  omadm_error_clear(&error);
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  config.store = self->store;
  config.host_flags = host_flags;
  assert_int_equal(omadm_framework_new(&config, &self->framework, &error), 0);
  assert_int_equal(omadm_builtin_mount(self->framework, &error), 0);
}

static int set_up(void **state) {
  static device self;
  self = (device){.store = NULL};
  assert_int_equal(omadm_store_new_memory(&self.store, NULL), 0);
  start(&self, 0);
  *state = &self;
  return 0;
}

static int tear_down(void **state) {
  device *self = *state;
  omadm_accounts_free(self->accounts);
  omadm_framework_free(self->framework);
  omadm_store_close(self->store);
  return 0;
}

#define SETTING(name, value)                                                                       \
  { OMADM_STR(name), OMADM_STR(value) }

static int import(device *self, const char *id, const omadm_setting *settings, size_t n) {
  omadm_error error;
  omadm_error_clear(&error);
  int changed = -1;
  omadm_err err =
      omadm_account_import(self->framework, omadm_str_of(id), settings, n, &changed, &error);
  if (err != 0) print_message("%s\n", error.text);
  assert_int_equal(err, 0);
  return changed;
}

static const omadm_account *load(device *self, const char *id) {
  omadm_accounts_free(self->accounts);
  assert_int_equal(omadm_accounts_load(self->framework, NULL, &self->accounts, NULL), 0);
  return omadm_accounts_find(self->accounts, id);
}

static void assert_root_acl(device *self, const char *expected) {
  omadm_buf acl;
  omadm_buf_init(&acl, NULL, 0);
  (void)load(self, "");
  assert_int_equal(omadm_accounts_root_acl(self->accounts, &acl), 0);
  assert_int_equal(acl.len, strlen(expected));
  assert_memory_equal(acl.ptr, expected, acl.len);
  omadm_buf_dispose(&acl);
}

static void an_imported_account_reads_back_as_it_was(void **state) {
  static const omadm_setting settings[] = {
      SETTING("url", "https://mdm.example.com/dm"),
      SETTING("name", "Example"),
      SETTING("dialect", "windows"),
      SETTING("quirks", "warn"),
      SETTING("quirk.uri-case", "refuse"),
      SETTING("ca", "/ca.pem"),
      SETTING("client-cert", "/c.pem"),
      SETTING("client-key", "/k.pem"),
      SETTING("hosts", "b.example.com"),
      SETTING("rights", "standard"),
      SETTING("max-msg-size", "5000"),
      SETTING("max-obj-size", "7000"),
      SETTING("secret", "kept for later"),
  };
  device *self = *state;
  assert_int_equal(import(self, "com.example/a", settings, sizeof settings / sizeof settings[0]),
                   1);
  const omadm_account *account = load(self, "com.example/a");
  assert_non_null(account);
  assert_string_equal(account->url, "https://mdm.example.com/dm");
  assert_string_equal(account->name, "Example");
  assert_string_equal(account->ca, "/ca.pem");
  assert_string_equal(account->client_cert, "/c.pem");
  assert_string_equal(account->client_key, "/k.pem");
  assert_string_equal(account->hosts, "b.example.com");
  assert_int_equal(account->dialect, OMADM_DIALECT_WINDOWS);
  assert_int_equal(account->quirks.rule[OMADM_QUIRK_NAMESPACE], OMADM_WARN);
  assert_int_equal(account->quirks.rule[OMADM_QUIRK_URI_CASE], OMADM_REFUSE);
  assert_false(account->rights_full);
  assert_int_equal(account->max_msg_size, 5000);
  assert_int_equal(account->max_obj_size, 7000);
}

static void what_is_not_set_has_its_default(void **state) {
  static const omadm_setting settings[] = {SETTING("url", "http://a")};
  device *self = *state;
  import(self, "a", settings, 1);
  const omadm_account *account = load(self, "a");
  assert_non_null(account);
  assert_int_equal(account->dialect, OMADM_DIALECT_OMA);
  assert_true(account->rights_full);
  assert_int_equal(account->max_msg_size, 0);
  assert_string_equal(account->ca, "");
  assert_int_equal(account->quirks.rule[OMADM_QUIRK_URI_CASE], OMADM_TOLERATE);
}

static void the_same_text_is_imported_once(void **state) {
  static const omadm_setting settings[] = {SETTING("url", "http://a")};
  static const omadm_setting other[] = {SETTING("url", "http://b")};
  device *self = *state;
  assert_int_equal(import(self, "a", settings, 1), 1);
  assert_int_equal(omadm_framework_poke(self->framework,
                                        omadm_str_of("./SyncML/DMAcc/a/AppAddr/1/Addr"),
                                        OMADM_FORMAT_CHR, omadm_str_of("text/plain"),
                                        omadm_str_of("http://moved"), NULL),
                   0);
  assert_int_equal(import(self, "a", settings, 1), 0);
  assert_string_equal(load(self, "a")->url, "http://moved");
  assert_int_equal(import(self, "a", other, 1), 1);
  assert_string_equal(load(self, "a")->url, "http://b");
}

static void what_was_imported_outlives_a_restart(void **state) {
  static const omadm_setting settings[] = {SETTING("url", "http://a")};
  device *self = *state;
  import(self, "a", settings, 1);
  omadm_framework_free(self->framework);
  start(self, 0);
  assert_non_null(load(self, "a"));
  assert_int_equal(import(self, "a", settings, 1), 0);
}

static void accounts_are_read_from_a_tree_that_answers_late(void **state) {
  static const omadm_setting settings[] = {SETTING("url", "http://a")};
  device *self = *state;
  import(self, "a", settings, 1);
  import(self, "b", settings, 1);
  omadm_framework_free(self->framework);
  start(self, OMADM_HOST_LATE);
  assert_non_null(load(self, "a"));
  assert_non_null(omadm_accounts_find(self->accounts, "b"));
}

static void a_new_import_leaves_nothing_of_the_old(void **state) {
  static const omadm_setting before[] = {SETTING("url", "http://a"), SETTING("hosts", "b"),
                                         SETTING("client-key", "/k")};
  static const omadm_setting after[] = {SETTING("url", "http://a")};
  device *self = *state;
  import(self, "a", before, 3);
  import(self, "a", after, 1);
  const omadm_account *account = load(self, "a");
  assert_non_null(account);
  assert_string_equal(account->hosts, "");
  assert_string_equal(account->client_key, "");
}

/* Where the ACL of a node names a server, the account of that server did not go. */
static void a_new_import_leaves_the_rights_of_its_server(void **state) {
  static const omadm_setting before[] = {SETTING("url", "https://a.example/")};
  static const omadm_setting after[] = {SETTING("url", "https://b.example/")};
  device *self = *state;
  const omadm_str uri = OMADM_STR("./DevDetail");
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  const omadm_origin origin = {0};
  omadm_limits limits;
  omadm_uri parsed;
  omadm_node node = {0};
  char scratch[40];
  omadm_limits_init(&limits);
  assert_int_equal(import(self, "srv", before, 1), 1);
  assert_int_equal(
      omadm_framework_poke_acl(self->framework, uri, omadm_str_of("Get=*&Replace=srv"), NULL), 0);
  assert_int_equal(omadm_framework_settle(self->framework), 0);
  assert_int_equal(import(self, "srv", after, 1), 1);
  assert_int_equal(omadm_uri_parse(uri, 0, &limits, scratch, NULL, &parsed), OMADM_ST_OK);
  assert_int_equal(tree->resolve(tree->ctx, &origin, &parsed, &node), OMADM_ST_OK);
  assert_true(omadm_str_is(node.acl, "Get=*&Replace=srv"));
}

static void an_account_without_url_is_refused(void **state) {
  static const omadm_setting settings[] = {SETTING("dialect", "oma")};
  device *self = *state;
  omadm_error error;
  omadm_error_clear(&error);
  assert_int_equal(
      omadm_account_import(self->framework, omadm_str_of("a"), settings, 1, NULL, &error),
      OMADM_E_ARGUMENT);
  assert_string_equal(error.text, "the account \"a\" has no url");
  assert_null(load(self, "a"));
}

static void prune_removes_what_is_not_kept(void **state) {
  static const omadm_setting settings[] = {SETTING("url", "http://a")};
  device *self = *state;
  import(self, "a", settings, 1);
  import(self, "b", settings, 1);
  const omadm_str keep[] = {OMADM_STR("b")};
  assert_int_equal(omadm_account_prune(self->framework, keep, 1, NULL), 0);
  assert_null(load(self, "a"));
  assert_non_null(omadm_accounts_find(self->accounts, "b"));
  assert_int_equal(import(self, "a", settings, 1), 1);
  assert_int_equal(omadm_account_prune(self->framework, NULL, 0, NULL), 0);
  (void)load(self, "");
  assert_int_equal(omadm_accounts_count(self->accounts), 0);
}

static void an_account_that_was_taken_away_comes_back(void **state) {
  static const omadm_setting settings[] = {SETTING("url", "http://a")};
  device *self = *state;
  assert_int_equal(import(self, "a", settings, 1), 1);
  assert_int_equal(import(self, "a", settings, 1), 0);
  assert_int_equal(omadm_framework_poke(self->framework, omadm_str_of("./SyncML/DMAcc/a"),
                                        OMADM_FORMAT_NODE, (omadm_str){0}, (omadm_str){0}, NULL),
                   0);
  assert_null(load(self, "a"));
  assert_int_equal(import(self, "a", settings, 1), 2);
  assert_non_null(load(self, "a"));
  assert_int_equal(import(self, "a", settings, 1), 0);
}

/* A CSP that counts what it is told of accounts. */
static unsigned told;
static char told_of[40];

static omadm_status counter_open(const omadm_csp_services *services, uint64_t host,
                                 uint64_t *self) {
  (void)services, (void)host;
  *self = 1;
  return OMADM_ST_OK;
}

static void counter_close(uint64_t self) {
  (void)self;
}

static void counter_event(uint64_t self, omadm_csp_event event, omadm_str text) {
  (void)self;
  if (event != OMADM_CSP_ACCOUNT_REMOVED) return;
  told++;
  snprintf(told_of, sizeof told_of, "%.*s", (int)text.len, text.ptr);
}

static const char counter_ddf[] =
    "<MgmtTree><VerDTD>1.2</VerDTD><Node><NodeName>Counter</NodeName><Path>./Vendor/Test</Path>"
    "<DFProperties><AccessType><Get/></AccessType><DFFormat><node/></DFFormat><Scope><Permanent/>"
    "</Scope><DFType><DDFName/></DFType></DFProperties></Node></MgmtTree>";
static const omadm_csp_slots counter_slots = {.struct_size = sizeof counter_slots,
                                              .open = counter_open,
                                              .close = counter_close,
                                              .event = counter_event};
static const omadm_csp_descriptor counter = {.abi = OMADM_CSP_ABI,
                                             .struct_size = sizeof counter,
                                             .name = "Counter",
                                             .version = "1",
                                             .ddf = counter_ddf,
                                             .ddf_len = sizeof counter_ddf - 1,
                                             .slots = &counter_slots};

/* Removes by Delete of the tree port, as a server does. */
static void remove_by_tree(const omadm_tree *tree, const char *uri_text) {
  const omadm_origin origin = {.server_id = {NULL, 0}};
  char scratch[100];
  omadm_limits limits;
  omadm_uri uri;
  omadm_node node = {0};
  omadm_answer answer = {0};
  omadm_limits_init(&limits);
  assert_int_equal(omadm_uri_parse(omadm_str_of(uri_text), 0, &limits, scratch, NULL, &uri),
                   OMADM_ST_OK);
  assert_int_equal(tree->resolve(tree->ctx, &origin, &uri, &node), OMADM_ST_OK);
  assert_int_equal(tree->remove(tree->ctx, &origin, &node, &answer), OMADM_ST_OK);
}

static void csps_are_told_whoever_takes_an_account_away(void **state) {
  static const omadm_setting settings[] = {SETTING("url", "http://a")};
  device *self = *state;
  const omadm_origin origin = {.server_id = {NULL, 0}};
  told = 0;
  assert_int_equal(omadm_framework_mount_csp(self->framework, &counter, "a test", NULL), 0);
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  import(self, "a", settings, 1);
  import(self, "b", settings, 1);
  import(self, "c", settings, 1);
  assert_int_equal(omadm_account_prune(self->framework,
                                       (const omadm_str[]){OMADM_STR("b"), OMADM_STR("c")}, 2,
                                       NULL),
                   0);
  assert_int_equal(told, 1);
  assert_string_equal(told_of, "a");

  assert_int_equal(tree->begin(tree->ctx, &origin), OMADM_ST_OK);
  remove_by_tree(tree, "./SyncML/DMAcc/b");
  assert_int_equal(told, 1);
  tree->rollback(tree->ctx, NULL, 0);
  assert_int_equal(tree->settle(tree->ctx), 0);
  assert_int_equal(told, 1);

  remove_by_tree(tree, "./SyncML/DMAcc/b");
  assert_int_equal(tree->settle(tree->ctx), 0);
  assert_int_equal(told, 2);
  assert_string_equal(told_of, "b");

  assert_int_equal(omadm_framework_poke(self->framework, omadm_str_of("./SyncML/DMAcc/c"),
                                        OMADM_FORMAT_NODE, (omadm_str){0}, (omadm_str){0}, NULL),
                   0);
  assert_int_equal(tree->settle(tree->ctx), 0);
  assert_int_equal(told, 3);
  assert_string_equal(told_of, "c");
}

static void the_root_acl_names_who_has_every_right(void **state) {
  static const omadm_setting full[] = {SETTING("url", "http://a")};
  static const omadm_setting standard[] = {SETTING("url", "http://a"),
                                           SETTING("rights", "standard")};
  device *self = *state;
  assert_root_acl(self, "Add=*&Get=*");
  import(self, "a", full, 1);
  import(self, "b", full, 1);
  import(self, "c", standard, 2);
  assert_root_acl(self, "Add=*&Get=*&Delete=a+b&Exec=a+b&Replace=a+b");
}

static void an_account_decides_session_and_transport(void **state) {
  static const omadm_setting settings[] = {SETTING("url", "https://a"),
                                           SETTING("max-msg-size", "5000"),
                                           SETTING("dialect", "windows"), SETTING("ca", "/ca")};
  device *self = *state;
  import(self, "a", settings, 4);
  const omadm_account *account = load(self, "a");
  omadm_session_config session;
  omadm_http_config http;
  omadm_session_config_init(&session);
  omadm_http_config_init(&http);
  omadm_account_session(account, &session);
  omadm_account_http(account, &http);
  assert_int_equal(session.dialect, OMADM_DIALECT_WINDOWS);
  assert_int_equal(session.limits.max_msg_size, 5000);
  assert_int_equal(session.limits.max_obj_size, 16777216);
  assert_true(omadm_str_is(session.server_id, "a"));
  assert_true(omadm_str_is(session.server_uri, "https://a"));
  assert_string_equal(http.address, "https://a");
  assert_string_equal(http.ca, "/ca");
  assert_null(http.client_key);
}

/* What says whom the device trusts is not for servers to change. */
static void a_server_cannot_change_the_settings_of_this_client(void **state) {
  static const omadm_setting settings[] = {SETTING("url", "https://a"), SETTING("ca", "/ca")};
  device *self = *state;
  import(self, "a", settings, 2);
  const omadm_tree *tree = omadm_framework_tree(self->framework);
  const omadm_origin origin = {.server_id = OMADM_STR("a")};
  char scratch[128];
  omadm_limits limits;
  omadm_uri uri;
  omadm_node node;
  omadm_answer answer = {0};
  const omadm_value value = {
      .format = OMADM_FORMAT_CHR, .data = OMADM_STR("/other"), .has_data = 1};
  omadm_limits_init(&limits);
  assert_int_equal(omadm_uri_parse(omadm_str_of("./SyncML/DMAcc/a/Ext/omadm/CA"), 0, &limits,
                                   scratch, NULL, &uri),
                   OMADM_ST_OK);
  assert_int_equal(tree->resolve(tree->ctx, &origin, &uri, &node), OMADM_ST_OK);
  assert_int_equal(tree->replace(tree->ctx, &origin, &node, &value, &answer), OMADM_ST_NOT_ALLOWED);
}

int main(void) {
#define WITH_DEVICE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      WITH_DEVICE(an_imported_account_reads_back_as_it_was),
      WITH_DEVICE(what_is_not_set_has_its_default),
      WITH_DEVICE(the_same_text_is_imported_once),
      WITH_DEVICE(what_was_imported_outlives_a_restart),
      WITH_DEVICE(accounts_are_read_from_a_tree_that_answers_late),
      WITH_DEVICE(a_new_import_leaves_nothing_of_the_old),
      WITH_DEVICE(a_new_import_leaves_the_rights_of_its_server),
      WITH_DEVICE(an_account_without_url_is_refused),
      WITH_DEVICE(prune_removes_what_is_not_kept),
      WITH_DEVICE(an_account_that_was_taken_away_comes_back),
      WITH_DEVICE(csps_are_told_whoever_takes_an_account_away),
      WITH_DEVICE(the_root_acl_names_who_has_every_right),
      WITH_DEVICE(an_account_decides_session_and_transport),
      WITH_DEVICE(a_server_cannot_change_the_settings_of_this_client),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
