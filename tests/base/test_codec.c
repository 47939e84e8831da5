/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/str.h"

/* RFC 4648 10. */
static const char *const base64_pairs[][2] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
};

static omadm_err decode(const char *text, omadm_buf *out) {
  out->len = 0;
  return omadm_base64_decode(omadm_str_of(text), out);
}

static void base64_agrees_with_the_known_answers(void **state) {
  (void)state;
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  for (size_t i = 0; i < sizeof base64_pairs / sizeof *base64_pairs; i++) {
    out.len = 0;
    assert_int_equal(omadm_base64_encode(omadm_str_of(base64_pairs[i][0]), &out), 0);
    assert_true(omadm_str_is(omadm_buf_str(&out), base64_pairs[i][1]));
    assert_int_equal(decode(base64_pairs[i][1], &out), 0);
    assert_true(omadm_str_is(omadm_buf_str(&out), base64_pairs[i][0]));
  }
  omadm_buf_dispose(&out);
}

static void base64url_agrees_with_the_known_answers(void **state) {
  static const char *const pairs[][2] = {
      {"", ""},
      {"f", "Zg"},
      {"fo", "Zm8"},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg"},
      {"\xFB\xFF\xBF", "-_-_"},
      {"\xFF\xFE", "__4"},
  };
  omadm_buf out;
  (void)state;
  omadm_buf_init(&out, NULL, 0);
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    out.len = 0;
    assert_int_equal(omadm_base64url_encode(omadm_str_of(pairs[i][0]), &out), 0);
    assert_true(omadm_str_is(omadm_buf_str(&out), pairs[i][1]));
    out.len = 0;
    assert_int_equal(omadm_base64url_decode(omadm_str_of(pairs[i][1]), &out), 0);
    assert_true(omadm_str_is(omadm_buf_str(&out), pairs[i][0]));
  }
  omadm_buf_dispose(&out);
}

static void base64url_has_one_text_for_its_octets(void **state) {
  static const char *const bad[] = {"Zg==", "Zh",   "Zm9",    "Z",    "Zm9v=", "Zm 9v",
                                    "+_-_", "-/-_", "Zm9v\n", "Zm9*", "Zm9vZ"};
  omadm_buf out;
  (void)state;
  omadm_buf_init(&out, NULL, 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(omadm_base64url_decode(omadm_str_of(bad[i]), &out), OMADM_E_SYNTAX);
    assert_int_equal(out.len, 0);
  }
  omadm_buf_dispose(&out);
}

static void base64_skips_white_space(void **state) {
  (void)state;
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(decode(" Zm9v\r\nYg = =\t", &out), 0);
  assert_true(omadm_str_is(omadm_buf_str(&out), "foob"));
  omadm_buf_dispose(&out);
}

static void base64_refuses_what_is_none_and_appends_nothing(void **state) {
  (void)state;
  static const char *const bad[] = {
      "Z", "Zm9vY", "Zg=", "Zg===", "Z=g=", "Zm-v", "Zm9v=Zm9v", "====", "Zm9v\xC3\xA9"};
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(omadm_buf_add_text(&out, "kept"), 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(omadm_base64_decode(omadm_str_of(bad[i]), &out), OMADM_E_SYNTAX);
    assert_true(omadm_str_is(omadm_buf_str(&out), "kept"));
  }
  omadm_buf_dispose(&out);
}

static void base64_respects_the_limit_of_its_buffer(void **state) {
  (void)state;
  omadm_buf out;
  omadm_buf_init(&out, NULL, 4);
  assert_int_equal(omadm_base64_decode((omadm_str)OMADM_STR("Zm9vYmFy"), &out), OMADM_E_LIMIT);
  assert_int_equal(omadm_base64_decode((omadm_str)OMADM_STR("Zm9vYg=="), &out), 0);
  assert_int_equal(omadm_base64_encode((omadm_str)OMADM_STR("x"), &out), OMADM_E_LIMIT);
  omadm_buf_dispose(&out);
}

static void base64_in_pieces_is_that_of_the_whole_wherever_it_is_cut(void **state) {
  (void)state;
  static const char octets[] = "any carnal pleas\0re and \xFF more!";
  omadm_buf text, back, whole;
  omadm_buf_init(&text, NULL, 0);
  omadm_buf_init(&back, NULL, 0);
  omadm_buf_init(&whole, NULL, 0);
  for (size_t n = 0; n < sizeof octets; n++) {
    whole.len = 0;
    assert_int_equal(omadm_base64_encode((omadm_str){octets, n}, &whole), 0);
    for (size_t piece = 1; piece <= n + 1; piece++) {
      omadm_base64_out out = {.n = 0};
      omadm_base64_in in = {0};
      text.len = back.len = 0;
      for (size_t at = 0; at < n; at += piece) {
        omadm_str part = {octets + at, n - at < piece ? n - at : piece};
        assert_int_equal(omadm_base64_out_add(&out, part, &text), 0);
        assert_int_equal(text.len % 4, 0);
      }
      assert_int_equal(omadm_base64_out_end(&out, &text), 0);
      assert_true(omadm_str_equal(omadm_buf_str(&text), omadm_buf_str(&whole)));
      for (size_t at = 0; at < text.len; at += piece) {
        omadm_str part = {text.ptr + at, text.len - at < piece ? text.len - at : piece};
        assert_int_equal(omadm_base64_in_add(&in, part, &back), 0);
      }
      assert_int_equal(omadm_base64_in_end(&in, &back), 0);
      assert_true(omadm_str_equal(omadm_buf_str(&back), (omadm_str){octets, n}));
    }
  }
  omadm_buf_dispose(&text);
  omadm_buf_dispose(&back);
  omadm_buf_dispose(&whole);
}

static void base64_in_pieces_refuses_what_is_none(void **state) {
  (void)state;
  static const char *const bad[][2] = {{"AA", "A"}, {"AA=", "A"}, {"A", ""},   {"AA=", "=="},
                                       {"A!", ""},  {"AAA", ""},  {"=", "AAA"}};
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    omadm_base64_in in = {0};
    omadm_err err = omadm_base64_in_add(&in, omadm_str_of(bad[i][0]), &out);
    if (err == 0) err = omadm_base64_in_add(&in, omadm_str_of(bad[i][1]), &out);
    if (err == 0) err = omadm_base64_in_end(&in, &out);
    assert_int_equal(err, OMADM_E_SYNTAX);
  }
  omadm_buf_dispose(&out);
}

static void hexadecimal_round_trips(void **state) {
  (void)state;
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(omadm_hex_encode((omadm_str){"\x00\xff\x1A", 3}, &out), 0);
  assert_true(omadm_str_is(omadm_buf_str(&out), "00ff1a"));
  out.len = 0;
  assert_int_equal(omadm_hex_decode((omadm_str)OMADM_STR("00FF1a"), &out), 0);
  assert_memory_equal(out.ptr, "\x00\xff\x1A", 3);
  assert_int_equal(omadm_hex_decode((omadm_str)OMADM_STR("0"), &out), OMADM_E_SYNTAX);
  assert_int_equal(omadm_hex_decode((omadm_str)OMADM_STR("0g"), &out), OMADM_E_SYNTAX);
  assert_int_equal(out.len, 3);
  omadm_buf_dispose(&out);
}

static void utf8_is_judged_as_rfc_3629_says(void **state) {
  (void)state;
  static const char *const good[] = {"",
                                     "abc",
                                     "\xC2\x80",
                                     "\xE0\xA0\x80",
                                     "\xED\x9F\xBF",
                                     "\xEF\xBF\xBF",
                                     "\xF0\x90\x80\x80",
                                     "\xF4\x8F\xBF\xBF"};
  static const char *const bad[] = {"\x80",
                                    "\xC0\x80",
                                    "\xC1\xBF",
                                    "\xE0\x9F\xBF",
                                    "\xED\xA0\x80",
                                    "\xF0\x8F\xBF\xBF",
                                    "\xF4\x90\x80\x80",
                                    "\xF5\x80\x80\x80",
                                    "\xC2",
                                    "\xE2\x82",
                                    "a\xFF"};
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_true(omadm_utf8_is_valid(omadm_str_of(good[i])));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_false(omadm_utf8_is_valid(omadm_str_of(bad[i])));
  assert_int_equal(omadm_utf8_length(omadm_str_of("a\xC2\x80\xF0\x90\x80\x80")), 3);
}

static void each_code_point_is_written_as_it_is_read(void **state) {
  (void)state;
  for (uint32_t code = 0; code <= 0x10FFFF; code += code == 0xD7FF ? 0x801 : 1) {
    char octets[4];
    uint32_t read = 0;
    size_t n = omadm_utf8_encode(code, octets);
    assert_int_equal(omadm_utf8_decode((omadm_str){octets, n}, 0, &read), n);
    assert_int_equal(read, code);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(base64_agrees_with_the_known_answers),
      cmocka_unit_test(base64_in_pieces_is_that_of_the_whole_wherever_it_is_cut),
      cmocka_unit_test(base64_in_pieces_refuses_what_is_none),
      cmocka_unit_test(base64url_agrees_with_the_known_answers),
      cmocka_unit_test(base64url_has_one_text_for_its_octets),
      cmocka_unit_test(base64_skips_white_space),
      cmocka_unit_test(base64_refuses_what_is_none_and_appends_nothing),
      cmocka_unit_test(base64_respects_the_limit_of_its_buffer),
      cmocka_unit_test(hexadecimal_round_trips),
      cmocka_unit_test(utf8_is_judged_as_rfc_3629_says),
      cmocka_unit_test(each_code_point_is_written_as_it_is_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
