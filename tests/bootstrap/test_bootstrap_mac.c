/* SPDX-License-Identifier: MIT */
#include "provisioning/bootstrap_mac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/str.h"

static const omadm_str body = {"\x03\x0B\x6A\x00", 4};
#define MAC "818C70A483454846F09D28A43C7301F1235208B7" /* of body with key "1234" */

static void assert_key(const char *id, const char *hex) {
  omadm_buf key;
  omadm_buf text;
  omadm_buf_init(&key, NULL, 0);
  omadm_buf_init(&text, NULL, 0);
  assert_int_equal(mac_network_key(omadm_str_of(id), &key), 0);
  assert_int_equal(omadm_hex_encode(omadm_buf_str(&key), &text), 0);
  assert_true(omadm_str_is(omadm_buf_str(&text), hex));
  omadm_buf_dispose(&key);
  omadm_buf_dispose(&text);
}

static void an_imsi_becomes_semi_octets(void **state) {
  (void)state;
  assert_key("240011234567890", "2904102143658709");
  assert_key("24001123456789", "21041021436587f9");
}

static void other_ids_are_octets(void **state) {
  (void)state;
  omadm_buf key;
  assert_key("0xA1b2", "a1b2");
  assert_key("abc", "616263");
  omadm_buf_init(&key, NULL, 0);
  assert_int_equal(mac_network_key(omadm_str_of("0xA1b"), &key), OMADM_E_SYNTAX);
  assert_int_equal(mac_network_key(omadm_str_of(""), &key), OMADM_E_SYNTAX);
  omadm_buf_dispose(&key);
}

static void a_known_answer_of_the_users_pin(void **state) {
  (void)state;
  mac_check check = {.method = MAC_USER, .mac = OMADM_STR(MAC), .body = body};
  assert_int_equal(mac_verify(&check, omadm_str_of("1234")), 0);
  assert_int_equal(mac_verify(&check, omadm_str_of("1235")), OMADM_E_REFUSED);
  assert_int_equal(mac_verify(&check, omadm_str_of("")), OMADM_E_REFUSED);
  check.mac = omadm_str_of("818c70a483454846f09d28a43c7301f1235208b7");
  assert_int_equal(mac_verify(&check, omadm_str_of("1234")), 0);
}

static void every_changed_digit_of_a_mac_is_refused(void **state) {
  (void)state;
  char text[] = MAC;
  const mac_check check = {.method = MAC_USER, .mac = {text, sizeof text - 1}, .body = body};
  for (size_t i = 0; i < sizeof text - 1; i++) {
    char kept = text[i];
    text[i] = kept == '0' ? '1' : '0';
    assert_int_equal(mac_verify(&check, omadm_str_of("1234")), OMADM_E_REFUSED);
    text[i] = kept;
  }
  assert_int_equal(mac_verify(&check, omadm_str_of("1234")), 0);
}

static void every_shorter_or_longer_mac_is_refused(void **state) {
  (void)state;
  mac_check check = {.method = MAC_USER, .body = body};
  for (size_t n = 0; n < sizeof MAC - 1; n++) {
    check.mac = (omadm_str){MAC, n};
    assert_int_equal(mac_verify(&check, omadm_str_of("1234")), OMADM_E_REFUSED);
  }
  check.mac = omadm_str_of(MAC "00");
  assert_int_equal(mac_verify(&check, omadm_str_of("1234")), OMADM_E_REFUSED);
}

static void the_two_profiles_join_pin_and_network_differently(void **state) {
  (void)state;
  /* Where the network's octets are "12" and the PIN is "34", client provisioning's key is "1234".
   */
  mac_check check = {
      .method = MAC_BOTH, .mac = OMADM_STR(MAC), .network_id = OMADM_STR("0x3132"), .body = body};
  assert_int_equal(mac_verify(&check, omadm_str_of("34")), 0);
  check.dm_profile = true;
  assert_int_equal(mac_verify(&check, omadm_str_of("34")), OMADM_E_REFUSED);
}

/* The first octets of the MAC are 0x81 0x8C 0x70 0xA4: digits 9 0 2 4. */
static void a_pin_may_carry_digits_of_the_mac(void **state) {
  (void)state;
  const mac_check check = {.method = MAC_PIN_CARRIES_MAC, .body = body};
  assert_int_equal(mac_verify(&check, omadm_str_of("12349024")), 0);
  assert_int_equal(mac_verify(&check, omadm_str_of("12349025")), OMADM_E_REFUSED);
  assert_int_equal(mac_verify(&check, omadm_str_of("12359024")), OMADM_E_REFUSED);
  assert_int_equal(mac_verify(&check, omadm_str_of("1234902")), OMADM_E_REFUSED);
  assert_int_equal(mac_verify(&check, omadm_str_of("1234902x")), OMADM_E_REFUSED);
  assert_int_equal(mac_verify(&check, omadm_str_of("")), OMADM_E_REFUSED);
}

static void the_words_of_both_profiles_name_the_methods(void **state) {
  (void)state;
  mac_method method = MAC_METHODS;
  assert_int_equal(mac_method_find(omadm_str_of("0"), &method), 0);
  assert_int_equal(method, MAC_NETWORK);
  assert_int_equal(mac_method_find(omadm_str_of("UserPinMac"), &method), 0);
  assert_int_equal(method, MAC_PIN_CARRIES_MAC);
  assert_int_equal(mac_method_find(omadm_str_of("USERPIN_NETWORKID"), &method), 0);
  assert_int_equal(method, MAC_BOTH);
  assert_int_equal(mac_method_find(omadm_str_of("4"), &method), OMADM_E_SYNTAX);
  assert_int_equal(mac_method_find(omadm_str_of(""), &method), OMADM_E_SYNTAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_imsi_becomes_semi_octets),
      cmocka_unit_test(other_ids_are_octets),
      cmocka_unit_test(a_known_answer_of_the_users_pin),
      cmocka_unit_test(every_changed_digit_of_a_mac_is_refused),
      cmocka_unit_test(every_shorter_or_longer_mac_is_refused),
      cmocka_unit_test(the_two_profiles_join_pin_and_network_differently),
      cmocka_unit_test(a_pin_may_carry_digits_of_the_mac),
      cmocka_unit_test(the_words_of_both_profiles_name_the_methods),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
