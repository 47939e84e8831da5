/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/player/diff.h"
#include "conformance/player/message.h"

static xmlDoc *parse(const char *text) {
  xmlDoc *doc = NULL;
  omadm_error error = {0};
  if (omadm_message_parse(omadm_str_of(text), &doc, &error) != OMADM_OK)
    fail_msg("%s: %s", text, error.text);
  return doc;
}

static bool matches(const char *expected, const char *actual, bindings *names,
                    message_difference *difference) {
  xmlDoc *want = parse(expected);
  xmlDoc *have = parse(actual);
  bool same = message_matches(want, have, names, difference);
  xmlFreeDoc(want);
  xmlFreeDoc(have);
  return same;
}

static void expect_same(const char *expected, const char *actual) {
  bindings names = {0};
  message_difference d;
  if (!matches(expected, actual, &names, &d)) fail_msg("%s: %s", d.path, d.why);
  bindings_dispose(&names);
}

static void expect_difference(const char *expected, const char *actual, const char *path,
                              const char *why) {
  bindings names = {0};
  message_difference d;
  assert_false(matches(expected, actual, &names, &d));
  assert_string_equal(d.path, path);
  assert_string_equal(d.why, why);
  bindings_dispose(&names);
}

static void how_it_is_written_does_not_matter(void **state) {
  (void)state;
  expect_same("<a xmlns='u'>\n <b x='1' y='2'/> <c>t</c></a>",
              "<p:a xmlns:p='u'><p:b y='2' x=\"1\"></p:b><!-- c --><p:c><![CDATA[t]]></p:c></p:a>");
  expect_same("<a>&lt;&#65;</a>", "<a><![CDATA[<]]>A</a>");
}

static void what_it_says_does(void **state) {
  (void)state;
  expect_difference("<a><b/><c/></a>", "<a><c/><b/></a>", "c", "expected <b>, found <c>");
  expect_difference("<a><b>1</b><b>2</b></a>", "<a><b>1</b><b>3</b></a>", "b[2]",
                    "expected \"2\", found \"3\"");
  expect_difference("<a><b><d>x</d></b></a>", "<a><b><d>x </d></b></a>", "b/d",
                    "expected \"x\", found \"x \"");
  expect_difference("<a><b/></a>", "<a/>", "b", "<b> is missing");
  expect_difference("<a/>", "<a><b/></a>", "b", "<b> is not expected");
  expect_difference("<a xmlns='u'/>", "<a xmlns='v'/>", "",
                    "expected namespace \"u\", found \"v\"");
  expect_difference("<a x='1'/>", "<a/>", "", "attribute x: expected \"1\", found none");
  expect_difference("<a/>", "<a x='1'/>", "", "attribute x is not expected");
  expect_difference("<a><b/></a>", "<a>stray<b/></a>", "", "expected \"\", found \"stray\"");
}

static void a_late_difference_in_a_long_text_is_shown_with_its_place(void **state) {
  (void)state;
  char want[700];
  char have[700];
  char filling[601];
  memset(filling, 'x', sizeof filling - 1);
  filling[sizeof filling - 1] = '\0';
  snprintf(want, sizeof want, "<a>%sé0123456789012345678end</a>", filling);
  snprintf(have, sizeof have, "<a>%sé0123456789012345678others</a>", filling);
  /* Not from the middle of the é. */
  expect_difference(want, have, "",
                    "differs at octet 621: expected 624 octets, \"…é0123456789012345678end\", "
                    "found 627 octets, \"…é0123456789012345678others\"");
  snprintf(have, sizeof have, "<a>y%s</a>", filling);
  snprintf(want, sizeof want, "expected \"b\", found \"y%.179s\"", filling);
  expect_difference("<a>b</a>", have, "", want);
}

static void what_a_terminal_might_obey_is_never_shown(void **state) {
  (void)state;
  bindings names = {0};
  message_difference d;
  omadm_buf out;
  omadm_buf_init(&out, &omadm_mem_default, 0);
  xmlDoc *want = parse("<a b='&#x9b;'>1</a>");
  xmlDoc *have = parse("<a b='&#x9b;'>&#x9b;&#x202e;&#10;&#127;é</a>");
  assert_false(message_matches(want, have, &names, &d));
  assert_string_equal(d.why, "expected \"1\", found \"????? ?é\"");
  assert_int_equal(diff_write_message(have, "", &out), OMADM_OK);
  omadm_buf_add(&out, "", 1);
  assert_string_equal(out.ptr, "<a b=\"\\u009b\">\\u009b\\u202e\\n\\x7fé</a>\n");
  xmlFreeDoc(want);
  xmlFreeDoc(have);
  omadm_buf_dispose(&out);
  bindings_dispose(&names);
}

static void a_star_is_any_content(void **state) {
  (void)state;
  expect_same("<a><b>*</b></a>", "<a><b>what<c/>ever</b></a>");
  expect_same("<a><b>*</b></a>", "<a><b/></a>");
  expect_difference("<a><b>**</b></a>", "<a><b>x</b></a>", "b", "expected \"**\", found \"x\"");
}

static void any_stands_for_elements(void **state) {
  (void)state;
  expect_same("<any/>", "<whatever/>");
  expect_same("<a><any/></a>", "<a/>");
  expect_same("<a><any/></a>", "<a><b/><c/></a>");
  expect_same("<a><b/><any/><d/></a>", "<a><b/><c/><d/><d/></a>");
  expect_same("<a><any/><c>{{x}}</c><any/><d>{{x}}</d></a>", "<a><b/><c>1</c><d>2</d><d>1</d></a>");
  expect_difference("<a><any/><d/></a>", "<a><b/></a>", "b", "expected <d>, found <b>");
  expect_difference("<a><any/><d/><any/></a>", "<a><b/></a>", "d",
                    "no place matches what stands after <any/>: <d> …");
  expect_difference("<a><b/><any/><d/></a>", "<a><b/></a>", "d", "<d> is missing");
}

static void a_name_is_bound_once(void **state) {
  (void)state;
  expect_same("<a><b>{{x}}</b><c>{{x}}</c></a>", "<a><b>1</b><c>1</c></a>");
  expect_difference("<a><b>{{x}}</b><c>{{x}}</c></a>", "<a><b>1</b><c>2</c></a>", "c",
                    "expected \"{{x}}\", found \"2\"");
  expect_same("<a><b>http://{{host}}/{{path}}?s={{s}}</b><c>{{s}}-{{host}}</c></a>",
              "<a><b>http://h/p/q?s=1</b><c>1-h</c></a>");
  expect_same("<a>{{x}}-{{x}}</a>", "<a>ab-ab</a>");
  expect_difference("<a>{{x}}-{{x}}</a>", "<a>ab-cd</a>", "",
                    "expected \"{{x}}-{{x}}\", found \"ab-cd\"");
}

static void what_was_bound_goes_into_the_answer(void **state) {
  (void)state;
  bindings names = {0};
  message_difference d;
  omadm_error error = {0};
  omadm_buf out;
  omadm_buf_init(&out, &omadm_mem_default, 0);
  assert_true(matches("<a>{{u}}</a>", "<a>x?a=1&amp;b=2</a>", &names, &d));
  assert_int_equal(bindings_expand(&names, omadm_str_of("<t>{{u}}</t>{x}{{"), true, &out, &error),
                   OMADM_OK);
  assert_true(omadm_str_is(omadm_buf_str(&out), "<t>x?a=1&amp;b=2</t>{x}{{"));
  out.len = 0;
  assert_int_equal(bindings_expand(&names, omadm_str_of("{{v}}"), true, &out, &error),
                   OMADM_E_NOT_FOUND);
  assert_string_equal(error.text, "{{v}} has not been seen in a message of the client's yet");
  omadm_buf_dispose(&out);
  bindings_dispose(&names);
}

static void hostile_documents_are_refused(void **state) {
  (void)state;
  static const char *const documents[] = {
      "",
      "<",
      "text",
      "<a><b></a>",
      "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
      "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
      "<a>\x01</a>",
      "<a>\xff</a>",
  };
  for (size_t i = 0; i < sizeof documents / sizeof documents[0]; i++) {
    xmlDoc *doc = NULL;
    omadm_error error = {0};
    assert_int_equal(omadm_message_parse(omadm_str_of(documents[i]), &doc, &error), OMADM_E_SYNTAX);
    assert_null(doc);
    assert_null(strchr(error.text, '\n'));
  }
}

static void two_messages_stand_side_by_side(void **state) {
  (void)state;
  bindings names = {0};
  message_difference d;
  omadm_buf out;
  omadm_buf_init(&out, &omadm_mem_default, 0);
  xmlDoc *want = parse("<a><b>1</b><c/></a>");
  xmlDoc *have = parse("<a><b>2</b></a>");
  assert_false(message_matches(want, have, &names, &d));
  assert_int_equal(diff_write(want, have, &d, 80, false, &out), OMADM_OK);
  omadm_buf_add(&out, "", 1);
  assert_string_equal(out.ptr, "  expected                                found\n"
                               "  <a>                                   | <a>\n"
                               ">   <b>1</b>                            :   <b>2</b>\n"
                               "    <c/>                                :\n");
  xmlFreeDoc(want);
  xmlFreeDoc(have);
  omadm_buf_dispose(&out);
  bindings_dispose(&names);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(how_it_is_written_does_not_matter),
      cmocka_unit_test(what_it_says_does),
      cmocka_unit_test(a_late_difference_in_a_long_text_is_shown_with_its_place),
      cmocka_unit_test(what_a_terminal_might_obey_is_never_shown),
      cmocka_unit_test(a_star_is_any_content),
      cmocka_unit_test(any_stands_for_elements),
      cmocka_unit_test(a_name_is_bound_once),
      cmocka_unit_test(what_was_bound_goes_into_the_answer),
      cmocka_unit_test(hostile_documents_are_refused),
      cmocka_unit_test(two_messages_stand_side_by_side),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
