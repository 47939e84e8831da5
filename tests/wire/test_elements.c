/* SPDX-License-Identifier: MIT */
#include "omadm/wire/elements.h"

#include "omadm/wire/charset.h"
#include "omadm/wire/rules.h"

#include "tests/wire/reading.h"

static const struct {
  wire_element element;
  const char *name;
} all[] = {
#define ROW(name, number, text) {WIRE_EL_##name, text},
    WIRE_SYNCML_ELEMENTS(ROW) WIRE_METINF_ELEMENTS(ROW)
#undef ROW
};

static void every_name_is_found(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    assert_int_equal(wire_element_find((omadm_str){all[i].name, strlen(all[i].name)}),
                     all[i].element);
    assert_span(wire_element_name(all[i].element), all[i].name);
  }
}

static void no_other_name_is_found(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
    char name[32];
    size_t n = strlen(all[i].name);
    for (size_t k = 0; k < n; k++) {
      memcpy(name, all[i].name, n);
      name[k] ^= 0x20;
      assert_int_equal(wire_element_find((omadm_str){name, n}), WIRE_EL_NONE);
    }
    assert_int_equal(wire_element_find((omadm_str){all[i].name, n - 1}), WIRE_EL_NONE);
  }
  assert_int_equal(wire_element_find((omadm_str)OMADM_STR("")), WIRE_EL_NONE);
  assert_int_equal(wire_element_find((omadm_str)OMADM_STR("ADD")), WIRE_EL_NONE);
}

static void each_kind_has_the_name_of_its_element(void **state) {
  (void)state;
  assert_span(omadm_wire_kind_name(WIRE_UNKNOWN), "");
  for (wire_kind kind = WIRE_ADD; kind < WIRE_KINDS; kind++) {
    omadm_str name = omadm_wire_kind_name(kind);
    wire_element element = wire_element_find(name);
    assert_int_not_equal(element, WIRE_EL_NONE);
    for (int in = WIRE_IN_BODY; in <= WIRE_IN_GROUP; in += WIRE_IN_GROUP - WIRE_IN_BODY) {
      assert_int_equal(wire_rules[in][element].store, WIRE_STORE_COMMAND);
      assert_int_equal(wire_rules[in][element].at, kind);
    }
  }
}

static void namespaces_are_compared_octet_by_octet(void **state) {
  (void)state;
  assert_int_equal(wire_ns_find(omadm_str_of("SYNCML:SYNCML1.2")), WIRE_NS_SYNCML);
  assert_int_equal(wire_ns_find(omadm_str_of("SYNCML:SYNCML1.1")), WIRE_NS_SYNCML_11);
  assert_int_equal(wire_ns_find(omadm_str_of("")), WIRE_NS_NONE);
  assert_int_equal(wire_ns_find(omadm_str_of("syncml:metinf")), WIRE_NS_METINF);
  assert_int_equal(wire_ns_find(omadm_str_of("syncml:metinf ")), WIRE_NS_METINF_LIKE);
  assert_int_equal(wire_ns_find(omadm_str_of("syncml:metinfo")), WIRE_NS_METINF_LIKE);
  assert_int_equal(wire_ns_find(omadm_str_of("syncml:syncml1.2")), WIRE_NS_FOREIGN);
  assert_int_equal(wire_ns_find(omadm_str_of("urn:x")), WIRE_NS_FOREIGN);
}

static void a_charset_is_found_in_any_letter_case(void **state) {
  (void)state;
  assert_int_equal(wire_charset_find(omadm_str_of("utf-8")), WIRE_UTF_8);
  assert_int_equal(wire_charset_find(omadm_str_of("Utf-16Le")), WIRE_UTF_16LE);
  assert_int_equal(wire_charset_find(omadm_str_of("iso-8859-1")), WIRE_LATIN_1);
  assert_int_equal(wire_charset_find(omadm_str_of("koi8-r")), WIRE_CHARSET_UNKNOWN);
  assert_true(wire_charset_is(WIRE_UTF_16BE, omadm_str_of("utf-16")));
  assert_false(wire_charset_is(WIRE_UTF_8, omadm_str_of("utf-16")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_name_is_found),
      cmocka_unit_test(no_other_name_is_found),
      cmocka_unit_test(each_kind_has_the_name_of_its_element),
      cmocka_unit_test(namespaces_are_compared_octet_by_octet),
      cmocka_unit_test(a_charset_is_found_in_any_letter_case),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
