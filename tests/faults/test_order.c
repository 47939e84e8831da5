/* SPDX-License-Identifier: MIT */
/* What a session asks of the tree stands in the order that <omadm/tree.h> allows (watch.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/faults/judge.h"
#include "tests/faults/talk.h"

static void open_session(world *w, unsigned host_flags) {
  world_options options;
  world_options_init(&options);
  options.host_flags = host_flags;
  assert_int_equal(world_open(w, &options), 0);
  assert_int_equal(world_session(w), 0);
  assert_int_equal(world_next(w), OMADM_SEND);
  assert_int_equal(world_next(w), OMADM_RECEIVE);
}

static omadm_step answer(world *w, const char *message) {
  assert_int_equal(world_feed(w, message, strlen(message)), 0);
  return world_next(w);
}

/* It hands control back in between, with nothing to be waited for (<omadm/session.h>). */
static void a_long_message_goes_on_at_once(void **state) {
  enum { GETS = 50 };
  char gets[8192] = "", message[10240], cmd[8];
  (void)state;
  for (int i = 0; i < GETS; i++)
    snprintf(gets + strlen(gets), sizeof gets - strlen(gets), GET("%d", LEAVES "Text"), 10 + i);
  snprintf(message, sizeof message, SERVER_MESSAGE("1", "%s"), gets);
  for (unsigned flags = 0; flags < 4; flags++) {
    world w;
    open_session(&w, flags);
    int64_t before = w.now;
    assert_int_equal(answer(&w, message), OMADM_SEND);
    assert_int_equal(w.now, before);
    for (int i = 0; i < GETS; i++) {
      snprintf(cmd, sizeof cmd, "%d", 10 + i);
      assert_int_not_equal(judge_status(w.out.body, cmd), 0);
    }
    world_close(&w);
  }
}

#define CHUNK(id, name, type, data)                                                                \
  COMMAND(name, id,                                                                                \
          "<Meta><Type xmlns=\"syncml:metinf\">" type "</Type><Size xmlns=\"syncml:metinf\">1000"  \
          "</Size></Meta>" ITEM(LEAVES "Text", DATA(data) "<MoreData/>"))
#define DOCUMENT "application/vnd.syncml.dmtnds+xml"

/* Both are dropped when the session ends over them; a document is gathered in the session, and was
 * no large value of the tree. */
static void what_is_not_complete_is_dropped_once(void **state) {
  static const char *const chunks[] = {
      SERVER_MESSAGE("1", CHUNK("2", "Replace", "text/plain", "abc")),
      SERVER_MESSAGE("1", CHUNK("2", "Replace", DOCUMENT, "&lt;MgmtTree")),
  };
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    world w;
    open_session(&w, 0);
    assert_int_equal(answer(&w, chunks[i]), OMADM_SEND);
    assert_int_equal(judge_status(w.out.body, "2"), 213);
    assert_int_equal(w.writing, i == 0);
    assert_int_equal(world_next(&w), OMADM_RECEIVE);
    assert_int_equal(answer(&w, "no message"), OMADM_DONE);
    assert_false(w.writing);
    world_close(&w);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_long_message_goes_on_at_once),
      cmocka_unit_test(what_is_not_complete_is_dropped_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
