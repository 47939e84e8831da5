/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"

static void white_space_is_trimmed_at_the_ends_only(void **state) {
  (void)state;
  assert_true(omadm_str_is(omadm_str_trim((omadm_str)OMADM_STR(" \t\r\na b\n ")), "a b"));
  assert_int_equal(omadm_str_trim((omadm_str)OMADM_STR(" \n ")).len, 0);
  assert_int_equal(omadm_str_trim((omadm_str){NULL, 0}).len, 0);
}

static void numbers_are_digits_within_64_bits(void **state) {
  (void)state;
  uint64_t value = 7;
  assert_true(omadm_str_u64((omadm_str)OMADM_STR("18446744073709551615"), &value));
  assert_int_equal(value, UINT64_MAX);
  static const char *const bad[] = {
      "", "18446744073709551616", "99999999999999999999999", "+1", "-1", " 1", "1 ", "0x1", "1.0"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(omadm_str_u64(omadm_str_of(bad[i]), &value));
  assert_int_equal(value, UINT64_MAX);
}

static void order_is_octet_wise_and_a_prefix_comes_first(void **state) {
  (void)state;
  assert_true(omadm_str_compare((omadm_str)OMADM_STR("ab"), (omadm_str)OMADM_STR("abc")) < 0);
  assert_true(omadm_str_compare((omadm_str)OMADM_STR("\xFF"), (omadm_str)OMADM_STR("a")) > 0);
  assert_int_equal(omadm_str_compare((omadm_str){NULL, 0}, (omadm_str)OMADM_STR("")), 0);
}

static void only_ascii_letters_lose_their_case(void **state) {
  (void)state;
  assert_true(omadm_str_equal_nocase((omadm_str)OMADM_STR("AbZ-9"), (omadm_str)OMADM_STR("aBz-9")));
  assert_false(
      omadm_str_equal_nocase((omadm_str)OMADM_STR("\xC3\x84"), (omadm_str)OMADM_STR("\xC3\xA4")));
  assert_false(omadm_str_equal_nocase((omadm_str)OMADM_STR("@"), (omadm_str)OMADM_STR("`")));
}

static void a_buffer_appends_whole_or_not_at_all(void **state) {
  (void)state;
  omadm_buf buf;
  omadm_buf_init(&buf, NULL, 5);
  assert_int_equal(omadm_buf_add_text(&buf, "abc"), 0);
  assert_int_equal(omadm_buf_add_text(&buf, "def"), OMADM_E_LIMIT);
  assert_true(omadm_str_is(omadm_buf_str(&buf), "abc"));
  assert_int_equal(omadm_buf_add_u64(&buf, 42), 0);
  assert_true(omadm_str_is(omadm_buf_str(&buf), "abc42"));
  assert_int_equal(omadm_buf_add_u64(&buf, 0), OMADM_E_LIMIT);
  omadm_buf_dispose(&buf);
}

static void a_buffer_prints_up_to_its_limit(void **state) {
  (void)state;
  omadm_buf buf;
  omadm_buf_init(&buf, NULL, 6);
  assert_int_equal(omadm_buf_printf(&buf, "%d-%s", 12, "abc"), 0);
  assert_true(omadm_str_is(omadm_buf_str(&buf), "12-abc"));
  assert_int_equal(omadm_buf_printf(&buf, "x"), OMADM_E_LIMIT);
  assert_true(omadm_str_is(omadm_buf_str(&buf), "12-abc"));
  omadm_buf_dispose(&buf);
}

static void a_number_is_written_in_decimal(void **state) {
  static const struct {
    uint64_t value;
    const char *text;
  } rows[] = {{0, "0"}, {7, "7"}, {10, "10"}, {UINT64_MAX, "18446744073709551615"}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char room[OMADM_U64_DIGITS];
    assert_true(omadm_str_is(omadm_u64_text(rows[i].value, room), rows[i].text));
  }
}

static void a_size_beyond_the_machine_is_its_largest(void **state) {
  (void)state;
  assert_int_equal(omadm_size_clamp(0), 0);
  assert_int_equal(omadm_size_clamp(4096), 4096);
  assert_int_equal(omadm_size_clamp(UINT64_MAX), SIZE_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(white_space_is_trimmed_at_the_ends_only),
      cmocka_unit_test(numbers_are_digits_within_64_bits),
      cmocka_unit_test(order_is_octet_wise_and_a_prefix_comes_first),
      cmocka_unit_test(only_ascii_letters_lose_their_case),
      cmocka_unit_test(a_buffer_appends_whole_or_not_at_all),
      cmocka_unit_test(a_buffer_prints_up_to_its_limit),
      cmocka_unit_test(a_number_is_written_in_decimal),
      cmocka_unit_test(a_size_beyond_the_machine_is_its_largest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
