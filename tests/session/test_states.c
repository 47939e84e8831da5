/* SPDX-License-Identifier: MIT */
/* The table of <omadm/session.h>: every state and every call, one row each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/session/talk.h"

typedef enum where { NEW = 0, SENT, RECEIVE, GATHER, WAIT, LAST, DONE, WHERES } where;
static const char *const where_names[] = {"new",  "sent", "receive", "gather",
                                          "wait", "last", "done"};

typedef enum call { NEXT = 0, RESEND, BEGIN, FEED, END, COMPLETE, ABORT, BREAK, CALLS } call;
static const char *const call_names[] = {"next", "resend",   "begin", "feed",
                                         "end",  "complete", "abort", "break"};

enum { VOID = 1 };

/* For each state and call: what the call returns, and what next() says afterwards. */
static const struct {
  int returned;
  omadm_step then;
} rows[WHERES][CALLS] = {
    [NEW] = {[NEXT] = {OMADM_SEND, OMADM_RECEIVE},
             [RESEND] = {OMADM_E_STATE, OMADM_SEND},
             [BEGIN] = {OMADM_E_STATE, OMADM_SEND},
             [FEED] = {OMADM_E_STATE, OMADM_SEND},
             [END] = {OMADM_E_STATE, OMADM_SEND},
             [COMPLETE] = {OMADM_E_NOT_FOUND, OMADM_SEND},
             [ABORT] = {VOID, OMADM_DONE},
             [BREAK] = {VOID, OMADM_DONE}},
    [SENT] = {[NEXT] = {OMADM_RECEIVE, OMADM_RECEIVE},
              [RESEND] = {OMADM_OK, OMADM_RECEIVE},
              [BEGIN] = {OMADM_E_STATE, OMADM_RECEIVE},
              [FEED] = {OMADM_E_STATE, OMADM_RECEIVE},
              [END] = {OMADM_E_STATE, OMADM_RECEIVE},
              [COMPLETE] = {OMADM_E_NOT_FOUND, OMADM_RECEIVE},
              [ABORT] = {VOID, OMADM_SEND},
              [BREAK] = {VOID, OMADM_DONE}},
    [RECEIVE] = {[NEXT] = {OMADM_RECEIVE, OMADM_RECEIVE},
                 [RESEND] = {OMADM_OK, OMADM_RECEIVE},
                 [BEGIN] = {OMADM_OK, OMADM_RECEIVE},
                 [FEED] = {OMADM_E_STATE, OMADM_RECEIVE},
                 [END] = {OMADM_E_STATE, OMADM_RECEIVE},
                 [COMPLETE] = {OMADM_E_NOT_FOUND, OMADM_RECEIVE},
                 [ABORT] = {VOID, OMADM_SEND},
                 [BREAK] = {VOID, OMADM_DONE}},
    [GATHER] = {[NEXT] = {OMADM_RECEIVE, OMADM_RECEIVE},
                [RESEND] = {OMADM_E_STATE, OMADM_RECEIVE},
                [BEGIN] = {OMADM_E_STATE, OMADM_RECEIVE},
                [FEED] = {OMADM_OK, OMADM_RECEIVE},
                [END] = {OMADM_OK, OMADM_DONE},
                [COMPLETE] = {OMADM_E_NOT_FOUND, OMADM_RECEIVE},
                [ABORT] = {VOID, OMADM_SEND},
                [BREAK] = {VOID, OMADM_DONE}},
    [WAIT] = {[NEXT] = {OMADM_WAIT, OMADM_WAIT},
              [RESEND] = {OMADM_E_STATE, OMADM_WAIT},
              [BEGIN] = {OMADM_E_STATE, OMADM_WAIT},
              [FEED] = {OMADM_E_STATE, OMADM_WAIT},
              [END] = {OMADM_E_STATE, OMADM_WAIT},
              [COMPLETE] = {OMADM_OK, OMADM_SEND},
              [ABORT] = {VOID, OMADM_SEND},
              [BREAK] = {VOID, OMADM_DONE}},
    [LAST] = {[NEXT] = {OMADM_DONE, OMADM_DONE},
              [RESEND] = {OMADM_OK, OMADM_DONE},
              [BEGIN] = {OMADM_E_STATE, OMADM_DONE},
              [FEED] = {OMADM_E_STATE, OMADM_DONE},
              [END] = {OMADM_E_STATE, OMADM_DONE},
              [COMPLETE] = {OMADM_E_NOT_FOUND, OMADM_DONE},
              [ABORT] = {VOID, OMADM_DONE},
              [BREAK] = {VOID, OMADM_DONE}},
    [DONE] = {[NEXT] = {OMADM_DONE, OMADM_DONE},
              [RESEND] = {OMADM_E_STATE, OMADM_DONE},
              [BEGIN] = {OMADM_E_STATE, OMADM_DONE},
              [FEED] = {OMADM_E_STATE, OMADM_DONE},
              [END] = {OMADM_E_STATE, OMADM_DONE},
              [COMPLETE] = {OMADM_E_NOT_FOUND, OMADM_DONE},
              [ABORT] = {VOID, OMADM_DONE},
              [BREAK] = {VOID, OMADM_DONE}},
};

static void bring(talk *t, where w) {
  static const omadm_str nothing = {NULL, 0};
  talk_open(t, OMADM_DIALECT_OMA);
  talk_start(t);
  if (w == NEW) return;
  assert_int_equal(talk_next(t), OMADM_SEND);
  if (w == SENT) return;
  if (w == WAIT) {
    t->knobs->late = 1;
    assert_int_equal(talk_exchange(t, "1", GET("4", "./DevInfo/Man") FINAL), OMADM_WAIT);
    return;
  }
  assert_int_equal(talk_next(t), OMADM_RECEIVE);
  if (w == GATHER) assert_int_equal(omadm_session_begin(t->session, nothing, nothing), OMADM_OK);
  if (w == LAST) {
    omadm_session_abort(t->session);
    assert_int_equal(talk_next(t), OMADM_SEND);
  }
  if (w == DONE) omadm_session_break(t->session, "over");
}

static int make(talk *t, call c) {
  static const omadm_str nothing = {NULL, 0};
  omadm_out out;
  switch (c) {
  case NEXT: return (int)talk_next(t);
  case RESEND: return omadm_session_resend(t->session, &out);
  case BEGIN: return omadm_session_begin(t->session, nothing, nothing);
  case FEED: return omadm_session_feed(t->session, "<", 1);
  case END: return omadm_session_end(t->session);
  case COMPLETE:
    if (fake_tree_pending(t->tree) != 0) return fake_tree_complete(t->tree, t->session);
    return omadm_session_complete(t->session, 1, OMADM_ST_OK, NULL);
  case ABORT: omadm_session_abort(t->session); return VOID;
  case BREAK: omadm_session_break(t->session, "broken"); return VOID;
  case CALLS: break;
  }
  return VOID;
}

static void every_call_in_every_state_does_what_the_table_says(void **state) {
  (void)state;
  for (int w = 0; w < WHERES; w++) {
    for (int c = 0; c < CALLS; c++) {
      talk t;
      bring(&t, (where)w);
      int returned = make(&t, (call)c);
      omadm_step then = talk_next(&t);
      if (returned != rows[w][c].returned || then != rows[w][c].then)
        fail_msg("%s in %s: returned %d then %d", call_names[c], where_names[w], returned,
                 (int)then);
      talk_close(&t);
    }
  }
}

static void an_abort_sends_1223_and_ends_in_every_state(void **state) {
  (void)state;
  static const where states[] = {SENT, RECEIVE, GATHER, WAIT};
  for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
    talk t;
    bring(&t, states[i]);
    omadm_session_abort(t.session);
    assert_int_equal(talk_next(&t), OMADM_SEND);
    assert_sent(&t, "<MsgID>2</MsgID>");
    assert_sent(&t, "<Data>1223</Data>");
    assert_sent(&t, "<Final");
    assert_true(t.out.last);
    assert_int_equal(talk_next(&t), OMADM_DONE);
    assert_int_equal(talk_outcome(&t), OMADM_OUTCOME_ABORTED);
    assert_int_equal(t.knobs->cancels, states[i] == WAIT ? 1 : 0);
    talk_close(&t);
  }
}

static void an_abort_in_a_waiting_atomic_rolls_back(void **state) {
  (void)state;
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  fake_tree_put(t.tree, "./A/B", OMADM_FORMAT_CHR, "old");
  talk_package1(&t);
  t.knobs->late = 1;
  assert_int_equal(talk_exchange(&t, "1",
                                 "<Atomic><CmdID>4</CmdID>" REPLACE("5", "./A/B", "x")
                                     REPLACE("6", "./A/B", "y") "</Atomic>" FINAL),
                   OMADM_WAIT);
  assert_int_equal(fake_tree_complete(t.tree, t.session), OMADM_OK);
  assert_int_equal(talk_next(&t), OMADM_WAIT);
  assert_string_equal(fake_tree_value(t.tree, "./A/B"), "x");
  omadm_session_abort(t.session);
  assert_int_equal(talk_next(&t), OMADM_SEND);
  assert_int_equal(t.knobs->rollbacks, 1);
  assert_string_equal(fake_tree_value(t.tree, "./A/B"), "old");
  talk_close(&t);
}

static void a_session_needs_a_tree_a_host_a_server_and_a_device(void **state) {
  (void)state;
  for (int lacking = 0; lacking < 4; lacking++) {
    talk t;
    talk_open(&t, OMADM_DIALECT_OMA);
    if (lacking == 0) t.config.tree = NULL;
    if (lacking == 1) t.config.host = NULL;
    if (lacking == 2) t.config.server_uri.len = 0;
    if (lacking == 3) t.config.device_id.len = 0;
    omadm_error error = {0};
    assert_int_equal(omadm_session_new(&t.config, &t.session, &error), OMADM_E_ARGUMENT);
    assert_true(error.text[0] != '\0');
    talk_close(&t);
  }
}

static void the_session_id_is_hexadecimal_or_decimal_by_dialect(void **state) {
  (void)state;
  for (int dialect = 0; dialect < 2; dialect++) {
    talk t;
    talk_open(&t, (omadm_dialect)dialect);
    t.config.session_id.len = 0;
    t.host.session_number = 0xA7;
    talk_start(&t);
    omadm_str id = omadm_session_id(t.session);
    const char *expected = dialect == OMADM_DIALECT_OMA ? "A7" : "167";
    assert_int_equal(id.len, strlen(expected));
    assert_memory_equal(id.ptr, expected, id.len);
    talk_close(&t);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_call_in_every_state_does_what_the_table_says),
      cmocka_unit_test(an_abort_sends_1223_and_ends_in_every_state),
      cmocka_unit_test(an_abort_in_a_waiting_atomic_rolls_back),
      cmocka_unit_test(a_session_needs_a_tree_a_host_a_server_and_a_device),
      cmocka_unit_test(the_session_id_is_hexadecimal_or_decimal_by_dialect),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
