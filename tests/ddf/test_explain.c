/* SPDX-License-Identifier: MIT */
#include "tests/ddf/reading.h"

#include <stdio.h>

#include "csp-framework/ddf/phrase.h"

static void explained(const char *uri, const char *expected) {
  reading r;
  omadm_buf out = {0};
  reading_begin_file(&r, "extension.xml");
  uint32_t node = omadm_ddf_find(r.ddf, omadm_str_of(uri));
  assert_int_not_equal(node, OMADM_DDF_NONE);
  assert_int_equal(omadm_ddf_show_node(r.ddf, node, &out), 0);
  assert_str(omadm_buf_str(&out), expected);
  omadm_buf_dispose(&out);
  reading_end(&r);
}

static void a_node_is_explained_in_full(void **state) {
  (void)state;
  explained("./Vendor/MSFT/Oven/Mode", "./Vendor/MSFT/Oven/Mode\n"
                                       "  title         Mode\n"
                                       "  description   What heats.\n"
                                       "  format        int\n"
                                       "  type          text/plain\n"
                                       "  commands      Add Delete Get Replace\n"
                                       "  occurrence    ZeroOrOne, Dynamic\n"
                                       "  default       \"0\"\n"
                                       "  allowed       one of:\n"
                                       "                0  Off.\n"
                                       "                1  Hot air.\n"
                                       "                2\n"
                                       "  reboot        automatic\n"
                                       "  conflict      the lowest value wins, but 0 is no limit\n"
                                       "  since build   10.0.22621\n"
                                       "  deprecated    10.0.26100\n"
                                       "  group policy  Heat & \"air\"\n"
                                       "    area        Kitchen~Oven\n"
                                       "    element     Mode_1\n"
                                       "  error         0x1: no current\n"
                                       "  error         0x2: door\n");
}

static void a_dependency_is_explained_with_what_it_changes(void **state) {
  (void)state;
  explained("./Vendor/MSFT/Oven/Degrees",
            "./Vendor/MSFT/Oven/Degrees\n"
            "  format        int\n"
            "  type          text/plain\n"
            "  commands      Add Delete Get Replace\n"
            "  occurrence    ZeroOrOne, Dynamic\n"
            "  default       \"180\"\n"
            "  allowed       -20 to 300\n"
            "  only when     ./Vendor/MSFT/oven/Mode is 1 to 2 and "
            "./Vendor/MSFT/Oven/Trays/[TrayId]/Kind is not one of: paper\n"
            "    then        50 to 300\n"
            "  or when       ./Vendor/MSFT/Oven/Lock has a value\n"
            "  Replace       appends to the value that is there\n"
            "  conflict      the last value wins\n"
            "  since build   10.0.22000\n"
            "  CSP version   1.0\n"
            "  editions      0x4;0x1B;\n"
            "  joined to     Entra ID\n");
}

static void each_kind_of_rule_has_its_words(void **state) {
  static const struct {
    const char *uri, *line;
  } rows[] = {
      {"./Vendor/MSFT/Oven/Trays/1/Kind", "a list joined by U+F000 of matches \"^[a-z]+ $\"\n"},
      {"./Vendor/MSFT/Oven/Trays/1/Parts",
       "any of these, joined by OR:\n                0x1  Rim\n"},
      {"./Vendor/MSFT/Oven/Program", "XML that its schema accepts\n"},
      {"./Vendor/MSFT/Oven/Settings", "JSON\n                Numbers by name.\n"},
      {"./Vendor/MSFT/Oven/Lock", "a list joined by \",\" of a security descriptor (SDDL)\n"},
      {"./Vendor/MSFT/Oven/Policy", "the fragment of a policy, Heat of Oven.admx\n"},
      {"./Vendor/MSFT/Oven/Notes", "a list joined by \";\" of anything\n"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    reading r;
    omadm_buf out = {0};
    char expected[400];
    reading_begin_file(&r, "extension.xml");
    snprintf(expected, sizeof expected, "\n  allowed       %s", rows[i].line);
    uint32_t node = omadm_ddf_find(r.ddf, omadm_str_of(rows[i].uri));
    assert_int_equal(omadm_ddf_show_node(r.ddf, node, &out), 0);
    if (memmem(out.ptr, out.len, expected, strlen(expected)) == NULL)
      fail_msg("no \"%s\" in:\n%.*s", expected, (int)out.len, out.ptr);
    omadm_buf_dispose(&out);
    reading_end(&r);
  }
}

static void a_uri_is_found_as_a_person_writes_it(void **state) {
  static const struct {
    const char *uri, *name;
  } rows[] = {{"./Vendor/MSFT/Oven", "Oven"},
              {"./vendor/msft/oven/mode", "Mode"},
              {"./Device/Vendor/MSFT/Oven/Mode", "Mode"},
              {"Vendor/MSFT/Oven/Trays/*/Kind", "Kind"},
              {"./Vendor/MSFT/Oven/Trays/any/Kind", "Kind"},
              {"./Vendor/MSFT/Oven/Trays/any/kind", NULL},
              {"./Vendor/MSFT", NULL},
              {"./Vendor/MSFT/Oven/None", NULL},
              {"./Vendor/MSFT/Oven/Mode/Below", NULL},
              {".", NULL},
              {"", NULL}};
  reading r;
  (void)state;
  reading_begin_file(&r, "extension.xml");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    uint32_t node = omadm_ddf_find(r.ddf, omadm_str_of(rows[i].uri));
    if ((node == OMADM_DDF_NONE) != (rows[i].name == NULL)) fail_msg("%s", rows[i].uri);
    if (rows[i].name != NULL) assert_str(omadm_ddf_node_at(r.ddf, node)->name, rows[i].name);
  }
  reading_end(&r);
}

static void ranges_are_told_in_words_or_as_they_stand(void **state) {
  static const struct {
    const char *text, *words;
  } rows[] = {{"[1-1440]", "1 to 1440"},    {"[0]", "0"},
              {"[6,17]", "6 or 17"},        {"[(-1)-2147483647]", "-1 to 2147483647"},
              {"[1-2],[9]", "1 to 2 or 9"}, {"[-5--1]", "-5 to -1"},
              {"[1-]", "\"[1-]\""},         {"1 to 5", "\"1 to 5\""},
              {"[(1-5]", "\"[(1-5]\""},     {"-", "\"-\""}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    omadm_buf out = {0};
    assert_int_equal(ddf_phrase_ranges(omadm_str_of(rows[i].text), &out), 0);
    assert_str(omadm_buf_str(&out), rows[i].words);
    omadm_buf_dispose(&out);
  }
}

static void texts_are_cut_and_folded(void **state) {
  omadm_buf out = {0};
  (void)state;
  assert_int_equal(ddf_phrase_words((omadm_str)OMADM_STR("  one\n two three "), 7, &out), 0);
  assert_str(omadm_buf_str(&out), "one two…");
  out.len = 0;
  assert_int_equal(ddf_phrase_words((omadm_str)OMADM_STR("abcdef"), 3, &out), 0);
  assert_str(omadm_buf_str(&out), "abc…");
  out.len = 0;
  assert_int_equal(ddf_phrase_words((omadm_str)OMADM_STR("one two "), 7, &out), 0);
  assert_str(omadm_buf_str(&out), "one two");
  omadm_buf_dispose(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_node_is_explained_in_full),
      cmocka_unit_test(a_dependency_is_explained_with_what_it_changes),
      cmocka_unit_test(each_kind_of_rule_has_its_words),
      cmocka_unit_test(a_uri_is_found_as_a_person_writes_it),
      cmocka_unit_test(ranges_are_told_in_words_or_as_they_stand),
      cmocka_unit_test(texts_are_cut_and_folded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
