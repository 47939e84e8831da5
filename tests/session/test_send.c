/* SPDX-License-Identifier: MIT */
/* Messages under the server's MaxMsgSize, Final and Alert 1222. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/session/talk.h"

static char value[20000];

/* A message of the server that announces sizes in its header. */
static omadm_step exchange_with_size(talk *t, const char *msg_id, const char *meta,
                                     const char *body) {
  static char message[65536];
  assert_int_equal(talk_next(t), OMADM_RECEIVE);
  snprintf(
      message, sizeof message,
      "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
      "<SessionID>5A</SessionID><MsgID>%s</MsgID><Target><LocURI>IMEI:1</LocURI></Target>"
      "<Source><LocURI>https://dm.example/</LocURI></Source><Meta>%s</Meta></SyncHdr><SyncBody>%s</"
      "SyncBody></SyncML>",
      msg_id, meta, body);
  talk_feed(t, message);
  return talk_next(t);
}

#define MAX_MSG(n) "<MaxMsgSize xmlns='syncml:metinf'>" n "</MaxMsgSize>"
#define MAX_OBJ(n) "<MaxObjSize xmlns='syncml:metinf'>" n "</MaxObjSize>"
#define NEXT_MESSAGE STATUS_OK_HEADER "<Alert><CmdID>2</CmdID><Data>1222</Data></Alert>"

static void open_talk(talk *t, omadm_dialect dialect, size_t length) {
  talk_open(t, dialect);
  memset(value, 'v', length);
  value[length] = '\0';
  fake_tree_put(t->tree, "./A/B", OMADM_FORMAT_CHR, value);
  fake_tree_put(t->tree, "./A/C", OMADM_FORMAT_CHR, "short");
  talk_package1(t);
}

static void an_answer_too_large_is_split_and_goes_on_with_1222(void **state) {
  (void)state;
  for (int dialect = 0; dialect < 2; dialect++) {
    talk t;
    open_talk(&t, (omadm_dialect)dialect, 1000);
    assert_int_equal(exchange_with_size(&t, "1", MAX_MSG("2500"),
                                        GET("4", "./A/B") GET("5", "./A/B") GET("6", "./A/C")
                                            FINAL),
                     OMADM_SEND);
    assert_true(t.out.body.len <= 2500);
    assert_sent(&t, "<CmdRef>4</CmdRef>");
    assert_not_sent(&t, "<Final");
    assert_not_sent(&t, "1222");
    assert_int_equal(talk_exchange(&t, "2", NEXT_MESSAGE), OMADM_SEND);
    assert_true(t.out.body.len <= 2500);
    assert_sent(&t, "<MsgRef>2</MsgRef><CmdRef>2</CmdRef><Cmd>Alert</Cmd>");
    assert_sent(&t, "<MsgRef>1</MsgRef><CmdRef>5</CmdRef>");
    assert_sent(&t, "<Data>short</Data>");
    assert_sent(&t, "<Final");
    assert_int_equal(talk_exchange(&t, "3", STATUS_OK_HEADER FINAL), OMADM_DONE);
    assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_DONE);
    talk_close(&t);
  }
}

static void items_of_one_get_may_be_spread_over_messages(void **state) {
  (void)state;
  talk t;
  open_talk(&t, OMADM_DIALECT_OMA, 1000);
#define ITEM "<Item><Target><LocURI>./A/B</LocURI></Target></Item>"
  assert_int_equal(exchange_with_size(&t, "1", MAX_MSG("4000"),
                                      "<Get><CmdID>4</CmdID>" ITEM ITEM ITEM ITEM ITEM ITEM
                                      "</Get>" FINAL),
                   OMADM_SEND);
  unsigned values = 0;
  for (unsigned message = 2; message < 6; message++) {
    assert_true(t.out.body.len <= 4000);
    for (const char *p = t.sent; (p = strstr(p, "<Data>vv")) != NULL; p++)
      values++;
    if (strstr(t.sent, "<Final") != NULL) break;
    char id[8];
    snprintf(id, sizeof id, "%u", message);
    assert_int_equal(talk_exchange(&t, id, NEXT_MESSAGE), OMADM_SEND);
  }
  assert_int_equal(values, 6);
  talk_close(&t);
}

static void a_value_over_max_obj_size_is_413_and_the_others_are_sent(void **state) {
  (void)state;
  talk t;
  open_talk(&t, OMADM_DIALECT_OMA, 2400);
  assert_int_equal(
      exchange_with_size(&t, "1", MAX_OBJ("100"), GET("4", "./A/B") GET("5", "./A/C") FINAL),
      OMADM_SEND);
  assert_sent(&t, "<TargetRef>./A/B</TargetRef><Data>413</Data>");
  assert_sent(&t, "<Data>short</Data>");
  assert_not_sent(&t, "vvvv");
  talk_close(&t);
}

static void a_value_that_fits_no_message_is_cut_and_the_others_go_first(void **state) {
  (void)state;
  talk t;
  open_talk(&t, OMADM_DIALECT_OMA, 2400);
  assert_int_equal(
      exchange_with_size(&t, "1", MAX_MSG("2500"), GET("4", "./A/B") GET("5", "./A/C") FINAL),
      OMADM_SEND);
  assert_sent(&t, "<TargetRef>./A/B</TargetRef><Data>200</Data>");
  assert_sent(&t, "<Data>short</Data>");
  assert_sent(&t, "<Size xmlns=\"syncml:metinf\">2400</Size>");
  assert_sent(&t, "<MoreData/>");
  assert_not_sent(&t, "<Final/>");
  assert_true(t.out.body.len <= 2500);
  assert_int_equal(talk_exchange(&t, "2", NEXT_MESSAGE), OMADM_SEND);
  assert_sent(&t, "vvvv");
  assert_sent(&t, "<Final/>");
  assert_not_sent(&t, "<MoreData/>");
  talk_close(&t);
}

static void every_size_ends_the_session_in_good_order(void **state) {
  (void)state;
  for (unsigned size = 100; size < 3000; size += 37) {
    talk t;
    char meta[96];
    open_talk(&t, OMADM_DIALECT_OMA, 700);
    snprintf(meta, sizeof meta, MAX_MSG("%u"), size);
    omadm_step step = exchange_with_size(
        &t, "1", meta, GET("4", "./A/B") GET("5", "./A/B") GET("6", "./A/C") FINAL);
    for (unsigned message = 2; step == OMADM_SEND && strstr(t.sent, "<Final") == NULL; message++) {
      char id[8];
      assert_true(t.out.body.len <= size);
      assert_true(message < 20);
      snprintf(id, sizeof id, "%u", message);
      step = talk_exchange(&t, id, NEXT_MESSAGE);
    }
    if (step == OMADM_DONE) {
      assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_REFUSED);
      assert_non_null(strstr(talk_reason(&t), "MaxMsgSize"));
      assert_true(size < 1200);
    }
    talk_close(&t);
  }
}

static void a_reference_that_fits_no_message_is_left_out(void **state) {
  (void)state;
  static char body[4096];
  talk t;
  open_talk(&t, OMADM_DIALECT_OMA, 10);
  memset(value, 'u', 2000);
  value[2000] = '\0';
  snprintf(body, sizeof body,
           "<Delete><CmdID>4</CmdID><Item><Target><LocURI>./%.2000s</LocURI></Target></Item></"
           "Delete>" FINAL,
           value);
  assert_int_equal(exchange_with_size(&t, "1", MAX_MSG("1500"), body), OMADM_SEND);
  assert_not_sent(&t, "<Final");
  assert_int_equal(talk_exchange(&t, "2", NEXT_MESSAGE), OMADM_SEND);
  assert_sent(&t, "<CmdRef>4</CmdRef><Cmd>Delete</Cmd><Data>414</Data>");
  assert_sent(&t, "<Final");
  talk_close(&t);
}

static void a_message_without_final_is_answered_without_final(void **state) {
  (void)state;
  talk t;
  open_talk(&t, OMADM_DIALECT_OMA, 10);
  assert_int_equal(talk_exchange(&t, "1", STATUS_OK_HEADER), OMADM_SEND);
  assert_sent(&t, "<Data>1222</Data>");
  assert_not_sent(&t, "<Final");
  assert_int_equal(talk_exchange(&t, "2", GET("4", "./A/C")), OMADM_SEND);
  assert_not_sent(&t, "1222");
  assert_not_sent(&t, "<Final");
  assert_int_equal(talk_exchange(&t, "3", GET("4", "./A/C") FINAL), OMADM_SEND);
  assert_sent(&t, "<Final");
  talk_close(&t);
}

static void an_alert_that_does_not_fit_waits_for_a_message_with_room(void **state) {
  (void)state;
  talk t;
  open_talk(&t, OMADM_DIALECT_OMA, 900);
  omadm_alert alert = {.code = 1226, .type = OMADM_STR("com.example.done"), .data = {value, 900}};
  fake_host_raise(&t.host, &alert);
  assert_int_equal(exchange_with_size(&t, "1", MAX_MSG("2400"), GET("4", "./A/B") FINAL),
                   OMADM_SEND);
  assert_not_sent(&t, "1226");
  assert_sent(&t, "<Final");
  assert_int_equal(talk_exchange(&t, "2", GET("4", "./A/C") FINAL), OMADM_SEND);
  assert_sent(&t, "1226");
  assert_sent(&t, "<Final");
  talk_close(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_answer_too_large_is_split_and_goes_on_with_1222),
      cmocka_unit_test(items_of_one_get_may_be_spread_over_messages),
      cmocka_unit_test(a_value_over_max_obj_size_is_413_and_the_others_are_sent),
      cmocka_unit_test(a_value_that_fits_no_message_is_cut_and_the_others_go_first),
      cmocka_unit_test(every_size_ends_the_session_in_good_order),
      cmocka_unit_test(a_reference_that_fits_no_message_is_left_out),
      cmocka_unit_test(a_message_without_final_is_answered_without_final),
      cmocka_unit_test(an_alert_that_does_not_fit_waits_for_a_message_with_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
