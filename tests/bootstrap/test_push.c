/* SPDX-License-Identifier: MIT */
#include "provisioning/push.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/str.h"

/* User data header, transaction, Push, headers: 0x44 and the application id of device management;
 * then the body "body". */
static const char notification[] = "\x06\x05\x04\x0B\x84\xC0\x02\x01\x06\x03\xC4\xAF\x87"
                                   "body";
/* Content type with SEC 1 and a MAC. */
static const char provisioning[] = "\x01\x06\x09\x08\xB6\x91\x81\x92"
                                   "AB\0"
                                   "x"
                                   "body";

static omadm_str whole(const char *octets, size_t n) {
  return (omadm_str){octets, n - 1};
}

static void a_notification_comes_out(void **state) {
  (void)state;
  push p;
  assert_true(push_unwrap(whole(notification, sizeof notification), &p));
  assert_true(omadm_str_is(p.type.media, PUSH_NOTIFICATION));
  assert_true(omadm_str_is(p.body, "body"));
  assert_null(p.type.sec.ptr);
}

static void without_a_user_data_header_too(void **state) {
  (void)state;
  push p;
  assert_true(push_unwrap((omadm_str){notification + 7, sizeof notification - 8}, &p));
  assert_true(omadm_str_is(p.body, "body"));
}

static void parameters_are_read(void **state) {
  (void)state;
  push p;
  static const char octets[] = "\x01\x06\x08\x07\xB6\x91\x81\x92"
                               "AB\0"
                               "body";
  assert_true(push_unwrap(whole(octets, sizeof octets), &p));
  assert_true(omadm_str_is(p.type.media, PUSH_CP_WBXML));
  assert_true(omadm_str_is(p.type.sec, "1"));
  assert_true(omadm_str_is(p.type.mac, "AB"));
  assert_true(omadm_str_is(p.body, "body"));
}

static void a_parameter_that_is_cut_makes_it_none(void **state) {
  (void)state;
  push p;
  assert_false(push_unwrap(whole(provisioning, sizeof provisioning), &p));
}

/* Cut anywhere within its headers it is none; behind them only the body is shorter. */
static void every_truncation_is_safe(void **state) {
  (void)state;
  for (size_t n = 0; n < sizeof notification - 1; n++) {
    push p = {.body = {NULL, 0}};
    char *exact = malloc(n + 1);
    assert_non_null(exact);
    memcpy(exact, notification, n);
    bool found = push_unwrap((omadm_str){exact, n}, &p);
    assert_int_equal(found, n >= 13);
    if (found) assert_int_equal(p.body.len, n - 13);
    free(exact);
  }
}

static void what_is_no_push_of_ours_stays(void **state) {
  (void)state;
  push p;
  assert_false(push_unwrap(whole("\x01\x06\x01\xAE", 5), &p));
  assert_false(push_unwrap(whole("<xml/>", 7), &p));
  assert_false(push_unwrap(whole("\x03\x0B\x6A\x00", 5), &p));
  assert_false(push_unwrap((omadm_str){NULL, 0}, &p));
}

static void a_content_type_in_text(void **state) {
  (void)state;
  push_type type;
  assert_int_equal(push_type_parse(omadm_str_of("a/b ; sec=1; MAC=\"AB\";x"), &type), 0);
  assert_true(omadm_str_is(type.media, "a/b"));
  assert_true(omadm_str_is(type.sec, "1"));
  assert_true(omadm_str_is(type.mac, "AB"));
  assert_int_equal(push_type_parse(omadm_str_of(""), &type), OMADM_E_SYNTAX);
  assert_int_equal(push_type_parse(omadm_str_of("ab"), &type), OMADM_E_SYNTAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_notification_comes_out),
      cmocka_unit_test(without_a_user_data_header_too),
      cmocka_unit_test(parameters_are_read),
      cmocka_unit_test(a_parameter_that_is_cut_makes_it_none),
      cmocka_unit_test(every_truncation_is_safe),
      cmocka_unit_test(what_is_no_push_of_ours_stays),
      cmocka_unit_test(a_content_type_in_text),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
