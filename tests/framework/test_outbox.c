/* SPDX-License-Identifier: MIT */
/* Alerts that wait for a server, and session numbers. */
#include <stdio.h>

#include "rig.h"

static const char accounts[] =
    DDF(ROOT("DMAcc", "./SyncML",
             INNER("", ADG, MANY, "Dynamic", LEAF("ServerID", ADGR, "chr", ONE, "Dynamic"))));

typedef struct box {
  rig *r;
  omadm_host host;
} box;

static int set_up(void **state) {
  static box b;
  b.host = (omadm_host){.struct_size = sizeof b.host};
  rig_options options = rig_mode;
  options.alerts = 4;
  b.r = rig_new(&options);
  rig_mount(b.r, "dmacc.xml", accounts);
  rig_poke(b.r, "./SyncML/DMAcc/one/ServerID", "one");
  rig_poke(b.r, "./SyncML/DMAcc/two/ServerID", "two");
  omadm_framework_host(b.r->framework, &b.host);
  *state = &b;
  return 0;
}

static int tear_down(void **state) {
  rig_free(((box *)*state)->r);
  return 0;
}

static void raise_for(box *b, const char *server, const char *type, omadm_mark mark) {
  const omadm_alert alert = {.type = omadm_str_of(type),
                             .mark = mark,
                             .data = OMADM_STR("data"),
                             .source = OMADM_STR("./X")};
  assert_int_equal(omadm_framework_raise(b->r->framework, omadm_str_of(server), &alert), 0);
}

/* The types of the alerts that wait for a server, with a blank behind each. */
static const char *waiting(box *b, const char *server) {
  static char types[200];
  omadm_alert alert = {0};
  types[0] = '\0';
  while (b->host.alert_next(b->host.ctx, omadm_str_of(server), alert.id, &alert) == 0) {
    size_t used = strlen(types);
    snprintf(types + used, sizeof types - used, "%.*s ", (int)alert.type.len, alert.type.ptr);
  }
  return types;
}

static uint64_t first(box *b, const char *server) {
  omadm_alert alert = {0};
  assert_int_equal(b->host.alert_next(b->host.ctx, omadm_str_of(server), 0, &alert), 0);
  return alert.id;
}

static void answered(box *b, const char *server, uint64_t id, omadm_status status) {
  assert_int_equal(b->host.alert_answered(b->host.ctx, omadm_str_of(server), id, status), 0);
}

static void alerts_wait_in_order_for_their_server(void **state) {
  box *b = *state;
  raise_for(b, "one", "a", OMADM_MARK_NONE);
  raise_for(b, "two", "b", OMADM_MARK_NONE);
  raise_for(b, "one", "c", OMADM_MARK_FATAL);
  assert_string_equal(waiting(b, "one"), "a c ");
  assert_string_equal(waiting(b, "two"), "b ");
  assert_int_equal(omadm_framework_alerts(b->r->framework, (omadm_str){NULL, 0}), 3);
  omadm_alert alert = {0};
  assert_int_equal(b->host.alert_next(b->host.ctx, omadm_str_of("one"), 0, &alert), 0);
  assert_int_equal(alert.code, 1226);
  assert_int_equal(alert.mark, OMADM_MARK_NONE);
  assert_true(omadm_str_is(alert.data, "data"));
  assert_true(omadm_str_is(alert.source, "./X"));
}

static void an_alert_that_no_message_can_carry_is_not_kept(void **state) {
  box *b = *state;
  static char large[20000];
  memset(large, 'x', sizeof large);
  const omadm_alert alert = {.code = 1226, .type = OMADM_STR("a"), .data = {large, sizeof large}};
  assert_int_equal(omadm_framework_raise(b->r->framework, omadm_str_of("one"), &alert),
                   OMADM_E_LIMIT);
  assert_string_equal(waiting(b, "one"), "");
  assert_non_null(strstr(b->r->log, "alert-size"));
}

static void some_codes_end_an_alert_and_others_keep_it(void **state) {
  box *b = *state;
  const omadm_status end[] = {200, 202, 212, 406, 412, 415, 500}, keep[] = {401, 404, 407, 503};
  for (size_t i = 0; i < sizeof keep / sizeof *keep; i++) {
    if (i == 0) raise_for(b, "one", "a", OMADM_MARK_NONE);
    answered(b, "one", first(b, "one"), keep[i]);
    assert_string_equal(waiting(b, "one"), "a ");
  }
  answered(b, "one", first(b, "one"), 200);
  for (size_t i = 0; i < sizeof end / sizeof *end; i++) {
    raise_for(b, "one", "a", OMADM_MARK_NONE);
    answered(b, "one", first(b, "one"), end[i]);
    assert_string_equal(waiting(b, "one"), "");
  }
  assert_non_null(strstr(b->r->log, "with 412; it is dropped"));
  assert_int_equal(b->host.alert_answered(b->host.ctx, omadm_str_of("one"), 99, 200),
                   OMADM_E_NOT_FOUND);
}

static void an_alert_for_everybody_goes_when_all_accounts_have_answered(void **state) {
  box *b = *state;
  raise_for(b, "", "all", OMADM_MARK_NONE);
  uint64_t id = first(b, "one");
  answered(b, "one", id, 200);
  assert_string_equal(waiting(b, "one"), "");
  assert_string_equal(waiting(b, "two"), "all ");
  answered(b, "two", id, 200);
  assert_int_equal(omadm_framework_alerts(b->r->framework, (omadm_str){NULL, 0}), 0);
}

static void the_oldest_of_lowest_mark_makes_room(void **state) {
  box *b = *state;
  raise_for(b, "one", "a", OMADM_MARK_MINOR);
  raise_for(b, "one", "b", OMADM_MARK_HARMLESS);
  raise_for(b, "two", "c", OMADM_MARK_HARMLESS);
  raise_for(b, "one", "d", OMADM_MARK_FATAL);
  raise_for(b, "one", "e", OMADM_MARK_WARNING);
  assert_string_equal(waiting(b, "one"), "a d e ");
  assert_string_equal(waiting(b, "two"), "c ");
  const omadm_alert least = {.type = OMADM_STR("f"), .mark = OMADM_MARK_NONE};
  assert_int_equal(omadm_framework_raise(b->r->framework, omadm_str_of("one"), &least),
                   OMADM_E_LIMIT);
  assert_string_equal(waiting(b, "one"), "a d e ");
  assert_non_null(strstr(b->r->log, "the new one is dropped"));
}

static omadm_err disk_is_full(omadm_store *store, const omadm_store_change *changes, size_t n,
                              omadm_error *error) {
  (void)store, (void)changes, (void)n;
  return omadm_error_set(error, OMADM_E_STORE, "the disk is full");
}

static void an_alert_gives_way_only_to_one_that_is_stored(void **state) {
  box *b = *state;
  const omadm_alert fatal = {.type = OMADM_STR("e"), .mark = OMADM_MARK_FATAL};
  const omadm_store_ops *good = b->r->store->ops;
  omadm_store_ops full = *good;
  full.apply = disk_is_full;
  for (const char *type = "a\0b\0c\0d\0"; *type != '\0'; type += 2)
    raise_for(b, "one", type, OMADM_MARK_NONE);
  b->r->store->ops = &full;
  assert_int_equal(omadm_framework_raise(b->r->framework, omadm_str_of("one"), &fatal),
                   OMADM_E_STORE);
  b->r->store->ops = good;
  assert_string_equal(waiting(b, "one"), "a b c d ");
  assert_non_null(strstr(b->r->log, "the disk is full"));
  raise_for(b, "one", "e", OMADM_MARK_FATAL);
  assert_string_equal(waiting(b, "one"), "b c d e ");
}

static void a_smaller_host_table_is_filled_as_far_as_it_goes(void **state) {
  box *b = *state;
  omadm_host host = {.struct_size = offsetof(omadm_host, session_number)};
  omadm_framework_host(b->r->framework, &host);
  assert_non_null(host.random);
  assert_null(host.session_number);
  assert_null(host.alert_next);
  assert_int_equal(host.struct_size, offsetof(omadm_host, session_number));
}

static void alerts_outlive_a_restart(void **state) {
  box *b = *state;
  raise_for(b, "one", "a", OMADM_MARK_NONE);
  raise_for(b, "", "b", OMADM_MARK_NONE);
  uint64_t id = first(b, "one");
  rig_restart(b->r);
  omadm_framework_host(b->r->framework, &b->host);
  assert_string_equal(waiting(b, "one"), "a b ");
  assert_int_equal(first(b, "one"), id);
  raise_for(b, "one", "c", OMADM_MARK_NONE);
  assert_string_equal(waiting(b, "one"), "a b c ");
}

/* Another server may come by that name. */
static void an_alert_of_an_account_that_is_gone_is_dropped_at_the_start(void **state) {
  box *b = *state;
  raise_for(b, "one", "a", OMADM_MARK_NONE);
  raise_for(b, "two", "b", OMADM_MARK_NONE);
  raise_for(b, "", "c", OMADM_MARK_NONE);
  const omadm_str account = OMADM_STR("./SyncML/DMAcc/two");
  assert_int_equal(omadm_framework_poke(b->r->framework, account, OMADM_FORMAT_ABSENT,
                                        (omadm_str){NULL, 0}, (omadm_str){NULL, 0}, NULL),
                   0);
  assert_int_equal(omadm_framework_settle(b->r->framework), 0);
  rig_restart(b->r);
  rig_mount(b->r, "dmacc.xml", accounts);
  omadm_framework_host(b->r->framework, &b->host);
  assert_string_equal(waiting(b, "one"), "a c ");
  assert_string_equal(waiting(b, "two"), "c ");
  assert_non_null(strstr(b->r->log, "the alert b for the server two is dropped"));
}

static void important_alerts_ask_for_a_session(void **state) {
  box *b = *state;
  raise_for(b, "one", "a", OMADM_MARK_MINOR);
  assert_string_equal(b->r->wanted, "");
  raise_for(b, "one", "b", OMADM_MARK_CRITICAL);
  raise_for(b, "", "c", OMADM_MARK_FATAL);
  assert_string_equal(b->r->wanted, "one  ");
  const omadm_alert now = {.type = OMADM_STR("d"), .session_now = 1, .code = 1224};
  assert_int_equal(omadm_framework_raise(b->r->framework, omadm_str_of("two"), &now), 0);
  assert_string_equal(b->r->wanted, "one  two ");
}

static void an_alert_without_a_type_is_refused(void **state) {
  box *b = *state;
  const omadm_alert bad = {.data = OMADM_STR("x")};
  assert_int_equal(omadm_framework_raise(b->r->framework, omadm_str_of("one"), &bad),
                   OMADM_E_ARGUMENT);
}

static void session_numbers_go_round(void **state) {
  box *b = *state;
  uint32_t a = 0, c = 0;
  assert_int_equal(b->host.session_number(b->host.ctx, &a), 0);
  assert_int_equal(b->host.session_number(b->host.ctx, &c), 0);
  assert_int_equal(a, 1);
  assert_int_equal(c, 2);
  rig_restart(b->r);
  omadm_framework_host(b->r->framework, &b->host);
  assert_int_equal(b->host.session_number(b->host.ctx, &c), 0);
  assert_int_equal(c, 3);
  const omadm_store_change last = {OMADM_STORE_META, OMADM_STR("framework/sessions"),
                                   OMADM_STR("\0\0\0\0\0\0\xFF\xFF")};
  assert_int_equal(b->r->store->ops->apply(b->r->store, &last, 1, NULL), 0);
  assert_int_equal(b->host.session_number(b->host.ctx, &c), 0);
  assert_int_equal(c, 1);
}

static void random_octets_differ(void **state) {
  box *b = *state;
  unsigned char x[32] = {0}, y[32] = {0};
  assert_int_equal(b->host.random(b->host.ctx, x, sizeof x), 0);
  assert_int_equal(b->host.random(b->host.ctx, y, sizeof y), 0);
  assert_memory_not_equal(x, y, sizeof x);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(alerts_wait_in_order_for_their_server),
      TEST(an_alert_that_no_message_can_carry_is_not_kept),
      TEST(some_codes_end_an_alert_and_others_keep_it),
      TEST(an_alert_for_everybody_goes_when_all_accounts_have_answered),
      TEST(the_oldest_of_lowest_mark_makes_room),
      TEST(an_alert_gives_way_only_to_one_that_is_stored),
      TEST(a_smaller_host_table_is_filled_as_far_as_it_goes),
      TEST(alerts_outlive_a_restart),
      TEST(an_alert_of_an_account_that_is_gone_is_dropped_at_the_start),
      TEST(important_alerts_ask_for_a_session),
      TEST(an_alert_without_a_type_is_refused),
      TEST(session_numbers_go_round),
      TEST(random_octets_differ),
  };
  return rig_run("outbox", tests, sizeof tests / sizeof *tests);
}
