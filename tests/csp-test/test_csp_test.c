/* SPDX-License-Identifier: MIT */
/* omadm csp test finds what it is there to find: one fixture plugin for each fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/str.h"
#include "conformance/csp-test/csp_test.h"

typedef struct result {
  size_t passed, failed, not_tried;
  char *text;
} result;

static result run_one(const char *name) {
  char path[512];
  omadm_error error = {0};
  omadm_buf out = {0};
  omadm_csp_test_report *report = NULL;
  snprintf(path, sizeof path, "%s/%s.so", PLUGINS, name);
  const omadm_csp_test_options options = {.plugin = path, .seed = 7, .seconds = 1};
  omadm_err err = omadm_csp_test_run(&options, &report, &error);
  if (err != 0) fail_msg("%s: %s", name, error.text);
  assert_int_equal(omadm_csp_test_write(report, &out), 0);
  result r = {omadm_csp_test_count(report, OMADM_CSP_TEST_PASSED),
              omadm_csp_test_count(report, OMADM_CSP_TEST_FAILED),
              omadm_csp_test_count(report, OMADM_CSP_TEST_NOT_TRIED), strndup(out.ptr, out.len)};
  omadm_buf_dispose(&out);
  omadm_csp_test_free(report);
  return r;
}

/* The report of that fixture fails, and says so in these words. */
static void expect_found(const char *name, const char *words) {
  result r = run_one(name);
  if (r.failed == 0 || strstr(r.text, words) == NULL) {
    print_message("%s\n", r.text);
    fail_msg("%s: \"%s\" is not among its failures", name, words);
  }
  free(r.text);
}

static void expect_good(const char *name, size_t least) {
  result r = run_one(name);
  if (r.failed > 0 || r.passed < least) {
    print_message("%s\n", r.text);
    fail_msg("%s: %zu passed, %zu failed", name, r.passed, r.failed);
  }
  free(r.text);
}

static void a_plugin_without_a_fault_passes(void **state) {
  (void)state;
  expect_good("faulty_NONE", 290);
  expect_good("faulty_STAGES", 290);
  expect_good("faulty_NEEDS_ATOMIC", 293); /* and that it is refused outside of one */
}

static void a_name_may_be_listed_in_another_case_where_case_does_not_count(void **state) {
  (void)state;
  expect_good("faulty_LOWERS_RIGHTLY", 290);
}

static void what_the_plugin_itself_refuses_is_not_tried_and_no_failure(void **state) {
  (void)state;
  result r = run_one("faulty_REFUSES");
  if (r.failed > 0) print_message("%s\n", r.text);
  assert_int_equal(r.failed, 0);
  assert_true(r.not_tried > 0);
  assert_non_null(strstr(r.text, "refused by the CSP with 403"));
  free(r.text);
}

static void what_a_ddf_says_in_another_way_than_the_dtd_is_told(void **state) {
  (void)state;
  result r = run_one("faulty_ODD");
  assert_non_null(
      strstr(r.text, "Its DDF\n  line 1 of its DDF: Odd in DFProperties: is no element"));
  free(r.text);
}

static void each_fault_is_found(void **state) {
  (void)state;
  static const struct {
    const char *name, *words;
  } faults[] = {
      {"faulty_ALTERNATES", "two in a row expected to be alike"},
      {"faulty_LIES", "afterwards Get expected"},
      {"faulty_STAYS", "afterwards the node expected 404, got 200"},
      {"faulty_OMITS", "the node above does not name"},
      {"faulty_GHOST", "names \"ghost\", which is answered 404"},
      {"faulty_KEEPS_ON_ROLLBACK", "its Atomic failed: expected that it is gone (404), got 200"},
      {"faulty_WRONG_FORMAT", "expected success, got 500"},
      {"faulty_FORBIDDEN_VALUE", "expected success, got 500: the CSP Faulty gives a value of"},
      {"faulty_FORGETS", "after a restart"},
      {"faulty_TWICE", "completes request"},
      {"faulty_NEVER", "expected an answer, got none in time"},
      {"faulty_BLOCKS", "took 3"},
      {"faulty_NO_SLOT", "the plugin has no slot for it"},
      {"faulty_OPENS_ONCE", "expected that it opens again"},
      {"faulty_CUTS", "afterwards Get expected"},
      {"faulty_NAME_IS_PATH", "afterwards the node expected 200, got 404"},
      {"faulty_FAILS", "expected success, got 500"},
      {"faulty_DEAF", "expected that it ends all the same, and it does not"},
      {"faulty_NO_FIND", "the plugin has no slot find"},
      {"faulty_NO_LIST", "the plugin has no slot list"},
      {"faulty_LOWERS", "the node above does not name"},
  };
  for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
    expect_found(faults[i].name, faults[i].words);
}

static void a_file_that_is_no_plugin_is_an_error(void **state) {
  (void)state;
  omadm_error error = {0};
  omadm_csp_test_report *report = NULL;
  const omadm_csp_test_options options = {.plugin = "/dev/null"};
  assert_int_not_equal(omadm_csp_test_run(&options, &report, &error), 0);
  assert_null(report);
  assert_true(error.text[0] != '\0');
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_plugin_without_a_fault_passes),
      cmocka_unit_test(a_name_may_be_listed_in_another_case_where_case_does_not_count),
      cmocka_unit_test(what_the_plugin_itself_refuses_is_not_tried_and_no_failure),
      cmocka_unit_test(what_a_ddf_says_in_another_way_than_the_dtd_is_told),
      cmocka_unit_test(each_fault_is_found),
      cmocka_unit_test(a_file_that_is_no_plugin_is_an_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
