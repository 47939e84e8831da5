/* SPDX-License-Identifier: MIT */
#include "tests/allowed/rule.h"

#define LIST(kind, delimiter, inner)                                                               \
  "<MSFT:AllowedValues ValueType=\"" kind "\">" inner "<MSFT:List Delimiter=\"" delimiter          \
  "\"/></MSFT:AllowedValues>"
#define VALUE(text) "<MSFT:Value>" text "</MSFT:Value>"

static void every_member_of_a_list_obeys_the_rule(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr", LIST("ENUM", "|", CHOICE("Lan") CHOICE("Wireless")));
  rule_expect(&r, OMADM_ST_OK, "Lan Wireless Lan|Wireless Lan|Lan|Lan");
  rule_expect(&r, OMADM_ST_BAD_FORMAT, "Lan,Wireless Lan| |Lan Lan||Lan Lan|lan");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "Lan|Wireless|Sesame");
  rule_expect_why(&r, "member 3 of the value is none of Lan, Wireless; AllowedValues ENUM");
  rule_end(&r);
}

static void an_empty_value_is_a_list_without_members(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr", LIST("RegEx", ",", VALUE("[0-9]+")));
  rule_expect_one(&r, OMADM_ST_OK, "");
  rule_end(&r);
  rule_begin(&r, "chr", REGEX("[0-9]+"));
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "");
  rule_end(&r);
}

static void a_delimiter_is_u_f000_in_all_its_spellings(void **state) {
  (void)state;
  static const char *const rules[] = {LIST("Range", "0xF000", VALUE("[1-5]")),
                                      LIST("Range", "\\xF000", VALUE("[1-5]")),
                                      LIST("Range", "&#xF000;", VALUE("[1-5]"))};
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    rule_case r;
    rule_begin(&r, "chr", rules[i]);
    rule_expect(&r, OMADM_ST_OK,
                "1 1\xEF\x80\x80"
                "5 1\xEF\x80\x80"
                "2\xEF\x80\x80"
                "3");
    rule_expect(&r, OMADM_ST_BAD_FORMAT,
                "1;5 1\xEF\x80\x80"
                "6 1\xEF\x80\x80 1\xEF\x80");
    rule_end(&r);
  }
}

static void without_a_delimiter_the_value_is_one_member(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr", LIST("RegEx", "", VALUE("[a-z;]+")));
  rule_expect(&r, OMADM_ST_OK, "a a;b");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "a,b");
  rule_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_member_of_a_list_obeys_the_rule),
      cmocka_unit_test(an_empty_value_is_a_list_without_members),
      cmocka_unit_test(a_delimiter_is_u_f000_in_all_its_spellings),
      cmocka_unit_test(without_a_delimiter_the_value_is_one_member),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
