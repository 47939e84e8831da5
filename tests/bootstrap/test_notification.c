/* SPDX-License-Identifier: MIT */
#include <omadm/account.h>
#include <omadm/notification.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/digest.h"
#include "base/str.h"
#include <omadm/builtin.h>

/* The example of OMA-TS-DM_Notification, with the digests that secret "srvpwd" and nonce "Nonce",
 * or four zero octets, make. */
#define TRIGGER                                                                                    \
  "02d00000001234"                                                                                 \
  "12636f6d2e6d676d747372762e6d616e616765"
#define BY_NONCE "10369e83e3fc7103a4a21acce6e242ae"
#define BY_ZERO "e37fdc0f8e9070fc31b0967910b921af"

typedef struct device {
  omadm_store *store;
  omadm_framework *framework;
  omadm_account_host *host;
  omadm_notification_device at;
  omadm_buf octets;
} device;

static int set_up(void **state) {
  static device self;
  static const omadm_setting settings[] = {{OMADM_STR("url"), OMADM_STR("https://dm.example.com/")},
                                           {OMADM_STR("server-auth"), OMADM_STR("md5")},
                                           {OMADM_STR("server-secret"), OMADM_STR("srvpwd")},
                                           {OMADM_STR("server-nonce"), OMADM_STR("Tm9uY2U=")}};
  omadm_framework_config config;
  self = (device){.store = NULL};
  assert_int_equal(omadm_store_new_memory(&self.store, NULL), 0);
  omadm_framework_config_init(&config);
  config.store = self.store;
  assert_int_equal(omadm_framework_new(&config, &self.framework, NULL), 0);
  assert_int_equal(omadm_builtin_mount(self.framework, NULL), 0);
  assert_int_equal(omadm_account_import(self.framework, omadm_str_of("com.mgmtsrv.manage"),
                                        settings, sizeof settings / sizeof settings[0], NULL, NULL),
                   0);
  assert_int_equal(omadm_account_host_new(self.framework, &self.host, NULL), 0);
  self.at = (omadm_notification_device){.struct_size = sizeof self.at,
                                        .framework = self.framework,
                                        .host = omadm_account_host_port(self.host),
                                        .now = 1767225600000};
  omadm_buf_init(&self.octets, NULL, 0);
  *state = &self;
  return 0;
}

static int tear_down(void **state) {
  device *self = *state;
  omadm_buf_dispose(&self->octets);
  omadm_account_host_free(self->host);
  omadm_framework_free(self->framework);
  omadm_store_close(self->store);
  return 0;
}

static omadm_str octets(device *self, const char *hex) {
  self->octets.len = 0;
  assert_int_equal(omadm_hex_decode(omadm_str_of(hex), &self->octets), 0);
  return omadm_buf_str(&self->octets);
}

static omadm_err try(device *self, omadm_str text, omadm_notification_verdict *verdict) {
  omadm_notification n;
  omadm_err err = omadm_notification_read(text, &n, NULL);
  return err != 0 ? err : omadm_notification_verify(&n, &self->at, verdict, NULL);
}

static void the_example_of_the_standard_is_read(void **state) {
  device *self = *state;
  omadm_notification n;
  assert_int_equal(omadm_notification_read(octets(self, BY_NONCE TRIGGER), &n, NULL), 0);
  assert_int_equal(n.version, 11);
  assert_int_equal(n.ui, OMADM_NOTIFICATION_BACKGROUND);
  assert_int_equal(n.server_initiated, 0);
  assert_int_equal(n.session, 0x1234);
  assert_true(omadm_str_is(n.server_id, "com.mgmtsrv.manage"));
  assert_int_equal(n.vendor.len, 0);
}

static void its_digest_verifies(void **state) {
  device *self = *state;
  omadm_notification_verdict verdict;
  assert_int_equal(try(self, octets(self, BY_NONCE TRIGGER), &verdict), 0);
  assert_string_equal(verdict.session_id, "1234");
  assert_int_equal(verdict.resync, 0);
}

static void the_digest_with_four_zero_octets_verifies_and_says_so(void **state) {
  device *self = *state;
  omadm_notification_verdict verdict;
  assert_int_equal(try(self, octets(self, BY_ZERO TRIGGER), &verdict), 0);
  assert_int_equal(verdict.resync, 1);
}

static void every_truncation_is_refused(void **state) {
  device *self = *state;
  omadm_notification_verdict verdict;
  omadm_str whole = octets(self, BY_NONCE TRIGGER);
  for (size_t n = 0; n < whole.len; n++) {
    char *exact = malloc(n + 1);
    assert_non_null(exact);
    memcpy(exact, whole.ptr, n);
    assert_int_not_equal(try(self, (omadm_str){exact, n}, &verdict), 0);
    free(exact);
  }
}

static void every_flipped_bit_is_refused(void **state) {
  device *self = *state;
  omadm_notification_verdict verdict;
  omadm_str whole = octets(self, BY_NONCE TRIGGER);
  for (size_t i = 0; i < whole.len * 8; i++) {
    self->octets.ptr[i / 8] = (char)(self->octets.ptr[i / 8] ^ 1 << i % 8);
    assert_int_not_equal(try(self, whole, &verdict), 0);
    self->octets.ptr[i / 8] = (char)(self->octets.ptr[i / 8] ^ 1 << i % 8);
  }
  assert_int_equal(try(self, whole, &verdict), 0);
}

static void octets_behind_it_are_refused(void **state) {
  device *self = *state;
  omadm_notification_verdict verdict;
  assert_int_equal(try(self, octets(self, BY_NONCE TRIGGER "00"), &verdict), OMADM_E_REFUSED);
}

static void what_is_remembered_is_refused_until_it_is_forgotten(void **state) {
  device *self = *state;
  omadm_notification n;
  omadm_notification_verdict verdict;
  assert_int_equal(omadm_notification_read(octets(self, BY_NONCE TRIGGER), &n, NULL), 0);
  assert_int_equal(omadm_notification_verify(&n, &self->at, &verdict, NULL), 0);
  assert_int_equal(omadm_notification_verify(&n, &self->at, &verdict, NULL), 0);
  assert_int_equal(omadm_notification_remember(&n, &self->at, &verdict, NULL), 0);
  assert_int_equal(omadm_notification_verify(&n, &self->at, &verdict, NULL), OMADM_E_REFUSED);
  assert_int_equal(omadm_notification_forget(&n, &self->at, &verdict, NULL), 0);
  assert_int_equal(omadm_notification_verify(&n, &self->at, &verdict, NULL), 0);
}

static void a_resynchronisation_that_reached_nobody_may_be_tried_again(void **state) {
  device *self = *state;
  omadm_notification n;
  omadm_notification_verdict verdict;
  assert_int_equal(omadm_notification_read(octets(self, BY_ZERO TRIGGER), &n, NULL), 0);
  assert_int_equal(omadm_notification_verify(&n, &self->at, &verdict, NULL), 0);
  assert_int_equal(omadm_notification_remember(&n, &self->at, &verdict, NULL), 0);
  assert_int_equal(omadm_notification_verify(&n, &self->at, &verdict, NULL), OMADM_E_REFUSED);
  assert_int_equal(omadm_notification_forget(&n, &self->at, &verdict, NULL), 0);
  assert_int_equal(omadm_notification_verify(&n, &self->at, &verdict, NULL), 0);
}

static bool is_kept(device *self, const char *word) {
  char key[80];
  omadm_buf row;
  snprintf(key, sizeof key, OMADM_META_SERVER "com.mgmtsrv.manage\n%s", word);
  omadm_buf_init(&row, NULL, 0);
  bool kept = omadm_framework_meta_get(self->framework, omadm_str_of(key), &row) == 0;
  omadm_buf_dispose(&row);
  return kept;
}

static void what_is_remembered_goes_with_the_account(void **state) {
  static const char *const digests[] = {BY_NONCE TRIGGER, BY_ZERO TRIGGER};
  static const omadm_str longer = OMADM_STR(OMADM_META_SERVER "com.mgmtsrv.manage.2\nnotified");
  device *self = *state;
  omadm_notification n;
  omadm_notification_verdict verdict;
  for (size_t i = 0; i < 2; i++) {
    assert_int_equal(omadm_notification_read(octets(self, digests[i]), &n, NULL), 0);
    assert_int_equal(omadm_notification_verify(&n, &self->at, &verdict, NULL), 0);
    assert_int_equal(omadm_notification_remember(&n, &self->at, &verdict, NULL), 0);
  }
  assert_int_equal(omadm_framework_meta_set(self->framework, longer, longer), 0);
  assert_true(is_kept(self, "notified") && is_kept(self, "resynced"));
  assert_int_equal(omadm_account_prune(self->framework, NULL, 0, NULL), 0);
  assert_false(is_kept(self, "notified") || is_kept(self, "resynced"));
  self->octets.len = 0;
  assert_int_equal(omadm_framework_meta_get(self->framework, longer, &self->octets), 0);
}

/* What the server would send with that nonce for that session; ends in self->octets. */
static omadm_str made_with(device *self, const char *nonce, unsigned session) {
  omadm_digest digest;
  octets(self, BY_NONCE TRIGGER);
  self->octets.ptr[21] = (char)(session >> 8);
  self->octets.ptr[22] = (char)(session & 0xFF);
  const omadm_str trigger = {self->octets.ptr + 16, self->octets.len - 16};
  assert_int_equal(omadm_digest_prove(omadm_str_of("com.mgmtsrv.manage"), omadm_str_of("srvpwd"),
                                      omadm_str_of(nonce), &trigger, &digest),
                   0);
  memcpy(self->octets.ptr, digest.octets, sizeof digest.octets);
  return omadm_buf_str(&self->octets);
}

/* Verifies, and where it is believed remembers. */
static omadm_err take(device *self, const char *nonce, unsigned session) {
  omadm_notification n;
  omadm_notification_verdict verdict;
  omadm_err err = omadm_notification_read(made_with(self, nonce, session), &n, NULL);
  if (err == 0) err = omadm_notification_verify(&n, &self->at, &verdict, NULL);
  return err != 0 ? err : omadm_notification_remember(&n, &self->at, &verdict, NULL);
}

/* As a server would that never changes its nonce. */
static void no_session_of_a_nonce_is_ever_forgotten(void **state) {
  device *self = *state;
  omadm_buf row;
  for (unsigned i = 1; i < 400; i++)
    assert_int_equal(take(self, "Nonce", i), 0);
  assert_int_equal(take(self, "Nonce", 65535), 0);
  for (unsigned i = 1; i < 400; i++)
    assert_int_equal(take(self, "Nonce", i), OMADM_E_REFUSED);
  assert_int_equal(take(self, "Nonce", 65535), OMADM_E_REFUSED);
  omadm_buf_init(&row, NULL, 0);
  assert_int_equal(
      omadm_framework_meta_get(
          self->framework, omadm_str_of(OMADM_META_SERVER "com.mgmtsrv.manage\nnotified"), &row),
      0);
  assert_in_range(row.len, 8192, 8300);
  omadm_buf_dispose(&row);
}

static void rotate(device *self, const char *nonce) {
  const omadm_host *host = self->at.host;
  assert_int_equal(host->nonce(host->ctx, omadm_str_of("com.mgmtsrv.manage"), OMADM_AUTH_SERVER,
                               OMADM_AUTH_MD5, omadm_str_of(nonce)),
                   0);
}

/* Two nonces are good at once; the order in which they are used must not push one out. */
static void what_a_living_nonce_made_is_known_in_whatever_order_it_came(void **state) {
  device *self = *state;
  assert_int_equal(take(self, "Nonce", 1), 0);
  rotate(self, "Second");
  assert_int_equal(take(self, "Second", 2), 0);
  assert_int_equal(take(self, "Nonce", 3), 0);
  rotate(self, "Third");
  assert_int_equal(take(self, "Third", 4), 0);
  assert_int_equal(take(self, "Second", 2), OMADM_E_REFUSED);
  assert_int_equal(take(self, "Third", 4), OMADM_E_REFUSED);
  assert_int_equal(take(self, "Nonce", 5), OMADM_E_REFUSED);
  assert_int_equal(take(self, "Third", 2), 0);
}

static void only_ui_modes_10_and_11_have_a_question(void **state) {
  (void)state;
  omadm_ui_question question;
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  omadm_notification n = {.server_id = OMADM_STR("x")};
  assert_int_equal(omadm_notification_question(&n, (omadm_str){NULL, 0}, &text, &question), 0);
  n.ui = OMADM_NOTIFICATION_BACKGROUND;
  assert_int_equal(omadm_notification_question(&n, (omadm_str){NULL, 0}, &text, &question), 0);
  n.ui = OMADM_NOTIFICATION_INFORM;
  assert_int_equal(omadm_notification_question(&n, (omadm_str){NULL, 0}, &text, &question), 1);
  assert_int_equal(question.kind, OMADM_UI_DISPLAY);
  assert_int_equal(omadm_notification_is_allowed(&n, OMADM_UI_CANCELLED), 1);
  n.ui = OMADM_NOTIFICATION_ASK;
  text.len = 0;
  assert_int_equal(omadm_notification_question(&n, omadm_str_of("ACME"), &text, &question), 1);
  assert_int_equal(question.kind, OMADM_UI_CONFIRM);
  assert_true(omadm_str_starts(question.text, "ACME "));
  assert_int_equal(omadm_notification_is_allowed(&n, OMADM_UI_REJECTED), 0);
  assert_int_equal(omadm_notification_is_allowed(&n, OMADM_UI_TIMED_OUT), 0);
  assert_int_equal(omadm_notification_is_allowed(&n, OMADM_UI_ANSWERED), 1);
  omadm_buf_dispose(&text);
}

static void messages_tell_no_secret(void **state) {
  device *self = *state;
  omadm_notification n;
  omadm_notification_verdict verdict;
  omadm_error error;
  omadm_error_clear(&error);
  (void)octets(self, BY_NONCE TRIGGER);
  self->octets.ptr[0] ^= 1;
  assert_int_equal(omadm_notification_read(omadm_buf_str(&self->octets), &n, NULL), 0);
  assert_int_equal(omadm_notification_verify(&n, &self->at, &verdict, &error), OMADM_E_REFUSED);
  assert_null(strstr(error.text, "srvpwd"));
  assert_null(strstr(error.text, "Nonce"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_example_of_the_standard_is_read),
      TEST(its_digest_verifies),
      TEST(the_digest_with_four_zero_octets_verifies_and_says_so),
      TEST(every_truncation_is_refused),
      TEST(every_flipped_bit_is_refused),
      TEST(octets_behind_it_are_refused),
      TEST(what_is_remembered_is_refused_until_it_is_forgotten),
      TEST(a_resynchronisation_that_reached_nobody_may_be_tried_again),
      TEST(what_is_remembered_goes_with_the_account),
      TEST(no_session_of_a_nonce_is_ever_forgotten),
      TEST(what_a_living_nonce_made_is_known_in_whatever_order_it_came),
      TEST(only_ui_modes_10_and_11_have_a_question),
      TEST(messages_tell_no_secret),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
