/* SPDX-License-Identifier: MIT */
/* A plugin's file is taken anew without a restart. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cage.h"

#define BASE "./Vendor/Trial"

static char folder[] = "/tmp/omadm-reload-XXXXXX";
static char file[sizeof folder + 20];

/* Puts a plugin of this folder at the path, as a package manager does. */
static void put(const char *name) {
  char from[400], next[sizeof file + 8], octets[4096];
  snprintf(from, sizeof from, "%s/%s.so", PLUGINS, name);
  snprintf(next, sizeof next, "%s.new", file);
  int in = open(from, O_RDONLY | O_CLOEXEC);
  int out = open(next, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0755);
  assert_true(in >= 0 && out >= 0);
  for (ssize_t n; (n = read(in, octets, sizeof octets)) > 0;)
    assert_int_equal(write(out, octets, (size_t)n), n);
  close(in);
  close(out);
  assert_int_equal(rename(next, file), 0);
}

static int set_up(void **state) {
  strcpy(folder + sizeof folder - 7, "XXXXXX");
  assert_non_null(mkdtemp(folder));
  assert_int_equal(chmod(folder, 0755), 0);
  snprintf(file, sizeof file, "%s/plugin.so", folder);
  put("trial_plain");
  rig *r = rig_new(NULL);
  omadm_error error = {0};
  omadm_err err = *(const int *)*state != 0 ? cage_try(r, file, CHILD, &error)
                                            : omadm_framework_load(r->framework, file, &error);
  if (err != 0) fail_msg("%s", error.text);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  unlink(file);
  rmdir(folder);
  return 0;
}

static const char *version(const rig *r) {
  omadm_mount_info info;
  assert_int_equal(omadm_framework_mount_at(r->framework, 0, &info), 0);
  return info.version;
}

static void a_newer_file_takes_the_place(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "kept"), 200);
  assert_string_equal(version(r), "1.0");
  int before = cage_process(r);
  put("trial_newer");
  assert_int_equal(omadm_framework_reload(r->framework, "Trial", NULL), 0);
  assert_string_equal(version(r), "2.0");
  rig_expect(r, BASE "/Value", "kept");
  rig_expect(r, BASE "/Late", "late");
  if (before > 0) assert_int_not_equal(cage_process(r), before);
}

static void the_same_file_is_taken_again(void **state) {
  rig *r = *state;
  assert_int_equal(omadm_framework_reload(r->framework, "Trial", NULL), 0);
  cage_expect_status(r, BASE "/Value", 200);
}

static void another_plugin_is_refused_and_the_old_one_goes_on(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  put("trial_staging"); /* which has another name */
  assert_int_equal(omadm_framework_reload(r->framework, "Trial", &error), OMADM_E_REFUSED);
  assert_non_null(strstr(error.text, "another name or DDF"));
  cage_expect_status(r, BASE "/Value", 200);
  assert_string_equal(version(r), "1.0");
  unlink(file);
  assert_true(omadm_framework_reload(r->framework, "Trial", NULL) < 0);
  cage_expect_status(r, BASE "/Value", 200);
}

static void one_that_does_not_open_leaves_the_old_one_and_its_version(void **state) {
  rig *r = *state;
  setenv("TRIAL_SHUT", "2.0", 1);
  put("trial_newer");
  assert_int_equal(omadm_framework_reload(r->framework, "Trial", NULL), OMADM_E_REFUSED);
  assert_string_equal(version(r), "1.0");
  cage_expect_status(r, BASE "/Value", 200);
  unsetenv("TRIAL_SHUT");
}

static void one_that_is_gone_can_be_loaded_anew(void **state) {
  rig *r = *state;
  setenv("TRIAL_SHUT", "1.0 2.0", 1);
  put("trial_newer");
  for (int i = 0; i < 3; i++) {
    assert_int_equal(omadm_framework_reload(r->framework, "Trial", NULL), OMADM_E_REFUSED);
    cage_expect_status(r, BASE "/Value", 503);
    assert_string_equal(version(r), "1.0");
  }
  unsetenv("TRIAL_SHUT");
  assert_int_equal(omadm_framework_reload(r->framework, "Trial", NULL), 0);
  cage_expect_status(r, BASE "/Value", 200);
  assert_string_equal(version(r), "2.0");
}

static void the_same_file_that_does_not_open_again_is_gone(void **state) {
  rig *r = *state;
  setenv("TRIAL_SHUT", "1.0", 1);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(omadm_framework_reload(r->framework, "Trial", NULL), OMADM_E_REFUSED);
    cage_expect_status(r, BASE "/Value", 503);
  }
  unsetenv("TRIAL_SHUT");
  assert_int_equal(omadm_framework_reload(r->framework, "Trial", NULL), 0);
  cage_expect_status(r, BASE "/Value", 200);
}

static void a_busy_plugin_is_not_loaded_anew(void **state) {
  rig *r = *state;
  const omadm_tree *t = (cage_expect_status(r, BASE "/Value", 200), r->tree);
  assert_int_equal(t->begin(t->ctx, &r->origin), 200);
  assert_int_equal(omadm_framework_reload(r->framework, "Trial", NULL), OMADM_E_STATE);
  t->rollback(t->ctx, NULL, 0);
  rig_start(r, OMADM_VERB_GET, BASE "/Late", NULL);
  assert_int_equal(omadm_framework_reload(r->framework, "Trial", NULL), OMADM_E_STATE);
  assert_int_equal(rig_wait(r), 200);
  assert_int_equal(omadm_framework_reload(r->framework, "Nobody", NULL), OMADM_E_NOT_FOUND);
}

static void an_exec_that_was_told_202_goes_on(void **state) {
  rig *r = *state;
  assert_int_equal(rig_exec(r, BASE "/Run", "wait"), 202);
  assert_int_equal(omadm_framework_reload(r->framework, "Trial", NULL), 0);
  cage_pump(r);
  assert_int_equal(omadm_framework_alerts(r->framework, (omadm_str){NULL, 0}), 1);
  assert_int_equal(r->ended, 200);
}

int main(void) {
  static int inside = 0, isolated = 1;
#define TEST(f)                                                                                    \
  {#f, f, set_up, tear_down, &inside}, {                                                           \
#f ", isolated", f, set_up, tear_down, &isolated                                               \
  }
  const struct CMUnitTest tests[] = {
      TEST(a_newer_file_takes_the_place),
      TEST(the_same_file_is_taken_again),
      TEST(another_plugin_is_refused_and_the_old_one_goes_on),
      TEST(a_busy_plugin_is_not_loaded_anew),
      TEST(an_exec_that_was_told_202_goes_on),
#define INSIDE(f) {#f, f, set_up, tear_down, &inside}
      INSIDE(one_that_does_not_open_leaves_the_old_one_and_its_version),
      INSIDE(one_that_is_gone_can_be_loaded_anew),
      INSIDE(the_same_file_that_does_not_open_again_is_gone),
  };
  return rig_run("reload", tests, sizeof tests / sizeof *tests);
}
