/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/session/talk.h"

static void package_1_says_who_the_device_is(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  fake_tree_put(t.tree, "./DevInfo/Ext/Colour", OMADM_FORMAT_CHR, "red");
  talk_package1(&t);
  assert_sent(&t, "<Alert><CmdID>1</CmdID><Data>1201</Data></Alert>");
  assert_sent(&t, "<LocURI>./DevInfo/DevId</LocURI>");
  assert_sent(&t, "<LocURI>./DevInfo/Ext/Colour</LocURI></Source><Data>red</Data>");
  assert_sent(&t, "<Final");
  talk_close(&t);
}

static void one_bad_command_is_named_in_the_log_and_its_neighbours_run(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  fake_tree_put(t.tree, "./A/B", OMADM_FORMAT_CHR, "old");
  fake_tree_put(t.tree, "./A/C", OMADM_FORMAT_CHR, "old");
  t.knobs->refused = "./A/B";
  t.knobs->refused_status = OMADM_ST_BAD_FORMAT;
  talk_package1(&t);
  assert_int_equal(talk_exchange(&t, "1",
                                 STATUS_OK_HEADER REPLACE("4", "./A/B", "x")
                                     REPLACE("5", "./A/C", "y") GET("6", "./A/C") FINAL),
                   OMADM_SEND);
  assert_sent(&t,
              "<CmdRef>4</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/B</TargetRef><Data>415</Data>");
  assert_sent(&t,
              "<CmdRef>5</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/C</TargetRef><Data>200</Data>");
  assert_sent(&t, "<Data>y</Data>");
  assert_logged(&t, "session: Replace ./A/B: 415: refused by the test (message 1, command 4)");
  assert_int_equal(t.knobs->settles, 1);
  assert_int_equal(talk_exchange(&t, "2", STATUS_OK_HEADER FINAL), OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_DONE);
  omadm_result result;
  omadm_session_outcome(t.session, &result);
  assert_int_equal(result.commands, 3);
  assert_int_equal(result.failed, 1);
  assert_int_equal(result.messages, 2);
  talk_close(&t);
}

static void a_change_that_cannot_be_settled_is_not_told_as_done(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  fake_tree_put(t.tree, "./A/B", OMADM_FORMAT_CHR, "old");
  t.knobs->settle_error = OMADM_E_STORE;
  talk_package1(&t);
  assert_int_equal(talk_exchange(&t, "1",
                                 REPLACE("4", "./A/B", "x") "<Atomic><CmdID>5</CmdID>" REPLACE(
                                     "6", "./A/B", "y") "</Atomic>" FINAL),
                   OMADM_SEND);
  assert_sent(&t,
              "<CmdRef>4</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/B</TargetRef><Data>510</Data>");
  assert_sent(&t, "<CmdRef>5</CmdRef><Cmd>Atomic</Cmd><Data>507</Data>");
  assert_sent(&t,
              "<CmdRef>6</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/B</TargetRef><Data>510</Data>");
  talk_close(&t);
}

static void changes_are_durable_before_an_exec_starts(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  fake_tree_put(t.tree, "./A/B", OMADM_FORMAT_CHR, "old");
  t.knobs->refused = "./A/B";
  t.knobs->refused_status = OMADM_ST_FAILED;
  talk_package1(&t);
  talk_exchange(&t, "1", REPLACE("4", "./DevInfo/Man", "x") EXEC("5", "./A/B") FINAL);
  assert_int_equal(t.knobs->settles, 1);
  talk_close(&t);
}

static void the_acl_of_the_node_decides_in_the_oma_dialect_alone(void **state) {
  (void)state;
  for (int dialect = 0; dialect < 2; dialect++) {
    talk t;
    talk_open(&t, (omadm_dialect)dialect);
    t.knobs->acl = "Get=other";
    talk_package1(&t);
    assert_int_equal(talk_exchange(&t, "1", GET("4", "./DevInfo/Man") FINAL), OMADM_SEND);
    if (dialect == OMADM_DIALECT_OMA)
      assert_sent(&t, "<Data>425</Data>");
    else
      assert_sent(&t, "<Data>man</Data>");
    talk_close(&t);
  }
}

static void an_atomic_whose_member_cannot_be_undone_does_not_begin(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  fake_tree_put(t.tree, "./A/B", OMADM_FORMAT_CHR, "old");
  fake_tree_put(t.tree, "./A/C", OMADM_FORMAT_CHR, "old");
  t.knobs->unlisted = "./A/C";
  talk_package1(&t);
  talk_exchange(&t, "1",
                "<Atomic><CmdID>4</CmdID>" REPLACE("5", "./A/B", "x") REPLACE("6", "./A/C", "x")
                    REPLACE("7", "./A/B", "z") "</Atomic>" FINAL);
  assert_sent(&t, "<CmdRef>4</CmdRef><Cmd>Atomic</Cmd><Data>507</Data>");
  assert_sent(&t,
              "<CmdRef>5</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/B</TargetRef><Data>215</Data>");
  assert_sent(&t,
              "<CmdRef>6</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/C</TargetRef><Data>406</Data>");
  assert_sent(&t,
              "<CmdRef>7</CmdRef><Cmd>Replace</Cmd><TargetRef>./A/B</TargetRef><Data>215</Data>");
  assert_int_equal(t.knobs->begins, 0);
  assert_string_equal(fake_tree_value(t.tree, "./A/B"), "old");
  talk_close(&t);
}

static void a_failing_member_or_commit_undoes_the_others(void **state) {
  (void)state;
  for (int commit = 0; commit < 2; commit++) {
    talk t;
    talk_open(&t, OMADM_DIALECT_OMA);
    fake_tree_put(t.tree, "./A/B", OMADM_FORMAT_CHR, "old");
    fake_tree_put(t.tree, "./A/C", OMADM_FORMAT_CHR, "old");
    t.knobs->undo_status = OMADM_ST_ROLLBACK_FAILED;
    if (commit)
      t.knobs->commit_status = OMADM_ST_DEVICE_FULL;
    else
      t.knobs->refused = "./A/C", t.knobs->refused_status = OMADM_ST_FAILED;
    talk_package1(&t);
    talk_exchange(&t, "1",
                  "<Atomic><CmdID>4</CmdID>" REPLACE("5", "./A/B", "x")
                      REPLACE("6", "./A/C", "x") "</Atomic>" FINAL);
    assert_sent(&t, "<CmdRef>4</CmdRef><Cmd>Atomic</Cmd><Data>507</Data>");
    assert_sent(&t,
                commit ? "./A/B</TargetRef><Data>420</Data>" : "./A/B</TargetRef><Data>516</Data>");
    assert_sent(&t,
                commit ? "./A/C</TargetRef><Data>516</Data>" : "./A/C</TargetRef><Data>500</Data>");
    talk_close(&t);
  }
}

static void a_failing_member_that_leaves_something_is_516(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  fake_tree_put(t.tree, "./A/B", OMADM_FORMAT_CHR, "old");
  fake_tree_put(t.tree, "./A/C", OMADM_FORMAT_CHR, "old");
  t.knobs->rest_status = OMADM_ST_ROLLBACK_FAILED;
  t.knobs->refused = "./A/C", t.knobs->refused_status = OMADM_ST_FAILED;
  talk_package1(&t);
  talk_exchange(&t, "1",
                "<Atomic><CmdID>4</CmdID>" REPLACE("5", "./A/B", "x")
                    REPLACE("6", "./A/C", "x") "</Atomic>" FINAL);
  assert_sent(&t, "<CmdRef>4</CmdRef><Cmd>Atomic</Cmd><Data>507</Data>");
  assert_sent(&t, "./A/B</TargetRef><Data>216</Data>");
  assert_sent(&t, "./A/C</TargetRef><Data>516</Data>");
  talk_close(&t);
}

static void an_alert_leaves_the_outbox_with_the_servers_status(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_WINDOWS);
  omadm_alert alert = {.code = 1226,
                       .type = OMADM_STR("com.example.done"),
                       .format = OMADM_FORMAT_INT,
                       .mark = OMADM_MARK_CRITICAL,
                       .data = OMADM_STR("7")};
  fake_host_raise(&t.host, &alert);
  talk_package1(&t);
  assert_sent(
      &t,
      "<Alert><CmdID>2</CmdID><Data>1201</Data></Alert><Alert><CmdID>3</CmdID><Data>1224</Data>");
  assert_sent(&t, "<Alert><CmdID>4</CmdID><Data>1226</Data>");
  assert_sent(&t, "<Replace><CmdID>5</CmdID>");
  talk_exchange(&t, "1",
                "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>4</CmdRef><Cmd>Alert</"
                "Cmd><Data>200</Data></Status>" GET("4", "./DevInfo/Man") FINAL);
  assert_int_equal(t.host.alerts[0].answered, 200);
  assert_not_sent(&t, "1226");
  talk_close(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(package_1_says_who_the_device_is),
      cmocka_unit_test(one_bad_command_is_named_in_the_log_and_its_neighbours_run),
      cmocka_unit_test(a_change_that_cannot_be_settled_is_not_told_as_done),
      cmocka_unit_test(changes_are_durable_before_an_exec_starts),
      cmocka_unit_test(the_acl_of_the_node_decides_in_the_oma_dialect_alone),
      cmocka_unit_test(an_atomic_whose_member_cannot_be_undone_does_not_begin),
      cmocka_unit_test(a_failing_member_or_commit_undoes_the_others),
      cmocka_unit_test(a_failing_member_that_leaves_something_is_516),
      cmocka_unit_test(an_alert_leaves_the_outbox_with_the_servers_status),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
