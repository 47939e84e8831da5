/* SPDX-License-Identifier: MIT */
#include <omadm/uri.h>

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define NO_DOT (1U << OMADM_QUIRK_URI_NO_DOT)
#define SPACE (1U << OMADM_QUIRK_URI_SPACE)

enum { OMA = 0, WIN = OMADM_URI_CLEAN_SPACE };

static omadm_limits limits;

static int set_limits(void **state) {
  (void)state;
  omadm_limits_init(&limits);
  return 0;
}

/* Text and scratch on the heap and of the exact size, so that a sanitizer sees each octet beyond
 * them. */
typedef struct parsing {
  omadm_uri uri;
  char *text;
  char *scratch;
  uint32_t quirks;
} parsing;

static omadm_status parse(parsing *p, omadm_str text, unsigned flags) {
  p->quirks = 0;
  p->text = malloc(text.len > 0 ? text.len : 1);
  p->scratch = malloc(text.len > 0 ? text.len : 1);
  assert_non_null(p->text);
  assert_non_null(p->scratch);
  if (text.len > 0) memcpy(p->text, text.ptr, text.len);
  return omadm_uri_parse((omadm_str){p->text, text.len}, flags, &limits, p->scratch, &p->quirks,
                         &p->uri);
}

static void forget(parsing *p) {
  free(p->text);
  free(p->scratch);
}

/* Segments joined with '|', which no name below holds. */
static void join(const omadm_uri *uri, char *out) {
  *out = '\0';
  for (size_t i = 0; i < uri->n; i++) {
    if (i > 0) strcat(out, "|");
    strncat(out, uri->segment[i].ptr, uri->segment[i].len);
  }
}

static const struct {
  const char *text;
  unsigned flags;
  omadm_status status;
  const char *segments;
  uint32_t quirks;
} rows[] = {
    {".", OMA, 200, "", 0},
    {"./", OMA, 200, "", 0},
    {"./A", OMA, 200, "A", 0},
    {"./A/B/C", OMA, 200, "A|B|C", 0},
    {"A/B", OMA, 200, "A|B", NO_DOT},
    {"Vendor/MSFT", WIN, 200, "Vendor|MSFT", NO_DOT},
    {".hidden/x.y", OMA, 200, ".hidden|x.y", NO_DOT},
    {"./.../a..b", OMA, 200, "...|a..b", 0},
    {"./a**", OMA, 200, "a**", 0},
    {"./cimv2/X.Y=%22A%22/Z", OMA, 200, "cimv2|X.Y=\"A\"|Z", 0},
    {"./%41%7b%7D", OMA, 200, "A{}", 0},
    {"./a%20b/%25", OMA, 200, "a b|%", 0},
    {"./a%3Fb", OMA, 200, "a?b", 0},
    {"./caf\xC3\xA9/%C3%A9", OMA, 200, "caf\xC3\xA9|\xC3\xA9", 0},
    {"./\xC3%A9", OMA, 200, "\xC3\xA9", 0},
    /* A name never contains '/' in one dialect, and is decoded in the other. */
    {"./a%2Fb/c", OMA, 200, "a/b|c", 0},
    {"./a%2fb/c", OMA, 200, "a/b|c", 0},
    {"./a%2Fb/c", WIN, 200, "a/b|c", 0},
    {"./%252F", WIN, 200, "%2F", 0},

    /* Malformed. */
    {"", OMA, 400, "", 0},
    {" ", OMA, 400, "", SPACE},
    {"/", OMA, 400, "", NO_DOT},
    {"/A", OMA, 400, "", NO_DOT},
    {"/Vendor/MSFT", WIN, 400, "", NO_DOT},
    {".//A", OMA, 400, "", 0},
    {"./A//B", OMA, 400, "", 0},
    {"./A/", OMA, 400, "", 0},
    {"..", OMA, 400, "", NO_DOT},
    {"../A", OMA, 400, "", NO_DOT},
    {"./../A", OMA, 400, "", 0},
    {"./A/../B", OMA, 400, "", 0},
    {"./A/./B", OMA, 400, "", 0},
    {"././A", OMA, 400, "", 0},
    {"./A/.", OMA, 400, "", 0},
    {"./%2E%2e/A", OMA, 400, "", 0},
    {"%2E", OMA, 400, "", NO_DOT},
    {"./*", OMA, 400, "", 0},
    {"./A/%2A", OMA, 400, "", 0},
    {"./A%", OMA, 400, "", 0},
    {"./A%4", OMA, 400, "", 0},
    {"./A%4/B", OMA, 400, "", 0},
    {"./A%G0", OMA, 400, "", 0},
    {"./A%00", OMA, 400, "", 0},
    {"./A%0A", WIN, 400, "", 0},
    {"./A%7F", OMA, 400, "", 0},
    {"./A\x01", WIN, 400, "", 0},
    {"./A\x7F", OMA, 400, "", 0},
    {"./\xC3", OMA, 400, "", 0},
    {"./\xC3/\xA9", OMA, 400, "", 0},
    {"./%C3/%A9", OMA, 400, "", 0},
    {"./%FF", OMA, 400, "", 0},
    {"./%ED%A0%80", OMA, 400, "", 0},
    {"./%C0%AF", OMA, 400, "", 0},
    {"./A?x?prop=ACL", OMA, 400, "", 0},

    /* Blanks: around it they are a quirk, inside they are cleaned or refused. */
    {" \t\r\n./A \n", OMA, 200, "A", SPACE},
    {"./ DevDetail/HwV", OMA, 400, "", SPACE},
    {"./ DevDetail/HwV", WIN, 200, "DevDetail|HwV", SPACE},
    {"./Device /Vendor", WIN, 200, "Device|Vendor", SPACE},
    {". /A", WIN, 200, "A", SPACE},
    {". /A", OMA, 400, "", NO_DOT | SPACE},
    {"./A/\r\n   B/ \tC", WIN, 200, "A|B|C", SPACE},
    {"./Vendor/MSFT/Health\n   Attestation", WIN, 200, "Vendor|MSFT|HealthAttestation", SPACE},
    {"./Ab \r\n c%20d\n", WIN, 200, "Abc d", SPACE},
    {"./MS DM  Server/X", WIN, 200, "MS DM  Server|X", SPACE},
    {"./MS DM Server/X", OMA, 400, "", SPACE},
    {"./MS\tDM/X", WIN, 400, "", SPACE},
    {"./MS\n\tDM\t/X", WIN, 200, "MSDM|X", SPACE},
    {"./%20 /X", WIN, 200, " |X", SPACE},
    {"./A/ /B", WIN, 400, "", SPACE},
    {"./A/ ", WIN, 400, "", SPACE},
    {" A/B", WIN, 200, "A|B", SPACE | NO_DOT},
};

static void each_spelling_gives_its_names_or_its_status(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    parsing p;
    char found[200];
    omadm_status status = parse(&p, omadm_str_of(rows[i].text), rows[i].flags);
    if (status != rows[i].status) fail_msg("row %zu \"%s\": %d", i, rows[i].text, status);
    if (p.quirks != rows[i].quirks)
      fail_msg("row %zu \"%s\": quirks %x", i, rows[i].text, p.quirks);
    if (status == 200) {
      join(&p.uri, found);
      assert_string_equal(found, rows[i].segments);
    }
    forget(&p);
  }
}

static void the_query_is_split_off(void **state) {
  (void)state;
  static const struct {
    const char *text;
    omadm_status status;
    omadm_uri_query query;
    const char *value, *path;
    size_t n;
  } queries[] = {
      {" ./A/B?prop=ACL ", 200, OMADM_QUERY_PROP, "ACL", "./A/B", 2},
      {"./A?list=StructData", 200, OMADM_QUERY_LIST, "StructData", "./A", 1},
      {".?prop=Name", 200, OMADM_QUERY_PROP, "Name", ".", 0},
      {"./?list=Struct", 200, OMADM_QUERY_LIST, "Struct", "./", 0},
      {"./A?prop=a=b", 200, OMADM_QUERY_PROP, "a=b", "./A", 1},
      {"./A?prop=a/b", 200, OMADM_QUERY_PROP, "a/b", "./A", 1},
      {"./A?Prop=ACL", 406, OMADM_QUERY_NONE, "", "./A", 1},
      {"./A?x=1", 406, OMADM_QUERY_NONE, "", "./A", 1},
      {"./A?", 406, OMADM_QUERY_NONE, "", "./A", 1},
      {"./A?prop", 400, OMADM_QUERY_NONE, "", "./A", 1},
      {"./A?prop=", 400, OMADM_QUERY_NONE, "", "./A", 1},
      {"./A?prop=A\nB", 400, OMADM_QUERY_NONE, "", "./A", 1},
      {"?prop=ACL", 400, OMADM_QUERY_NONE, "", "", 0},
  };
  for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
    parsing p;
    assert_int_equal(parse(&p, omadm_str_of(queries[i].text), WIN), queries[i].status);
    assert_int_equal(p.uri.query, queries[i].query);
    assert_int_equal(p.uri.n, queries[i].n);
    assert_true(omadm_str_is(p.uri.query_value, queries[i].value));
    assert_true(omadm_str_is(p.uri.path, queries[i].path));
    assert_true(omadm_str_equal(p.uri.request, omadm_str_trim(omadm_str_of(queries[i].text))));
    forget(&p);
  }
}

static omadm_status status_of(const char *text) {
  parsing p;
  omadm_status status = parse(&p, omadm_str_of(text), OMA);
  forget(&p);
  return status;
}

static void limits_count_characters_and_names(void **state) {
  (void)state;
  limits.uri_segment = 3;
  assert_int_equal(status_of("./abc/abc"), 200);
  assert_int_equal(status_of("./abcd/a"), 414);
  assert_int_equal(status_of("./\xC3\xA9%C3%A9\xE2\x82\xAC"), 200);
  assert_int_equal(status_of("./%41%41%41%41"), 414);
  assert_int_equal(status_of("./abcd//a"), 400);
  omadm_limits_init(&limits);
  limits.uri_length = 5;
  assert_int_equal(status_of("./ab/cd?prop=ACL"), 200);
  assert_int_equal(status_of("ab/cd"), 200);
  assert_int_equal(status_of("./ab/cde"), 414);
  assert_int_equal(status_of("./%41b/c%44"), 200);
  omadm_limits_init(&limits);
  limits.uri_depth = 3;
  assert_int_equal(status_of("./a/b/c"), 200);
  assert_int_equal(status_of("./a/b/c/d"), 414);
  assert_int_equal(status_of("./a/b/c/d?x=y"), 414);
}

static void no_setting_goes_beyond_the_structure(void **state) {
  (void)state;
  char text[2 * 200 + 2] = ".";
  limits.uri_depth = 1000;
  for (size_t n = 1; n <= 200; n++) {
    strcat(text, "/a");
    assert_int_equal(status_of(text), n <= OMADM_URI_SEGMENTS ? 200 : 414);
  }
}

static void names_without_encoding_point_into_the_text(void **state) {
  (void)state;
  parsing p;
  assert_int_equal(parse(&p, omadm_str_of(" ./A /%42/C"), WIN), 200);
  assert_ptr_equal(p.uri.segment[2].ptr, p.text + 10);
  assert_true(p.uri.segment[1].ptr >= p.scratch && p.uri.segment[1].ptr < p.scratch + 11);
  forget(&p);
}

static void assert_name(const char *name, const char *expected) {
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(omadm_uri_write_name(omadm_str_of(name), &out), 0);
  assert_true(omadm_str_is(omadm_buf_str(&out), expected));
  omadm_buf_dispose(&out);
}

static void names_are_encoded_where_rfc_2396_asks(void **state) {
  (void)state;
  assert_name("", "");
  assert_name("AZaz09-_.!~*'()", "AZaz09-_.!~*'()");
  assert_name(":@&=+$,", ":@&=+$,");
  assert_name("a/b", "a%2Fb");
  assert_name("MS DM Server", "MS%20DM%20Server");
  assert_name("{\"%?#;[]}", "%7B%22%25%3F%23%3B%5B%5D%7D");
  assert_name("\xC3\xA9", "%C3%A9");
}

static void a_written_uri_is_parsed_to_the_same_names(void **state) {
  (void)state;
  static const omadm_str names[] = {OMADM_STR("A"), OMADM_STR("a/b c%"), OMADM_STR("\xE2\x82\xAC?"),
                                    OMADM_STR("..."), OMADM_STR(" x ")};
  for (size_t n = 0; n <= 5; n++) {
    omadm_buf out;
    parsing p;
    omadm_buf_init(&out, NULL, 0);
    assert_int_equal(omadm_uri_write(names, n, &out), 0);
    if (n == 0) assert_true(omadm_str_is(omadm_buf_str(&out), "."));
    assert_int_equal(parse(&p, omadm_buf_str(&out), WIN), 200);
    assert_int_equal(p.quirks, 0);
    assert_int_equal(p.uri.n, n);
    for (size_t i = 0; i < n; i++)
      assert_true(omadm_str_equal(p.uri.segment[i], names[i]));
    forget(&p);
    omadm_buf_dispose(&out);
  }
}

static void a_uri_that_does_not_fit_is_not_written(void **state) {
  (void)state;
  static const omadm_str names[] = {OMADM_STR("abc"), OMADM_STR("d e")};
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  omadm_buf_add_text(&out, "x");
  for (out.max = 1; out.max < 12; out.max++) {
    assert_int_equal(omadm_uri_write(names, 2, &out), OMADM_E_LIMIT);
    assert_int_equal(out.len, 1);
  }
  assert_int_equal(omadm_uri_write(names, 2, &out), 0);
  assert_true(omadm_str_is(omadm_buf_str(&out), "x./abc/d%20e"));
  omadm_buf_dispose(&out);
}

#define URI_TEST(function) cmocka_unit_test_setup(function, set_limits)

int main(void) {
  const struct CMUnitTest tests[] = {
      URI_TEST(each_spelling_gives_its_names_or_its_status),
      URI_TEST(the_query_is_split_off),
      URI_TEST(limits_count_characters_and_names),
      URI_TEST(no_setting_goes_beyond_the_structure),
      URI_TEST(names_without_encoding_point_into_the_text),
      URI_TEST(names_are_encoded_where_rfc_2396_asks),
      URI_TEST(a_written_uri_is_parsed_to_the_same_names),
      URI_TEST(a_uri_that_does_not_fit_is_not_written),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
