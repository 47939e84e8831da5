/* SPDX-License-Identifier: MIT */
/* A path is relied on where nobody else can have put something there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/trust.h"

#define NOBODY 65534

static char top[64], folder[80], file[96], other[80];

static int make(void **state) {
  (void)state;
  strcpy(top, "/tmp/omadm-trust-XXXXXX");
  if (mkdtemp(top) == NULL) return -1;
  snprintf(folder, sizeof folder, "%s/folder", top);
  snprintf(file, sizeof file, "%s/file", folder);
  snprintf(other, sizeof other, "%s/other", top);
  if (mkdir(folder, 0755) != 0 || mkdir(other, 0755) != 0) return -1;
  int fd = open(file, O_WRONLY | O_CREAT, 0644);
  return fd >= 0 ? close(fd) : -1;
}

static int drop(void **state) {
  (void)state;
  char command[96];
  snprintf(command, sizeof command, "rm -rf %s", top);
  return system(command);
}

static void expect_refused(const char *path, const char *words) {
  omadm_error error = {0};
  assert_int_equal(omadm_trust_path(path, &error), OMADM_E_REFUSED);
  if (strstr(error.text, words) == NULL) fail_msg("'%s' lacks '%s'", error.text, words);
}

static void expect_trusted(const char *path) {
  omadm_error error = {0};
  if (omadm_trust_path(path, &error) != 0) fail_msg("%s", error.text);
}

static void expect_missing(const char *path, const char *words) {
  omadm_error error = {0};
  assert_int_equal(omadm_trust_path(path, &error), OMADM_E_IO);
  if (strstr(error.text, words) == NULL) fail_msg("'%s' lacks '%s'", error.text, words);
}

static void what_only_we_may_write_is_trusted(void **state) {
  (void)state;
  expect_trusted(file);
  expect_trusted(folder);
  expect_trusted("/");
  assert_int_equal(chmod(file, 0664), 0); /* our own group, as an umask of 002 makes it */
  expect_trusted(file);
}

static void a_file_that_others_may_write_is_refused(void **state) {
  (void)state;
  assert_int_equal(chmod(file, 0646), 0);
  expect_refused(file, "chmod go-w");
}

static void a_file_that_another_group_may_write_is_refused(void **state) {
  (void)state;
  if (geteuid() != 0) skip();
  assert_int_equal(chown(file, 0, NOBODY), 0);
  expect_trusted(file);
  assert_int_equal(chmod(file, 0664), 0);
  expect_refused(file, "chmod go-w");
}

static void a_file_or_folder_of_another_user_is_refused(void **state) {
  (void)state;
  if (geteuid() != 0) skip();
  assert_int_equal(chown(file, NOBODY, NOBODY), 0);
  expect_refused(file, "belongs to another user (65534)");
  assert_int_equal(chown(file, 0, 0), 0);
  assert_int_equal(chown(top, NOBODY, NOBODY), 0);
  expect_refused(file, "belongs to another user (65534)");
}

static void each_folder_on_the_way_counts(void **state) {
  (void)state;
  assert_int_equal(chmod(folder, 0757), 0);
  expect_refused(file, folder);
  expect_refused(folder, folder);
  assert_int_equal(chmod(folder, 0755), 0);
  assert_int_equal(chmod(top, 0757), 0);
  expect_refused(file, top);
}

/* /tmp itself is on the way to all of this. */
static void a_sticky_folder_is_good_to_pass_and_not_to_lie_in(void **state) {
  (void)state;
  assert_int_equal(chmod(top, 01777), 0);
  expect_trusted(file);
  assert_int_equal(chmod(folder, 01777), 0);
  expect_refused(file, "or move");
  expect_refused(folder, "chmod go-w");
}

static void a_link_is_what_it_leads_to_and_the_way_there(void **state) {
  (void)state;
  char link_path[96], dots[128];
  snprintf(link_path, sizeof link_path, "%s/link", other);
  assert_int_equal(symlink("../folder/file", link_path), 0);
  expect_trusted(link_path);
  assert_int_equal(chmod(other, 0757), 0);
  expect_refused(link_path, other);
  assert_int_equal(chmod(other, 0755), 0);
  assert_int_equal(chmod(folder, 0757), 0);
  expect_refused(link_path, folder);
  assert_int_equal(chmod(folder, 0755), 0);
  snprintf(dots, sizeof dots, "%s/../other/./../other//link", folder);
  expect_trusted(dots);
  assert_int_equal(unlink(link_path), 0);
  assert_int_equal(symlink(file, link_path), 0);
  expect_trusted(link_path);
}

static void a_link_that_another_user_made_is_refused(void **state) {
  (void)state;
  char link_path[96];
  if (geteuid() != 0) skip();
  assert_int_equal(chmod(top, 01777), 0);
  snprintf(link_path, sizeof link_path, "%s/link", top);
  assert_int_equal(symlink(folder, link_path), 0);
  assert_int_equal(lchown(link_path, NOBODY, NOBODY), 0);
  expect_refused(link_path, "belongs to another user");
}

static void links_without_end_end(void **state) {
  (void)state;
  char link_path[96];
  snprintf(link_path, sizeof link_path, "%s/link", top);
  assert_int_equal(symlink("link", link_path), 0);
  expect_missing(link_path, "Too many levels of symbolic links");
}

static void a_relative_path_begins_here(void **state) {
  (void)state;
  char back[PATH_MAX];
  assert_non_null(getcwd(back, sizeof back));
  assert_int_equal(chdir(top), 0);
  expect_trusted("folder/file");
  expect_trusted("./folder/../folder/file");
  assert_int_equal(chmod(top, 0757), 0);
  expect_refused("folder/file", top);
  assert_int_equal(chdir(back), 0);
}

static void what_is_not_there_is_said(void **state) {
  (void)state;
  static char longest[2 * PATH_MAX];
  char path[128];
  snprintf(path, sizeof path, "%s/no", top);
  expect_missing(path, "No such file");
  snprintf(path, sizeof path, "%s/more", file);
  expect_missing(path, "Not a directory");
  memset(longest, 'n', sizeof longest - 1);
  expect_missing(longest, "too long");
  longest[0] = '/';
  longest[PATH_MAX - 1] = '\0';
  expect_missing(longest, "too long");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_only_we_may_write_is_trusted),
      TEST(a_file_that_others_may_write_is_refused),
      TEST(a_file_that_another_group_may_write_is_refused),
      TEST(a_file_or_folder_of_another_user_is_refused),
      TEST(each_folder_on_the_way_counts),
      TEST(a_sticky_folder_is_good_to_pass_and_not_to_lie_in),
      TEST(a_link_is_what_it_leads_to_and_the_way_there),
      TEST(a_link_that_another_user_made_is_refused),
      TEST(links_without_end_end),
      TEST(a_relative_path_begins_here),
      TEST(what_is_not_there_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
