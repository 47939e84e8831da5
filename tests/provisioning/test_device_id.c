/* SPDX-License-Identifier: MIT */
#include <omadm/account.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/str.h"

#define MACHINE_ID "0123456789abcdef0123456789abcdef"

static char root[] = "/tmp/omadm-root-XXXXXX";

/* The id of a device that has nothing stored yet, as a string of the caller's. */
static char *fresh_id(const char *configured, const char *where) {
  omadm_store *store = NULL;
  omadm_framework *framework = NULL;
  omadm_framework_config config;
  omadm_buf id;
  omadm_buf again;
  omadm_buf_init(&id, NULL, 0);
  omadm_buf_init(&again, NULL, 0);
  omadm_framework_config_init(&config);
  assert_int_equal(omadm_store_new_memory(&store, NULL), 0);
  config.store = store;
  assert_int_equal(omadm_framework_new(&config, &framework, NULL), 0);
  assert_int_equal(omadm_device_id(framework, omadm_str_of(configured), where, &id, NULL), 0);
  assert_int_equal(
      omadm_device_id(framework, omadm_str_of(configured), "/nonexistent", &again, NULL), 0);
  assert_true(omadm_str_equal(omadm_buf_str(&id), omadm_buf_str(&again)));
  char *text = strndup(id.ptr, id.len);
  omadm_buf_dispose(&id);
  omadm_buf_dispose(&again);
  omadm_framework_free(framework);
  omadm_store_close(store);
  return text;
}

static void write_machine_id(const char *text) {
  char path[128];
  snprintf(path, sizeof path, "%s/etc/machine-id", root);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
}

static void a_configured_id_is_taken_as_it_stands(void **state) {
  (void)state;
  char *id = fresh_id("IMEI:004999010640000", root);
  assert_string_equal(id, "IMEI:004999010640000");
  free(id);
}

static void an_id_is_made_from_machine_id_and_does_not_show_it(void **state) {
  (void)state;
  write_machine_id(MACHINE_ID "\n");
  char *id = fresh_id("", root);
  char *again = fresh_id("", root);
  assert_string_equal(id, again);
  assert_int_equal(strlen(id), strlen("urn:uuid:00000000-0000-4000-8000-000000000000"));
  assert_memory_equal(id, "urn:uuid:", 9);
  assert_int_equal(id[9 + 14], '4');
  assert_null(strstr(id, "01234567"));
  write_machine_id("0123456789abcdef0123456789abcdee\n");
  char *other = fresh_id("", root);
  assert_string_not_equal(id, other);
  free(id);
  free(again);
  free(other);
}

static void without_a_machine_id_it_is_made_by_chance(void **state) {
  static const char *const contents[] = {"uninitialized\n", "", "0123\n",
                                         "zz23456789abcdef0123456789abcdef\n"};
  (void)state;
  for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
    write_machine_id(contents[i]);
    char *id = fresh_id("", root);
    char *other = fresh_id("", root);
    assert_string_not_equal(id, other);
    free(id);
    free(other);
  }
}

static int make_root(void **state) {
  char path[128];
  (void)state;
  if (mkdtemp(root) == NULL) return -1;
  snprintf(path, sizeof path, "%s/etc", root);
  return mkdir(path, 0700);
}

static int remove_root(void **state) {
  char command[128];
  (void)state;
  snprintf(command, sizeof command, "rm -rf '%s'", root);
  return system(command);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_configured_id_is_taken_as_it_stands),
      cmocka_unit_test(an_id_is_made_from_machine_id_and_does_not_show_it),
      cmocka_unit_test(without_a_machine_id_it_is_made_by_chance),
  };
  return cmocka_run_group_tests(tests, make_root, remove_root);
}
