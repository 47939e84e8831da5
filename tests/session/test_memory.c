/* SPDX-License-Identifier: MIT */
/* A whole session with an allocator that fails at the n-th call, for every n: it ends, it leaks
 * nothing, it tells why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/session/talk.h"

typedef struct failing {
  long left; /* allocations until the failure; negative: never */
  long live;
  unsigned long made;
} failing;

static int fails(failing *f) {
  f->made++;
  if (f->left < 0) return 0;
  if (f->left == 0) return 1;
  f->left--;
  return 0;
}

static void *fail_alloc(void *ctx, size_t n) {
  failing *f = ctx;
  if (fails(f)) return NULL;
  f->live++;
  return malloc(n);
}

static void *fail_resize(void *ctx, void *p, size_t n) {
  failing *f = ctx;
  if (fails(f)) return NULL;
  if (p == NULL) f->live++;
  return realloc(p, n);
}

static void fail_release(void *ctx, void *p) {
  failing *f = ctx;
  if (p != NULL) f->live--;
  free(p);
}

#define BODY                                                                                       \
  STATUS_OK_HEADER GET("4", "./A") REPLACE("5", "./A/B", "x")                                      \
      GET("6", "./A/Octets") "<Sequence><CmdID>7</CmdID>" REPLACE(                                 \
          "8", "./A/C", "y") "</Sequence>"                                                         \
                             "<Atomic><CmdID>10</CmdID>" REPLACE("11", "./A/B", "z") REPLACE(      \
                                 "12", "./A/C",                                                    \
                                 "z") "</Atomic>"                                                  \
                                      "<Atomic><CmdID>13</CmdID>" REPLACE("14", "./A/B", "z")      \
                                          REPLACE("15", "./A/Bad", "z") "</Atomic>" FINAL

static omadm_outcome run_session(failing *f, int late, unsigned long *commands) {
  talk t;
  omadm_mem mem = {f, fail_alloc, fail_resize, fail_release};
  talk_open(&t, OMADM_DIALECT_OMA);
  fake_tree_put(t.tree, "./A/B", OMADM_FORMAT_CHR, "old");
  fake_tree_put(t.tree, "./A/C", OMADM_FORMAT_CHR, "old");
  fake_tree_put(t.tree, "./A/Bad", OMADM_FORMAT_CHR, "old");
  fake_tree_put(t.tree, "./A/Octets", OMADM_FORMAT_BIN, "octets");
  t.knobs->refused = "./A/Bad";
  t.knobs->refused_status = OMADM_ST_FAILED;
  omadm_alert alert = {.code = 1226, .type = OMADM_STR("com.example.done"), .data = OMADM_STR("7")};
  fake_host_raise(&t.host, &alert);
  t.config.mem = &mem;
  t.knobs->late = late;
  omadm_outcome outcome = OMADM_OUTCOME_REFUSED;
  omadm_error error = {0};
  if (omadm_session_new(&t.config, &t.session, &error) != OMADM_OK) {
    assert_int_equal(error.code, OMADM_E_NOMEM);
    assert_null(t.session);
    talk_close(&t);
    return outcome;
  }
  static const char *const bodies[] = {BODY, STATUS_OK_HEADER FINAL};
  unsigned message = 0;
  for (omadm_step step = talk_finish_late(&t); step != OMADM_DONE; step = talk_finish_late(&t)) {
    if (step == OMADM_WAIT) break;
    if (step != OMADM_RECEIVE) continue;
    char text[8192], id[8];
    omadm_str nothing = {NULL, 0};
    snprintf(id, sizeof id, "%u", message + 1);
    snprintf(
        text, sizeof text,
        "<SyncML xmlns='SYNCML:SYNCML1.2'><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>"
        "<SessionID>5A</SessionID><MsgID>%s</MsgID><Target><LocURI>IMEI:1</LocURI></Target>"
        "<Source><LocURI>s</LocURI></Source></SyncHdr><SyncBody>%s</SyncBody></SyncML>",
        id, bodies[message < 2 ? message : 1]);
    if (omadm_session_begin(t.session, nothing, nothing) != OMADM_OK) continue;
    if (omadm_session_feed(t.session, text, strlen(text)) != OMADM_OK) continue;
    omadm_session_end(t.session);
    message++;
  }
  outcome = talk_outcome(&t);
  if (outcome == OMADM_OUTCOME_REFUSED) assert_non_null(strstr(talk_reason(&t), "out of memory"));
  omadm_result result;
  omadm_session_outcome(t.session, &result);
  *commands = (unsigned long)result.commands;
  assert_int_equal(t.knobs->begins, t.knobs->commits + t.knobs->rollbacks);
  talk_close(&t);
  return outcome;
}

static void sweep(int late) {
  failing f = {.left = -1};
  unsigned long commands = 0;
  assert_int_equal(run_session(&f, late, &commands), OMADM_OUTCOME_DONE);
  assert_int_equal(f.live, 0);
  unsigned long total = f.made;
  for (unsigned long n = 0; n < total; n++) {
    failing g = {.left = (long)n};
    omadm_outcome outcome = run_session(&g, late, &commands);
    if (outcome != OMADM_OUTCOME_REFUSED)
      fail_msg("the session survived failure %lu of %lu", n, total);
    assert_int_equal(g.live, 0);
  }
}

static void memory_that_runs_out_ends_the_session_and_leaks_nothing(void **state) {
  (void)state;
  sweep(0);
}

static void the_same_with_every_answer_late(void **state) {
  (void)state;
  sweep(1);
}

static void a_command_costs_less_than_three_allocations(void **state) {
  (void)state;
  static char body[200000];
  failing f = {.left = -1};
  omadm_mem mem = {&f, fail_alloc, fail_resize, fail_release};
  talk t;
  talk_open(&t, OMADM_DIALECT_OMA);
  fake_tree_put(t.tree, "./A/B", OMADM_FORMAT_CHR, "old");
  t.config.mem = &mem;
  talk_package1(&t);
  size_t length = 0;
  for (int i = 0; i < 100; i++) {
    length += (size_t)snprintf(
        body + length, sizeof body - length,
        i % 2 == 0
            ? "<Get><CmdID>%d</CmdID><Item><Target><LocURI>./A/B</LocURI></Target></Item></Get>"
            : "<Replace><CmdID>%d</CmdID><Item><Target><LocURI>./A/B</LocURI></Target>"
              "<Data>value</Data></Item></Replace>",
        i + 2);
  }
  snprintf(body + length, sizeof body - length, FINAL);
  unsigned long before = f.made;
  omadm_step step = talk_exchange(&t, "1", body);
  while (step == OMADM_WAIT)
    step = talk_next(&t);
  assert_int_equal(step, OMADM_SEND);
  assert_true(f.made - before < 300);
  talk_close(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(memory_that_runs_out_ends_the_session_and_leaks_nothing),
      cmocka_unit_test(the_same_with_every_answer_late),
      cmocka_unit_test(a_command_costs_less_than_three_allocations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
