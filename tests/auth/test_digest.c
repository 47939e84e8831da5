/* SPDX-License-Identifier: MIT */
/* Known answers of the formulas, made with another program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/str.h"

static void expect(omadm_str name, const char *secret, omadm_str nonce, const omadm_str *covered,
                   const char *wanted) {
  omadm_digest digest;
  char text[OMADM_DIGEST_TEXT];
  assert_int_equal(omadm_digest_prove(name, omadm_str_of(secret), nonce, covered, &digest),
                   OMADM_OK);
  omadm_digest_text(&digest, text);
  assert_memory_equal(text, wanted, sizeof text);
}

static const omadm_str bruce = OMADM_STR("Bruce2");

static void a_digest_is_that_of_the_standard(void **state) {
  (void)state;
  expect(bruce, "OhBehave", omadm_str_of("Nonce"), NULL, "Zz6EivR3yeaaENcRN6lpAQ==");
  expect(bruce, "OhBehave", (omadm_str){NULL, 0}, NULL, "lEf25jyjHbCcTbj4p/1pUw==");
  expect(bruce, "OhBehave", (omadm_str){"\0\0\0\0", 4}, NULL, "cnPI6nO9RgujiHU0y58kNA==");
}

static void a_mac_covers_the_body(void **state) {
  const omadm_str body = OMADM_STR("<SyncML xmlns='SYNCML:SYNCML1.2'></SyncML>");
  (void)state;
  expect(bruce, "OhBehave", omadm_str_of("Nonce"), &body, "6AZk96DG6F0jSIaEpbK4Ng==");
}

static void a_notification_has_the_same_formula(void **state) {
  static const char trigger[] = "\x02\xD0\0\0\0\x12\x34\x12"
                                "com.mgmtsrv.manage";
  static const unsigned char wanted[] = {0x10, 0x36, 0x9e, 0x83, 0xe3, 0xfc, 0x71, 0x03,
                                         0xa4, 0xa2, 0x1a, 0xcc, 0xe6, 0xe2, 0x42, 0xae};
  const omadm_str covered = {trigger, sizeof trigger - 1};
  omadm_digest digest;
  (void)state;
  assert_int_equal(omadm_digest_prove(omadm_str_of("com.mgmtsrv.manage"), omadm_str_of("srvpwd"),
                                      omadm_str_of("Nonce"), &covered, &digest),
                   OMADM_OK);
  assert_memory_equal(digest.octets, wanted, sizeof wanted);
}

static void octets_are_compared_whole(void **state) {
  omadm_digest a = {{0}}, b = {{0}};
  (void)state;
  assert_true(omadm_digest_equal(&a, &b));
  b.octets[OMADM_DIGEST - 1] = 1;
  assert_false(omadm_digest_equal(&a, &b));
  assert_true(omadm_secret_equal(omadm_str_of("x"), omadm_str_of("x")));
  assert_false(omadm_secret_equal(omadm_str_of("x"), omadm_str_of("xy")));
  assert_true(omadm_secret_equal((omadm_str){NULL, 0}, omadm_str_of("")));
}

static void a_wiped_buffer_holds_nothing_of_its_secret(void **state) {
  omadm_buf buf;
  (void)state;
  omadm_buf_init(&buf, NULL, 0);
  assert_int_equal(omadm_buf_add_text(&buf, "secret"), OMADM_OK);
  omadm_buf_wipe(&buf);
  assert_int_equal(buf.len, 0);
  for (size_t i = 0; i < buf.cap; i++)
    assert_int_equal(buf.ptr[i], 0);
  omadm_buf_dispose(&buf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_digest_is_that_of_the_standard),
      cmocka_unit_test(a_mac_covers_the_body),
      cmocka_unit_test(a_notification_has_the_same_formula),
      cmocka_unit_test(octets_are_compared_whole),
      cmocka_unit_test(a_wiped_buffer_holds_nothing_of_its_secret),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
