/* SPDX-License-Identifier: MIT */
/* The store after a power cut: all of a batch or nothing of it, and never less than what was told.
 */
#include "tests/store/folder.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MEMBERS = 20 };

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

/* One batch that sets all members to the same number. */
static void write_round(omadm_store *s, unsigned round) {
  static char names[MEMBERS][16];
  static char value[300];
  omadm_store_change changes[MEMBERS];
  snprintf(value, sizeof value, "%u %0200u", round, round);
  for (size_t i = 0; i < MEMBERS; i++) {
    snprintf(names[i], sizeof names[i], "member%zu", i);
    changes[i] =
        (omadm_store_change){OMADM_STORE_NODE, omadm_str_of(names[i]), omadm_str_of(value)};
  }
  omadm_error error = {0};
  if (s->ops->apply(s, changes, MEMBERS, &error) != 0) fail_msg("%s", error.text);
}

/* The number that all members agree on; 0 where none is there. Fails where they differ. */
static unsigned read_round(const char *folder) {
  omadm_store *s = folder_open(folder);
  unsigned first = 0;
  for (size_t i = 0; i < MEMBERS; i++) {
    char name[16];
    snprintf(name, sizeof name, "member%zu", i);
    omadm_str value = {NULL, 0};
    omadm_err err = s->ops->get(s, OMADM_STORE_NODE, omadm_str_of(name), &value, NULL);
    assert_true(err == 0 || err == OMADM_E_NOT_FOUND);
    unsigned round = err == 0 ? (unsigned)strtoul(value.ptr, NULL, 10) : 0;
    if (i == 0) first = round;
    assert_int_equal(round, first);
  }
  omadm_store_close(s);
  return first;
}

static void a_copy_taken_between_two_batches_holds_what_was_told(void **state) {
  omadm_store *s = folder_open(*state);
  for (unsigned round = 1; round <= 30; round++) {
    write_round(s, round);
    char copy[FOLDER_PATH];
    folder_make(copy);
    folder_copy_store(*state, copy);
    assert_int_equal(read_round(copy), round);
    folder_remove(copy);
  }
  omadm_store_close(s);
}

/* A batch cut at any octet of the -wal file: the file as it was when the power went. */
static void a_batch_cut_anywhere_is_whole_or_not_there(void **state) {
  char wal[FOLDER_PATH + 40];
  omadm_store *s = folder_open(*state);
  write_round(s, 1);
  write_round(s, 2);
  snprintf(wal, sizeof wal, "%s/state/store.db-wal", (const char *)*state);
  FILE *file = fopen(wal, "rb");
  assert_non_null(file);
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  fclose(file);
  unsigned last = 0;
  for (long cut = 0; cut <= size; cut += 1013) {
    char copy[FOLDER_PATH];
    folder_make(copy);
    folder_copy_store(*state, copy);
    snprintf(wal, sizeof wal, "%s/state/store.db-wal", copy);
    assert_int_equal(truncate(wal, cut), 0);
    unsigned round = read_round(copy);
    assert_true(round >= last && round <= 2);
    last = round;
    folder_remove(copy);
  }
  omadm_store_close(s);
}

/* Writes until it is killed, and says what is done. */
static void write_for_ever(const char *folder, int told) {
  omadm_store *s = folder_open(folder);
  for (unsigned round = 1;; round++) {
    write_round(s, round);
    if (write(told, &round, sizeof round) != (ssize_t)sizeof round) _exit(1);
  }
}

static void a_killed_writer_leaves_all_or_nothing(void **state) {
  (void)state;
  for (unsigned i = 0; i < 12; i++) {
    char folder[FOLDER_PATH];
    int ends[2];
    folder_make(folder);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
      close(ends[0]);
      write_for_ever(folder, ends[1]);
    }
    close(ends[1]);
    unsigned told = 0;
    const struct timespec wait = {0, 1000000L * (5 + i * 7)};
    assert_int_equal(read(ends[0], &told, sizeof told), sizeof told); /* it has begun */
    nanosleep(&wait, NULL);
    kill(child, SIGKILL);
    assert_int_equal(waitpid(child, NULL, 0), child);
    while (read(ends[0], &told, sizeof told) == (ssize_t)sizeof told)
      continue;
    close(ends[0]);
    unsigned found = read_round(folder);
    assert_true(found == told || found == told + 1);
    folder_remove(folder);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_copy_taken_between_two_batches_holds_what_was_told, make,
                                      drop),
      cmocka_unit_test_setup_teardown(a_batch_cut_anywhere_is_whole_or_not_there, make, drop),
      cmocka_unit_test(a_killed_writer_leaves_all_or_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
