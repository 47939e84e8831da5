/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <omadm/error.h>
#include <omadm/host.h>
#include <omadm/limits.h>
#include <omadm/log.h>
#include <omadm/quirk.h>
#include <omadm/status.h>

#include <string.h>

#include "base/str.h"

static void every_format_and_mark_has_a_word_that_finds_it(void **state) {
  (void)state;
  for (int f = OMADM_FORMAT_CHR; f < OMADM_FORMAT_UNKNOWN; f++) {
    assert_int_equal(omadm_format_parse(omadm_str_of(omadm_format_text((omadm_format)f))), f);
  }
  for (int m = OMADM_MARK_INDETERMINATE; m <= OMADM_MARK_FATAL; m++) {
    assert_int_equal(omadm_mark_parse(omadm_str_of(omadm_mark_text((omadm_mark)m))), m);
  }
  assert_int_equal(omadm_format_parse((omadm_str)OMADM_STR("CHR")), OMADM_FORMAT_UNKNOWN);
  assert_int_equal(omadm_format_parse((omadm_str)OMADM_STR("")), OMADM_FORMAT_ABSENT);
}

/* OMA-TS-SyncML_RepPro 10: the class says what an unknown code means. */
static void a_status_has_a_text_even_when_unknown(void **state) {
  (void)state;
  assert_string_equal(omadm_status_text(418), "exists already");
  assert_string_equal(omadm_status_text(299), "success");
  assert_string_equal(omadm_status_text(599), "recipient's fault");
  assert_string_equal(omadm_status_text(7), "unknown");
}

static void each_local_error_becomes_a_status_that_fits(void **state) {
  (void)state;
  static const struct {
    omadm_err err;
    omadm_status status;
  } rows[] = {{OMADM_OK, 200},
              {OMADM_E_NOMEM, 420},
              {OMADM_E_LIMIT, 413},
              {OMADM_E_SYNTAX, 415},
              {OMADM_E_NOT_FOUND, 404},
              {OMADM_E_EXISTS, 418},
              {OMADM_E_UNSUPPORTED, 406},
              {OMADM_E_STORE, 510},
              {OMADM_E_ARGUMENT, 500},
              {-12345, 500}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    assert_int_equal(omadm_status_from_err(rows[i].err), rows[i].status);
}

static void an_error_keeps_its_first_sentence(void **state) {
  (void)state;
  omadm_error error = {0};
  assert_int_equal(omadm_error_set(&error, OMADM_E_SYNTAX, "first %d", 1), OMADM_E_SYNTAX);
  assert_int_equal(omadm_error_set(&error, OMADM_E_IO, "second"), OMADM_E_IO);
  assert_string_equal(error.text, "first 1");
  assert_int_equal(error.code, OMADM_E_SYNTAX);
  omadm_error_clear(&error);
  assert_int_equal(error.code, 0);
  assert_int_equal(omadm_error_set(NULL, OMADM_E_IO, "nobody listens"), OMADM_E_IO);
}

static void a_limit_is_set_by_its_name_and_never_to_nothing(void **state) {
  (void)state;
  omadm_limits limits;
  omadm_limits_init(&limits);
  assert_int_equal(limits.max_msg_size, 65536);
  assert_int_equal(omadm_limits_set(&limits, (omadm_str)OMADM_STR("uri-depth"), 8), 0);
  assert_int_equal(limits.uri_depth, 8);
  assert_int_equal(omadm_limits_set(&limits, (omadm_str)OMADM_STR("uri-depth"), 0),
                   OMADM_E_ARGUMENT);
  assert_int_equal(omadm_limits_set(&limits, (omadm_str)OMADM_STR("inline-value"), 1), 0);
  assert_int_equal(limits.inline_value, 1);
  assert_int_equal(omadm_limits_set(&limits, (omadm_str)OMADM_STR("no-such"), 1),
                   OMADM_E_NOT_FOUND);
  assert_int_equal(limits.uri_depth, 8);
}

static void quirks_are_set_all_at_once_or_by_name(void **state) {
  (void)state;
  omadm_quirks quirks = {{0}};
  assert_int_equal(omadm_quirks_set(&quirks, (omadm_str){NULL, 0}, (omadm_str)OMADM_STR("strict")),
                   0);
  for (size_t i = 0; i < OMADM_QUIRK_COUNT; i++)
    assert_int_equal(quirks.rule[i], OMADM_REFUSE);
  assert_int_equal(
      omadm_quirks_set(&quirks, (omadm_str)OMADM_STR("uri-space"), (omadm_str)OMADM_STR("warn")),
      0);
  assert_int_equal(quirks.rule[OMADM_QUIRK_URI_SPACE], OMADM_WARN);
  assert_int_equal(
      omadm_quirks_set(&quirks, (omadm_str)OMADM_STR("nonesuch"), (omadm_str)OMADM_STR("warn")),
      OMADM_E_NOT_FOUND);
  assert_int_equal(
      omadm_quirks_set(&quirks, (omadm_str)OMADM_STR("uri-space"), (omadm_str)OMADM_STR("maybe")),
      OMADM_E_ARGUMENT);
}

static void keep_line(void *ctx, omadm_log_level level, const char *module, const char *text) {
  (void)level;
  (void)module;
  strcpy(ctx, text);
}

static void a_log_line_holds_no_control_characters(void **state) {
  (void)state;
  char line[1001] = "";
  const omadm_log log = {sizeof log, line, OMADM_LOG_INFO, keep_line};
  omadm_log_line(&log, OMADM_LOG_INFO, "test", "a\nb\x1B[31mc");
  assert_string_equal(line, "a?b?[31mc");
  omadm_log_line(&log, OMADM_LOG_DEBUG, "test", "too much");
  assert_string_equal(line, "a?b?[31mc");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_format_and_mark_has_a_word_that_finds_it),
      cmocka_unit_test(a_status_has_a_text_even_when_unknown),
      cmocka_unit_test(each_local_error_becomes_a_status_that_fits),
      cmocka_unit_test(an_error_keeps_its_first_sentence),
      cmocka_unit_test(a_limit_is_set_by_its_name_and_never_to_nothing),
      cmocka_unit_test(quirks_are_set_all_at_once_or_by_name),
      cmocka_unit_test(a_log_line_holds_no_control_characters),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
