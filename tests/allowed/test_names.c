/* SPDX-License-Identifier: MIT */
/* MSFT:DynamicNodeNaming. */
#include <stdio.h>

#include "tests/allowed/rule.h"

#define NAMING(inner) "<MSFT:DynamicNodeNaming>" inner "</MSFT:DynamicNodeNaming>"
#define UNIQUE(text) NAMING("<MSFT:UniqueName>" text "</MSFT:UniqueName>")

static void a_name_matches_the_whole_pattern(void **state) {
  (void)state;
  rule_case r;
  rule_begin_name(&r, UNIQUE("[0-9]{1,3}"));
  assert_int_equal(rule_ask_name(&r, "12"), OMADM_ST_OK);
  assert_int_equal(rule_ask_name(&r, "1234"), OMADM_ST_BAD_FORMAT);
  rule_expect_why(&r, "the name does not match the pattern [0-9]{1,3}; UniqueName in line 1");
  assert_int_equal(rule_ask_name(&r, "x1"), OMADM_ST_BAD_FORMAT);
  assert_int_equal(rule_ask_name(&r, ""), OMADM_ST_BAD_FORMAT);
  rule_end(&r);
}

static void a_sentence_in_the_place_of_a_pattern_allows_every_name(void **state) {
  (void)state;
  static const char *const sentences[] = {"The hash of the certificate.", "Numbers, in order.",
                                          "Package (family) name of one app"};
  for (size_t i = 0; i < sizeof sentences / sizeof *sentences; i++) {
    char text[200];
    rule_case r;
    snprintf(text, sizeof text, UNIQUE("%s"), sentences[i]);
    rule_begin_name(&r, text);
    rule_expect_log(&r, "[naming-prose]");
    assert_int_equal(rule_ask_name(&r, "any"), OMADM_ST_OK);
    rule_end(&r);
  }
}

static void allowed_values_of_an_unnamed_interior_node_are_about_its_name(void **state) {
  (void)state;
  rule_case r;
  rule_begin_name(&r, NAMING("<MSFT:ServerGeneratedUniqueIdentifier/>") REGEX("^[^|/]*$"));
  assert_int_equal(rule_ask_name(&r, "a b"), OMADM_ST_OK);
  assert_int_equal(rule_ask_name(&r, "a|b"), OMADM_ST_BAD_FORMAT);
  rule_expect_why(&r, "the name does not match");
  rule_end(&r);
}

static void ids_and_inventories_may_have_any_name(void **state) {
  (void)state;
  static const char *const words[] = {NAMING("<MSFT:ServerGeneratedUniqueIdentifier/>"),
                                      NAMING("<MSFT:ClientInventory/>"), ""};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    rule_case r;
    rule_begin_name(&r, words[i]);
    assert_int_equal(rule_ask_name(&r, "x y"), OMADM_ST_OK);
    assert_int_equal(omadm_ddf_allows_name(r.ddf, 0, (omadm_str)OMADM_STR("A"), NULL), OMADM_ST_OK);
    assert_int_equal(omadm_ddf_allows_name(r.ddf, 99, (omadm_str)OMADM_STR("A"), NULL),
                     OMADM_ST_OK);
    rule_end(&r);
  }
}

static void a_default_that_its_rule_forbids_is_mentioned(void **state) {
  (void)state;
  rule_case r;
  rule_begin_leaf(&r, "int", "7", RANGE("[1-5]"));
  rule_expect_log(&r, "is outside of [1-5]");
  rule_expect_log(&r, "[default-forbidden]");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "7");
  rule_end(&r);
  rule_begin_leaf(&r, "int", "5", RANGE("[1-5]"));
  assert_int_equal(r.log.len, 0);
  rule_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_default_that_its_rule_forbids_is_mentioned),
      cmocka_unit_test(a_name_matches_the_whole_pattern),
      cmocka_unit_test(a_sentence_in_the_place_of_a_pattern_allows_every_name),
      cmocka_unit_test(allowed_values_of_an_unnamed_interior_node_are_about_its_name),
      cmocka_unit_test(ids_and_inventories_may_have_any_name),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
