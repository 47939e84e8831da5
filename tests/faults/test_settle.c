/* SPDX-License-Identifier: MIT */
/*
 * Durable before told (docs/architecture.md, Changes): when the session hands out an answer, parks,
 * or starts an Exec, another device on the same store sees what was accepted before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/faults/faulty_store.h"
#include "tests/faults/judge.h"
#include "tests/faults/talk.h"

typedef struct rig {
  omadm_store *inner;
  faulty_store store; /* counts */
  world world;
  unsigned applied; /* when the message came */
  unsigned execs; /* seen by at_exec */
} rig;

/* A session that has sent package 1 and waits for the server. */
static void open_rig(rig *r) {
  world_options options;
  *r = (rig){.applied = 0};
  assert_int_equal(omadm_store_new_memory(&r->inner, NULL), 0);
  faulty_store_init(&r->store, r->inner);
  world_options_init(&options);
  options.store = &r->store.base;
  assert_int_equal(world_open(&r->world, &options), 0);
  assert_int_equal(world_session(&r->world), 0);
  assert_int_equal(world_next(&r->world), OMADM_SEND);
  assert_int_equal(world_next(&r->world), OMADM_RECEIVE);
}

static void close_rig(rig *r) {
  world_close(&r->world);
  omadm_store_close(r->inner);
}

static void feed(rig *r, const char *message) {
  r->applied = r->store.calls[STORE_APPLY];
  assert_int_equal(world_feed(&r->world, message, strlen(message)), 0);
}

/* What a device that starts now on the same store reads. */
static void expect_stored(rig *r, const char *uri, const char *value) {
  world other;
  world_options options;
  char found[100];
  world_options_init(&options);
  options.store = r->inner;
  assert_int_equal(world_open(&other, &options), 0);
  assert_int_equal(world_get(&other, uri, found, sizeof found), OMADM_ST_OK);
  assert_string_equal(found, value);
  world_close(&other);
}

static void a_change_is_in_the_store_before_its_status_is_handed_out(void **state) {
  (void)state;
  rig r;
  open_rig(&r);
  feed(&r, SERVER_MESSAGE("1", REPLACE("2", LEAVES "Text", "new") REPLACE("3", LEAVES "Number", "7")
                                   ATOMIC("4", REPLACE("5", LEAVES "Flag", "true"))));
  assert_int_equal(world_next(&r.world), OMADM_SEND);
  assert_int_equal(judge_status(r.world.out.body, "2"), 200);
  assert_int_equal(judge_status(r.world.out.body, "5"), 200);
  expect_stored(&r, LEAVES "Text", "new");
  expect_stored(&r, LEAVES "Number", "7");
  expect_stored(&r, LEAVES "Flag", "true");
  close_rig(&r);
}

static void a_message_of_many_changes_is_stored_at_once(void **state) {
  (void)state;
  rig r;
  open_rig(&r);
  feed(&r, SERVER_MESSAGE("1", REPLACE("2", LEAVES "Text", "a") REPLACE("3", LEAVES "Text", "b")
                                   REPLACE("4", LEAVES "Number", "1") ADD("5", ITEMS "A/Name", "n")
                                       REPLACE("6", LEAVES "Text", "c")));
  assert_int_equal(world_next(&r.world), OMADM_SEND);
  assert_int_equal(r.store.calls[STORE_APPLY] - r.applied, 1);
  expect_stored(&r, LEAVES "Text", "c");
  close_rig(&r);
}

static void at_exec(void *ctx) {
  rig *r = ctx;
  r->execs++;
  expect_stored(r, LEAVES "Text", "before the Exec");
}

static void what_was_done_before_an_exec_is_in_the_store_when_it_starts(void **state) {
  (void)state;
  rig r;
  open_rig(&r);
  r.world.before_exec = at_exec;
  r.world.before_exec_ctx = &r;
  feed(&r, SERVER_MESSAGE("1", REPLACE("2", LEAVES "Text", "before the Exec")
                                   EXEC("3", SLOW "Run", "now")));
  assert_int_equal(world_next(&r.world), OMADM_SEND);
  assert_int_equal(r.execs, 1);
  assert_int_equal(judge_status(r.world.out.body, "3"), 200);
  close_rig(&r);
}

static void what_was_done_is_in_the_store_while_the_session_is_parked(void **state) {
  (void)state;
  rig r;
  open_rig(&r);
  feed(&r, SERVER_MESSAGE("1",
                          REPLACE("2", LEAVES "Text", "kept") REPLACE("3", SLOW "Value", "later")));
  assert_int_equal(omadm_session_next(r.world.session, r.world.now, &r.world.out), OMADM_WAIT);
  expect_stored(&r, LEAVES "Text", "kept");
  expect_stored(&r, SLOW "Value", "");
  assert_int_equal(world_next(&r.world), OMADM_SEND);
  expect_stored(&r, SLOW "Value", "later");
  close_rig(&r);
}

static void a_parked_atomic_leaves_nothing_in_the_store(void **state) {
  (void)state;
  rig r;
  open_rig(&r);
  feed(&r, SERVER_MESSAGE("1", REPLACE("2", LEAVES "Number", "3")
                                   ATOMIC("4", REPLACE("5", LEAVES "Text", "member")
                                                   REPLACE("6", SLOW "Value", "later"))));
  assert_int_equal(omadm_session_next(r.world.session, r.world.now, &r.world.out), OMADM_WAIT);
  expect_stored(&r, LEAVES "Number", "3");
  expect_stored(&r, LEAVES "Text", "");
  assert_int_equal(world_next(&r.world), OMADM_SEND);
  assert_int_equal(judge_status(r.world.out.body, "4"), 200);
  expect_stored(&r, LEAVES "Text", "member");
  expect_stored(&r, SLOW "Value", "later");
  close_rig(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_change_is_in_the_store_before_its_status_is_handed_out),
      cmocka_unit_test(a_message_of_many_changes_is_stored_at_once),
      cmocka_unit_test(what_was_done_before_an_exec_is_in_the_store_when_it_starts),
      cmocka_unit_test(what_was_done_is_in_the_store_while_the_session_is_parked),
      cmocka_unit_test(a_parked_atomic_leaves_nothing_in_the_store),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
