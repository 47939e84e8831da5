/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "csp-framework/format.h"

typedef struct row {
  omadm_format format;
  const char *text;
  const char *canonical; /* NULL: 415 */
  uint32_t quirks;
} row;

enum { SPACE = 1 << OMADM_QUIRK_VALUE_SPACE, SPELLING = 1 << OMADM_QUIRK_BOOL_SPELLING };

static void check_row(const row *r) {
  omadm_buf scratch;
  omadm_buf_init(&scratch, NULL, 0);
  omadm_str canonical = {NULL, 0};
  uint32_t quirks = 0;
  const char *why = NULL;
  omadm_status status = omadm_format_canonical(r->format, omadm_str_of(r->text), NULL, &scratch,
                                               &canonical, &quirks, &why);
  if (status != (r->canonical != NULL ? OMADM_ST_OK : OMADM_ST_BAD_FORMAT)) {
    fail_msg("%s \"%s\" answers %d", omadm_format_text(r->format), r->text, status);
  }
  if (r->canonical == NULL) {
    assert_non_null(why);
    assert_true(strlen(why) > 0);
  } else {
    if (!omadm_str_is(canonical, r->canonical)) {
      fail_msg("%s \"%s\" is kept as \"%.*s\"", omadm_format_text(r->format), r->text,
               (int)canonical.len, canonical.ptr);
    }
    assert_int_equal(quirks, r->quirks);
  }
  omadm_buf_dispose(&scratch);
}

static void check_rows(const row *rows, size_t n) {
  for (size_t i = 0; i < n; i++)
    check_row(&rows[i]);
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof *(rows))

static void text_is_kept_as_it_is_and_must_be_utf8(void **state) {
  static const row rows[] = {
      {OMADM_FORMAT_CHR, "", "", 0},
      {OMADM_FORMAT_CHR, "  a\r\n b ", "  a\r\n b ", 0},
      {OMADM_FORMAT_CHR, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
       "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", 0},
      {OMADM_FORMAT_CHR, "\xFF", NULL, 0},
      {OMADM_FORMAT_CHR, "\xED\xA0\x80", NULL, 0},
      {OMADM_FORMAT_CHR, "\xC0\x80", NULL, 0},
      {OMADM_FORMAT_XML, " <a>not closed", " <a>not closed", 0},
      {OMADM_FORMAT_XML, "<a>\xC3</a>", NULL, 0},
  };
  (void)state;
  CHECK(rows);
}

static void any_octets_are_a_bin(void **state) {
  static const row rows[] = {{OMADM_FORMAT_BIN, "\xFF\xFE \x01", "\xFF\xFE \x01", 0},
                             {OMADM_FORMAT_BIN, "", "", 0}};
  (void)state;
  CHECK(rows);
}

static void an_int_is_decimal_within_both_32_bit_ranges(void **state) {
  static const row rows[] = {
      {OMADM_FORMAT_INT, "0", "0", 0},
      {OMADM_FORMAT_INT, "-0", "0", 0},
      {OMADM_FORMAT_INT, "+7", "7", 0},
      {OMADM_FORMAT_INT, "007", "7", 0},
      {OMADM_FORMAT_INT, "000", "0", 0},
      {OMADM_FORMAT_INT, "-007", "-7", 0},
      {OMADM_FORMAT_INT, "-7", "-7", 0},
      {OMADM_FORMAT_INT, " 42\r\n", "42", SPACE},
      {OMADM_FORMAT_INT, "4294967295", "4294967295", 0},
      {OMADM_FORMAT_INT, "4294967296", NULL, 0},
      {OMADM_FORMAT_INT, "-2147483648", "-2147483648", 0},
      {OMADM_FORMAT_INT, "-2147483649", NULL, 0},
      {OMADM_FORMAT_INT, "00000000000000000000000000000001", "1", 0},
      {OMADM_FORMAT_INT, "-0000000000000000000000000000002147483648", "-2147483648", 0},
      {OMADM_FORMAT_INT, "18446744073709551617", NULL, 0},
      {OMADM_FORMAT_INT, "", NULL, 0},
      {OMADM_FORMAT_INT, "-", NULL, 0},
      {OMADM_FORMAT_INT, "+", NULL, 0},
      {OMADM_FORMAT_INT, "+-1", NULL, 0},
      {OMADM_FORMAT_INT, "1 2", NULL, 0},
      {OMADM_FORMAT_INT, "- 1", NULL, 0},
      {OMADM_FORMAT_INT, "1.0", NULL, 0},
      {OMADM_FORMAT_INT, "0x10", NULL, 0},
      {OMADM_FORMAT_INT, "\xD9\xA1", NULL, 0},
  };
  (void)state;
  CHECK(rows);
}

static void a_bool_becomes_true_or_false(void **state) {
  static const row rows[] = {
      {OMADM_FORMAT_BOOL, "true", "true", 0},
      {OMADM_FORMAT_BOOL, "false", "false", 0},
      {OMADM_FORMAT_BOOL, "1", "true", 0},
      {OMADM_FORMAT_BOOL, "0", "false", 0},
      {OMADM_FORMAT_BOOL, "True", "true", SPELLING},
      {OMADM_FORMAT_BOOL, "FALSE", "false", SPELLING},
      {OMADM_FORMAT_BOOL, " True ", "true", SPACE | SPELLING},
      {OMADM_FORMAT_BOOL, "yes", NULL, 0},
      {OMADM_FORMAT_BOOL, "", NULL, 0},
      {OMADM_FORMAT_BOOL, "2", NULL, 0},
      {OMADM_FORMAT_BOOL, "01", NULL, 0},
  };
  (void)state;
  CHECK(rows);
}

static void a_float_has_one_spelling(void **state) {
  static const row rows[] = {
      {OMADM_FORMAT_FLOAT, "1", "1", 0},
      {OMADM_FORMAT_FLOAT, "-1.50", "-1.5", 0},
      {OMADM_FORMAT_FLOAT, ".5", "0.5", 0},
      {OMADM_FORMAT_FLOAT, "5.", "5", 0},
      {OMADM_FORMAT_FLOAT, "15e-1", "1.5", 0},
      {OMADM_FORMAT_FLOAT, "+1e10", "10000000000", 0},
      {OMADM_FORMAT_FLOAT, "1.5E-3", "0.0015", 0},
      {OMADM_FORMAT_FLOAT, "0.00000150", "0.0000015", 0},
      {OMADM_FORMAT_FLOAT, "15e-8", "1.5E-7", 0},
      {OMADM_FORMAT_FLOAT, "-123e20", "-1.23E22", 0},
      {OMADM_FORMAT_FLOAT, "0001000000000000000", "1E15", 0},
      {OMADM_FORMAT_FLOAT, "123456789012345", "123456789012345", 0},
      {OMADM_FORMAT_FLOAT, "-0.0e5", "0", 0},
      {OMADM_FORMAT_FLOAT, "1e9999", "1E9999", 0},
      {OMADM_FORMAT_FLOAT, "1e10000", NULL, 0},
      {OMADM_FORMAT_FLOAT, "INF", "INF", 0},
      {OMADM_FORMAT_FLOAT, "-INF", "-INF", 0},
      {OMADM_FORMAT_FLOAT, "NaN", "NaN", 0},
      {OMADM_FORMAT_FLOAT, "\t2.5 ", "2.5", SPACE},
      {OMADM_FORMAT_FLOAT, "", NULL, 0},
      {OMADM_FORMAT_FLOAT, ".", NULL, 0},
      {OMADM_FORMAT_FLOAT, "e5", NULL, 0},
      {OMADM_FORMAT_FLOAT, "1e", NULL, 0},
      {OMADM_FORMAT_FLOAT, "1e+", NULL, 0},
      {OMADM_FORMAT_FLOAT, "1,5", NULL, 0},
      {OMADM_FORMAT_FLOAT, "inf", NULL, 0},
      {OMADM_FORMAT_FLOAT, "0x1p3", NULL, 0},
      {OMADM_FORMAT_FLOAT, "+INF", NULL, 0},
  };
  (void)state;
  CHECK(rows);
}

static void a_date_is_a_day_of_the_calendar(void **state) {
  static const row rows[] = {
      {OMADM_FORMAT_DATE, "2026-01-31", "2026-01-31", 0},
      {OMADM_FORMAT_DATE, "20260131", "2026-01-31", 0},
      {OMADM_FORMAT_DATE, "20240229", "2024-02-29", 0},
      {OMADM_FORMAT_DATE, "20000229", "2000-02-29", 0},
      {OMADM_FORMAT_DATE, " 20240229", "2024-02-29", SPACE},
      {OMADM_FORMAT_DATE, "20230229", NULL, 0},
      {OMADM_FORMAT_DATE, "19000229", NULL, 0},
      {OMADM_FORMAT_DATE, "2026-13-01", NULL, 0},
      {OMADM_FORMAT_DATE, "2026-00-01", NULL, 0},
      {OMADM_FORMAT_DATE, "2026-04-31", NULL, 0},
      {OMADM_FORMAT_DATE, "2026-04-00", NULL, 0},
      {OMADM_FORMAT_DATE, "0000-01-01", NULL, 0},
      {OMADM_FORMAT_DATE, "2026-1-1", NULL, 0},
      {OMADM_FORMAT_DATE, "2026/01/01", NULL, 0},
      {OMADM_FORMAT_DATE, "260101", NULL, 0},
      {OMADM_FORMAT_DATE, "2026-0101", NULL, 0},
      {OMADM_FORMAT_DATE, "", NULL, 0},
  };
  (void)state;
  CHECK(rows);
}

static void a_time_is_a_time_of_day(void **state) {
  static const row rows[] = {
      {OMADM_FORMAT_TIME, "23:59:59", "23:59:59", 0},
      {OMADM_FORMAT_TIME, "000000", "00:00:00", 0},
      {OMADM_FORMAT_TIME, "235959Z", "23:59:59Z", 0},
      {OMADM_FORMAT_TIME, "01:02:03Z", "01:02:03Z", 0},
      {OMADM_FORMAT_TIME, "010203Z ", "01:02:03Z", SPACE},
      {OMADM_FORMAT_TIME, "24:00:00", NULL, 0},
      {OMADM_FORMAT_TIME, "12:60:00", NULL, 0},
      {OMADM_FORMAT_TIME, "12:00:60", NULL, 0},
      {OMADM_FORMAT_TIME, "12:00", NULL, 0},
      {OMADM_FORMAT_TIME, "1:02:03", NULL, 0},
      {OMADM_FORMAT_TIME, "01:02:03z", NULL, 0},
      {OMADM_FORMAT_TIME, "Z", NULL, 0},
      {OMADM_FORMAT_TIME, "", NULL, 0},
  };
  (void)state;
  CHECK(rows);
}

static void base64_loses_its_white_space(void **state) {
  static const row rows[] = {
      {OMADM_FORMAT_B64, "", "", 0},
      {OMADM_FORMAT_B64, "aGVsbG8=", "aGVsbG8=", 0},
      {OMADM_FORMAT_B64, " aGVs\r\n bG8= ", "aGVsbG8=", 0},
      {OMADM_FORMAT_B64, "  aGVs  ", "aGVs", 0},
      {OMADM_FORMAT_B64, "aGV$", NULL, 0},
      {OMADM_FORMAT_B64, "a", NULL, 0},
      {OMADM_FORMAT_B64, "aGV=bG8=", NULL, 0},
  };
  (void)state;
  CHECK(rows);
}

static void null_and_node_have_no_value(void **state) {
  static const row rows[] = {
      {OMADM_FORMAT_NULL, "", "", 0},        {OMADM_FORMAT_NODE, "", "", 0},
      {OMADM_FORMAT_NULL, "\n ", "", SPACE}, {OMADM_FORMAT_NULL, "0", NULL, 0},
      {OMADM_FORMAT_NODE, "x", NULL, 0},     {OMADM_FORMAT_ABSENT, "", NULL, 0},
      {OMADM_FORMAT_UNKNOWN, "", NULL, 0},
  };
  (void)state;
  CHECK(rows);
}

static omadm_status with_rule(omadm_quirk quirk, omadm_quirk_rule rule, omadm_format format,
                              const char *text, uint32_t *used) {
  omadm_quirks quirks = {{0}};
  quirks.rule[quirk] = (unsigned char)rule;
  omadm_buf scratch;
  omadm_buf_init(&scratch, NULL, 0);
  omadm_str canonical = {NULL, 0};
  const char *why = NULL;
  *used = 0;
  omadm_status status =
      omadm_format_canonical(format, omadm_str_of(text), &quirks, &scratch, &canonical, used, &why);
  omadm_buf_dispose(&scratch);
  return status;
}

static void a_refused_quirk_answers_415_and_is_still_named(void **state) {
  uint32_t used = 0;
  (void)state;
  assert_int_equal(with_rule(OMADM_QUIRK_VALUE_SPACE, OMADM_REFUSE, OMADM_FORMAT_INT, " 1", &used),
                   415);
  assert_int_equal(used, SPACE);
  assert_int_equal(
      with_rule(OMADM_QUIRK_BOOL_SPELLING, OMADM_REFUSE, OMADM_FORMAT_BOOL, "True", &used), 415);
  assert_int_equal(used, SPELLING);
  assert_int_equal(
      with_rule(OMADM_QUIRK_BOOL_SPELLING, OMADM_REFUSE, OMADM_FORMAT_BOOL, "1", &used), 200);
  assert_int_equal(
      with_rule(OMADM_QUIRK_BOOL_SPELLING, OMADM_WARN, OMADM_FORMAT_BOOL, "True", &used), 200);
  assert_int_equal(used, SPELLING);
}

static void a_full_scratch_answers_413_and_stays_as_it_was(void **state) {
  omadm_buf scratch;
  (void)state;
  omadm_buf_init(&scratch, NULL, 4);
  assert_int_equal(omadm_buf_add_text(&scratch, "abc"), 0);
  omadm_str canonical = {NULL, 0};
  uint32_t quirks = 0;
  const char *why = NULL;
  omadm_str text = OMADM_STR("20260131");
  assert_int_equal(
      omadm_format_canonical(OMADM_FORMAT_DATE, text, NULL, &scratch, &canonical, &quirks, &why),
      413);
  assert_int_equal(scratch.len, 3);
  omadm_buf_dispose(&scratch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(text_is_kept_as_it_is_and_must_be_utf8),
      cmocka_unit_test(any_octets_are_a_bin),
      cmocka_unit_test(an_int_is_decimal_within_both_32_bit_ranges),
      cmocka_unit_test(a_bool_becomes_true_or_false),
      cmocka_unit_test(a_float_has_one_spelling),
      cmocka_unit_test(a_date_is_a_day_of_the_calendar),
      cmocka_unit_test(a_time_is_a_time_of_day),
      cmocka_unit_test(base64_loses_its_white_space),
      cmocka_unit_test(null_and_node_have_no_value),
      cmocka_unit_test(a_refused_quirk_answers_415_and_is_still_named),
      cmocka_unit_test(a_full_scratch_answers_413_and_stays_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
