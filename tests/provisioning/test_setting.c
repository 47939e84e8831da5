/* SPDX-License-Identifier: MIT */
#include <omadm/account.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

static void each_kind_takes_what_it_says_and_nothing_else(void **state) {
  static const struct {
    const char *name;
    const char *value;
    omadm_err err;
  } rows[] = {
      {"url", "https://a", 0},
      {"url", "http://a:80/x", 0},
      {"url", "https://", OMADM_E_ARGUMENT},
      {"url", "https:///x", OMADM_E_ARGUMENT},
      {"url", "https://a b", OMADM_E_ARGUMENT},
      {"url", "a", OMADM_E_ARGUMENT},
      {"url", "", OMADM_E_ARGUMENT},
      {"dialect", "windows", 0},
      {"dialect", "oma", 0},
      {"dialect", "om", OMADM_E_ARGUMENT},
      {"dialect", "oma|windows", OMADM_E_ARGUMENT},
      {"dialect", "Windows", OMADM_E_ARGUMENT},
      {"ca", "/a", 0},
      {"ca", "a", OMADM_E_ARGUMENT},
      {"client-key", "/a", 0},
      {"client-key", "tpm:0x81000001", OMADM_E_UNSUPPORTED},
      {"auth", "none", 0},
      {"auth", "basic", 0},
      {"auth", "digest", OMADM_E_ARGUMENT},
      {"server-auth", "mac", 0},
      {"encoding", "xml", 0},
      {"encoding", "wbxml", 0},
      {"nonce", "AAECAw==", 0},
      {"nonce", "A!", OMADM_E_ARGUMENT},
      {"server-id", "com.example", 0},
      {"server-id", "a*b", OMADM_E_ARGUMENT},
      {"server-id", "a b", OMADM_E_ARGUMENT},
      {"max-msg-size", "2048", 0},
      {"max-msg-size", "2047", OMADM_E_ARGUMENT},
      {"max-msg-size", "1073741825", OMADM_E_ARGUMENT},
      {"max-msg-size", "0", OMADM_E_ARGUMENT},
      {"max-msg-size", "18446744073709551616", OMADM_E_ARGUMENT},
      {"quirk.uri-case", "warn", 0},
      {"quirk.uri-case", "no", OMADM_E_ARGUMENT},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    omadm_error error;
    omadm_error_clear(&error);
    const omadm_setting_rule *rule = omadm_account_rule_find(omadm_str_of(rows[i].name));
    assert_non_null(rule);
    assert_int_equal(omadm_setting_check(rule, omadm_str_of(rows[i].value), &error), rows[i].err);
    assert_int_equal(error.text[0] != '\0', rows[i].err != 0);
  }
}

static void a_secret_never_stands_in_a_message(void **state) {
  omadm_error error;
  (void)state;
  omadm_error_clear(&error);
  const omadm_setting_rule *rule = omadm_account_rule_find(omadm_str_of("nonce"));
  assert_int_equal(omadm_setting_check(rule, omadm_str_of("tops*ecret"), &error), OMADM_E_ARGUMENT);
  assert_null(strstr(error.text, "tops"));
}

static void every_preset_keeps_its_own_rule(void **state) {
  const omadm_setting_rule *rule = NULL;
  (void)state;
  for (size_t i = 0; (rule = omadm_account_rule_at(i)) != NULL; i++)
    if (rule->preset != NULL)
      assert_int_equal(omadm_setting_check(rule, omadm_str_of(rule->preset), NULL), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_takes_what_it_says_and_nothing_else),
      cmocka_unit_test(a_secret_never_stands_in_a_message),
      cmocka_unit_test(every_preset_keeps_its_own_rule),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
