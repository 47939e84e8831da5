/* SPDX-License-Identifier: MIT */
/* What a command says, and the URLs that it is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "operations/outcome.h"

static omadm_str str_of(const char *text) {
  return (omadm_str){text, strlen(text)};
}

static output said(const char *text, size_t piece) {
  output out = {.len = 0};
  for (size_t n = strlen(text), at = 0; at < n; at += piece)
    output_add(&out, text + at, n - at < piece ? n - at : piece);
  output_end(&out);
  return out;
}

static void the_last_line_that_is_not_empty_is_the_code_however_it_comes(void **state) {
  static const struct {
    const char *text;
    int code;
  } cases[] = {{"", 0},           {"200", 200},      {"200\n", 200}, {"1\n200\n\n\n", 200},
               {"200\nbye\n", 0}, {"200 \r\n", 200}, {" 200", 0},    {"-200", 0},
               {"12345", 0},      {"0200", 200},     {"2 00", 0},    {"1200", 1200},
               {"200\n   ", 200}, {"200\x01", 0},    {"+200", 0},    {"\n\n", 0}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (size_t piece = 1; piece < 6; piece++)
      assert_int_equal(said(cases[i].text, piece).code, cases[i].code);
}

static void a_line_that_is_too_long_is_no_code_and_ends_where_it_ends(void **state) {
  char text[OUTPUT_LINE + 20];
  (void)state;
  memset(text, '2', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  assert_int_equal(said(text, 7).code, 0);
  memcpy(text + sizeof text - 6, "\n\n250", 5);
  assert_int_equal(said(text, 7).code, 250);
}

static void a_version_is_short_and_printable(void **state) {
  char text[OUTPUT_VERSION + 20] = "version=";
  (void)state;
  assert_string_equal(said("version=1.2\nversion=\x01\n", 3).version, "1.2");
  assert_string_equal(said("xversion=1\n", 3).version, "");
  memset(text + 8, 'v', OUTPUT_VERSION + 1);
  assert_string_equal(said(text, 9).version, "");
  text[8 + OUTPUT_VERSION] = '\0';
  assert_int_equal(strlen(said(text, 9).version), OUTPUT_VERSION);
}

static const outcome_range ranges[] = {{200, 200}, {250, 299}, {400, 411}, {0, 0}};
static const outcome_exit exits[] = {{65, 402}, {0, 0}};
static const outcome_codes codes = {
    .ranges = ranges, .exits = exits, .success = 200, .success_last = 299, .undefined = 409};

static void the_exit_status_outweighs_what_is_said_of_success(void **state) {
  static const struct {
    int status, said;
    const char *map;
    int code;
  } cases[] = {{0, 0, NULL, 200},          {0, 250, NULL, 250},   {0, 404, NULL, 404},
               {0, 999, NULL, 200},        {1, 0, NULL, 410},     {1, 200, NULL, 410},
               {1, 404, NULL, 404},        {65, 0, NULL, 402},    {65, 0, "65:403", 403},
               {7, 0, "1:400 7:405", 405}, {7, 0, "7:999", 410},  {7, 0, "7", 410},
               {7, 0, "  7:405  ", 405},   {7, 0, "7:405x", 405}, {7, 404, "7:405", 404}};
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const command_result result = {
        .end = COMMAND_EXITED, .value = cases[i].status, .said = {.code = cases[i].said}};
    assert_int_equal(outcome_of(&codes, &result, cases[i].map, 410, 407), cases[i].code);
  }
}

static void only_urls_of_the_schemes_pass(void **state) {
  static const char *const good[] = {"https://a", "HTTP://a/b?c#d", "https://[::1]:8/%20"};
  static const char *const bad[] = {
      "",         "https",       "https:",      "https://",   "https:///a", "ftp://a",
      "https:/a", "https://a b", "https://a\n", "https://?x", "https://\"", "https://\xC3\xA4",
      "://a",     "http s://a",  "httpss://a"};
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_true(outcome_url_is_good(str_of(good[i]), "https http"));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(outcome_url_is_good(str_of(bad[i]), "https http"));
  assert_false(outcome_url_is_good((omadm_str){"https://a\0b", 11}, "https"));
  assert_false(outcome_url_is_good(str_of("https://a"), ""));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_last_line_that_is_not_empty_is_the_code_however_it_comes),
      cmocka_unit_test(a_line_that_is_too_long_is_no_code_and_ends_where_it_ends),
      cmocka_unit_test(a_version_is_short_and_printable),
      cmocka_unit_test(the_exit_status_outweighs_what_is_said_of_success),
      cmocka_unit_test(only_urls_of_the_schemes_pass),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
