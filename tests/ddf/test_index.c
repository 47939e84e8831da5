/* SPDX-License-Identifier: MIT */
#include "tests/ddf/reading.h"

#include <stdio.h>

#include "csp-framework/ddf/index.h"

static void begin_many(reading *r, size_t count, const char *path) {
  omadm_buf text;
  omadm_buf_init(&text, NULL, 0);
  omadm_buf_printf(&text, DDF_HEAD "<Node><NodeName>R</NodeName><Path>%s</Path>" INTERIOR, path);
  for (size_t i = 0; i < count; i++)
    omadm_buf_printf(&text, "<Node><NodeName>Name%zu</NodeName>" LEAF "</Node>", i * 7919 % count);
  omadm_buf_printf(&text, "<Node><NodeName></NodeName>" LEAF "</Node></Node>" DDF_TAIL);
  omadm_buf_add(&text, "", 1);
  reading_begin(r, text.ptr);
  omadm_buf_dispose(&text);
}

static void each_named_child_is_found_by_its_name(void **state) {
  enum { COUNT = 1000 };
  reading r;
  (void)state;
  begin_many(&r, COUNT, "./Vendor/MSFT");
  for (size_t i = 0; i < COUNT; i++) {
    char name[40];
    snprintf(name, sizeof name, "Name%zu", i);
    uint32_t child = omadm_ddf_child(r.ddf, 0, omadm_str_of(name), false);
    assert_str(omadm_ddf_node_at(r.ddf, child)->name, name);
    snprintf(name, sizeof name, "nAME%zu", i);
    assert_int_equal(omadm_ddf_child(r.ddf, 0, omadm_str_of(name), true), child);
    assert_int_equal(omadm_ddf_child(r.ddf, 0, omadm_str_of(name), false), OMADM_DDF_NONE);
  }
  static const char *const strangers[] = {"", "Name", "Name1000", "A", "zzz", "Name5 "};
  for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
    assert_int_equal(omadm_ddf_child(r.ddf, 0, omadm_str_of(strangers[i]), true), OMADM_DDF_NONE);
  }
  assert_int_equal(omadm_ddf_unnamed_child(r.ddf, 0), COUNT + 1);
  reading_end(&r);
}

static void a_leaf_and_no_node_have_no_children(void **state) {
  reading r;
  (void)state;
  begin_many(&r, 1, ".");
  assert_int_equal(omadm_ddf_child(r.ddf, 1, (omadm_str)OMADM_STR("Name0"), true), OMADM_DDF_NONE);
  assert_int_equal(omadm_ddf_unnamed_child(r.ddf, 1), OMADM_DDF_NONE);
  assert_int_equal(omadm_ddf_child(r.ddf, OMADM_DDF_NONE, (omadm_str)OMADM_STR("R"), true),
                   OMADM_DDF_NONE);
  assert_int_equal(omadm_ddf_unnamed_child(r.ddf, OMADM_DDF_NONE), OMADM_DDF_NONE);
  reading_end(&r);
}

static void an_exact_spelling_comes_before_another_one(void **state) {
  reading r;
  (void)state;
  reading_begin(&r, DDF_HEAD "<Node><NodeName>R</NodeName>" INTERIOR
                             "<Node><NodeName>ab</NodeName>" LEAF
                             "</Node><Node><NodeName>AB</NodeName>" LEAF
                             "</Node><Node><NodeName>aB</NodeName>" LEAF "</Node></Node>" DDF_TAIL);
  assert_int_equal(omadm_ddf_child(r.ddf, 0, (omadm_str)OMADM_STR("ab"), true), 1);
  assert_int_equal(omadm_ddf_child(r.ddf, 0, (omadm_str)OMADM_STR("AB"), true), 2);
  assert_int_equal(omadm_ddf_child(r.ddf, 0, (omadm_str)OMADM_STR("aB"), true), 3);
  assert_int_not_equal(omadm_ddf_child(r.ddf, 0, (omadm_str)OMADM_STR("Ab"), true), OMADM_DDF_NONE);
  reading_end(&r);
}

static void uri_is(const omadm_ddf *ddf, uint32_t node, const char *expected) {
  omadm_buf uri;
  omadm_buf_init(&uri, NULL, 0);
  assert_int_equal(omadm_ddf_write_uri(ddf, node, &uri), 0);
  assert_str(omadm_buf_str(&uri), expected);
  omadm_buf_dispose(&uri);
}

static void uris_follow_from_the_nesting(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "windows-style.xml");
  uri_is(r.ddf, 0, "./Vendor/MSFT/Lamp");
  uri_is(r.ddf, 5, "./Vendor/MSFT/Lamp/Timers/*/At");
  uri_is(r.ddf, 6, "./User/Vendor/MSFT/Lamp");
  reading_end(&r);
}

static void letter_case_follows_the_next_case_sense_above_then_the_place(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "windows-style.xml");
  assert_true(omadm_ddf_ignores_case(r.ddf, 0));
  assert_false(omadm_ddf_ignores_case(r.ddf, 3)); /* Timers says CS */
  assert_false(omadm_ddf_ignores_case(r.ddf, 4));
  assert_true(omadm_ddf_ignores_case(r.ddf, 6));
  reading_end(&r);
  reading_begin_file(&r, "oma-style.xml");
  assert_false(omadm_ddf_ignores_case(r.ddf, 0));
  reading_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_named_child_is_found_by_its_name),
      cmocka_unit_test(a_leaf_and_no_node_have_no_children),
      cmocka_unit_test(an_exact_spelling_comes_before_another_one),
      cmocka_unit_test(uris_follow_from_the_nesting),
      cmocka_unit_test(letter_case_follows_the_next_case_sense_above_then_the_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
