/* SPDX-License-Identifier: MIT */
/* The value of x-syncml-hmac. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "omadm/session/auth_hmac.h"

#define MAC "6AZk96DG6F0jSIaEpbK4Ng=="

static const unsigned char octets[] = {0xe8, 0x06, 0x64, 0xf7, 0xa0, 0xc6, 0xe8, 0x5d,
                                       0x23, 0x48, 0x86, 0x84, 0xa5, 0xb2, 0xb8, 0x36};

static bool reads(const char *value, const char *user, const unsigned char *wanted) {
  omadm_buf name;
  omadm_digest mac = {{0}};
  omadm_buf_init(&name, NULL, 0);
  bool good = auth_hmac_read(omadm_str_of(value), &name, &mac);
  if (good) {
    assert_true(omadm_str_is(omadm_buf_str(&name), user));
    assert_memory_equal(mac.octets, wanted, sizeof mac.octets);
  }
  omadm_buf_dispose(&name);
  return good;
}

static void parameters_come_in_any_order(void **state) {
  (void)state;
  assert_true(reads("algorithm=MD5, username=\"a b\", mac=" MAC, "a b", octets));
  assert_true(reads("mac=" MAC ",username=\"a b\"", "a b", octets));
  assert_true(reads(" MAC = \"" MAC "\" , Username = \"a b\" , Algorithm = md5 ", "a b", octets));
  assert_true(reads("username=plain, mac=" MAC ", later=\"x, y\"", "plain", octets));
}

static void a_name_may_hold_quotes_and_commas(void **state) {
  (void)state;
  assert_true(reads("username=\"a\\\"b\\\\c, mac=d\", mac=" MAC, "a\"b\\c, mac=d", octets));
}

static void the_sample_of_the_standard_is_read(void **state) {
  static const unsigned char wanted[] = {0x52, 0x69, 0x2a, 0x00, 0x06, 0x61, 0x89, 0x0b,
                                         0xd7, 0x5e, 0x17, 0xda, 0x7f, 0xfb, 0xbe, 0x39};
  (void)state;
  assert_true(reads("algorithm=MD5, username=\"Robert Jordan\", "
                    "mac=NTI2OTJhMDAwNjYxODkwYmQ3NWUxN2RhN2ZmYmJlMzk",
                    "Robert Jordan", wanted));
}

static void what_is_malformed_proves_nothing(void **state) {
  static const char *const bad[] = {
      "",
      "mac=" MAC,
      "username=\"a\"",
      "username=\"a, mac=" MAC,
      "username=\"a\\",
      "username=\"a\" mac=" MAC,
      "username=\"a\", username=\"b\", mac=" MAC,
      "username=\"a\", mac=" MAC ", mac=" MAC,
      "username=\"a\", mac=6AZk9w==",
      "username=\"a\", mac=not base64",
      "username=\"a\", mac=",
      "algorithm=SHA-1, username=\"a\", mac=" MAC,
      "algorithm=, username=\"a\", mac=" MAC,
      "username",
      ",",
      "=",
  };
  (void)state;
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    if (reads(bad[i], "a", octets)) fail_msg("taken: %s", bad[i]);
}

static void what_is_written_is_read(void **state) {
  omadm_digest mac;
  omadm_buf out;
  (void)state;
  memcpy(mac.octets, octets, sizeof octets);
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(auth_hmac_write(omadm_str_of("a\"b\\c"), &mac, &out), OMADM_OK);
  assert_true(
      omadm_str_is(omadm_buf_str(&out), "algorithm=MD5, username=\"a\\\"b\\\\c\", mac=" MAC));
  assert_int_equal(omadm_buf_add(&out, "", 1), OMADM_OK);
  assert_true(reads(out.ptr, "a\"b\\c", octets));
  omadm_buf_dispose(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(parameters_come_in_any_order),
      cmocka_unit_test(a_name_may_hold_quotes_and_commas),
      cmocka_unit_test(the_sample_of_the_standard_is_read),
      cmocka_unit_test(what_is_malformed_proves_nothing),
      cmocka_unit_test(what_is_written_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
