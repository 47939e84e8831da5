/* SPDX-License-Identifier: MIT */
/*
 * A store that fails: at each of its calls once, and from each of its calls on. Nothing is told as
 * done that is not there after a restart, and what was told as refused is as it was.
 */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/faults/faulty_store.h"
#include "tests/faults/judge.h"
#include "tests/faults/story.h"
#include "tests/faults/talk.h"

static void options_over(world_options *options, omadm_store *store, unsigned host_flags) {
  world_options_init(options);
  options->store = store;
  options->host_flags = host_flags;
}

/* Plays the story over a store that fails so. True where the call it should fail at came. */
static bool play(store_call call, unsigned from, unsigned count, unsigned host_flags) {
  static const char *const names[] = {"get", "next", "apply"};
  char which[100];
  omadm_store *inner = story_store();
  faulty_store faulty;
  world w;
  world_options options;
  story told = {.over = false};
  snprintf(which, sizeof which, "%u times from %s %u (host %u)", count, names[call], from,
           host_flags);
  faulty_store_init(&faulty, inner);
  options_over(&options, &faulty.base, host_flags);
  faulty.fail_from[call] = from;
  faulty.fail_count[call] = count;
  if (world_open(&w, &options) == 0) story_play(&w, &told);
  bool came = faulty.calls[call] >= from;
  faulty.fail_from[call] = 0;
  if (w.framework != NULL && w.inner != NULL) story_check(&w, &told, which);
  world_close(&w);
  story_check_store(inner, &told, which);
  omadm_store_close(inner);
  return came;
}

static void each_call_fails(store_call call, unsigned least) {
  for (unsigned host = 0; host < 4; host++) {
    unsigned from = 1;
    while (play(call, from, 1, host))
      from++;
    assert_true(from > least);
    for (from = 1; play(call, from, UINT_MAX, host);)
      from++;
  }
}

static void a_failing_read_of_a_node_is_told_and_changes_nothing(void **state) {
  (void)state;
  each_call_fails(STORE_GET, 10);
}

static void a_failing_listing_is_told_and_changes_nothing(void **state) {
  (void)state;
  each_call_fails(STORE_NEXT, 5);
}

static void what_could_not_be_made_durable_is_told_as_a_failure(void **state) {
  (void)state;
  each_call_fails(STORE_APPLY, 3);
}

static void without_faults_the_story_ends_well(void **state) {
  static const int expected[STORY_CHANGES] = {200, 200, 200, 200, 200, 200, 200, 200, 200, 216};
  (void)state;
  omadm_store *store = story_store();
  world w;
  world_options options;
  story told;
  options_over(&options, store, 0);
  assert_int_equal(world_open(&w, &options), 0);
  story_play(&w, &told);
  assert_memory_equal(told.status, expected, sizeof expected);
  story_check(&w, &told, "no faults");
  world_close(&w);
  story_check_store(store, &told, "no faults");
  omadm_store_close(store);
}

/* The answer to one message with a change, over a store whose every apply fails. */
static void a_change_that_cannot_be_stored_answers_510(void **state) {
  static const char message[] = SERVER_MESSAGE(
      "1", REPLACE("2", LEAVES "Text", "new") ATOMIC("3", REPLACE("4", LEAVES "Number", "2")));
  (void)state;
  omadm_store *inner = story_store();
  faulty_store faulty;
  world w;
  world_options options;
  char found[20];
  faulty_store_init(&faulty, inner);
  options_over(&options, &faulty.base, 0);
  assert_int_equal(world_open(&w, &options), 0);
  assert_int_equal(world_session(&w), 0);
  assert_int_equal(world_next(&w), OMADM_SEND);
  assert_int_equal(world_next(&w), OMADM_RECEIVE);
  faulty.fail_from[STORE_APPLY] = faulty.calls[STORE_APPLY] + 1;
  faulty.fail_count[STORE_APPLY] = UINT_MAX;
  assert_int_equal(world_feed(&w, message, sizeof message - 1), 0);
  assert_int_equal(world_next(&w), OMADM_SEND);
  assert_int_equal(judge_status(w.out.body, "2"), OMADM_ST_STORE_FAILED);
  assert_int_not_equal(judge_status(w.out.body, "3"), OMADM_ST_OK);
  assert_int_not_equal(judge_status(w.out.body, "4"), OMADM_ST_OK);
  assert_int_equal(world_get(&w, LEAVES "Text", found, sizeof found), OMADM_ST_OK);
  assert_string_equal(found, "old");
  world_close(&w);
  omadm_store_close(inner);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_faults_the_story_ends_well),
      cmocka_unit_test(a_change_that_cannot_be_stored_answers_510),
      cmocka_unit_test(a_failing_read_of_a_node_is_told_and_changes_nothing),
      cmocka_unit_test(a_failing_listing_is_told_and_changes_nothing),
      cmocka_unit_test(what_could_not_be_made_durable_is_told_as_a_failure),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
