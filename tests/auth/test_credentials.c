/* SPDX-License-Identifier: MIT */
/* The host port over the accounts of the tree. */
#include <omadm/account.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/str.h"
#include <omadm/builtin.h>

#define ACCOUNT "./SyncML/DMAcc/srv"

typedef struct device {
  omadm_store *store;
  omadm_framework *framework;
  omadm_account_host *accounts;
  omadm_host *host;
} device;

static void start(device *self) {
  omadm_framework_config config;
  omadm_framework_config_init(&config);
  config.store = self->store;
  assert_int_equal(omadm_framework_new(&config, &self->framework, NULL), 0);
  assert_int_equal(omadm_builtin_mount(self->framework, NULL), 0);
  assert_int_equal(omadm_account_host_new(self->framework, &self->accounts, NULL), 0);
  self->host = omadm_account_host_port(self->accounts);
}

static void stop(device *self) {
  omadm_account_host_free(self->accounts);
  omadm_framework_free(self->framework);
}

static int set_up(void **state) {
  static device self;
  self = (device){.store = NULL};
  assert_int_equal(omadm_store_new_memory(&self.store, NULL), 0);
  start(&self);
  *state = &self;
  return 0;
}

static int tear_down(void **state) {
  device *self = *state;
  stop(self);
  omadm_store_close(self->store);
  return 0;
}

static void import(device *self, const omadm_setting *settings, size_t n) {
  omadm_error error = {0};
  if (omadm_account_import(self->framework, omadm_str_of("srv"), settings, n, NULL, &error) != 0)
    fail_msg("%s", error.text);
}

static void poke(device *self, const char *uri, const char *value) {
  omadm_error error = {0};
  if (omadm_framework_poke(self->framework, omadm_str_of(uri), OMADM_FORMAT_ABSENT, (omadm_str){0},
                           omadm_str_of(value), &error) != 0)
    fail_msg("%s", error.text);
}

#define SETTING(name, value)                                                                       \
  { OMADM_STR(name), OMADM_STR(value) }

static const omadm_setting both[] = {
    SETTING("url", "https://dm.example/"),
    SETTING("auth", "md5"),
    SETTING("user", "dev"),
    SETTING("secret", "pw"),
    SETTING("nonce", "AAEC"),
    SETTING("server-auth", "mac"),
    SETTING("server-secret", "srvpw"),
    SETTING("server-nonce", "/wA="),
};

static omadm_err ask(device *self, omadm_auth_side side, omadm_auth type, omadm_credentials *out) {
  return self->host->credentials(self->host->ctx, omadm_str_of("srv"), side, type, out);
}

static void keep(device *self, omadm_auth_side side, omadm_auth type, const char *nonce) {
  assert_int_equal(
      self->host->nonce(self->host->ctx, omadm_str_of("srv"), side, type, omadm_str_of(nonce)), 0);
}

static void expect(omadm_str have, const char *want, size_t n) {
  assert_int_equal(have.len, n);
  assert_memory_equal(have.ptr, want, n);
}

static void credentials_come_from_the_settings(void **state) {
  device *self = *state;
  omadm_credentials c;
  import(self, both, sizeof both / sizeof *both);
  assert_int_equal(ask(self, OMADM_AUTH_CLIENT, OMADM_AUTH_NONE, &c), 0);
  assert_int_equal(c.type, OMADM_AUTH_MD5);
  expect(c.name, "dev", 3);
  expect(c.secret, "pw", 2);
  expect(c.nonce, "\0\1\2", 3);
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_NONE, &c), 0);
  assert_int_equal(c.type, OMADM_AUTH_MAC);
  expect(c.name, "srv", 3);
  expect(c.secret, "srvpw", 5);
  expect(c.nonce, "\xFF\0", 2);
  assert_int_equal(c.nonce_before.len, 0);
  assert_int_equal(c.each_message, 0);
}

static void what_an_account_has_not_is_not_found(void **state) {
  device *self = *state;
  omadm_credentials c;
  import(self, both, sizeof both / sizeof *both);
  assert_int_equal(ask(self, OMADM_AUTH_CLIENT, OMADM_AUTH_BASIC, &c), OMADM_E_NOT_FOUND);
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_MD5, &c), OMADM_E_NOT_FOUND);
  assert_int_equal(self->host->credentials(self->host->ctx, omadm_str_of("other"),
                                           OMADM_AUTH_CLIENT, OMADM_AUTH_NONE, &c),
                   OMADM_E_NOT_FOUND);
}

static void a_side_without_auth_has_no_credentials(void **state) {
  device *self = *state;
  omadm_credentials c;
  import(self, both, 1);
  assert_int_equal(ask(self, OMADM_AUTH_CLIENT, OMADM_AUTH_NONE, &c), OMADM_E_NOT_FOUND);
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_NONE, &c), OMADM_E_NOT_FOUND);
}

static void a_side_needs_a_secret(void **state) {
  device *self = *state;
  omadm_error error = {0};
  assert_int_equal(
      omadm_account_import(self->framework, omadm_str_of("srv"), both, 3, NULL, &error),
      OMADM_E_ARGUMENT);
  assert_string_equal(error.text, "the account \"srv\" has auth and no secret");
}

static void the_nonce_before_is_kept_until_the_server_has_shown_the_last(void **state) {
  device *self = *state;
  omadm_credentials c;
  import(self, both, sizeof both / sizeof *both);
  keep(self, OMADM_AUTH_SERVER, OMADM_AUTH_MAC, "one");
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_NONE, &c), 0);
  expect(c.nonce, "one", 3);
  expect(c.nonce_before, "\xFF\0", 2);
  stop(self);
  start(self);
  keep(self, OMADM_AUTH_SERVER, OMADM_AUTH_MAC, "two");
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_NONE, &c), 0);
  expect(c.nonce, "two", 3);
  expect(c.nonce_before, "one", 3);
  keep(self, OMADM_AUTH_SERVER, OMADM_AUTH_MAC, "two");
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_NONE, &c), 0);
  expect(c.nonce, "two", 3);
  assert_int_equal(c.nonce_before.len, 0);
}

static void a_nonce_of_the_client_replaces_the_last(void **state) {
  device *self = *state;
  omadm_credentials c;
  import(self, both, sizeof both / sizeof *both);
  keep(self, OMADM_AUTH_CLIENT, OMADM_AUTH_MD5, "next");
  stop(self);
  start(self);
  assert_int_equal(ask(self, OMADM_AUTH_CLIENT, OMADM_AUTH_NONE, &c), 0);
  expect(c.nonce, "next", 4);
}

/* A second entry for the device beside that of the import. */
static void add_entry(device *self, const char *name, const char *type) {
  static const char *const nodes[] = {"AAuthLevel", "AAuthType", "AAuthName", "AAuthSecret"};
  const char *values[] = {"CLCRED", type, name, "pw2"};
  char uri[100];
  for (size_t i = 0; i < 4; i++) {
    snprintf(uri, sizeof uri, ACCOUNT "/AppAuth/%s/%s", name, nodes[i]);
    poke(self, uri, values[i]);
  }
}

static omadm_auth preferred(device *self) {
  omadm_credentials c;
  assert_int_equal(ask(self, OMADM_AUTH_CLIENT, OMADM_AUTH_NONE, &c), 0);
  return c.type;
}

static void the_preference_is_that_of_the_account(void **state) {
  device *self = *state;
  import(self, both, sizeof both / sizeof *both);
  add_entry(self, "a", "BASIC");
  add_entry(self, "z", "HMAC");
  assert_int_equal(preferred(self), OMADM_AUTH_MD5);
  poke(self, ACCOUNT "/AAuthPref", "BASIC");
  assert_int_equal(preferred(self), OMADM_AUTH_BASIC);
  poke(self, ACCOUNT "/AAuthPref", "X509");
  assert_int_equal(preferred(self), OMADM_AUTH_MAC);
  poke(self, ACCOUNT "/AAuthPref", "");
  assert_int_equal(preferred(self), OMADM_AUTH_MAC);
  keep(self, OMADM_AUTH_CLIENT, OMADM_AUTH_BASIC, "");
  assert_int_equal(preferred(self), OMADM_AUTH_BASIC);
  keep(self, OMADM_AUTH_CLIENT, OMADM_AUTH_MD5, "n");
  assert_int_equal(preferred(self), OMADM_AUTH_MD5);
}

static void other_levels_and_types_are_left_alone(void **state) {
  device *self = *state;
  omadm_credentials c;
  import(self, both, 1);
  add_entry(self, "a", "X509");
  add_entry(self, "b", "TRANSPORT");
  add_entry(self, "c", "BASIC");
  poke(self, ACCOUNT "/AppAuth/c/AAuthLevel", "HTTP");
  assert_int_equal(ask(self, OMADM_AUTH_CLIENT, OMADM_AUTH_NONE, &c), OMADM_E_NOT_FOUND);
}

/* Less is not asked of a server because its account is not understood. */
static void a_server_whose_proof_is_not_understood_is_no_server_without_one(void **state) {
  device *self = *state;
  omadm_credentials c;
  import(self, both, 1);
  add_entry(self, "a", "X509");
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_NONE, &c), OMADM_E_NOT_FOUND);
  poke(self, ACCOUNT "/AppAuth/a/AAuthLevel", "FOO");
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_NONE, &c), OMADM_E_UNSUPPORTED);
  assert_int_equal(ask(self, OMADM_AUTH_CLIENT, OMADM_AUTH_NONE, &c), OMADM_E_NOT_FOUND);
  poke(self, ACCOUNT "/AppAuth/a/AAuthLevel", "SRVCRED");
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_NONE, &c), OMADM_E_UNSUPPORTED);
  poke(self, ACCOUNT "/AppAuth/a/AAuthType", "TRANSPORT");
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_NONE, &c), OMADM_E_NOT_FOUND);
  poke(self, ACCOUNT "/AppAuth/a/AAuthType", "DIGEST");
  assert_int_equal(ask(self, OMADM_AUTH_SERVER, OMADM_AUTH_NONE, &c), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(credentials_come_from_the_settings, set_up, tear_down),
      cmocka_unit_test_setup_teardown(what_an_account_has_not_is_not_found, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_side_without_auth_has_no_credentials, set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_side_needs_a_secret, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_nonce_before_is_kept_until_the_server_has_shown_the_last,
                                      set_up, tear_down),
      cmocka_unit_test_setup_teardown(a_nonce_of_the_client_replaces_the_last, set_up, tear_down),
      cmocka_unit_test_setup_teardown(the_preference_is_that_of_the_account, set_up, tear_down),
      cmocka_unit_test_setup_teardown(other_levels_and_types_are_left_alone, set_up, tear_down),
      cmocka_unit_test_setup_teardown(
          a_server_whose_proof_is_not_understood_is_no_server_without_one, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
