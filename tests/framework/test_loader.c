/* SPDX-License-Identifier: MIT */
/* Shared objects. PLUGINS is the folder of the fixtures, HELLO the example. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <omadm/worker.h>

#include "rig.h"

static int set_up(void **state) {
  *state = rig_new(NULL);
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static void a_plugin_is_loaded_and_serves(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  omadm_mount_info info;
  if (omadm_framework_load(r->framework, PLUGINS "/plugin_good.so", &error) != 0)
    fail_msg("%s", error.text);
  rig_expect(r, "./Vendor/Good/Hello", "hello");
  rig_expect(r, "./Vendor/Good/Slow", "late");
  assert_int_equal(omadm_framework_mount_at(r->framework, 0, &info), 0);
  assert_string_equal(info.name, "Good");
  assert_string_equal(info.version, "2.5");
  assert_string_equal(info.from, PLUGINS "/plugin_good.so");
  assert_int_equal(info.nodes, 3);
}

static void a_plugin_may_be_loaded_once_only(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  assert_int_equal(omadm_framework_load(r->framework, PLUGINS "/plugin_good.so", &error), 0);
  assert_int_equal(omadm_framework_load(r->framework, PLUGINS "/plugin_good.so", &error),
                   OMADM_E_EXISTS);
  rig_expect(r, "./Vendor/Good/Hello", "hello");
}

static void two_frameworks_may_load_the_example(void **state) {
  rig *first = *state;
  rig *second = rig_new(NULL);
  assert_int_equal(omadm_framework_load(first->framework, HELLO, NULL), 0);
  assert_int_equal(omadm_framework_load(second->framework, HELLO, NULL), 0);
  rig_expect(first, "./Vendor/Hello", "hello, world");
  rig_expect(second, "./Vendor/Hello", "hello, world");
  rig_free(second);
  rig_expect(first, "./Vendor/Hello", "hello, world");
}

static void what_cannot_be_loaded_is_kept_with_its_reason(void **state) {
  rig *r = *state;
  const struct {
    const char *path;
    omadm_err err;
    const char *says;
  } bad[] = {
      {PLUGINS "/plugin_no_symbol.so", OMADM_E_ABI, "does not export omadm_csp_descriptor_get"},
      {PLUGINS "/plugin_wrong_abi.so", OMADM_E_ABI,
       "is built for plugin ABI 2, this host has ABI 1"},
      {PLUGINS "/plugin_null_descriptor.so", OMADM_E_ABI, "omadm_csp_descriptor_get gives NULL"},
      {PLUGINS "/plugin_unsized_slots.so", OMADM_E_ABI, "has slots whose struct_size is 0"},
      {PLUGINS "/plugin_null_slots.so", OMADM_E_ABI, "lacks the slots open and close"},
      {PLUGINS "/plugin_missing.so", OMADM_E_IO, "cannot be read"},
      {__FILE__, OMADM_E_IO, "cannot be loaded"},
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    omadm_error error = {0};
    omadm_mount_info info;
    assert_int_equal(omadm_framework_load(r->framework, bad[i].path, &error), bad[i].err);
    if (strstr(error.text, bad[i].says) == NULL || strstr(error.text, bad[i].path) == NULL)
      fail_msg("%s", error.text);
    assert_int_equal(omadm_framework_mount_at(r->framework, i, &info), 0);
    assert_string_equal(info.failure, error.text);
    assert_string_equal(info.from, bad[i].path);
    assert_non_null(strstr(bad[i].path, info.name));
  }
  assert_int_equal(rig_resolve(r, "./Vendor"), 404);
}

/* In a folder that everybody may write to, and as a file that they may. */
static void a_plugin_that_others_may_write_is_refused(void **state) {
  rig *r = *state;
  char folder[] = "/tmp/omadm-loader-XXXXXX";
  char path[64], command[512];
  omadm_error error = {0};
  assert_non_null(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/plugin.so", folder);
  snprintf(command, sizeof command, "cp %s %s", PLUGINS "/plugin_good.so", path);
  assert_int_equal(system(command), 0);
  assert_int_equal(chmod(folder, 0777), 0);
  assert_int_equal(omadm_framework_load(r->framework, path, &error), OMADM_E_REFUSED);
  assert_non_null(strstr(error.text, "others may write to /tmp/omadm-loader-"));
  assert_int_equal(chmod(folder, 0755), 0);
  assert_int_equal(chmod(path, 0777), 0);
  assert_int_equal(omadm_framework_load(r->framework, path, &error), OMADM_E_REFUSED);
  assert_int_equal(chmod(path, 0755), 0);
  assert_int_equal(omadm_framework_load(r->framework, path, &error), 0);
  unlink(path);
  rmdir(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_plugin_is_loaded_and_serves),
      TEST(a_plugin_may_be_loaded_once_only),
      TEST(two_frameworks_may_load_the_example),
      TEST(what_cannot_be_loaded_is_kept_with_its_reason),
      TEST(a_plugin_that_others_may_write_is_refused),
  };
  return rig_run("loader", tests, sizeof tests / sizeof *tests);
}
