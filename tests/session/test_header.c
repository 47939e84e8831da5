/* SPDX-License-Identifier: MIT */
/* Headers, repetitions, bodies that cannot be read, and how a session ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/session/talk.h"

static char first[65536];

static void open_and_ask(talk *t, const char *msg_id) {
  talk_open(t, OMADM_DIALECT_OMA);
  fake_tree_put(t->tree, "./A/B", OMADM_FORMAT_CHR, "old");
  talk_package1(t);
  assert_int_equal(talk_exchange(t, msg_id, REPLACE("4", "./A/B", "x") FINAL), OMADM_SEND);
  memcpy(first, t->sent, sizeof first);
}

static void a_repeated_message_gets_the_same_octets_and_nothing_runs_twice(void **state) {
  (void)state;
  talk t;
  open_and_ask(&t, "1");
  assert_int_equal(talk_exchange(&t, "1", REPLACE("4", "./A/B", "x") FINAL), OMADM_SEND);
  assert_string_equal(t.sent, first);
  assert_int_equal(t.knobs->changes, 1);
  talk_close(&t);
}

static void a_repeated_number_with_another_content_ends_the_session(void **state) {
  (void)state;
  talk t;
  open_and_ask(&t, "1");
  assert_int_equal(talk_exchange(&t, "1", REPLACE("4", "./A/B", "other") FINAL), OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
  assert_int_equal(t.knobs->changes, 1);
  talk_close(&t);
}

static void a_resend_lends_the_same_octets(void **state) {
  (void)state;
  talk t;
  open_and_ask(&t, "1");
  assert_int_equal(talk_next(&t), OMADM_RECEIVE);
  omadm_out out;
  assert_int_equal(omadm_session_resend(t.session, &out), OMADM_OK);
  assert_int_equal(out.body.len, strlen(first));
  assert_memory_equal(out.body.ptr, first, out.body.len);
  talk_close(&t);
}

static void a_gap_in_the_numbers_is_accepted_and_a_lower_one_ends_the_session(void **state) {
  (void)state;
  talk t;
  open_and_ask(&t, "3");
  assert_int_equal(talk_exchange(&t, "7", GET("4", "./A/B") FINAL), OMADM_SEND);
  assert_int_equal(talk_exchange(&t, "5", REPLACE("4", "./A/B", "y") FINAL), OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
  assert_string_equal(talk_reason(&t), "message 5 came after message 7");
  assert_int_equal(t.knobs->changes, 1);
  talk_close(&t);
}

/* OMA-TS-SyncML_RepPro 6.1.12: numbers begin with 1; a Status could not refer to another. */
static void a_message_number_that_is_none_ends_the_session(void **state) {
  static const char *const numbers[] = {"0", "-1", "one", "1x", "18446744073709551616"};
  (void)state;
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
    talk t;
    talk_open(&t, OMADM_DIALECT_OMA);
    fake_tree_put(t.tree, "./A/B", OMADM_FORMAT_CHR, "old");
    talk_package1(&t);
    assert_int_equal(talk_exchange(&t, numbers[i], REPLACE("4", "./A/B", "x") FINAL), OMADM_DONE);
    assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
    assert_int_equal(t.knobs->changes, 0);
    talk_close(&t);
  }
}

static void an_unreadable_body_ends_the_session(void **state) {
  (void)state;
  talk t;
  open_and_ask(&t, "1");
  talk_next(&t);
  talk_feed(&t, "<SyncML");
  assert_int_equal(talk_next(&t), OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
  assert_true(strlen(talk_reason(&t)) > 0);
  talk_close(&t);
}

static void a_message_without_header_or_body_is_unreadable(void **state) {
  (void)state;
  static const char *const bodies[] = {
      "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncBody><Final/></SyncBody></SyncML>",
      "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr/><SyncBody><Final/></SyncBody></SyncML>",
      "<SyncML "
      "xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</"
      "VerProto><SessionID>5A</SessionID>"
      "<MsgID>2</MsgID></SyncHdr></SyncML>",
      "<SyncML "
      "xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</"
      "VerProto><SessionID>5A</SessionID>"
      "<MsgID>one</MsgID></SyncHdr><SyncBody><Final/></SyncBody></SyncML>",
  };
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    talk t;
    open_and_ask(&t, "1");
    talk_next(&t);
    talk_feed(&t, bodies[i]);
    assert_int_equal(talk_next(&t), OMADM_DONE);
    assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
    talk_close(&t);
  }
}

static void another_version_is_answered_with_ours_and_nothing_runs(void **state) {
  (void)state;
  static const struct {
    const char *dtd, *proto, *code, *item;
  } rows[] = {{"1.1", "DM/1.2", "<Data>505</Data>", "<Data>1.2</Data>"},
              {"1.2", "DM/2.0", "<Data>513</Data>", "<Data>DM/1.2</Data>"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    talk t;
    open_and_ask(&t, "1");
    talk_next(&t);
    char message[1024];
    snprintf(message, sizeof message,
             "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>%s</VerDTD><VerProto>%s</VerProto>"
             "<SessionID>5A</SessionID><MsgID>2</MsgID><Target><LocURI>IMEI:1</LocURI></"
             "Target><Source><LocURI>s</LocURI>"
             "</Source></SyncHdr><SyncBody>" REPLACE("4", "./A/B", "y") FINAL
             "</SyncBody></SyncML>",
             rows[i].dtd, rows[i].proto);
    talk_feed(&t, message);
    assert_int_equal(talk_next(&t), OMADM_SEND);
    assert_sent(&t, rows[i].code);
    assert_sent(&t, rows[i].item);
    assert_sent(&t, "<Data>1223</Data>");
    assert_sent(&t, "<Final");
    assert_not_sent(&t, "Replace");
    assert_true(t.out.last);
    assert_int_equal(talk_next(&t), OMADM_DONE);
    assert_int_equal(t.knobs->changes, 1);
    talk_close(&t);
  }
}

static void another_session_is_refused(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  t.config.session_id = (omadm_str)OMADM_STR("5B");
  talk_package1(&t);
  assert_int_equal(talk_exchange(&t, "1", GET("4", "./DevInfo/Man") FINAL), OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
  assert_string_equal(talk_reason(&t), "the server answered for session '5A'");
  talk_close(&t);
}

static void another_target_is_a_quirk(void **state) {
  (void)state;
  for (int rule = OMADM_TOLERATE; rule <= OMADM_REFUSE; rule += OMADM_REFUSE) {
    talk t;
    talk_open(&t, OMADM_DIALECT_OMA);
    t.config.device_id = (omadm_str)OMADM_STR("IMEI:2");
    t.config.quirks.rule[OMADM_QUIRK_DEVICE_TARGET] = (unsigned char)rule;
    talk_package1(&t);
    omadm_step step = talk_exchange(&t, "1", GET("4", "./DevInfo/Man") FINAL);
    assert_logged(&t, "device-target");
    assert_int_equal(step, rule == OMADM_REFUSE ? OMADM_DONE : OMADM_SEND);
    if (rule == OMADM_REFUSE)
      assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
    else
      assert_sent(&t, "<Data>man</Data>");
    talk_close(&t);
  }
}

static void a_server_that_asks_for_credentials_ends_the_session_with_a_sentence(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  talk_package1(&t);
  assert_int_equal(talk_exchange(&t, "1",
                                 "<Status><CmdID>1</CmdID><MsgRef>1</MsgRef><CmdRef>0</"
                                 "CmdRef><Cmd>SyncHdr</Cmd><Chal><Meta>"
                                 "<Type "
                                 "xmlns='syncml:metinf'>syncml:auth-md5</Type></Meta></"
                                 "Chal><Data>407</Data></Status>" FINAL),
                   OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
  assert_non_null(strstr(talk_reason(&t), "407"));
  assert_non_null(strstr(talk_reason(&t), "syncml:auth-md5"));
  talk_close(&t);
}

static void an_alert_1223_of_the_server_ends_the_session_before_anything_runs(void **state) {
  (void)state;
  talk t;
  open_and_ask(&t, "1");
  assert_int_equal(
      talk_exchange(
          &t, "2",
          REPLACE("4", "./A/B", "y") "<Alert><CmdID>5</CmdID><Data>1223</Data></Alert>" FINAL),
      OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_ABORTED);
  assert_int_equal(t.knobs->changes, 1);
  talk_close(&t);
}

static void an_empty_body_ends_the_session(void **state) {
  (void)state;
  talk t;
  open_and_ask(&t, "1");
  talk_next(&t);
  talk_feed(&t, "");
  assert_int_equal(talk_next(&t), OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_DONE);
  talk_close(&t);
}

static void an_empty_body_alone_is_no_session(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  talk_package1(&t);
  talk_feed(&t, "");
  assert_int_equal(talk_next(&t), OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
  assert_string_equal(talk_reason(&t), "the server answered without a message");
  talk_close(&t);
}

static void a_body_beyond_the_limit_ends_the_session(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  t.config.limits.receive = 8;
  talk_package1(&t);
  omadm_str nothing = {NULL, 0};
  assert_int_equal(omadm_session_begin(t.session, nothing, nothing), OMADM_OK);
  assert_int_equal(omadm_session_feed(t.session, "12345678", 8), OMADM_OK);
  assert_int_equal(omadm_session_feed(t.session, "9", 1), OMADM_E_LIMIT);
  assert_int_equal(talk_next(&t), OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
  talk_close(&t);
}

static void a_server_without_an_end_is_aborted(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  t.config.limits.rounds = 3;
  talk_package1(&t);
  assert_int_equal(talk_exchange(&t, "1", GET("4", "./DevInfo/Man") FINAL), OMADM_SEND);
  assert_int_equal(talk_exchange(&t, "1", GET("4", "./DevInfo/Man") FINAL), OMADM_SEND);
  assert_not_sent(&t, "1223");
  assert_int_equal(talk_exchange(&t, "1", GET("4", "./DevInfo/Man") FINAL), OMADM_SEND);
  assert_sent(&t, "<Data>1223</Data>");
  assert_int_equal(talk_next(&t), OMADM_DONE);
  assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_ABORTED);
  talk_close(&t);
}

static void the_answer_goes_to_the_resp_uri(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  talk_package1(&t);
  talk_feed(
      &t,
      "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
      "<SessionID>5A</SessionID><MsgID>1</MsgID><Target><LocURI>IMEI:1</LocURI></"
      "Target><Source><LocURI>s</LocURI>"
      "</Source><RespURI>https://dm.example/?sid=1</RespURI></SyncHdr><SyncBody>" GET(
          "4", "./DevInfo/Man") FINAL "</SyncBody></SyncML>");
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_int_equal(t.out.uri.len, strlen("https://dm.example/?sid=1"));
  assert_int_equal(talk_exchange(&t, "2", GET("4", "./DevInfo/Man") FINAL), OMADM_SEND);
  assert_int_equal(t.out.uri.len, strlen("https://dm.example/?sid=1"));
  talk_close(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_repeated_message_gets_the_same_octets_and_nothing_runs_twice),
      cmocka_unit_test(a_repeated_number_with_another_content_ends_the_session),
      cmocka_unit_test(a_resend_lends_the_same_octets),
      cmocka_unit_test(a_gap_in_the_numbers_is_accepted_and_a_lower_one_ends_the_session),
      cmocka_unit_test(a_message_number_that_is_none_ends_the_session),
      cmocka_unit_test(an_unreadable_body_ends_the_session),
      cmocka_unit_test(a_message_without_header_or_body_is_unreadable),
      cmocka_unit_test(another_version_is_answered_with_ours_and_nothing_runs),
      cmocka_unit_test(another_session_is_refused),
      cmocka_unit_test(another_target_is_a_quirk),
      cmocka_unit_test(a_server_that_asks_for_credentials_ends_the_session_with_a_sentence),
      cmocka_unit_test(an_alert_1223_of_the_server_ends_the_session_before_anything_runs),
      cmocka_unit_test(an_empty_body_ends_the_session),
      cmocka_unit_test(an_empty_body_alone_is_no_session),
      cmocka_unit_test(a_body_beyond_the_limit_ends_the_session),
      cmocka_unit_test(a_server_without_an_end_is_aborted),
      cmocka_unit_test(the_answer_goes_to_the_resp_uri),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
