/* SPDX-License-Identifier: MIT */
#include "omadm/session/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/str.h"

static list_query parsed(const char *text) {
  list_query q;
  assert_int_equal(list_parse(omadm_str_of(text), &q), OMADM_ST_OK);
  return q;
}

static void the_three_lists_are_told_apart(void **state) {
  (void)state;
  assert_int_equal(parsed("Struct").form, LIST_STRUCT);
  assert_int_equal(parsed("StructData").form, LIST_STRUCT_DATA);
  assert_int_equal(parsed("TNDS").form, LIST_TNDS);
  assert_int_equal(parsed("TNDS").asked, 0);
}

static void properties_are_named_or_left_out(void **state) {
  (void)state;
  assert_int_equal(parsed("TNDS+ACL+Value").parts, LIST_ACL | LIST_VALUE);
  assert_int_equal(parsed("TNDS+ACL+Value").asked, LIST_ACL | LIST_VALUE);
  assert_int_equal(parsed("TNDS%2BACL%2bSize").parts, LIST_ACL | LIST_SIZE);
  assert_int_equal(parsed("TNDS-ACL-TStamp").parts,
                   LIST_FORMAT | LIST_TITLE | LIST_TYPE | LIST_VERNO | LIST_VALUE);
  assert_int_equal(parsed("TNDS-ACL-TStamp").asked, 0);
}

static void anything_else_answers_406(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",       "struct",   "Structs",    "tnds",       "TNDSX",          "TNDS+",          "TNDS-",
      "TNDS++", "TNDS+acl", "TNDS ACL",   "TNDS+A+ACL", "TNDS+ACL-Value", "TNDS-ACL+Value", "TNDS%",
      "TNDS%2", "TNDS%2BX", "TNDS%20ACL", "TNDS+ACL+",  "TNDS+ACL%2B"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    list_query q;
    assert_int_equal(list_parse(omadm_str_of(texts[i]), &q), OMADM_ST_NOT_SUPPORTED);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_three_lists_are_told_apart),
      cmocka_unit_test(properties_are_named_or_left_out),
      cmocka_unit_test(anything_else_answers_406),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
