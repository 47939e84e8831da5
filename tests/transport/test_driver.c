/* SPDX-License-Identifier: MIT */
#include <omadm/session.h>
#include <omadm/transport.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"
#include "transport/clock.h"

#define TYPE "application/vnd.syncml.dm+xml"
#define MESSAGE(id, body)                                                                          \
  "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"    \
  "<SessionID>7</SessionID><MsgID>" id "</MsgID><Target><LocURI>device</LocURI></Target>"          \
  "<Source><LocURI>https://mdm.example.com/</LocURI></Source></"                                   \
  "SyncHdr><SyncBody><Status><CmdID>1</CmdID>"                                                     \
  "<MsgRef>" id "</MsgRef><CmdRef>0</CmdRef><Cmd>SyncHdr</Cmd><Data>200</Data></Status>" body      \
  "<Final/></SyncBody></SyncML>"
#define COMMAND(name)                                                                              \
  "<" name "><CmdID>2</CmdID><Item><Target><LocURI>./Vendor/A</LocURI></Target></Item></" name ">"

/* A tree of one leaf at every URI; Exec is answered late where `late` says so. */
typedef struct world {
  omadm_session *session;
  bool late;
  omadm_token outstanding;
  int pumps;
  int stop_after; /* calls of stop until it says 1; 0: never */
  int stops;
  const char *answers[4]; /* of the server, in order; NULL: an empty one */
  const char *type;
  int silent; /* steps of the transport without an answer, from the second message on */
  omadm_err fails;
  int asked; /* messages that came to the server */
  int cancelled;
  char heard[4][16384];
  char lines[4096];
  omadm_log log;
} world;

static omadm_status resolve(void *ctx, const omadm_origin *origin, const omadm_uri *uri,
                            omadm_node *node) {
  (void)ctx;
  (void)origin;
  (void)uri;
  *node = (omadm_node){.format = OMADM_FORMAT_CHR,
                       .acl = OMADM_STR("Get=*&Exec=*"),
                       .access = OMADM_ACCESS_GET | OMADM_ACCESS_EXEC};
  return OMADM_ST_OK;
}

static omadm_status get(void *ctx, const omadm_origin *origin, const omadm_node *node,
                        omadm_answer *answer) {
  (void)ctx;
  (void)origin;
  (void)node;
  answer->format = OMADM_FORMAT_CHR;
  answer->data = omadm_str_of("the value");
  return OMADM_ST_OK;
}

static omadm_status list(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         uint64_t *cursor, omadm_answer *answer) {
  (void)ctx;
  (void)origin;
  (void)node;
  (void)cursor;
  (void)answer;
  return OMADM_ST_END;
}

static omadm_status exec(void *ctx, const omadm_origin *origin, const omadm_node *node,
                         const omadm_value *value, omadm_answer *answer) {
  world *w = ctx;
  (void)origin;
  (void)node;
  (void)value;
  if (!w->late) return OMADM_ST_OK;
  answer->token = w->outstanding = 42;
  return OMADM_ST_PENDING;
}

static omadm_status change(void *ctx, const omadm_origin *origin, const omadm_node *node,
                           const omadm_value *value, omadm_answer *answer) {
  (void)ctx;
  (void)origin;
  (void)node;
  (void)value;
  (void)answer;
  return OMADM_ST_NOT_SUPPORTED;
}

static omadm_status take_away(void *ctx, const omadm_origin *origin, const omadm_node *node,
                              omadm_answer *answer) {
  return change(ctx, origin, node, NULL, answer);
}

static omadm_status enlist(void *ctx, const omadm_origin *origin, const omadm_node *node,
                           omadm_verb verb, omadm_answer *answer) {
  (void)verb;
  return change(ctx, origin, node, NULL, answer);
}

static omadm_status begin(void *ctx, const omadm_origin *origin) {
  return change(ctx, origin, NULL, NULL, NULL);
}

static omadm_status commit(void *ctx, size_t *member, omadm_status *undo, size_t n) {
  (void)member;
  (void)undo;
  (void)n;
  return change(ctx, NULL, NULL, NULL, NULL);
}

static void rollback(void *ctx, omadm_status *undo, size_t n) {
  (void)ctx;
  (void)undo;
  (void)n;
}

static omadm_err settle(void *ctx) {
  (void)ctx;
  return 0;
}

static void cancel_token(void *ctx, omadm_token token) {
  world *w = ctx;
  assert_int_equal(token, w->outstanding);
  w->cancelled++;
}

static omadm_err fill(void *ctx, void *out, size_t n) {
  (void)ctx;
  memset(out, 7, n);
  return 0;
}

static omadm_err number(void *ctx, uint32_t *out) {
  (void)ctx;
  *out = 7;
  return 0;
}

static omadm_err answer(void *ctx, const omadm_out *out, omadm_response *response,
                        omadm_error *error) {
  world *w = ctx;
  assert_true(w->asked < 4);
  snprintf(w->heard[w->asked], sizeof w->heard[0], "%.*s", (int)out->body.len, out->body.ptr);
  const char *body = w->answers[w->asked++];
  if (w->fails != 0) return omadm_error_set(error, w->fails, "the cable is cut");
  response->content_type = omadm_str_of(w->type);
  response->body = omadm_str_of(body);
  return 0;
}

static int pump(void *ctx, int timeout_ms) {
  world *w = ctx;
  (void)timeout_ms;
  if (++w->pumps < 5 || w->outstanding == 0) return 0;
  omadm_token token = w->outstanding;
  w->outstanding = 0;
  assert_int_equal(omadm_session_complete(w->session, token, OMADM_ST_OK, NULL), 0);
  return 1;
}

static int stop(void *ctx) {
  world *w = ctx;
  return w->stop_after > 0 && ++w->stops >= w->stop_after;
}

/* A loopback that takes its time. */
typedef struct slow {
  omadm_transport base;
  omadm_transport *inner;
  world *world;
  int steps;
} slow;

static omadm_err slow_post(omadm_transport *t, const omadm_out *out, omadm_error *error) {
  slow *s = (slow *)t;
  s->steps = s->world->asked > 0 && !out->last ? s->world->silent : 0;
  return s->inner->ops->post(s->inner, out, error);
}

static int slow_step(omadm_transport *t, int timeout_ms, omadm_response *response,
                     omadm_error *error) {
  slow *s = (slow *)t;
  if (s->steps > 0) {
    s->steps--;
    return 0;
  }
  return s->inner->ops->step(s->inner, timeout_ms, response, error);
}

static void slow_cancel(omadm_transport *t) {
  ((slow *)t)->inner->ops->cancel(((slow *)t)->inner);
}

static void keep_line(void *ctx, omadm_log_level level, const char *module, const char *text) {
  world *w = ctx;
  size_t len = strlen(w->lines);
  (void)level;
  snprintf(w->lines + len, sizeof w->lines - len, "%s: %s\n", module, text);
}

static omadm_err run(world *w, size_t chunk, omadm_result *result, omadm_error *error) {
  static const omadm_transport_ops ops = {sizeof ops, slow_post, slow_step, slow_cancel, NULL};
  const omadm_tree tree = {.struct_size = sizeof tree,
                           .ctx = w,
                           .resolve = resolve,
                           .get = get,
                           .list = list,
                           .add = change,
                           .replace = change,
                           .remove = take_away,
                           .exec = exec,
                           .enlist = enlist,
                           .begin = begin,
                           .commit = commit,
                           .rollback = rollback,
                           .settle = settle,
                           .cancel = cancel_token};
  const omadm_host host = {
      .struct_size = sizeof host, .ctx = w, .log = NULL, .random = fill, .session_number = number};
  omadm_session_config config;
  slow transport = {.base = {&ops}, .world = w};
  w->log = (omadm_log){sizeof w->log, w, OMADM_LOG_DEBUG, keep_line};
  omadm_session_config_init(&config);
  config.tree = &tree;
  config.host = &host;
  config.server_id = omadm_str_of("srv");
  config.server_uri = omadm_str_of("https://mdm.example.com/");
  config.device_id = omadm_str_of("device");
  config.session_id = omadm_str_of("7");
  if (w->type == NULL) w->type = TYPE;
  assert_int_equal(omadm_session_new(&config, &w->session, NULL), 0);
  assert_int_equal(omadm_loopback_new(answer, w, &transport.inner, NULL), 0);
  const omadm_driver driver = {.struct_size = sizeof driver,
                               .session = w->session,
                               .transport = &transport.base,
                               .log = &w->log,
                               .ctx = w,
                               .pump = pump,
                               .stop = stop,
                               .chunk = chunk};
  omadm_err err = omadm_driver_run(&driver, error);
  omadm_session_outcome(w->session, result);
  omadm_session_free(w->session);
  omadm_transport_free(transport.inner);
  return err;
}

static void a_session_runs_to_its_end_in_chunks_of_any_size(void **state) {
  static const size_t chunks[] = {0, 1, 2, 3, 7, 64, SIZE_MAX};
  static world first, w;
  (void)state;
  for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
    omadm_result result;
    w = (world){.answers = {MESSAGE("1", COMMAND("Get")), MESSAGE("2", "")}};
    assert_int_equal(run(&w, chunks[i], &result, NULL), 0);
    assert_int_equal(result.outcome, OMADM_OUTCOME_DONE);
    assert_int_equal(w.asked, 2);
    assert_non_null(strstr(w.heard[1], "the value"));
    if (i == 0) first = w;
    assert_memory_equal(w.heard, first.heard, sizeof w.heard);
  }
}

static void a_late_answer_comes_through_the_pump(void **state) {
  static world w;
  omadm_result result;
  (void)state;
  w = (world){.answers = {MESSAGE("1", COMMAND("Exec")), MESSAGE("2", "")}, .late = true};
  assert_int_equal(run(&w, 0, &result, NULL), 0);
  assert_int_equal(result.outcome, OMADM_OUTCOME_DONE);
  assert_true(w.pumps >= 5);
  assert_non_null(strstr(w.heard[1], "<Cmd>Exec</Cmd>"));
  assert_null(strstr(w.heard[1], "<Data>202</Data>"));
}

static void an_empty_answer_ends_the_session_that_had_a_message(void **state) {
  static world w;
  omadm_result result;
  (void)state;
  w = (world){.answers = {NULL}};
  assert_int_equal(run(&w, 0, &result, NULL), 0);
  assert_int_equal(result.outcome, OMADM_OUTCOME_REFUSED);
  assert_string_equal(result.reason, "the server answered without a message");
  assert_int_equal(w.asked, 1);
  w = (world){.answers = {MESSAGE("1", COMMAND("Get")), NULL}};
  assert_int_equal(run(&w, 0, &result, NULL), 0);
  assert_int_equal(result.outcome, OMADM_OUTCOME_DONE);
  assert_int_equal(w.asked, 2);
}

static void a_wrong_content_type_is_told_and_read_by_its_looks(void **state) {
  static const char *const types[] = {"text/xml; charset=\"utf-8\"", "",
                                      "application/octet-stream"};
  static world w;
  omadm_result result;
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    w = (world){.answers = {"\r\n" MESSAGE("1", COMMAND("Get")), MESSAGE("2", "")},
                .type = types[i]};
    assert_int_equal(run(&w, 0, &result, NULL), 0);
    assert_int_equal(result.outcome, OMADM_OUTCOME_DONE);
    assert_non_null(strstr(w.lines, "looks like application/vnd.syncml.dm+xml"));
  }
}

static void a_right_content_type_needs_no_line(void **state) {
  static world w;
  omadm_result result;
  (void)state;
  w = (world){.answers = {MESSAGE("1", "")},
              .type = "APPLICATION/vnd.SyncML.dm+xml ; charset=utf-8"};
  assert_int_equal(run(&w, 0, &result, NULL), 0);
  assert_string_equal(w.lines, "");
}

static void what_is_no_message_ends_the_session_with_a_sentence(void **state) {
  static const char page[] = "the server answered with text/html, not SyncML";
  static const struct {
    const char *body;
    omadm_err err;
    const char *reason;
  } rows[] = {
      {"<html>hello</html>", OMADM_E_REFUSED, page},
      {"hello", OMADM_E_REFUSED, page},
      {"<SyncML", 0,
       "the server's message cannot be read: line 1: not well-formed XML: unclosed token"},
  };
  static world w;
  omadm_result result;
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    w = (world){.answers = {rows[i].body}, .type = "text/html; charset=utf-8"};
    assert_int_equal(run(&w, 0, &result, NULL), rows[i].err);
    assert_int_equal(result.outcome, OMADM_OUTCOME_REFUSED);
    assert_string_equal(result.reason, rows[i].reason);
    assert_int_equal(w.asked, 1);
  }
}

static void a_transport_failure_ends_the_session_and_is_returned(void **state) {
  static const omadm_err codes[] = {OMADM_E_TIMEOUT, OMADM_E_REFUSED};
  static world w;
  omadm_result result;
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    omadm_error error = {0};
    w = (world){.fails = codes[i]};
    assert_int_equal(run(&w, 0, &result, &error), codes[i]);
    assert_string_equal(error.text, "the cable is cut");
    assert_int_equal(result.outcome, OMADM_OUTCOME_REFUSED);
    assert_string_equal(result.reason, "the cable is cut");
  }
}

static void a_stop_before_the_first_message_sends_nothing(void **state) {
  static world w;
  omadm_result result;
  (void)state;
  w = (world){.stop_after = 1};
  assert_int_equal(run(&w, 0, &result, NULL), 0);
  assert_int_equal(result.outcome, OMADM_OUTCOME_ABORTED);
  assert_int_equal(w.asked, 0);
}

static void a_stop_later_sends_alert_1223_to_a_server_that_answered(void **state) {
  static world w;
  omadm_result result;
  (void)state;
  bool told = false;
  for (int after = 2; after < 60; after++) {
    w = (world){.answers = {MESSAGE("1", COMMAND("Get")), MESSAGE("2", COMMAND("Get"))},
                .silent = 20,
                .stop_after = after};
    assert_int_equal(run(&w, 0, &result, NULL), 0);
    if (result.outcome != OMADM_OUTCOME_ABORTED) break; /* the answers are used up */
    /* A server that never answered has no session to be told of, and is not waited for. */
    assert_int_equal(strstr(w.heard[w.asked - 1], "<Data>1223</Data>") != NULL, w.asked > 1);
    told = told || w.asked > 1;
  }
  assert_true(told);
}

static void a_stop_while_waiting_cancels_what_is_waited_for(void **state) {
  static world w;
  omadm_result result;
  (void)state;
  w = (world){
      .answers = {MESSAGE("1", COMMAND("Exec"))}, .late = true, .stop_after = 4, .pumps = -1000};
  int64_t began = omadm_clock_ms();
  assert_int_equal(run(&w, 0, &result, NULL), 0);
  assert_true(omadm_clock_ms() - began < 2000);
  assert_int_equal(result.outcome, OMADM_OUTCOME_ABORTED);
  assert_int_equal(w.cancelled, 1);
  assert_non_null(strstr(w.heard[w.asked - 1], "<Data>1223</Data>"));
}

static void a_slow_server_leaves_time_for_the_pump(void **state) {
  static world w;
  omadm_result result;
  (void)state;
  w = (world){.answers = {MESSAGE("1", COMMAND("Get")), MESSAGE("2", "")}, .silent = 7};
  assert_int_equal(run(&w, 0, &result, NULL), 0);
  assert_int_equal(w.pumps, 7);
  assert_int_equal(result.outcome, OMADM_OUTCOME_DONE);
}

static void a_driver_needs_its_parts(void **state) {
  const omadm_driver driver = {.struct_size = sizeof driver};
  (void)state;
  assert_int_equal(omadm_driver_run(&driver, NULL), OMADM_E_ARGUMENT);
}

static int stop_at_once(void *ctx) {
  *(int *)ctx += 1;
  return 1;
}

static void what_lies_beyond_the_struct_size_of_a_driver_is_not_read(void **state) {
  int asked = 0;
  (void)state;
  omadm_transport transport = {NULL};
  /* The session is there, and would be used, if it were not behind the end. */
  const omadm_driver driver = {.struct_size = offsetof(omadm_driver, session),
                               .session = (omadm_session *)&asked,
                               .transport = &transport,
                               .ctx = &asked,
                               .stop = stop_at_once};
  omadm_error error = {0};
  assert_int_equal(omadm_driver_run(&driver, &error), OMADM_E_ARGUMENT);
  assert_string_equal(error.text, "the driver needs struct_size, a session and a transport");
  assert_int_equal(asked, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_session_runs_to_its_end_in_chunks_of_any_size),
      cmocka_unit_test(a_late_answer_comes_through_the_pump),
      cmocka_unit_test(an_empty_answer_ends_the_session_that_had_a_message),
      cmocka_unit_test(a_wrong_content_type_is_told_and_read_by_its_looks),
      cmocka_unit_test(a_right_content_type_needs_no_line),
      cmocka_unit_test(what_is_no_message_ends_the_session_with_a_sentence),
      cmocka_unit_test(a_transport_failure_ends_the_session_and_is_returned),
      cmocka_unit_test(a_stop_before_the_first_message_sends_nothing),
      cmocka_unit_test(a_stop_later_sends_alert_1223_to_a_server_that_answered),
      cmocka_unit_test(a_stop_while_waiting_cancels_what_is_waited_for),
      cmocka_unit_test(a_slow_server_leaves_time_for_the_pump),
      cmocka_unit_test(a_driver_needs_its_parts),
      cmocka_unit_test(what_lies_beyond_the_struct_size_of_a_driver_is_not_read),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
