/* SPDX-License-Identifier: MIT */
/* What only the store on disk has: files, versions, damage, counters. */
#include "tests/store/folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int make(void **state) {
  static char folder[FOLDER_PATH];
  folder_make(folder);
  *state = folder;
  return 0;
}

static int drop(void **state) {
  folder_remove(*state);
  return 0;
}

static const char *file_of(void **state, const char *name) {
  static char path[FOLDER_PATH + 40];
  snprintf(path, sizeof path, "%s/state/%s", (const char *)*state, name);
  return path;
}

static void run_sql(const char *path, const char *sql) {
  sqlite3 *db = NULL;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

/* Opening must fail so, with a sentence that names the file and holds this text. */
static void expect_refused(void **state, omadm_err err, const char *text) {
  char dir[FOLDER_PATH + 10];
  snprintf(dir, sizeof dir, "%s/state", (const char *)*state);
  omadm_store *store = NULL;
  omadm_error error = {0};
  assert_int_equal(omadm_store_open(dir, &store, &error), err);
  assert_null(store);
  if (strstr(error.text, dir) == NULL || strstr(error.text, text) == NULL)
    fail_msg("said: %s", error.text);
}

static void values_outlive_the_store(void **state) {
  omadm_store *s = folder_open(*state);
  store_put(s, "a", "1");
  omadm_store_close(s);
  s = folder_open(*state);
  store_expect(s, "a", "1");
  omadm_store_close(s);
}

static void files_are_for_their_owner_only(void **state) {
  struct stat st;
  mode_t mask = umask(0);
  omadm_store *s = folder_open(*state);
  store_put(s, "a", "1");
  umask(mask);
  assert_int_equal(stat(file_of(state, ""), &st), 0);
  assert_int_equal(st.st_mode & 0777, 0700);
  static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm"};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(stat(file_of(state, names[i]), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
  }
  omadm_store_close(s);
  assert_int_equal(chmod(file_of(state, "store.db"), 0644), 0);
  s = folder_open(*state);
  assert_int_equal(stat(file_of(state, "store.db"), &st), 0);
  assert_int_equal(st.st_mode & 0777, 0600);
  omadm_store_close(s);
}

static void missing_parents_are_not_made(void **state) {
  char dir[FOLDER_PATH + 20];
  snprintf(dir, sizeof dir, "%s/no/state", (const char *)*state);
  omadm_store *store = NULL;
  omadm_error error = {0};
  assert_int_equal(omadm_store_open(dir, &store, &error), OMADM_E_IO);
  assert_non_null(strstr(error.text, "No such file or directory"));
}

static void a_file_in_place_of_the_folder_is_refused(void **state) {
  char path[FOLDER_PATH + 10];
  snprintf(path, sizeof path, "%s/state", (const char *)*state);
  close(open(path, O_CREAT | O_WRONLY, 0600));
  expect_refused(state, OMADM_E_IO, "needs a folder here");
}

static void a_link_in_place_of_the_file_is_refused(void **state) {
  assert_int_equal(mkdir(file_of(state, ""), 0700), 0);
  assert_int_equal(symlink("/dev/null", file_of(state, "store.db")), 0);
  expect_refused(state, OMADM_E_IO, "not a plain file");
}

static void a_newer_version_is_refused(void **state) {
  omadm_store_close(folder_open(*state));
  run_sql(file_of(state, "store.db"), "PRAGMA user_version = 99");
  expect_refused(state, OMADM_E_ABI, "version 99 of the store, made by a newer omadm");
  run_sql(file_of(state, "store.db"), "PRAGMA user_version = 1");
  omadm_store_close(folder_open(*state));
}

static void an_empty_database_becomes_a_store(void **state) {
  assert_int_equal(mkdir(file_of(state, ""), 0700), 0);
  run_sql(file_of(state, "store.db"), "PRAGMA user_version = 0; VACUUM");
  omadm_store *s = folder_open(*state);
  store_put(s, "a", "1");
  omadm_store_close(s);
}

static void the_database_of_another_program_is_refused(void **state) {
  assert_int_equal(mkdir(file_of(state, ""), 0700), 0);
  run_sql(file_of(state, "store.db"), "CREATE TABLE contacts(name)");
  expect_refused(state, OMADM_E_STORE, "another program");
}

static void write_at(const char *path, long offset, size_t n) {
  FILE *file = fopen(path, "r+b");
  assert_non_null(file);
  fseek(file, offset, SEEK_SET);
  for (size_t i = 0; i < n; i++)
    fputc(0xA5, file);
  fclose(file);
}

static void a_damaged_file_is_named_with_what_to_do(void **state) {
  omadm_store_close(folder_open(*state));
  write_at(file_of(state, "store.db"), 0, 100);
  expect_refused(state, OMADM_E_STORE, "no SQLite database: move the file away");
}

static void a_damaged_page_is_a_sentence_and_no_crash(void **state) {
  omadm_store *s = folder_open(*state);
  char key[40];
  for (int i = 0; i < 300; i++) {
    snprintf(key, sizeof key, "a rather long key to fill pages %d", i);
    store_put(s, key, "and a value of some length to fill them faster, and faster, and faster");
  }
  omadm_store_close(s);
  struct stat st;
  assert_int_equal(stat(file_of(state, "store.db"), &st), 0);
  write_at(file_of(state, "store.db"), 4096, (size_t)st.st_size - 4096);
  s = folder_open(*state);
  omadm_str value = {NULL, 0};
  omadm_error error = {0};
  assert_int_equal(s->ops->get(s, OMADM_STORE_NODE, omadm_str_of(key), &value, &error),
                   OMADM_E_STORE);
  assert_non_null(strstr(error.text, "the file is damaged: move it away"));
  omadm_store_close(s);
}

static void counters_tell_statements_and_syncs(void **state) {
  omadm_store *s = folder_open(*state);
  uint64_t statements[2];
  uint64_t syncs[2];
  store_put(s, "first", "the first commit writes the head of the -wal file too");
  omadm_store_counters(s, &statements[0], &syncs[0]);
  store_put(s, "a", "1");
  omadm_store_counters(s, &statements[1], &syncs[1]);
  assert_int_equal(statements[1] - statements[0], 3); /* begin, put, commit */
  assert_int_equal(syncs[1] - syncs[0], 1);
  static const omadm_str value = OMADM_STR("x");
  static char names[1000][8];
  static omadm_store_change changes[1000];
  for (size_t i = 0; i < 1000; i++) {
    snprintf(names[i], sizeof names[i], "k%zu", i);
    changes[i] = (omadm_store_change){OMADM_STORE_NODE, omadm_str_of(names[i]), value};
  }
  omadm_store_counters(s, &statements[0], &syncs[0]);
  assert_int_equal(s->ops->apply(s, changes, 1000, NULL), 0);
  store_expect(s, "k999", "x");
  omadm_store_counters(s, &statements[1], &syncs[1]);
  assert_int_equal(statements[1] - statements[0], 1003);
  assert_int_equal(syncs[1] - syncs[0], 1);
  omadm_store_close(s);
  assert_int_equal(omadm_store_new_memory(&s, NULL), 0);
  omadm_store_counters(s, &statements[0], &syncs[0]);
  assert_int_equal(statements[0] + syncs[0], 0);
  omadm_store_close(s);
}

static void two_stores_in_one_process_do_not_disturb_each_other(void **state) {
  omadm_store *a = folder_open(*state);
  omadm_store *b = folder_open(*state);
  store_put(a, "k", "from a");
  store_expect(b, "k", "from a");
  store_put(b, "k", "from b");
  store_expect(a, "k", "from b");
  omadm_store_close(a);
  store_put(b, "k", "again");
  omadm_store_close(b);
}

static void what_was_removed_is_overwritten_on_disk(void **state) {
  static const char secret[] = "a secret that must not stay in the file";
  omadm_store *s = folder_open(*state);
  store_put(s, "k", secret);
  omadm_store_close(s);
  s = folder_open(*state);
  store_put(s, "k", NULL);
  omadm_store_close(s);
  static char octets[1 << 20];
  FILE *file = fopen(file_of(state, "store.db"), "rb");
  assert_non_null(file);
  size_t n = fread(octets, 1, sizeof octets, file);
  fclose(file);
  assert_null(memmem(octets, n, secret, sizeof secret - 1));
}

static void a_store_does_not_grow_beyond_its_limit(void **state) {
  enum { MOST = 1 << 20 };
  static char large[4 * MOST];
  omadm_store *s = folder_open(*state);
  omadm_error error = {0};
  assert_int_equal(omadm_store_limit(s, MOST, &error), 0);
  store_put(s, "small", "1");
  const omadm_store_change change = {OMADM_STORE_NODE, OMADM_STR("large"), {large, sizeof large}};
  assert_int_equal(s->ops->apply(s, &change, 1, &error), OMADM_E_STORE);
  assert_non_null(strstr(error.text, "full"));
  store_expect(s, "small", "1");
  store_expect(s, "large", NULL);
  store_put(s, "after", "1");
  omadm_store_close(s);
}

/* In a child, since the limit on the size of files cannot be lifted again. */
static int fill_the_disk(const char *folder) {
  signal(SIGXFSZ, SIG_IGN);
  omadm_store *s = folder_open(folder);
  store_put(s, "before", "1");
  const struct rlimit limit = {100000, 100000};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
  static char large[200000];
  const omadm_store_change changes[] = {
      {OMADM_STORE_NODE, OMADM_STR("before"), OMADM_STR("2")},
      {OMADM_STORE_NODE, OMADM_STR("large"), {large, sizeof large}}};
  omadm_error error = {0};
  if (s->ops->apply(s, changes, 2, &error) != OMADM_E_STORE) return 3;
  if (strstr(error.text, "nothing was changed") == NULL) return 4;
  store_expect(s, "before", "1");
  store_expect(s, "large", NULL);
  store_put(s, "after", "1");
  omadm_store_close(s);
  return 0;
}

static void a_full_disk_is_a_sentence_and_changes_nothing(void **state) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) _exit(fill_the_disk(*state));
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  omadm_store *s = folder_open(*state);
  store_expect(s, "before", "1");
  store_expect(s, "after", "1");
  omadm_store_close(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(values_outlive_the_store),
      TEST(a_store_does_not_grow_beyond_its_limit),
      TEST(files_are_for_their_owner_only),
      TEST(missing_parents_are_not_made),
      TEST(a_file_in_place_of_the_folder_is_refused),
      TEST(a_link_in_place_of_the_file_is_refused),
      TEST(a_newer_version_is_refused),
      TEST(an_empty_database_becomes_a_store),
      TEST(the_database_of_another_program_is_refused),
      TEST(a_damaged_file_is_named_with_what_to_do),
      TEST(a_damaged_page_is_a_sentence_and_no_crash),
      TEST(counters_tell_statements_and_syncs),
      TEST(two_stores_in_one_process_do_not_disturb_each_other),
      TEST(what_was_removed_is_overwritten_on_disk),
      TEST(a_full_disk_is_a_sentence_and_changes_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
