/* SPDX-License-Identifier: MIT */
/* Late answers and their deadlines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/session/talk.h"

#define MIXED                                                                                      \
  STATUS_OK_HEADER GET("4", "./A") REPLACE("5", "./A/B", "x")                                      \
      GET("6", "./A/B") "<Sequence><CmdID>7</CmdID>" REPLACE("8", "./A/C", "y")                    \
          GET("9", "./A/C") "</Sequence><Atomic><CmdID>10</CmdID>" REPLACE("11", "./A/B", "z")     \
              REPLACE("12", "./A/C", "z") "</Atomic>" EXEC("13", "./A/B") GET("14", "./A/B") FINAL

static void open_talk(talk *t) {
  talk_open(t, OMADM_DIALECT_OMA);
  fake_tree_put(t->tree, "./A/B", OMADM_FORMAT_CHR, "old");
  fake_tree_put(t->tree, "./A/C", OMADM_FORMAT_CHR, "old");
  fake_tree_put(t->tree, "./DevInfo/Ext/Colour", OMADM_FORMAT_CHR, "red");
}

static void late_answers_give_the_same_messages_as_prompt_ones(void **state) {
  (void)state;
  static char package1[65536], reply[65536];
  for (int late = 0; late < 2; late++) {
    talk t;
    open_talk(&t);
    t.knobs->late = late;
    talk_start(&t);
    assert_int_equal(talk_finish_late(&t), OMADM_SEND);
    if (late) assert_string_equal(t.sent, package1);
    memcpy(package1, t.sent, sizeof package1);
    talk_server(&t, "1", MIXED);
    assert_int_equal(talk_finish_late(&t), OMADM_SEND);
    if (late) assert_string_equal(t.sent, reply);
    memcpy(reply, t.sent, sizeof reply);
    assert_sent(&t, "<Data>z</Data>");
    assert_int_equal(t.knobs->execs, 1);
    talk_close(&t);
  }
}

static void a_get_or_change_that_takes_too_long_is_cancelled_with_500(void **state) {
  (void)state;
  static const char *const bodies[] = {GET("4", "./A/B") FINAL, GET("4", "./A") FINAL,
                                       REPLACE("4", "./A/B", "x") FINAL};
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    talk t;
    open_talk(&t);
    talk_package1(&t);
    t.knobs->late = 1;
    t.now = 1000;
    assert_int_equal(talk_exchange(&t, "1", bodies[i]), OMADM_WAIT);
    assert_int_equal(omadm_session_deadline(t.session), 31000);
    t.now = 30999;
    assert_int_equal(talk_next(&t), OMADM_WAIT);
    t.now = 31000;
    assert_int_equal(talk_next(&t), OMADM_SEND);
    assert_sent(&t, "<Data>500</Data>");
    assert_logged(&t, "500: no answer in time (message 1, command 4)");
    assert_int_equal(t.knobs->cancels, 1);
    assert_int_equal(omadm_session_complete(t.session, 1, OMADM_ST_OK, NULL), OMADM_E_NOT_FOUND);
    talk_close(&t);
  }
}

static void an_exec_that_takes_too_long_is_accepted_with_202(void **state) {
  (void)state;
  talk t;
  open_talk(&t);
  talk_package1(&t);
  t.knobs->late = 1;
  assert_int_equal(talk_exchange(&t, "1", EXEC("4", "./A/B") FINAL), OMADM_WAIT);
  t.now = 30000;
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_sent(&t, "<Data>202</Data>");
  assert_int_equal(t.knobs->cancels, 1);
  talk_close(&t);
}

static void a_member_that_takes_too_long_undoes_its_atomic(void **state) {
  (void)state;
  talk t;
  open_talk(&t);
  talk_package1(&t);
  t.knobs->late = 1;
  talk_server(&t, "1",
              "<Atomic><CmdID>4</CmdID>" REPLACE("5", "./A/B", "x") EXEC("6", "./A/C")
                  REPLACE("7", "./A/C", "x") "</Atomic>" FINAL);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  assert_int_equal(fake_tree_complete(t.tree, t.session), OMADM_OK);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  t.now = 30000;
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_sent(&t, "<CmdRef>4</CmdRef><Cmd>Atomic</Cmd><Data>507</Data>");
  assert_sent(&t,
              "<CmdRef>5</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/B</TargetRef><Data>216</Data>");
  assert_sent(&t, "<CmdRef>6</CmdRef><Cmd>Exec</Cmd><TargetRef>./A/C</TargetRef><Data>500</Data>");
  assert_sent(&t,
              "<CmdRef>7</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/C</TargetRef><Data>215</Data>");
  assert_string_equal(fake_tree_value(t.tree, "./A/B"), "old");
  assert_int_equal(t.knobs->cancels, 1);
  talk_close(&t);
}

static void all_commands_of_a_message_share_its_time(void **state) {
  (void)state;
  talk t;
  open_talk(&t);
  t.config.limits.message_time = 40;
  talk_package1(&t);
  t.knobs->late = 1;
  assert_int_equal(
      talk_exchange(&t, "1", GET("4", "./A/B") GET("5", "./A/B") GET("6", "./A/C") FINAL),
      OMADM_WAIT);
  assert_int_equal(omadm_session_deadline(t.session), 30000);
  t.now = 25000;
  assert_int_equal(fake_tree_complete(t.tree, t.session), OMADM_OK);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  assert_int_equal(omadm_session_deadline(t.session), 40000);
  t.now = 40000;
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_sent(&t, "<Data>old</Data>");
  assert_sent(&t, "<CmdRef>6</CmdRef><Cmd>Get</Cmd><TargetRef>./A/C</TargetRef><Data>500</Data>");
  assert_int_equal(t.knobs->cancels, 1);
  talk_close(&t);
}

/* A message of so many Replaces that the caller gets control in between. */
static void feed_long_message(talk *t) {
  static char body[40000];
  size_t n = 0;
  for (int i = 0; i < 200; i++)
    n += (size_t)snprintf(body + n, sizeof body - n,
                          "<Replace><CmdID>%d</CmdID><Item><Target><LocURI>./A/B</LocURI></Target>"
                          "<Data>%d</Data></Item></Replace>",
                          i + 4, i);
  snprintf(body + n, sizeof body - n, FINAL);
  talk_server(t, "1", body);
}

static void a_long_message_gives_the_caller_the_chance_to_stop(void **state) {
  (void)state;
  talk t;
  open_talk(&t);
  talk_package1(&t);
  feed_long_message(&t);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  assert_true(omadm_session_deadline(t.session) <= t.now);
  omadm_session_abort(t.session);
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_sent(&t, "<Data>1223</Data>");
  talk_close(&t);
}

static void what_is_left_when_message_time_is_over_does_not_run(void **state) {
  (void)state;
  talk t;
  open_talk(&t);
  talk_package1(&t);
  feed_long_message(&t);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  int changes = (int)t.knobs->changes;
  t.now += 121000;
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  omadm_step step = OMADM_WAIT;
  while (step == OMADM_WAIT)
    step = talk_next(&t);
  assert_int_equal(step, OMADM_SEND);
  assert_int_equal(t.knobs->changes, changes);
  assert_sent(&t,
              "<CmdRef>203</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/B</TargetRef><Data>500</Data>");
  talk_close(&t);
}

static void changes_are_settled_before_the_session_waits(void **state) {
  (void)state;
  talk t;
  open_talk(&t);
  talk_package1(&t);
  t.knobs->late = 1;
  talk_server(&t, "1", REPLACE("4", "./A/B", "x") GET("5", "./A/B") FINAL);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  assert_int_equal(t.knobs->settles, 0);
  assert_int_equal(fake_tree_complete(t.tree, t.session), OMADM_OK);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  assert_int_equal(t.knobs->settles, 1);
  talk_close(&t);
}

static void a_token_is_completed_once(void **state) {
  (void)state;
  talk t;
  open_talk(&t);
  talk_package1(&t);
  t.knobs->late = 1;
  assert_int_equal(talk_exchange(&t, "1", GET("4", "./A/B") FINAL), OMADM_WAIT);
  omadm_token token = fake_tree_pending(t.tree);
  assert_int_equal(omadm_session_complete(t.session, token + 1, OMADM_ST_OK, NULL),
                   OMADM_E_NOT_FOUND);
  assert_int_equal(fake_tree_complete(t.tree, t.session), OMADM_OK);
  assert_int_equal(omadm_session_complete(t.session, token, OMADM_ST_OK, NULL), OMADM_E_NOT_FOUND);
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_sent(&t, "<Data>old</Data>");
  talk_close(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(late_answers_give_the_same_messages_as_prompt_ones),
      cmocka_unit_test(a_get_or_change_that_takes_too_long_is_cancelled_with_500),
      cmocka_unit_test(an_exec_that_takes_too_long_is_accepted_with_202),
      cmocka_unit_test(a_member_that_takes_too_long_undoes_its_atomic),
      cmocka_unit_test(all_commands_of_a_message_share_its_time),
      cmocka_unit_test(a_long_message_gives_the_caller_the_chance_to_stop),
      cmocka_unit_test(what_is_left_when_message_time_is_over_does_not_run),
      cmocka_unit_test(changes_are_settled_before_the_session_waits),
      cmocka_unit_test(a_token_is_completed_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
