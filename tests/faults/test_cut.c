/* SPDX-License-Identifier: MIT */
/*
 * Messages that are damaged on their way: cut at each octet, and with each octet changed. What is
 * cut is not acted upon (architecture.md: never before the message is whole).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/faults/judge.h"
#include "tests/faults/talk.h"

static const char *const messages[] = {
    SERVER_MESSAGE("1", REPLACE("2", LEAVES "Text", "new") REPLACE("3", LEAVES "Number", "5")),
    SERVER_MESSAGE(
        "1", ATOMIC("2", REPLACE("3", LEAVES "Text", "new") REPLACE("4", LEAVES "Flag", "true"))),
    SERVER_MESSAGE("1", ADD("2", ITEMS "A/Name", "n") DELETE("3", ITEMS "B")
                            EXEC("4", SLOW "Run", "later")),
    SERVER_MESSAGE(
        "1", SEQUENCE("2", ATOMIC("3", ADD("4", SLOW "Box/A", "x") REPLACE("5", SLOW "Value", "y"))
                               GET("6", SLOW "Box"))),
    SERVER_MESSAGE("1",
                   COMMAND("Replace", "2",
                           "<Meta><Format xmlns=\"syncml:metinf\">xml</Format></Meta>" ITEM(
                               LEAVES "Markup", "<Data><a b=\"c\">d&#233;</a><!-- e --></Data>"))),
    SERVER_MESSAGE("1", REPLACE("2", LEAVES "Text", "<![CDATA[a]]&gt;]]>")
                            ATOMIC("3", REPLACE("4", LEAVES "Text", "1")
                                            REPLACE("5", LEAVES "Number", "no number"))),
};
enum { MESSAGES = sizeof messages / sizeof *messages };

static void open_world(world *w, omadm_dialect dialect, unsigned host_flags) {
  world_options options;
  world_options_init(&options);
  options.dialect = dialect;
  options.host_flags = host_flags;
  assert_int_equal(world_open(w, &options), 0);
}

/* A session that gets these octets as the answer to package 1, and is then left. */
static void play(world *w, const char *octets, size_t n) {
  assert_int_equal(world_session(w), 0);
  assert_int_equal(world_next(w), OMADM_SEND);
  assert_int_equal(world_next(w), OMADM_RECEIVE);
  assert_int_equal(world_feed(w, octets, n), 0);
  world_next(w);
}

static void a_message_cut_at_any_octet_changes_nothing(void **state) {
  (void)state;
  for (size_t i = 0; i < MESSAGES; i++) {
    world w;
    open_world(&w, i % 2 == 0 ? OMADM_DIALECT_OMA : OMADM_DIALECT_WINDOWS, 0);
    uint64_t before = world_hash(&w);
    size_t n = strlen(messages[i]);
    for (size_t cut = 0; cut < n; cut++) {
      play(&w, messages[i], cut);
      omadm_result r;
      omadm_session_outcome(w.session, &r);
      assert_int_equal(r.outcome, OMADM_OUTCOME_REFUSED);
      assert_int_equal(r.commands, 0);
    }
    assert_int_equal(world_hash(&w), before);
    play(&w, messages[i], n);
    assert_int_not_equal(world_hash(&w), before);
    world_close(&w);
  }
}

static void a_message_with_any_octet_changed_does_no_harm(void **state) {
  static const char instead[] = {'\0', '<', '&', '1', '\xFF'};
  (void)state;
  for (size_t i = 0; i < MESSAGES; i++) {
    world w;
    open_world(&w, i % 2 == 0 ? OMADM_DIALECT_WINDOWS : OMADM_DIALECT_OMA, (unsigned)i & 3);
    size_t n = strlen(messages[i]);
    char *octets = malloc(n);
    assert_non_null(octets);
    for (size_t at = 0; at < n * sizeof instead; at++) {
      judge j;
      memcpy(octets, messages[i], n);
      octets[at / sizeof instead] = instead[at % sizeof instead];
      play(&w, octets, n);
      judge_init(&j);
      j.msg_id = 1; /* package 1 is out */
      omadm_result r;
      omadm_session_outcome(w.session, &r);
      if (r.outcome == OMADM_OUTCOME_NONE) judge_client(&j, w.out.body, w.out.last);
      judge_dispose(&j);
    }
    free(octets);
    assert_int_not_equal(world_hash(&w), 0);
    world_close(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_message_cut_at_any_octet_changes_nothing),
      cmocka_unit_test(a_message_with_any_octet_changed_does_no_harm),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
