/* SPDX-License-Identifier: MIT */
/* Rules and values that are made to cost much; and one DDF asked by many threads. */
#include "tests/allowed/rule.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* head, `unit` repeated to about n octets, tail. */
static char *repeat(const char *head, const char *unit, size_t n, const char *tail) {
  size_t step = strlen(unit);
  char *text = malloc(strlen(head) + n + step + strlen(tail) + 1);
  assert_non_null(text);
  char *at = stpcpy(text, head);
  for (size_t i = 0; i < n; i += step)
    at = stpcpy(at, unit);
  strcpy(at, tail);
  return text;
}

static void ask(rule_case *r, omadm_status status, char *value) {
  double start = seconds();
  assert_int_equal(rule_ask(r, omadm_str_of(value)), status);
  if (seconds() - start > 20) fail_msg("it took %.1f s", seconds() - start);
  free(value);
}

/* One value of so many octets was judged: a constant for it, and one for each octet. With a wide
 * margin, for a machine that is busy. */
static void expect_cheap(double start, size_t octets) {
  const double spent = (seconds() - start) / 2; /* it was asked twice */
  const double due = 0.002 + 3e-6 * (double)octets;
  if (getenv("OMADM_SHOW_COST") != NULL)
    printf("%zu octets: %.2f ms, %.0f ns an octet\n", octets, spent * 1e3,
           spent * 1e9 / (double)octets);
  if (spent > 10 * due) fail_msg("%zu octets took %.3f s", octets, spent);
}

static void a_pattern_that_backtracks_for_ever_ends_at_its_limit(void **state) {
  (void)state;
  static const char *const patterns[] = {REGEX("(a+)+[bc]"), REGEX("(a|aa)+[bc]"),
                                         REGEX("(a*)*[bc]"), REGEX("(.*,){30}x")};
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
    rule_case r;
    rule_begin(&r, "chr", patterns[i]);
    ask(&r, OMADM_ST_BAD_FORMAT, repeat("", i < 3 ? "a" : "a,", 2000, ""));
    rule_end(&r);
  }
  rule_case r;
  rule_begin(&r, "chr", REGEX("(a|aa)+[bc]"));
  ask(&r, OMADM_ST_BAD_FORMAT, repeat("", "a", 60, ""));
  rule_expect_why(&r, "would take the pattern longer than it may");
  rule_end(&r);
}

static void an_ordinary_pattern_takes_a_long_value(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr", REGEX("^[0-9,-]+$"));
  ask(&r, OMADM_ST_OK, repeat("", "1,", 16000, ""));
  ask(&r, OMADM_ST_BAD_FORMAT, repeat("", "1,", 16000, "x"));
  ask(&r, OMADM_ST_TOO_LARGE, repeat("", "1,", 16400, ""));
  rule_expect_why(&r, "the value is longer than what is matched with a pattern");
  rule_end(&r);
  rule_begin(&r, "chr", REGEX("^(\\d+,)*$"));
  ask(&r, OMADM_ST_OK, repeat("", "12,", 6000, ""));
  rule_end(&r);
}

static void a_pattern_that_looks_at_a_value_again_and_again_costs_little(void **state) {
  (void)state;
  static const char *const patterns[] = {REGEX(".*[0-9]+;"),
                                         REGEX("(.*[0-9]+;)?"),
                                         REGEX("(.*,)*([0-9]+;)"),
                                         REGEX("[^@]*[0-9]+@.*"),
                                         REGEX("(1*)(?:.*\\1;)+"),
                                         REGEX("(?:.*?(?=.*;))+x"),
                                         REGEX("(1+)+[23]"),
                                         REGEX("(1|11)+[23]"),
                                         REGEX("(1*)*[23]"),
                                         REGEX("(?:1|11)+\\w[23]"),
                                         REGEX("(1(1(1(1(1(1(1(1(1(1(1?)*)*)*)*)*)*)*)*)*)*)*[23]"),
                                         REGEX("(?=.*(?&lt;!.{9})2)(1|11)+"),
                                         REGEX("(?i)(?:(?:1|11)+[23])?+")};
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
    rule_case r;
    rule_begin(&r, "chr", patterns[i]);
    for (size_t octets = 10; octets <= 16000; octets *= 2) {
      double start = seconds();
      ask(&r, OMADM_ST_BAD_FORMAT, repeat("", "1", octets, ""));
      expect_cheap(start, octets);
    }
    rule_end(&r);
  }
}

static void a_list_of_costly_members_shares_one_limit(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr",
             "<MSFT:AllowedValues ValueType=\"RegEx\"><MSFT:Value>(a|aa)+[bc]|a+</MSFT:Value>"
             "<MSFT:List Delimiter=\";\"/></MSFT:AllowedValues>");
  ask(&r, OMADM_ST_BAD_FORMAT, repeat("", "aaaaaaaaaaaaaaaaaaaaaaaa;", 200000, "a"));
  ask(&r, OMADM_ST_TOO_LARGE, repeat("", "a;", 30000, "a"));
  rule_expect_why(&r, "the value has more than 10000 members");
  rule_end(&r);
}

#define TEN "()()()()()()()()()()"

static void patterns_that_grow_when_compiled_are_not_enforced(void **state) {
  (void)state;
  static const char *const patterns[] = {REGEX("((a{1000}){1000}){1000}"),
                                         REGEX("(((((x{99}){99}){99}){99}){99})"), REGEX("\\C"),
                                         REGEX("(?R)*("), REGEX(TEN TEN TEN TEN "()")};
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
    rule_case r;
    rule_begin(&r, "chr", patterns[i]);
    rule_expect_log(&r, "[rule]");
    rule_end(&r);
  }
  char *deep = repeat("<MSFT:AllowedValues ValueType=\"RegEx\"><MSFT:Value>", "(", 5000,
                      "</MSFT:Value></MSFT:AllowedValues>");
  rule_case r;
  rule_begin(&r, "chr", deep);
  rule_expect_log(&r, "[rule]");
  rule_end(&r);
  free(deep);
}

static void xml_of_many_attributes_or_levels_or_octets_is_refused(void **state) {
  (void)state;
  static const char *const kinds[] = {
      XSD(XS "<xs:element name='a'><xs:complexType mixed='true'><xs:sequence>"
             "<xs:any processContents='skip' minOccurs='0' maxOccurs='unbounded'/></xs:sequence>"
             "</xs:complexType></xs:element></xs:schema>"),
      KIND("ADMX")};
  for (size_t i = 0; i < 2; i++) {
    rule_case r;
    rule_begin(&r, "chr", kinds[i]);
    ask(&r, OMADM_ST_TOO_LARGE, repeat("<a>", "<b/>", 300000, "</a>"));
    ask(&r, OMADM_ST_BAD_FORMAT, repeat("", "<a>", 200000, ""));
    ask(&r, OMADM_ST_BAD_FORMAT, repeat("<a ", "a=\"\" ", 200000, "/>"));
    ask(&r, OMADM_ST_BAD_FORMAT,
        repeat("<a><!-- ' --><![CDATA[<a ']]><?x ' ?><b ", "b=\">\" ", 200000, "/></a>"));
    rule_end(&r);
  }
  rule_case r;
  rule_begin(&r, "chr", kinds[0]);
  ask(&r, OMADM_ST_OK, repeat("<a>", "<b c=''/>", 200000, "</a>"));
  rule_end(&r);
}

#define TYPE(facets)                                                                               \
  XSD(XS "<xs:element name='r'><xs:complexType><xs:sequence><xs:element name='a' "                 \
         "maxOccurs='unbounded'><xs:simpleType><xs:restriction base='xs:string'>" facets           \
         "</xs:restriction></xs:simpleType></xs:element></xs:sequence></xs:complexType>"           \
         "</xs:element></xs:schema>")
#define PATTERN(text) "<xs:pattern value='" text "'/>"

static void a_pattern_of_a_schema_costs_as_much_as_its_text_is_long(void **state) {
  (void)state;
  static const char *const taken[] = {"\\{[0-9a-f]{4}\\}", "true|false", "a{1,20}",
                                      "[^\\]a]*b",         ".*a{100}",   "a?|b?|c?",
                                      "\\p{Lu}[\\w-]*",    "\\\\+"};
  static const char *const refused[] = {"(a|aa)+b",  "a?a?",   "(a)",    "a{0,201}", "a{99}{99}",
                                        "[a-z-[b]]", "\\p{Lu", "a{,2}b", "[a",       "a{2"};
  char text[2000];
  for (size_t i = 0; i < sizeof taken / sizeof *taken + sizeof refused / sizeof *refused; i++) {
    bool is_taken = i < sizeof taken / sizeof *taken;
    const char *pattern = is_taken ? taken[i] : refused[i - sizeof taken / sizeof *taken];
    rule_case r;
    snprintf(text, sizeof text, TYPE(PATTERN("%s")), pattern);
    rule_begin(&r, "chr", text);
    if (is_taken == (r.log.len > 0))
      fail_msg("%s: %.*s", pattern, (int)r.log.len, r.log.len > 0 ? r.log.ptr : "");
    rule_expect_one(&r, is_taken ? OMADM_ST_BAD_FORMAT : OMADM_ST_OK, "<r><a>&#10;</a></r>");
    rule_end(&r);
  }
  rule_case r;
  rule_begin(&r, "chr", TYPE(PATTERN(".*a{100}")));
  for (size_t octets = 1000; octets < 60000; octets *= 2) {
    double start = seconds();
    ask(&r, OMADM_ST_BAD_FORMAT, repeat("<r><a>", "a", octets, "b</a></r>"));
    expect_cheap(start, octets);
    start = seconds();
    ask(&r, OMADM_ST_BAD_FORMAT, repeat("<r>", "<a>aaaaaaaaaaaaaaaaaaa</a>", octets, "</r>"));
    expect_cheap(start, octets);
  }
  rule_end(&r);
}

/* A text of `unit`s, in each of which %d is its number and %e the next one. */
static void add_numbered(char **at, const char *unit, int n) {
  for (int i = 0; i < n; i++) {
    for (const char *c = unit; *c != '\0'; c++) {
      if (*c == '%') {
        *at += sprintf(*at, "%d", c[1] == 'd' ? i : i + 1);
        c++;
      } else {
        *(*at)++ = *c;
      }
    }
  }
  **at = '\0';
}

static char *numbered(const char *head, const char *unit, int n, const char *tail) {
  char *text = malloc(strlen(head) + (strlen(unit) + 20) * (size_t)n + strlen(tail) + 1);
  assert_non_null(text);
  char *at = stpcpy(text, head);
  add_numbered(&at, unit, n);
  strcpy(at, tail);
  return text;
}

#define SCHEMA_HEAD                                                                                \
  "<MSFT:AllowedValues ValueType=\"XSD\"><MSFT:Value><![CDATA[" XS                                 \
  "<xs:element name='r' type='t0'/>"
#define SCHEMA_TAIL "</xs:schema>]]></MSFT:Value></MSFT:AllowedValues>"
#define EIGHT(uri) uri "1 " uri "2 " uri "3 " uri "4 " uri "5 " uri "6 " uri "7 " uri "8 "
#define SEQUENCE_HEAD SCHEMA_HEAD "<xs:complexType name='t0'><xs:sequence>"
#define REPEATED_HEAD(model)                                                                       \
  SCHEMA_HEAD "<xs:complexType name='t0'><xs:" model " minOccurs='0' maxOccurs='unbounded'>"
#define REPEATED_TAIL(model) "</xs:" model "></xs:complexType>" SCHEMA_TAIL
#define SEQUENCE_TAIL "</xs:sequence></xs:complexType>" SCHEMA_TAIL

static void a_schema_that_grows_when_it_is_compiled_is_not_enforced(void **state) {
  (void)state;
  static const struct {
    const char *head, *unit;
    int n;
    const char *tail;
  } bombs[] = {
      {SCHEMA_HEAD,
       "<xs:group name='t%d'><xs:sequence><xs:group ref='t%e'/><xs:group ref='t%e'/>"
       "</xs:sequence></xs:group>",
       40, SCHEMA_TAIL},
      {SCHEMA_HEAD,
       "<xs:attributeGroup name='t%d'><xs:attributeGroup ref='t%e'/></xs:attributeGroup>", 2,
       SCHEMA_TAIL},
      {SCHEMA_HEAD, "<xs:simpleType name='t%d'><xs:union memberTypes='t%e t%e'/></xs:simpleType>",
       40, SCHEMA_TAIL},
      {SCHEMA_HEAD,
       "<xs:complexType name='t%d'><xs:complexContent><xs:extension base='t%e'/>"
       "</xs:complexContent></xs:complexType>",
       40, SCHEMA_TAIL},
      {SCHEMA_HEAD, "<xs:element name='e%d' substitutionGroup='e%e'/>", 40, SCHEMA_TAIL},
      {REPEATED_HEAD("choice"), "<xs:any namespace='" EIGHT("u%d") EIGHT("v%d") "'/>", 60,
       REPEATED_TAIL("choice")},
      {SEQUENCE_HEAD, "<xs:element name='e%d' minOccurs='0'/>", 3000, SEQUENCE_TAIL},
      {SEQUENCE_HEAD, "<xs:sequence minOccurs='0'><xs:choice/></xs:sequence>", 100, SEQUENCE_TAIL},
      {SEQUENCE_HEAD, "<xs:element name='e%d' maxOccurs='1001'/>", 1, SEQUENCE_TAIL},
      {SEQUENCE_HEAD, "<xs:sequence maxOccurs='5'><xs:element name='e%d'/></xs:sequence>", 1,
       SEQUENCE_TAIL},
      {SCHEMA_HEAD,
       "<xs:simpleType name='t%d'><xs:restriction base='xs:string'><xs:length value='1'/>"
       "</xs:restriction></xs:simpleType>",
       700, SCHEMA_TAIL},
      {SCHEMA_HEAD,
       "<xs:element name='e%d'><xs:unique name='u%d'><xs:selector xpath='.//a'/>"
       "<xs:field xpath='@k'/></xs:unique></xs:element>",
       1, SCHEMA_TAIL}};
  for (size_t i = 0; i < sizeof bombs / sizeof *bombs; i++) {
    char *rule = numbered(bombs[i].head, bombs[i].unit, bombs[i].n, bombs[i].tail);
    rule_case r;
    double start = seconds();
    rule_begin(&r, "chr", rule);
    rule_expect_log(&r, "[rule]");
    rule_expect_one(&r, OMADM_ST_OK, "anything");
    if (seconds() - start > 2) fail_msg("%zu: it took %.1f s", i, seconds() - start);
    rule_end(&r);
    free(rule);
  }
}

static void a_schema_at_its_bounds_costs_little(void **state) {
  (void)state;
  static const struct {
    const char *head, *unit;
    int n;
    const char *tail, *value;
  } most[] = {
      {SEQUENCE_HEAD, "<xs:element name='e%d' minOccurs='0'/>", 127, SEQUENCE_TAIL, "<e126/>"},
      {SEQUENCE_HEAD, "<xs:element name='e%d' minOccurs='0' maxOccurs='unbounded'/>", 127,
       SEQUENCE_TAIL, "<e126/>"},
      {SEQUENCE_HEAD, "<xs:element name='e%d' minOccurs='0' maxOccurs='1000'/>", 127, SEQUENCE_TAIL,
       "<e126/>"},
      {SEQUENCE_HEAD,
       "<xs:sequence minOccurs='0' maxOccurs='unbounded'><xs:element name='e%d' minOccurs='0'/>"
       "</xs:sequence>",
       63, SEQUENCE_TAIL, "<e62/>"},
      {SEQUENCE_HEAD,
       "<xs:choice minOccurs='0' maxOccurs='unbounded'><xs:element name='e%d'/></xs:choice>", 63,
       SEQUENCE_TAIL, "<e62/>"},
      {SEQUENCE_HEAD,
       "<xs:choice minOccurs='0'><xs:sequence minOccurs='0'><xs:element name='e%d' minOccurs='0' "
       "maxOccurs='1000'/></xs:sequence></xs:choice>",
       42, SEQUENCE_TAIL, "<e41/>"},
      {REPEATED_HEAD("choice"), "<xs:element name='e%d'/>", 127, REPEATED_TAIL("choice"), "<e9/>"},
      {REPEATED_HEAD("sequence"), "<xs:element name='e%d' minOccurs='0'/>", 127,
       REPEATED_TAIL("sequence"), "<e126/><e1/>"},
      {REPEATED_HEAD("sequence"), "<xs:any minOccurs='0' processContents='skip'/>", 100,
       REPEATED_TAIL("sequence"), "<a/>"},
      {REPEATED_HEAD("choice"), "<xs:element name='a'/>", 100, REPEATED_TAIL("choice"), "<a/>"},
      {REPEATED_HEAD("choice"), "<xs:any processContents='lax'/>", 60, REPEATED_TAIL("choice"),
       "<a/>"},
      {SEQUENCE_HEAD, "<xs:any minOccurs='0' maxOccurs='unbounded' processContents='skip'/>", 100,
       SEQUENCE_TAIL, "<a/>"},
      {SEQUENCE_HEAD, "<xs:any minOccurs='0' maxOccurs='9' processContents='skip'/>", 100,
       SEQUENCE_TAIL, "<a/>"},
      {SEQUENCE_HEAD, "<xs:element name='a' minOccurs='0' maxOccurs='9'/>", 100, SEQUENCE_TAIL,
       "<a/>"},
      {SEQUENCE_HEAD,
       "<xs:element name='e%d' minOccurs='0' maxOccurs='9'/><xs:any namespace='##any' "
       "minOccurs='0' "
       "maxOccurs='9' processContents='skip'/>",
       60, SEQUENCE_TAIL, "<e1/>"},
      {SEQUENCE_HEAD,
       "<xs:any namespace='##local' minOccurs='0' maxOccurs='1000' "
       "processContents='skip'/><xs:any namespace='##other' minOccurs='0' maxOccurs='1000' "
       "processContents='skip'/>",
       60, SEQUENCE_TAIL, "<a/>"},
      {SEQUENCE_HEAD, "<xs:any minOccurs='0' maxOccurs='unbounded' processContents='skip'/>", 1,
       SEQUENCE_TAIL, "<a/>"},
      {SEQUENCE_HEAD, "<xs:element name='a' minOccurs='0' maxOccurs='unbounded'/>", 100,
       SEQUENCE_TAIL, "<a/>"},
      {SEQUENCE_HEAD, "<xs:element name='a' minOccurs='0'/>", 100, SEQUENCE_TAIL, "<a/>"},
      {SEQUENCE_HEAD, "<xs:any minOccurs='0' processContents='skip'/>", 100, SEQUENCE_TAIL, "<a/>"},
      {REPEATED_HEAD("sequence"), "<xs:element name='a' minOccurs='0'/>", 100,
       REPEATED_TAIL("sequence"), "<a/>"}};
  for (size_t i = 0; i < sizeof most / sizeof *most; i++) {
    char *rule = numbered(most[i].head, most[i].unit, most[i].n, most[i].tail);
    rule_case r;
    double start = seconds();
    rule_begin(&r, "chr", rule);
    if (getenv("OMADM_SHOW_COST") != NULL)
      printf("%zu is compiled in %.1f ms: %.*s\n", i, (seconds() - start) * 1e3, (int)r.log.len,
             r.log.len > 0 ? r.log.ptr : "");
    if (seconds() - start > 5) fail_msg("%zu: it took %.1f s", i, seconds() - start);
    for (size_t octets = 1000; octets < 64000; octets *= 2) {
      char *value = repeat("<r>", most[i].value, octets, "<x/></r>");
      start = seconds();
      (void)rule_ask(&r, omadm_str_of(value));
      free(value);
      expect_cheap(start, octets);
    }
    rule_end(&r);
    free(rule);
  }
}

static void a_schema_of_many_values_takes_short_ones(void **state) {
  (void)state;
  char *rule =
      numbered("<MSFT:AllowedValues ValueType=\"XSD\"><MSFT:Value><![CDATA[" XS
               "<xs:element name='r'><xs:complexType><xs:sequence><xs:element name='a' "
               "maxOccurs='unbounded'><xs:simpleType><xs:restriction base='xs:string'>",
               "<xs:enumeration value='aaaaaaaaaaaaaaaaa%d'/>", 300,
               "</xs:restriction></xs:simpleType></xs:element></xs:sequence></xs:complexType>"
               "</xs:element>" SCHEMA_TAIL);
  rule_case r;
  rule_begin(&r, "chr", rule);
  assert_int_equal(r.log.len, 0);
  for (size_t octets = 1000; octets < 50000; octets *= 2) {
    double start = seconds();
    ask(&r, OMADM_ST_OK, repeat("<r>", "<a>aaaaaaaaaaaaaaaaa299</a>", octets, "</r>"));
    expect_cheap(start, octets);
    start = seconds();
    ask(&r, OMADM_ST_BAD_FORMAT, repeat("<r>", "<a/>", octets, "</r>"));
    expect_cheap(start, octets);
  }
  ask(&r, OMADM_ST_TOO_LARGE, repeat("<r>", "<a>aaaaaaaaaaaaaaaaa299</a>", 60000, "</r>"));
  rule_end(&r);
  free(rule);
}

static void json_of_any_depth_costs_no_stack(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr", KIND("JSON"));
  ask(&r, OMADM_ST_BAD_FORMAT, repeat("", "[", 1000000, ""));
  ask(&r, OMADM_ST_OK, repeat("[", "{},", 1000000, "1]"));
  rule_end(&r);
}

static void *ask_often(void *ctx) {
  rule_case *r = ctx;
  for (int i = 0; i < 300; i++) {
    omadm_error why = {0};
    omadm_str good = OMADM_STR("<a>aab</a>");
    omadm_str bad = OMADM_STR("<a>aba</a>");
    if (omadm_ddf_allows(r->ddf, 0, OMADM_FORMAT_CHR, good, &why) != OMADM_ST_OK) return r;
    if (omadm_ddf_allows(r->ddf, 0, OMADM_FORMAT_CHR, bad, &why) == OMADM_ST_OK) return r;
  }
  return NULL;
}

static void threads_may_ask_the_same_rules(void **state) {
  (void)state;
  static const char *const rules[] = {
      XSD(XS "<xs:element name='a'><xs:simpleType><xs:restriction base='xs:string'>"
             "<xs:pattern value='a+b'/></xs:restriction></xs:simpleType></xs:element></xs:schema>"),
      REGEX("&lt;a>a+b&lt;/a>")};
  for (size_t i = 0; i < 2; i++) {
    rule_case r;
    pthread_t threads[4];
    rule_begin(&r, "chr", rules[i]);
    for (size_t t = 0; t < 4; t++)
      assert_int_equal(pthread_create(&threads[t], NULL, ask_often, &r), 0);
    for (size_t t = 0; t < 4; t++) {
      void *failed = NULL;
      assert_int_equal(pthread_join(threads[t], &failed), 0);
      assert_null(failed);
    }
    rule_end(&r);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pattern_that_backtracks_for_ever_ends_at_its_limit),
      cmocka_unit_test(an_ordinary_pattern_takes_a_long_value),
      cmocka_unit_test(a_pattern_that_looks_at_a_value_again_and_again_costs_little),
      cmocka_unit_test(a_list_of_costly_members_shares_one_limit),
      cmocka_unit_test(patterns_that_grow_when_compiled_are_not_enforced),
      cmocka_unit_test(xml_of_many_attributes_or_levels_or_octets_is_refused),
      cmocka_unit_test(a_pattern_of_a_schema_costs_as_much_as_its_text_is_long),
      cmocka_unit_test(a_schema_that_grows_when_it_is_compiled_is_not_enforced),
      cmocka_unit_test(a_schema_at_its_bounds_costs_little),
      cmocka_unit_test(a_schema_of_many_values_takes_short_ones),
      cmocka_unit_test(json_of_any_depth_costs_no_stack),
      cmocka_unit_test(threads_may_ask_the_same_rules),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
