/* SPDX-License-Identifier: MIT */
#include "tests/ddf/reading.h"

#include <stdio.h>

static void a_windows_style_file_gives_all_that_it_says(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "windows-style.xml");
  assert_int_equal(r.err, 0);
  assert_int_equal(omadm_ddf_root_count(r.ddf), 2);
  assert_str(omadm_ddf_root_at(r.ddf, 0)->path, "./Vendor/MSFT");
  assert_str(omadm_ddf_root_at(r.ddf, 1)->path, "./User/Vendor/MSFT");
  assert_null(omadm_ddf_root_at(r.ddf, 2));
  assert_int_equal(omadm_ddf_node_count(r.ddf), 7);
  assert_null(omadm_ddf_node_at(r.ddf, 7));
  assert_null(omadm_ddf_node_at(r.ddf, OMADM_DDF_NONE));

  const omadm_ddf_node *n = reading_node(&r, "");
  assert_str(n->name, "Lamp");
  assert_str(n->type, "urn:example:mo:lamp:1.0");
  assert_str(n->title, "Lamp");
  assert_str(n->description, "A lamp.");
  assert_str(n->applies->os_build, "10.0.10586, 10.0.10240.18818");
  assert_int_equal(n->line, 8);
  assert_int_equal(n->format, OMADM_FORMAT_NODE);
  assert_int_equal(n->access, OMADM_ACCESS_GET);
  assert_true(n->permanent);
  assert_int_equal(n->parent, OMADM_DDF_NONE);
  assert_int_equal(n->next_sibling, OMADM_DDF_NONE);
  assert_int_equal(n->has_default, 0);
  reading_end(&r);
}

static void a_leaf_has_its_default_in_canonical_spelling(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "windows-style.xml");
  const omadm_ddf_node *n = reading_node(&r, "On");
  assert_int_equal(n->format, OMADM_FORMAT_BOOL);
  assert_int_equal(n->access, OMADM_ACCESS_GET | OMADM_ACCESS_REPLACE);
  assert_true(n->has_default);
  assert_str(n->default_value, "false");
  assert_str(omadm_ddf_allowed_at(r.ddf, n->allowed)->kind_text, "ENUM");
  assert_str(n->deprecated, "10.0.22000");
  assert_str(n->type, "text/plain");
  n = reading_node(&r, "Timers/*/At");
  assert_str(n->default_value, "10");
  assert_str(n->type, "text/plain");
  assert_str(n->more_types, "\ntext/x-second");
  reading_expect(&r, "warning 29: bool: the default is written in another way");
  reading_end(&r);
}

static void applicability_is_inherited_until_a_node_has_its_own(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "windows-style.xml");
  assert_str(reading_node(&r, "On")->applies->csp_version, "1.0");
  assert_str(reading_node(&r, "Blink")->applies->csp_version, "");
  assert_str(reading_node(&r, "Blink")->applies->os_build, "10.0.22000");
  assert_str(reading_node(&r, "Blink")->deprecated, "unstated");
  assert_str(reading_node(&r, "Timers/*/At")->applies->csp_version, "1.0");
  reading_end(&r);
}

static void an_unnamed_node_keeps_its_naming_rule_and_bounds(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "windows-style.xml");
  const omadm_ddf_node *n = reading_node(&r, "Timers/*");
  assert_str(n->name, "");
  assert_int_equal(n->naming, OMADM_NAMING_PATTERN);
  assert_str(n->naming_pattern, "[a-z]+");
  assert_int_equal(n->occurs_min, 0);
  assert_int_equal(n->occurs_max, 5);
  assert_int_equal(n->atomic_required, 1);
  assert_str(n->title, "TimerName");
  assert_int_equal(reading_node(&r, "Timers")->case_sense, OMADM_CASE_SENSITIVE);
  assert_int_equal(n->case_sense, OMADM_CASE_INHERIT);
  reading_end(&r);
}

static void an_oma_style_file_needs_no_warning(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "oma-style.xml");
  reading_expect_quiet(&r);
  assert_str(omadm_ddf_root_at(r.ddf, 0)->path, ".");
  const omadm_ddf_node *n = reading_node(&r, "Name");
  assert_str(n->default_value, " kept as it is ");
  assert_int_equal(n->occurs_min, 1);
  assert_int_equal(n->occurs_max, 1);
  assert_false(n->permanent);
  n = reading_node(&r, "Start");
  assert_str(n->default_value, "2026-01-31");
  assert_int_equal(n->occurs_max, 65536);
  reading_end(&r);
}

static void nodes_stand_in_preorder_and_children_in_document_order(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "windows-style.xml");
  static const char *const names[] = {"Lamp", "On", "Blink", "Timers", "", "At", "Lamp"};
  static const uint32_t none = OMADM_DDF_NONE;
  const uint32_t parents[] = {none, 0, 0, 0, 3, 4, none};
  const uint32_t next[] = {none, 2, 3, none, none, none, none};
  for (uint32_t i = 0; i < 7; i++) {
    assert_str(omadm_ddf_node_at(r.ddf, i)->name, names[i]);
    assert_int_equal(omadm_ddf_node_at(r.ddf, i)->parent, parents[i]);
    assert_int_equal(omadm_ddf_node_at(r.ddf, i)->next_sibling, next[i]);
  }
  assert_int_equal(omadm_ddf_node_at(r.ddf, 0)->first_child, 1);
  assert_int_equal(omadm_ddf_node_at(r.ddf, 6)->first_child, none);
  reading_end(&r);
}

static void each_word_of_a_table_is_read(void **state) {
  static const struct {
    const char *word;
    uint32_t least, most;
  } rows[] = {{"<One/>", 1, 1},
              {"<ZeroOrOne/>", 0, 1},
              {"<ZeroOrMore/>", 0, UINT32_MAX},
              {"<OneOrMore/>", 1, UINT32_MAX},
              {"<ZeroOrN> 2 </ZeroOrN>", 0, 2},
              {"<OneOrN>7</OneOrN>", 1, 7}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[1000];
    snprintf(text, sizeof text,
             DDF_HEAD
             "<Node><NodeName>A</NodeName><DFProperties><AccessType><Add/><Copy/><Delete/><Exec/>"
             "<Get/><Replace/></AccessType><DFFormat><b64/></DFFormat><Occurrence>%s</"
             "Occurrence><DFType><MIME>a/b</MIME></DFType>"
             "<CaseSense><CIS/></CaseSense></DFProperties></Node>" DDF_TAIL,
             rows[i].word);
    reading r;
    reading_begin(&r, text);
    reading_expect_quiet(&r);
    assert_int_equal(reading_node(&r, "")->occurs_min, rows[i].least);
    assert_int_equal(reading_node(&r, "")->occurs_max, rows[i].most);
    assert_int_equal(reading_node(&r, "")->access, 63);
    assert_int_equal(reading_node(&r, "")->case_sense, OMADM_CASE_INSENSITIVE);
    assert_str(reading_node(&r, "")->type, "a/b");
    reading_end(&r);
  }
}

static void entities_of_the_file_itself_are_put_in(void **state) {
  reading r;
  (void)state;
  reading_begin(&r, "<!DOCTYPE MgmtTree [<!ENTITY who \"Example &what;\"><!ENTITY what "
                    "\"Ltd\"><!ENTITY kind \"Range\">]>" DDF_HEAD
                    "<Node><NodeName>A</NodeName><DFProperties><AccessType/><Description>by "
                    "&who;</Description><DFFormat><int/></DFFormat>"
                    "<DFType><MIME>a/b</MIME></DFType><MSFT:AllowedValues "
                    "ValueType=\"&kind;\"><MSFT:Value>[1-2]</MSFT:Value></MSFT:AllowedValues></"
                    "DFProperties></Node>" DDF_TAIL);
  reading_expect_quiet(&r);
  assert_str(reading_node(&r, "")->description, "by Example Ltd");
  assert_str(omadm_ddf_allowed_at(r.ddf, reading_node(&r, "")->allowed)->kind_text, "Range");
  reading_end(&r);
}

static void another_encoding_is_read_as_utf8(void **state) {
  reading r;
  (void)state;
  reading_begin(&r, "<?xml version='1.0' encoding='ISO-8859-1'?>" DDF_HEAD
                    "<Node><NodeName>Caf\xE9</NodeName>" LEAF "</Node>" DDF_TAIL);
  reading_expect_quiet(&r);
  assert_str(reading_node(&r, "")->name, "Caf\xC3\xA9");
  reading_end(&r);
}

static void a_missing_file_is_an_io_error_with_its_reason(void **state) {
  omadm_ddf *ddf = NULL;
  omadm_error error = {0};
  (void)state;
  assert_int_equal(omadm_ddf_read("/nonexistent/x.xml", NULL, NULL, &ddf, &error), OMADM_E_IO);
  assert_string_equal(error.text, "/nonexistent/x.xml: cannot be read: No such file or directory");
  omadm_error_clear(&error);
  assert_int_equal(omadm_ddf_read("/", NULL, NULL, &ddf, &error), OMADM_E_IO);
  assert_null(ddf);
}

static void the_name_is_kept_for_messages(void **state) {
  reading r;
  (void)state;
  reading_begin(&r, DDF_HEAD "<Node><NodeName>A</NodeName>" LEAF "</Node>" DDF_TAIL);
  assert_string_equal(omadm_ddf_name(r.ddf), "test.xml");
  reading_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_windows_style_file_gives_all_that_it_says),
      cmocka_unit_test(a_leaf_has_its_default_in_canonical_spelling),
      cmocka_unit_test(applicability_is_inherited_until_a_node_has_its_own),
      cmocka_unit_test(an_unnamed_node_keeps_its_naming_rule_and_bounds),
      cmocka_unit_test(an_oma_style_file_needs_no_warning),
      cmocka_unit_test(nodes_stand_in_preorder_and_children_in_document_order),
      cmocka_unit_test(each_word_of_a_table_is_read),
      cmocka_unit_test(entities_of_the_file_itself_are_put_in),
      cmocka_unit_test(another_encoding_is_read_as_utf8),
      cmocka_unit_test(a_missing_file_is_an_io_error_with_its_reason),
      cmocka_unit_test(the_name_is_kept_for_messages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
