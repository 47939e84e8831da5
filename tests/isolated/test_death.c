/* SPDX-License-Identifier: MIT */
/* A process that dies, at any moment, costs one request. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <omadm/worker.h>

#include "cage.h"

#define BASE "./Vendor/Trial"
#define STAGES "./Vendor/Stages"

static int set_up(void **state) {
  *state = cage_new("trial_plain", NULL);
  return 0;
}

static int set_up_stages(void **state) {
  *state = cage_new("trial_staging", NULL);
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static void a_slot_that_dies_is_500_and_the_next_finds_a_new_process(void **state) {
  rig *r = *state;
  int first = cage_process(r);
  assert_int_equal(rig_replace(r, BASE "/Value", "kept"), 200);
  assert_int_equal(rig_exec(r, BASE "/Run", "kill"), 500);
  assert_int_equal(cage_process(r), 0);
  assert_non_null(strstr(r->log, "signal 9"));
  rig_expect(r, BASE "/Value", "kept");
  assert_int_not_equal(cage_process(r), first);
}

static void whatever_ends_it_is_named(void **state) {
  static const struct {
    const char *order, *log;
  } ends[] = {
      {"exit", "exit status 7"},
      {"close", "its process"},
      {"junk", "it sent what is no message"},
      {"short", "it sent what is no message"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
    rig *r = cage_new("trial_plain", NULL);
    assert_int_equal(rig_exec(r, BASE "/Run", ends[i].order), 500);
    if (strstr(r->log, ends[i].log) == NULL) fail_msg("%s: %s", ends[i].order, r->log);
    cage_expect_status(r, BASE "/Value", 200);
    rig_free(r);
  }
}

static void every_slot_may_die(void **state) {
  rig *r = *state;
  char name[40];
  assert_int_equal(rig_replace(r, BASE "/Die", "get"), 200);
  cage_expect_status(r, BASE "/Value", 500);
  assert_int_equal(rig_replace(r, BASE "/Die", "list"), 200);
  assert_int_equal(rig_list(r, BASE "/List"), 500);
  assert_int_equal(rig_replace(r, BASE "/Die", "find"), 200);
  assert_int_equal(rig_resolve(r, BASE "/List/one"), 500);
  assert_int_equal(rig_replace(r, BASE "/Die", "replace"), 200);
  assert_int_equal(rig_replace(r, BASE "/Value", "x"), 500);
  snprintf(name, sizeof name, "%d", cage_process(r));
  cage_expect_status(r, BASE "/Pid", 200);
}

static void one_that_is_killed_while_it_rests_costs_nothing(void **state) {
  rig *r = *state;
  cage_expect_status(r, BASE "/Value", 200);
  pid_t first = cage_process(r);
  kill(first, SIGKILL);
  /* Its end of the socket closes when it has died, which takes a moment. */
  for (int i = 0; i < 200 && cage_process(r) == first; i++) {
    omadm_framework_pump(r->framework, 0);
    usleep(5000);
  }
  assert_int_equal(cage_process(r), 0);
  cage_expect_status(r, BASE "/Value", 200);
  assert_int_not_equal(cage_process(r), first);
}

static void one_that_answers_nothing_is_killed_in_time(void **state) {
  rig *r = *state;
  time_t before = time(NULL);
  assert_int_equal(rig_exec(r, BASE "/Run", "hang"), 500);
  assert_in_range(time(NULL) - before, 2, 6);
  assert_non_null(strstr(r->log, "took longer"));
  cage_expect_status(r, BASE "/Value", 200);
}

static void late_requests_end_with_it(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Die", "done"), 200);
  cage_expect_status(r, BASE "/Late", 500);
  assert_int_equal(rig_replace(r, BASE "/Die", "job"), 200);
  omadm_status status = rig_start(r, OMADM_VERB_GET, BASE "/Late", NULL);
  assert_int_equal(status, OMADM_ST_PENDING);
  kill(cage_process(r), SIGKILL);
  assert_int_equal(rig_wait(r), 500);
  assert_int_equal(omadm_framework_pending(r->framework), 0);
}

static void an_exec_that_was_told_202_goes_on_in_the_next_process(void **state) {
  rig *r = *state;
  assert_int_equal(rig_exec(r, BASE "/Run", "wait"), 202);
  cage_pump(r);
  assert_int_equal(omadm_framework_alerts(r->framework, (omadm_str){NULL, 0}), 0);
  kill(cage_process(r), SIGKILL);
  for (int i = 0; i < 100 && omadm_framework_alerts(r->framework, (omadm_str){NULL, 0}) == 0; i++)
    omadm_framework_pump(r->framework, 100);
  assert_int_equal(omadm_framework_alerts(r->framework, (omadm_str){NULL, 0}), 1);
  assert_int_equal(r->ended, 200);
  assert_int_equal(omadm_framework_pending(r->framework), 0);
}

static void one_that_dies_again_and_again_is_503(void **state) {
  rig *r = *state;
  for (int i = 0; i < 5; i++)
    assert_int_equal(rig_exec(r, BASE "/Run", "kill"), 500);
  cage_expect_status(r, BASE "/Value", 503);
  cage_expect_status(r, BASE "/Value", 503);
  const char *told = strstr(r->log, "it is answered 503");
  assert_non_null(told);
  assert_null(strstr(told + 1, "it is answered 503"));
}

/* Its group dies with it: what it forked too. */
static void what_it_started_goes_with_it(void **state) {
  rig *r = *state;
  omadm_status status = rig_exec(r, BASE "/Run", "alone");
  pid_t group = cage_process(r);
  (void)status; /* a process that may not fork is killed for it, or goes on */
  if (group > 0) kill(group, SIGKILL);
  if (group > 0) {
    for (int i = 0; i < 100 && kill(-group, 0) == 0; i++) {
      omadm_framework_pump(r->framework, 0);
      usleep(20000);
    }
    assert_int_equal(kill(-group, 0), -1);
  }
}

static void no_process_survives_the_framework(void **state) {
  rig *r = cage_new("trial_plain", NULL);
  (void)state;
  cage_expect_status(r, BASE "/Value", 200);
  pid_t pid = cage_process(r);
  rig_free(r);
  assert_int_equal(kill(pid, 0), -1);
  r = cage_new("trial_plain", NULL);
  assert_int_equal(rig_replace(r, BASE "/Die", "close"), 200);
  pid = cage_process(r);
  rig_free(r);
  assert_int_equal(kill(pid, 0), -1);
}

static void death_wakes_one_who_waits_with_a_worker(void **state) {
  rig_options options = rig_mode;
  omadm_error error = {0};
  (void)state;
  if (omadm_worker_new(2, &options.worker, &error) != 0) fail_msg("%s", error.text);
  rig *r = cage_new("trial_plain", &options);
  rig_expect(r, BASE "/Late", "late");
  assert_int_equal(rig_replace(r, BASE "/Die", "done"), 200);
  cage_expect_status(r, BASE "/Late", 500);
  rig_free(r);
  omadm_worker_free(options.worker);
}

/* A transaction of the CSP: begin, replace, prepare, commit; it dies in `where`. */
static omadm_status replace_and_die(rig *r, const char *where) {
  assert_int_equal(rig_replace(r, STAGES "/Value", "old"), 200);
  assert_int_equal(rig_replace(r, STAGES "/Die", where), 200);
  return rig_replace(r, STAGES "/Value", "new");
}

static void one_that_dies_before_it_has_prepared_changed_nothing(void **state) {
  static const char *const slots[] = {"begin", "replace", "prepare", "prepared"};
  (void)state;
  for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
    rig *r = cage_new("trial_staging", NULL);
    omadm_status status = replace_and_die(r, slots[i]);
    if (status != 500) fail_msg("%s: %u %s", slots[i], status, r->log);
    rig_expect(r, STAGES "/Value", "old");
    status = rig_replace(r, STAGES "/Value", "newer");
    if (status != 200) fail_msg("%s, then %u: %s", slots[i], status, r->log);
    rig_expect(r, STAGES "/Value", "newer");
    rig_free(r);
  }
}

static void one_that_dies_in_its_commit_commits_in_the_next_process(void **state) {
  static const char *const slots[] = {"commit", "committed"};
  (void)state;
  for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
    rig *r = cage_new("trial_staging", NULL);
    assert_int_equal(replace_and_die(r, slots[i]), 200);
    rig_expect(r, STAGES "/Value", "new");
    assert_int_equal(rig_replace(r, STAGES "/Value", "newer"), 200);
    rig_free(r);
  }
}

static void the_roll_back_of_what_died_has_nothing_to_do(void **state) {
  rig *r = *state;
  const omadm_tree *t = (rig_get(r, STAGES "/Value"), r->tree);
  assert_int_equal(rig_replace(r, STAGES "/Value", "old"), 200);
  assert_int_equal(t->begin(t->ctx, &r->origin), 200);
  assert_int_equal(rig_replace(r, STAGES "/Value", "new"), 200);
  kill(cage_process(r), SIGKILL);
  cage_expect_status(r, STAGES "/Value", 500);
  cage_expect_status(r, STAGES "/Value", 500);
  omadm_status undone[4] = {0};
  t->rollback(t->ctx, undone, 4);
  rig_expect(r, STAGES "/Value", "old");
  assert_null(strstr(r->log, "roll-back"));
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_slot_that_dies_is_500_and_the_next_finds_a_new_process),
      cmocka_unit_test(whatever_ends_it_is_named),
      TEST(every_slot_may_die),
      TEST(one_that_is_killed_while_it_rests_costs_nothing),
      TEST(one_that_answers_nothing_is_killed_in_time),
      TEST(late_requests_end_with_it),
      TEST(an_exec_that_was_told_202_goes_on_in_the_next_process),
      TEST(one_that_dies_again_and_again_is_503),
      TEST(what_it_started_goes_with_it),
      cmocka_unit_test(no_process_survives_the_framework),
      cmocka_unit_test(death_wakes_one_who_waits_with_a_worker),
      cmocka_unit_test(one_that_dies_before_it_has_prepared_changed_nothing),
      cmocka_unit_test(one_that_dies_in_its_commit_commits_in_the_next_process),
      cmocka_unit_test_setup_teardown(the_roll_back_of_what_died_has_nothing_to_do, set_up_stages,
                                      tear_down),
  };
  return rig_run("death of an isolated plugin", tests, sizeof tests / sizeof *tests);
}
