/* SPDX-License-Identifier: MIT */
/* What omadm relies on must not be another user's to change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/trust.h"

static char folder[64], file[96];

static int make(void **state) {
  (void)state;
  strcpy(folder, "/tmp/omadm-trust-XXXXXX");
  if (mkdtemp(folder) == NULL) return -1;
  snprintf(file, sizeof file, "%s/file", folder);
  int fd = open(file, O_WRONLY | O_CREAT, 0644);
  return fd >= 0 ? close(fd) : -1;
}

static int drop(void **state) {
  (void)state;
  unlink(file);
  return rmdir(folder);
}

static void assert_refused(omadm_err err, const omadm_error *error, const char *text) {
  assert_int_equal(err, OMADM_E_REFUSED);
  assert_non_null(strstr(error->text, text));
}

static void what_only_we_may_write_is_trusted(void **state) {
  (void)state;
  omadm_error error = {0};
  assert_int_equal(cli_trust(file, &error), 0);
  assert_int_equal(chmod(file, 0664), 0); /* our own group, as an umask of 002 makes it */
  assert_int_equal(cli_trust(file, &error), 0);
}

static void what_everybody_may_write_is_refused(void **state) {
  (void)state;
  omadm_error error = {0};
  assert_int_equal(chmod(file, 0646), 0);
  assert_refused(cli_trust(file, &error), &error, "chmod go-w");
}

static void a_file_of_another_user_is_refused(void **state) {
  (void)state;
  omadm_error error = {0};
  if (geteuid() != 0) {
    print_message("not run: only root can give a file away\n");
    skip();
  }
  assert_int_equal(chown(file, 65534, 65534), 0);
  assert_refused(cli_trust(file, &error), &error, "another user");
}

static void a_file_that_is_not_there_says_so(void **state) {
  (void)state;
  omadm_error error = {0};
  assert_int_equal(cli_trust("/tmp/omadm-no-such-file", &error), OMADM_E_IO);
  assert_non_null(strstr(error.text, "No such file"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(what_only_we_may_write_is_trusted, make, drop),
      cmocka_unit_test_setup_teardown(what_everybody_may_write_is_refused, make, drop),
      cmocka_unit_test_setup_teardown(a_file_of_another_user_is_refused, make, drop),
      cmocka_unit_test(a_file_that_is_not_there_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
