/* SPDX-License-Identifier: MIT */
#include "tests/ddf/reading.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define PROPERTIES_HEAD                                                                            \
  "<Node><NodeName>A</NodeName><DFProperties><AccessType><Get/></AccessType><DFFormat><chr/>"      \
  "</DFFormat><DFType><MIME>text/plain</MIME></DFType>"
#define PROPERTIES_TAIL "</DFProperties></Node>"

/* Reads a leaf with this of the extension. */
static void begin_leaf(reading *r, const char *extension) {
  char text[8000];
  snprintf(text, sizeof text, DDF_HEAD PROPERTIES_HEAD "%s" PROPERTIES_TAIL DDF_TAIL, extension);
  reading_begin(r, text);
}

static const omadm_ddf_allowed *allowed_of(const reading *r, const char *path) {
  const omadm_ddf_allowed *a = omadm_ddf_allowed_at(r->ddf, reading_node(r, path)->allowed);
  assert_non_null(a);
  return a;
}

static void all_kinds_of_rules_are_read(void **state) {
  static const struct {
    const char *path;
    omadm_allowed_kind kind;
    const char *text;
  } rows[] = {{"Mode", OMADM_ALLOWED_ENUM, ""},
              {"Degrees", OMADM_ALLOWED_RANGE, "[(-20)-300]"},
              {"Trays/*/Kind", OMADM_ALLOWED_REGEX, "^[a-z]+ $"},
              {"Trays/*/Parts", OMADM_ALLOWED_FLAG, ""},
              {"Program", OMADM_ALLOWED_XSD,
               "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"><xs:element name=\"P\" "
               "type=\"xs:int\"/></xs:schema>"},
              {"Settings", OMADM_ALLOWED_JSON, "{\"a\": 1}"},
              {"Lock", OMADM_ALLOWED_SDDL, ""},
              {"Policy", OMADM_ALLOWED_ADMX, ""},
              {"Notes", OMADM_ALLOWED_NONE, ""}};
  reading r;
  (void)state;
  reading_begin_file(&r, "extension.xml");
  assert_int_equal(omadm_ddf_allowed_count(r.ddf), 13);
  assert_null(omadm_ddf_allowed_at(r.ddf, 13));
  assert_null(omadm_ddf_allowed_at(r.ddf, OMADM_DDF_NONE));
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const omadm_ddf_allowed *a = allowed_of(&r, rows[i].path);
    assert_int_equal(a->kind, rows[i].kind);
    assert_str(a->text, rows[i].text);
  }
  assert_str(omadm_ddf_diagnostics(r.ddf), "<Collect/>");
  assert_str(allowed_of(&r, "Settings")->description, "Numbers by name.");
  const omadm_ddf_allowed *policy = allowed_of(&r, "Policy");
  assert_str(policy->admx_area, "Kitchen~Oven");
  assert_str(policy->admx_name, "Heat");
  assert_str(policy->admx_file, "Oven.admx");
  assert_int_equal(reading_node(&r, "")->allowed, OMADM_DDF_NONE);
  reading_end(&r);
}

static void choices_keep_their_values_and_descriptions(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "extension.xml");
  const omadm_ddf_allowed *a = allowed_of(&r, "Mode");
  assert_int_equal(a->n_choices, 3);
  assert_str(a->choices[0].value, "0");
  assert_str(a->choices[0].description, "Off.");
  assert_str(a->choices[1].description, "Hot\n            air.");
  assert_str(a->choices[2].value, "2");
  assert_str(a->choices[2].description, "");
  assert_int_equal(a->line, 34);
  reading_end(&r);
}

static void dependencies_are_read_with_what_they_allow(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "extension.xml");
  const omadm_ddf_node *n = reading_node(&r, "Degrees");
  assert_int_equal(n->n_groups, 2);
  const omadm_ddf_group *hot = &n->groups[0];
  assert_str(hot->id, "Hot");
  assert_str(omadm_ddf_allowed_at(r.ddf, hot->changed)->text, "[50-300]");
  assert_int_equal(hot->n_dependencies, 2);
  assert_str(hot->dependencies[0].uri, "./Vendor/MSFT/oven/Mode");
  assert_false(hot->dependencies[0].negated);
  const omadm_ddf_allowed *a = omadm_ddf_allowed_at(r.ddf, hot->dependencies[0].allowed);
  assert_int_equal(a->kind, OMADM_ALLOWED_RANGE);
  assert_str(a->text, "[1-2]");
  assert_int_equal(a->n_choices, 0);
  assert_str(hot->dependencies[1].uri, "./Vendor/MSFT/Oven/Trays/[TrayId]/Kind");
  assert_true(hot->dependencies[1].negated);
  assert_int_equal(n->groups[1].changed, OMADM_DDF_NONE);
  assert_int_equal(n->groups[1].n_dependencies, 1);
  reading_expect(&r, "[wrapped-value]");
  reading_end(&r);
}

static void behavior_applicability_and_the_rest_are_read(void **state) {
  reading r;
  (void)state;
  reading_begin_file(&r, "extension.xml");
  const omadm_ddf_node *n = reading_node(&r, "Mode");
  assert_int_equal(n->reboot_behavior, OMADM_REBOOT_AUTOMATIC);
  assert_int_equal(n->conflict, OMADM_CONFLICT_LOWEST_ZERO);
  assert_str(n->gp_name, "Heat & \"air\"");
  assert_str(n->gp_area, "Kitchen~Oven");
  assert_str(n->gp_element, "Mode_1");
  assert_str(n->common_errors, "0x1: no             current\n0x2: door");
  assert_str(n->deprecated, "10.0.26100");
  assert_str(n->applies->os_build, "10.0.22621");
  assert_str(n->applies->editions, "");
  assert_false(n->applies->requires_entra);
  n = reading_node(&r, "Degrees");
  assert_int_equal(n->replace_behavior, OMADM_REPLACE_APPENDS);
  assert_str(n->applies->editions, "0x4;0x1B;");
  assert_true(n->applies->requires_entra);
  assert_ptr_equal(n->applies, reading_node(&r, "")->applies);
  assert_int_equal(n->conflict, OMADM_CONFLICT_LAST_WRITE);
  assert_int_equal(reading_node(&r, "Settings")->reboot_behavior, OMADM_REBOOT_SERVER);
  assert_int_equal(reading_node(&r, "Trays/*")->naming, OMADM_NAMING_SERVER);
  n = reading_node(&r, "Trays/*/Kind");
  assert_true(n->has_default);
  assert_str(n->default_value, "");
  reading_end(&r);
}

static void a_delimiter_is_decoded_from_each_of_its_spellings(void **state) {
  static const struct {
    const char *written, *decoded;
  } rows[] = {{";", ";"},
              {",", ","},
              {"|", "|"},
              {"||", "||"},
              {" ", " "},
              {" ; ", ";"},
              {"0xF000", "\xEF\x80\x80"},
              {"0xf000", "\xEF\x80\x80"},
              {"0XF000", "\xEF\x80\x80"},
              {"\\xF000", "\xEF\x80\x80"},
              {"\\uF000", "\xEF\x80\x80"},
              {"U+F000", "\xEF\x80\x80"},
              {"u+f000", "\xEF\x80\x80"},
              {"%uF000", "\xEF\x80\x80"},
              {"&amp;#xF000;", "\xEF\x80\x80"},
              {"&amp;#61440;", "\xEF\x80\x80"},
              {"&#xF000;", "\xEF\x80\x80"},
              {"0x2C", ","},
              {"0x0000F000", "\xEF\x80\x80"},
              {"0x", "0x"},
              {"0xZZ", "0xZZ"},
              {"0xD800", "0xD800"},
              {"0x110000", "0x110000"},
              {"0x0", "0x0"},
              {"0x123456789", "0x123456789"},
              {"\\t", "\\t"},
              {"", ""}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[400];
    reading r;
    snprintf(text, sizeof text,
             "<MSFT:AllowedValues ValueType='None'><MSFT:List "
             "Delimiter='%s'/></MSFT:AllowedValues>",
             rows[i].written);
    begin_leaf(&r, text);
    assert_true(allowed_of(&r, "")->is_list);
    assert_str(allowed_of(&r, "")->delimiter, rows[i].decoded);
    if (rows[i].decoded[0] == '\0')
      reading_expect(&r, "[no-delimiter]");
    else
      reading_expect_quiet(&r);
    reading_end(&r);
  }
}

#define ALLOWED(type, inner)                                                                       \
  "<MSFT:AllowedValues ValueType='" type "'>" inner "</MSFT:AllowedValues>"
#define VALUE(text) "<MSFT:Value>" text "</MSFT:Value>"
#define ENUM(text) "<MSFT:Enum>" VALUE(text) "</MSFT:Enum>"

static void a_broken_rule_is_a_warning_and_allows_everything(void **state) {
  static const struct {
    const char *text, *complaint;
    omadm_allowed_kind kind;
  } rows[] = {
      {ALLOWED("Colour", VALUE("red")), "the ValueType \"Colour\"", OMADM_ALLOWED_UNKNOWN},
      {"<MSFT:AllowedValues/>", "the ValueType \"\"", OMADM_ALLOWED_UNKNOWN},
      {ALLOWED("ENUM", ""), "[no-rule]", OMADM_ALLOWED_UNKNOWN},
      {ALLOWED("Flag", "<MSFT:Enum/>"), "[no-value]", OMADM_ALLOWED_UNKNOWN},
      {ALLOWED("RegEx", ""), "[no-rule]", OMADM_ALLOWED_UNKNOWN},
      {ALLOWED("XSD", VALUE("")), "[no-rule]", OMADM_ALLOWED_UNKNOWN},
      {ALLOWED("Range", ""), "[no-rule]", OMADM_ALLOWED_UNKNOWN},
      {ALLOWED("Enum", ENUM("a")), "[spelling]", OMADM_ALLOWED_ENUM},
      {ALLOWED("ENUM", VALUE("a") VALUE("b")), "[bare-value]", OMADM_ALLOWED_ENUM},
      {ALLOWED("ENUM", ENUM("a") "<MSFT:Other/>"), "[unknown-element]", OMADM_ALLOWED_ENUM},
      {ALLOWED("RegEx", VALUE("a") VALUE("b")), "[repeated]", OMADM_ALLOWED_REGEX},
      {ALLOWED("Range", ENUM("[1-2]")), "[wrapped-value]", OMADM_ALLOWED_RANGE},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    reading r;
    begin_leaf(&r, rows[i].text);
    reading_expect(&r, rows[i].complaint);
    assert_int_equal(allowed_of(&r, "")->kind, rows[i].kind);
    reading_end(&r);
  }
}

static void several_ranges_become_one_text(void **state) {
  reading r;
  (void)state;
  begin_leaf(&r, ALLOWED("Range", VALUE(" [1-2] ") VALUE("[(-5)]") VALUE("")));
  assert_str(allowed_of(&r, "")->text, "[1-2],[(-5)]");
  reading_end(&r);
  begin_leaf(&r, ALLOWED("Range", ENUM("[1-2]") ENUM("[9]")));
  assert_str(allowed_of(&r, "")->text, "[1-2],[9]");
  reading_end(&r);
}

static void a_schema_that_is_not_escaped_is_read_as_its_text(void **state) {
  reading r;
  (void)state;
  begin_leaf(&r, ALLOWED("XSD", VALUE("<x:schema xmlns:x='urn:s'><x:element "
                                      "name='a'/></x:schema>")));
  assert_str(allowed_of(&r, "")->text,
             "<x:schema xmlns:x=\"urn:s\"><x:element name=\"a\"/></x:schema>");
  reading_expect(&r, "[raw-schema]");
  reading_end(&r);
}

#define BEHAVIOR(groups) "<MSFT:DependencyBehavior>" groups "</MSFT:DependencyBehavior>"
#define GROUP(inner) "<MSFT:DependencyGroup FriendlyId='G'>" inner "</MSFT:DependencyGroup>"
#define DEPENDENCY(type, inner) "<MSFT:Dependency Type='" type "'>" inner "</MSFT:Dependency>"
#define URI(text) "<MSFT:DependencyUri>" text "</MSFT:DependencyUri>"

static void a_dependency_that_cannot_be_judged_leaves_the_node_free(void **state) {
  static const struct {
    const char *text, *complaint;
    size_t groups;
  } rows[] = {
      {BEHAVIOR(""), "[empty]", 0},
      {BEHAVIOR(GROUP("")), "[no-dependency]", 0},
      {BEHAVIOR(GROUP(DEPENDENCY("DependsOn", ""))), "without DependencyUri", 0},
      {BEHAVIOR(GROUP(DEPENDENCY("Sometimes", URI("A")))), "the Type \"Sometimes\"", 0},
      {BEHAVIOR(GROUP(DEPENDENCY("DependsOn", URI("A"))) GROUP("")), "[no-dependency]", 0},
      {BEHAVIOR(GROUP(DEPENDENCY("not", URI("/A/")))), "[spelling]", 1},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    reading r;
    begin_leaf(&r, rows[i].text);
    reading_expect(&r, rows[i].complaint);
    assert_int_equal(reading_node(&r, "")->n_groups, rows[i].groups);
    if (rows[i].groups == 1) {
      const omadm_ddf_dependency *d = &reading_node(&r, "")->groups[0].dependencies[0];
      assert_str(d->uri, "./A");
      assert_int_equal(d->allowed, OMADM_DDF_NONE);
    }
    reading_end(&r);
  }
}

static void an_unknown_word_counts_as_what_is_left_out(void **state) {
  static const struct {
    const char *text, *complaint;
  } rows[] = {
      {"<MSFT:ConflictResolution>Random</MSFT:ConflictResolution>", "[unknown-word]"},
      {"<MSFT:RebootBehavior/>", "[empty]"},
      {"<MSFT:ReplaceBehavior>Both</MSFT:ReplaceBehavior>", "[unknown-word]"},
      {"<MSFT:ConflictResolution><NoMerge/></MSFT:ConflictResolution>", "[element-as-word]"},
      {"<MSFT:RebootBehavior>none</MSFT:RebootBehavior>", "[spelling]"},
      {"<MSFT:Applicability><MSFT:Sku/></MSFT:Applicability>", "[unknown-element]"},
      {"<MSFT:CommonErrorResults><MSFT:CommonErrorEleven/></MSFT:CommonErrorResults>",
       "[unknown-element]"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    reading r;
    begin_leaf(&r, rows[i].text);
    reading_expect(&r, rows[i].complaint);
    const omadm_ddf_node *n = reading_node(&r, "");
    assert_int_equal(n->conflict, OMADM_CONFLICT_NO_MERGE);
    assert_int_equal(n->reboot_behavior, OMADM_REBOOT_NONE);
    assert_int_equal(n->replace_behavior, OMADM_REPLACE_REPLACES);
    reading_end(&r);
  }
}

/* `head`, `part` n times, `tail`. */
static void begin_repeated(reading *r, const char *head, const char *part, size_t n,
                           const char *tail) {
  omadm_buf text = {0};
  omadm_buf_printf(&text, DDF_HEAD PROPERTIES_HEAD "%s", head);
  for (size_t i = 0; i < n; i++)
    omadm_buf_add_text(&text, part);
  omadm_buf_printf(&text, "%s" PROPERTIES_TAIL DDF_TAIL, tail);
  omadm_buf_add(&text, "", 1);
  reading_begin(r, text.ptr);
  omadm_buf_dispose(&text);
}

static void what_no_file_needs_is_refused(void **state) {
  static const struct {
    const char *head, *part;
    size_t most;
    const char *tail;
  } rows[] = {
      {"<MSFT:AllowedValues ValueType='ENUM'>", ENUM("1"), 4096, "</MSFT:AllowedValues>"},
      {"<MSFT:AllowedValues ValueType='RegEx'><MSFT:Value>", "aaaaaaaa", 32768,
       "</MSFT:Value></MSFT:AllowedValues>"},
      {"<MSFT:AllowedValues ValueType='None'><MSFT:List Delimiter='", ";", 16,
       "'/></MSFT:AllowedValues>"},
      {"<MSFT:DynamicNodeNaming><MSFT:UniqueName>", "aaaaaaaa", 32768,
       "</MSFT:UniqueName></MSFT:DynamicNodeNaming>"},
      {"<MSFT:DependencyBehavior>", GROUP(DEPENDENCY("DependsOn", URI("A"))), 64,
       "</MSFT:DependencyBehavior>"},
      {"<MSFT:DependencyBehavior><MSFT:DependencyGroup FriendlyId='G'>",
       DEPENDENCY("DependsOn", URI("A")), 64, "</MSFT:DependencyGroup></MSFT:DependencyBehavior>"},
      {"<MSFT:DependencyBehavior><MSFT:DependencyGroup FriendlyId='G'><MSFT:Dependency "
       "Type='Not'><MSFT:DependencyUri>",
       "a", 2048,
       "</MSFT:DependencyUri></MSFT:Dependency></MSFT:DependencyGroup></MSFT:DependencyBehavior>"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    reading r;
    begin_repeated(&r, rows[i].head, rows[i].part, rows[i].most, rows[i].tail);
    if (r.err != 0) fail_msg("%s: %d at most", rows[i].head, r.err);
    reading_end(&r);
    begin_repeated(&r, rows[i].head, rows[i].part, rows[i].most + 1, rows[i].tail);
    if (r.err != OMADM_E_LIMIT) fail_msg("%s: %d beyond", rows[i].head, r.err);
    reading_end(&r);
  }
}

static void rules_beyond_any_file_are_refused(void **state) {
  reading r;
  (void)state;
  begin_repeated(&r, "", "<MSFT:AllowedValues/>", 100001, "");
  assert_int_equal(r.err, OMADM_E_LIMIT);
  reading_expect(&r, "100001 rules for values");
  reading_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_kinds_of_rules_are_read),
      cmocka_unit_test(choices_keep_their_values_and_descriptions),
      cmocka_unit_test(dependencies_are_read_with_what_they_allow),
      cmocka_unit_test(behavior_applicability_and_the_rest_are_read),
      cmocka_unit_test(a_delimiter_is_decoded_from_each_of_its_spellings),
      cmocka_unit_test(a_broken_rule_is_a_warning_and_allows_everything),
      cmocka_unit_test(several_ranges_become_one_text),
      cmocka_unit_test(a_schema_that_is_not_escaped_is_read_as_its_text),
      cmocka_unit_test(a_dependency_that_cannot_be_judged_leaves_the_node_free),
      cmocka_unit_test(an_unknown_word_counts_as_what_is_left_out),
      cmocka_unit_test(what_no_file_needs_is_refused),
      cmocka_unit_test(rules_beyond_any_file_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
