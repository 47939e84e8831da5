/* SPDX-License-Identifier: MIT */
/* ENUM, Flag, Range, RegEx, JSON and SDDL. */
#include "tests/allowed/rule.h"

/* Some of them with a list of values: what is allowed, what is not. */
static const struct {
  const char *format, *rule, *allowed, *refused;
} rows[] = {
    {"int", ENUM(CHOICE("0") CHOICE("01") CHOICE("0x10")), "0 1 16", "2 -1 17 10"},
    {"bool", ENUM(CHOICE("False") CHOICE("1")), "false true", ""},
    {"bool", ENUM(CHOICE("0")), "false", "true"},
    {"bool", ENUM(CHOICE("true") CHOICE("2") CHOICE("4")), "true", "false"},
    {"chr", ENUM(CHOICE("All") CHOICE("01")), "All 01", "all 1 AllAll"},
    {"chr", ENUM(CHOICE("A") CHOICE("")), "A", "a"},
    {"int", FLAG(CHOICE("0x0") CHOICE("0x1") CHOICE("0x4")), "0 1 4 5", "2 3 6 7 8 -1"},
    {"int", FLAG(CHOICE("4") CHOICE("8") CHOICE("0x60")), "4 8 12 96 100 108", "0 32 64 36 1"},
    {"chr", FLAG(CHOICE("0x1") CHOICE("0xffffffff")), "1 0x1 0xFFFFFFFF 4294967295",
     "0 0x2 0xfffffffe x 0x -1 1.0"},
    {"int", RANGE("[1-1440]"), "1 2 1439 1440", "0 1441 -1 4294967295"},
    {"int", RANGE("[0]"), "0", "1 -1"},
    {"int", RANGE("[6,17]"), "6 17", "5 7 16 18"},
    {"int", RANGE("[(-1)-2147483647]"), "-1 0 2147483647", "-2 2147483648"},
    {"int", RANGE("[0-4294967295]"), "0 4294967295", "-1"},
    {"int", RANGE("[-5--3]"), "-5 -4 -3", "-6 -2 3"},
    {"int", RANGE("[(-5)-(-3)]"), "-5 -3", "-6 -2"},
    {"int", RANGE("[0-5][10-20],[30]"), "0 5 10 20 30", "6 9 21 29 31"},
    {"int", RANGE("[ 0 - 5 ; 9 ]"), "0 5 9", "6 8 10"},
    {"int", RANGE("0x10-0x20"), "16 32", "15 33"},
    {"int", RANGE("1..3"), "1 3", "0 4"},
    {"int",
     RANGE("1\xE2\x80\x93"
           "3"),
     "1 3", "0 4"},
    {"chr", RANGE("[(-1)-4294967295]"), "-1 0 4294967295",
     "-2 4294967296 x 1.5 9223372036854775808 0x5 +5 010 00 -0 5\n \t5 -"},
    {"chr", FLAG(CHOICE("1") CHOICE("16")), "1 16 17 0x11 0X10 0x0001", "+1 01 -1 -0x1 0x 1\n x1"},
    {"chr", REGEX("^[0-9,-]+$"), "1 1,2-3", "a 1;2"},
    {"chr", REGEX("a|bc"), "a bc", "ab abc b xa"},
    {"chr", REGEX("(?i)x\\d{2}"), "x12 X12", "x1 x123"},
    {"chr", REGEX("/^https?:\\/\\/[a-z.]+$/"), "http://a.b https://c", "/http://a.b/ ftp://a"},
    {"chr", REGEX("\\u0041+"), "A AA", "B"},
    {"chr", KIND("JSON"),
     "{} [] 1 -0.5e+3 true null \"x\" [1,{\"a\":[]},\"\\u00e9\\n\"] {\"a\":1,\"b\":[2]}",
     "{ ] x 01 1. .5 tru [1,] {\"a\"} {a:1} {\"a\":1,} \"\\x\" \"\\u12\" 1,2 [] [] 'x' {]"},
    {"chr", KIND("SDDL"),
     "O:BAG:SYD:(A;;GA;;;SY) D:PAI(A;OICI;0x1f01ff;;;BA)(D;;FR;;;S-1-5-21-1-2-3-500)S:AI D: "
     "O:S-1-1-0 D:(OA;;RPWP;bf967aba-0de6-11d0-a285-00aa003049e2;;AU) D:(A;;;;;WD) "
     "D:(XA;;FX;;;WD;(@User.Title==\"(PM\")) D:NO_ACCESS_CONTROL S:(ML;;NW;;;HI) "
     "O:S-1-0x10000000000-1",
     "X D O: O:XX D:(A;;GA;;;) D:(A;;GA;;SY) D:(Q;;GA;;;SY) D:(A;XX;GA;;;SY) D:(A;;ZZ;;;SY) "
     "D:(A;;GA;;;SY D:(A;;GA;12;;SY) O:S-1-5 O:S-1-5-4294967296 D:O:BA;x D:D: D:(A;;GA;;;SY;x) "
     "D:(A;;GA;;;SY)x O:S-2-5-1"},
    {"chr", KIND("None"), "x 1", ""},
    {"int", KIND("Newer"), "1 2", ""},
};

static void each_kind_allows_its_values_and_no_others(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    rule_case r;
    rule_begin(&r, rows[i].format, rows[i].rule);
    rule_expect(&r, OMADM_ST_OK, rows[i].allowed);
    /* Words stand between blanks: "[] []" of JSON is two values here, and both are well. */
    if (strstr(rows[i].rule, "JSON") == NULL) rule_expect(&r, OMADM_ST_BAD_FORMAT, rows[i].refused);
    rule_end(&r);
  }
}

static void json_is_one_value(void **state) {
  (void)state;
  static const char *const refused[] = {
      "",      " ",    "{",       "]",        "x",          "01",      "1.",        ".5",
      "tru",   "[1,]", "{\"a\"}", "{a:1}",    "{\"a\":1,}", "\"\\x\"", "\"\\u12\"", "1,2",
      "[] []", "'x'",  "{]",      "\"a\nb\"", "+1",         "1e"};
  rule_case r;
  rule_begin(&r, "chr", KIND("JSON"));
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
    rule_expect_one(&r, OMADM_ST_BAD_FORMAT, refused[i]);
  rule_expect_one(&r, OMADM_ST_OK, " { \"a\" : [ 1 , 2 ] , \"b\" : { } } \n");
  rule_end(&r);
}

static void a_refusal_names_the_rule_and_not_the_value(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr", ENUM(CHOICE("open") CHOICE("closed")));
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "sesame");
  rule_expect_why(&r,
                  "the value is none of open, closed; AllowedValues ENUM in line 1 of rule.xml");
  assert_null(strstr(r.why.text, "sesame"));
  rule_end(&r);
  rule_begin(&r, "int", RANGE("[1-5]"));
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "9");
  rule_expect_why(&r, "the value is outside of [1-5]; AllowedValues Range");
  rule_end(&r);
}

static void a_value_longer_than_a_pattern_of_mere_length_answers_413(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr", REGEX("^.{1,3}$"));
  rule_expect(&r, OMADM_ST_OK, "a abc \xC3\xA9\xC3\xA9\xC3\xA9");
  rule_expect(&r, OMADM_ST_TOO_LARGE, "abcd \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "ab\ncd");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "ab\n");
  rule_end(&r);
  rule_begin(&r, "chr", REGEX("[a-z]{1,3}"));
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "abcd");
  rule_end(&r);
}

static void a_rule_that_cannot_be_read_forbids_nothing_and_says_so(void **state) {
  (void)state;
  static const char *const rules[] = {
      RANGE("many"),  RANGE("[5-1]"),
      RANGE("[1-"),   REGEX("(a"),
      REGEX("[z-a]"), FLAG(CHOICE("one")),
      XSD("<a/>"),    XSD(XS "<xs:element name='a' type='b'/></xs:schema>")};
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    rule_case r;
    rule_begin(&r, "chr", rules[i]);
    rule_expect_log(&r, "it cannot be enforced; every value is allowed [rule]");
    rule_expect(&r, OMADM_ST_OK, "x 7");
    assert_int_equal(omadm_ddf_allowed_at(r.ddf, 0)->kind, OMADM_ALLOWED_UNKNOWN);
    rule_end(&r);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_allows_its_values_and_no_others),
      cmocka_unit_test(json_is_one_value),
      cmocka_unit_test(a_refusal_names_the_rule_and_not_the_value),
      cmocka_unit_test(a_value_longer_than_a_pattern_of_mere_length_answers_413),
      cmocka_unit_test(a_rule_that_cannot_be_read_forbids_nothing_and_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
