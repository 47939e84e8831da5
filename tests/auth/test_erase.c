/* SPDX-License-Identifier: MIT */
/* What becomes of the octets of nodes that nobody may read, while the device runs on. */
#include <omadm/account.h>

#include <stdio.h>

#include "tests/store/folder.h"

#include "base/str.h"
#include <omadm/builtin.h>

#define ACCOUNT "./SyncML/DMAcc/srv"
#define SECRET ACCOUNT "/AppAuth/client/AAuthSecret"

typedef struct device {
  char folder[FOLDER_PATH];
  omadm_store *store;
  omadm_framework *framework;
  omadm_account_host *accounts;
  omadm_host *host;
} device;

static void import(device *self, const char *secret) {
  const omadm_setting settings[] = {
      {OMADM_STR("url"), OMADM_STR("https://dm.example/")},
      {OMADM_STR("auth"), OMADM_STR("mac")},
      {OMADM_STR("user"), OMADM_STR("dev")},
      {OMADM_STR("secret"), omadm_str_of(secret)},
  };
  omadm_error error = {0};
  if (omadm_account_import(self->framework, omadm_str_of("srv"), settings, 4, NULL, &error) != 0)
    fail_msg("%s", error.text);
}

static int set_up(void **state) {
  static device self;
  omadm_framework_config config;
  folder_make(self.folder);
  self.store = folder_open(self.folder);
  omadm_framework_config_init(&config);
  config.store = self.store;
  assert_int_equal(omadm_framework_new(&config, &self.framework, NULL), 0);
  assert_int_equal(omadm_builtin_mount(self.framework, NULL), 0);
  assert_int_equal(omadm_account_host_new(self.framework, &self.accounts, NULL), 0);
  self.host = omadm_account_host_port(self.accounts);
  import(&self, "first-Secret");
  assert_int_equal(folder_holds(self.folder, "first-Secret") > 0, true);
  *state = &self;
  return 0;
}

static int tear_down(void **state) {
  device *self = *state;
  omadm_account_host_free(self->accounts);
  omadm_framework_free(self->framework);
  omadm_store_close(self->store);
  folder_remove(self->folder);
  return 0;
}

static void settle(device *self) {
  assert_int_equal(omadm_framework_settle(self->framework), 0);
}

static void poke(device *self, const char *uri, const char *value) {
  omadm_str octets = value != NULL ? omadm_str_of(value) : (omadm_str){NULL, 0};
  assert_int_equal(omadm_framework_poke(self->framework, omadm_str_of(uri), OMADM_FORMAT_ABSENT,
                                        (omadm_str){0}, octets, NULL),
                   0);
}

static void a_secret_that_is_replaced_is_gone_at_once(void **state) {
  device *self = *state;
  poke(self, SECRET, "second-Secret");
  assert_true(folder_holds(self->folder, "first-Secret") > 0);
  settle(self);
  assert_int_equal(folder_holds(self->folder, "first-Secret"), 0);
  assert_true(folder_holds(self->folder, "second-Secret") > 0);
}

static void a_secret_is_gone_with_its_account(void **state) {
  device *self = *state;
  assert_int_equal(omadm_account_prune(self->framework, NULL, 0, NULL), 0);
  assert_int_equal(folder_holds(self->folder, "first-Secret"), 0);
}

static void a_secret_is_gone_with_the_leaf(void **state) {
  device *self = *state;
  poke(self, SECRET, NULL);
  settle(self);
  assert_int_equal(folder_holds(self->folder, "first-Secret"), 0);
}

static void a_secret_is_gone_with_another_configuration(void **state) {
  device *self = *state;
  import(self, "second-Secret");
  assert_int_equal(folder_holds(self->folder, "first-Secret"), 0);
  assert_true(folder_holds(self->folder, "second-Secret") > 0);
}

static void a_readable_value_costs_one_sync(void **state) {
  device *self = *state;
  uint64_t statements = 0, before = 0, after = 0;
  omadm_store_counters(self->store, &statements, &before);
  poke(self, ACCOUNT "/Name", "another");
  settle(self);
  omadm_store_counters(self->store, &statements, &after);
  assert_int_equal(after - before, 1);
}

static void keep(device *self, const char *nonce) {
  assert_int_equal(self->host->nonce(self->host->ctx, omadm_str_of("srv"), OMADM_AUTH_CLIENT,
                                     OMADM_AUTH_MAC, omadm_str_of(nonce)),
                   0);
}

/* A MAC has a nonce for each message: their octets go when the next session begins. */
static void nonces_go_once_a_session(void **state) {
  device *self = *state;
  uint64_t statements = 0, before = 0, after = 0;
  uint32_t number = 0;
  char nonce[40];
  assert_int_equal(self->host->session_number(self->host->ctx, &number), 0);
  keep(self, "the-nonce-number-0");
  omadm_store_counters(self->store, &statements, &before);
  for (int i = 1; i <= 10; i++) {
    snprintf(nonce, sizeof nonce, "the-nonce-number-%d", i);
    keep(self, nonce);
  }
  omadm_store_counters(self->store, &statements, &after);
  assert_int_equal(after - before, 10);
  assert_true(folder_holds(self->folder, "the-nonce-number-9") > 0);
  before = after;
  assert_int_equal(self->host->session_number(self->host->ctx, &number), 0);
  omadm_store_counters(self->store, &statements, &after);
  assert_true(after - before <= 4); /* the number, the log, the database, the new log's head */
  assert_int_equal(folder_holds(self->folder, "the-nonce-number-9"), 0);
  assert_true(folder_holds(self->folder, "the-nonce-number-10") > 0);
  before = after; /* nothing was replaced since */
  assert_int_equal(self->host->session_number(self->host->ctx, &number), 0);
  omadm_store_counters(self->store, &statements, &after);
  assert_int_equal(after - before, 1);
}

static void the_last_nonces_go_when_sessions_are_over(void **state) {
  device *self = *state;
  keep(self, "the-nonce-before");
  keep(self, "the-last-nonce");
  omadm_account_host_free(self->accounts);
  self->accounts = NULL;
  assert_int_equal(folder_holds(self->folder, "the-nonce-before"), 0);
  assert_true(folder_holds(self->folder, "the-last-nonce") > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_secret_that_is_replaced_is_gone_at_once),
      TEST(a_secret_is_gone_with_its_account),
      TEST(a_secret_is_gone_with_the_leaf),
      TEST(a_secret_is_gone_with_another_configuration),
      TEST(a_readable_value_costs_one_sync),
      TEST(nonces_go_once_a_session),
      TEST(the_last_nonces_go_when_sessions_are_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
