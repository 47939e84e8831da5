/* SPDX-License-Identifier: MIT */
/* What becomes of a secret that is overwritten or deleted: its octets are nowhere in the files. */
#include "tests/store/folder.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET "a-secret-that-must-not-stay"

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

/* Is the secret in any file of the store? Each must be ours alone. */
static bool stays(void **state) {
  return folder_holds(*state, SECRET) > 0;
}

static void keep_secret(void **state) {
  omadm_store *s = folder_open(*state);
  store_put(s, "neighbour", "stays");
  store_put(s, "secret", SECRET);
  omadm_store_close(s);
  assert_true(stays(state));
}

static void an_overwritten_secret_is_gone(void **state) {
  keep_secret(state);
  omadm_store *s = folder_open(*state);
  store_put(s, "secret", "other");
  omadm_store_close(s);
  assert_false(stays(state));
}

static void a_deleted_secret_is_gone(void **state) {
  keep_secret(state);
  omadm_store *s = folder_open(*state);
  omadm_store_change change = {OMADM_STORE_NODE, OMADM_STR("secret"), {NULL, 0}};
  assert_int_equal(s->ops->apply(s, &change, 1, NULL), OMADM_OK);
  omadm_store_close(s);
  assert_false(stays(state));
}

static void a_secret_that_never_left_the_log_is_gone(void **state) {
  omadm_store *s = folder_open(*state);
  store_put(s, "secret", SECRET);
  store_put(s, "secret", "other");
  omadm_store_close(s);
  assert_false(stays(state));
}

/* A process that dies leaves its log behind; the next one that opens the store clears it away. */
static void after_a_crash_the_next_start_clears_it_away(void **state) {
  fflush(NULL);
  pid_t child = fork();
  if (child == 0) {
    omadm_store *s = folder_open(*state);
    store_put(s, "secret", SECRET);
    store_put(s, "secret", "other");
    raise(SIGKILL);
  }
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  assert_true(stays(state));
  omadm_store *s = folder_open(*state);
  assert_false(stays(state));
  store_expect(s, "secret", "other");
  omadm_store_close(s);
}

static void erase(omadm_store *s, omadm_store_erasure how) {
  omadm_error error = {0};
  if (s->ops->erase(s, how, &error) != 0) fail_msg("%s", error.text);
}

static void an_erased_secret_is_gone_while_the_store_is_open(void **state) {
  static const omadm_store_erasure hows[] = {OMADM_STORE_ERASE_LOG, OMADM_STORE_ERASE_ALL};
  omadm_store *s = folder_open(*state);
  for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) {
    store_put(s, "secret", SECRET);
    store_put(s, "secret", "other");
    assert_true(stays(state));
    erase(s, hows[i]);
    assert_false(stays(state));
    store_expect(s, "secret", "other");
  }
  omadm_store_close(s);
}

/* Rows in no order, a batch of a hundred at a time. */
static void put_rows(omadm_store *s, const char *before) {
  enum { ROUNDS = 30, BATCH = 100 };
  static char keys[BATCH][40], values[BATCH][200];
  omadm_store_change changes[BATCH];
  srand(1);
  for (int i = 0; i < ROUNDS * BATCH; i++) {
    int at = i % BATCH;
    snprintf(keys[at], sizeof keys[at], "%08x-%d", (unsigned)rand(), i);
    snprintf(values[at], sizeof values[at], "%s%0*d", before, rand() % 100 + 1, i);
    changes[at] =
        (omadm_store_change){OMADM_STORE_NODE, omadm_str_of(keys[at]), omadm_str_of(values[at])};
    if (at == BATCH - 1) assert_int_equal(s->ops->apply(s, changes, BATCH, NULL), OMADM_OK);
  }
}

/* Where pages are balanced cells move, and their copies stay in what is free of a page. */
static void no_copy_of_a_moved_secret_stays(void **state) {
  omadm_store *s = folder_open(*state);
  put_rows(s, SECRET);
  put_rows(s, "");
  erase(s, OMADM_STORE_ERASE_LOG);
  assert_true(folder_holds(*state, SECRET) < 100);
  erase(s, OMADM_STORE_ERASE_ALL);
  assert_false(stays(state));
  omadm_store_close(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(an_overwritten_secret_is_gone, make, drop),
      cmocka_unit_test_setup_teardown(a_deleted_secret_is_gone, make, drop),
      cmocka_unit_test_setup_teardown(a_secret_that_never_left_the_log_is_gone, make, drop),
      cmocka_unit_test_setup_teardown(an_erased_secret_is_gone_while_the_store_is_open, make, drop),
      cmocka_unit_test_setup_teardown(no_copy_of_a_moved_secret_stays, make, drop),
      cmocka_unit_test_setup_teardown(after_a_crash_the_next_start_clears_it_away, make, drop),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
