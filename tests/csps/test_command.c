/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "csps/reboot/command.h"

static void the_exit_status_comes_back(void **state) {
  (void)state;
  assert_int_equal(command_run("true", 10), 0);
  assert_int_equal(command_run("exit 7", 10), 7);
  assert_int_equal(command_run("kill -9 $$", 10), 128 + 9);
  assert_int_equal(command_run("/nonexistent/command 2>/dev/null", 10), 127);
}

static void a_command_without_end_is_killed_with_its_children(void **state) {
  (void)state;
  time_t before = time(NULL);
  assert_int_equal(command_run("sleep 60 & sleep 60", 1), COMMAND_TOO_LATE);
  assert_true(time(NULL) - before < 10);
}

static void a_command_that_ignores_the_first_signal_is_killed_too(void **state) {
  (void)state;
  assert_int_equal(command_run("trap '' TERM; while :; do sleep 1; done", 1), COMMAND_TOO_LATE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_exit_status_comes_back),
      cmocka_unit_test(a_command_without_end_is_killed_with_its_children),
      cmocka_unit_test(a_command_that_ignores_the_first_signal_is_killed_too),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
