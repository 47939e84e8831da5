/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/state.h"

static char folder[] = "/tmp/omadm-state-XXXXXX";

static void path_of(char *path, const char *name) {
  snprintf(path, 256, "%s/%s", folder, name);
}

static void a_missing_state_is_made_for_its_owner_only(void **unused) {
  char path[256];
  char lock[300];
  struct stat facts;
  state self;
  omadm_error error;
  (void)unused;
  omadm_error_clear(&error);
  path_of(path, "a/b");
  assert_int_equal(state_open(&self, path, 0, &error), 0);
  assert_int_equal(stat(path, &facts), 0);
  assert_int_equal(facts.st_mode & 0777, 0700);
  snprintf(lock, sizeof lock, "%s/lock", path);
  assert_int_equal(stat(lock, &facts), 0);
  assert_int_equal(facts.st_mode & 0777, 0600);
  state_close(&self);
}

static void a_state_in_use_names_its_owner(void **unused) {
  char path[256];
  char expected[64];
  state first;
  state second;
  omadm_error error;
  (void)unused;
  omadm_error_clear(&error);
  path_of(path, "c");
  assert_int_equal(state_open(&first, path, 0, &error), 0);
  assert_int_equal(state_open(&second, path, 0, &error), OMADM_E_LOCKED);
  snprintf(expected, sizeof expected, "process %ld uses the state ", (long)getpid());
  assert_non_null(strstr(error.text, expected));
  state_close(&second);
  state_close(&first);
  omadm_error_clear(&error);
  assert_int_equal(state_open(&second, path, 0, &error), 0);
  state_close(&second);
}

static void a_state_that_others_may_write_is_refused(void **unused) {
  char path[256];
  state self;
  omadm_error error;
  (void)unused;
  omadm_error_clear(&error);
  path_of(path, "d");
  assert_int_equal(mkdir(path, 0700), 0);
  assert_int_equal(chmod(path, 0777), 0);
  assert_int_equal(state_open(&self, path, 0, &error), OMADM_E_REFUSED);
  state_close(&self);
}

static void a_file_is_no_state(void **unused) {
  char path[256];
  state self;
  omadm_error error;
  (void)unused;
  omadm_error_clear(&error);
  path_of(path, "e");
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fclose(file);
  assert_int_equal(state_open(&self, path, 0, &error), OMADM_E_IO);
  state_close(&self);
}

static int make_folder(void **unused) {
  (void)unused;
  return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **unused) {
  char command[300];
  (void)unused;
  snprintf(command, sizeof command, "rm -rf '%s'", folder);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_missing_state_is_made_for_its_owner_only),
      cmocka_unit_test(a_state_in_use_names_its_owner),
      cmocka_unit_test(a_state_that_others_may_write_is_refused),
      cmocka_unit_test(a_file_is_no_state),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
