/* SPDX-License-Identifier: MIT */
/* A CSP that does what <omadm/csp.h> forbids: the host refuses it, says so and goes on. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "rig.h"

#define BASE "./Vendor/Brk"

static const char ddf[] = DDF(ROOT(
    "Brk", "./Vendor",
    LEAF("A", GR, "chr", ONE, "Permanent") LEAF("N", GR, "int", ONE, "Permanent")
        LEAF("Run", "<Exec/><Get/><Delete/>", "chr", MAYBE, "Dynamic")
            INNER("List", G, ONE, "Permanent",
                  LEAF("", ADGR, "chr", MANY, "Dynamic") LEAF("Fixed", G, "chr", ONE, "Permanent"))
                INNER("Few", G, ONE, "Permanent", LEAF("", ADGR, "chr", AT_MOST("2"), "Dynamic"))));

static const omadm_csp_services *services;
static uint64_t host;
static omadm_token token; /* of the last request */
static char asked[200]; /* the first name of the last request */
static omadm_status status; /* what slots answer */
static void (*on_slot)(void); /* what they do before */
static const char *text; /* the value of a get */
static const char *kept; /* close stores it */

static omadm_status any(uint64_t self, const omadm_csp_request *r) {
  (void)self;
  token = r->token;
  asked[0] = '\0';
  if (r->n_names > 0) snprintf(asked, sizeof asked, "%.*s", (int)r->names[0].len, r->names[0].ptr);
  if (on_slot != NULL) on_slot();
  return status;
}

static omadm_status get(uint64_t self, const omadm_csp_request *r) {
  omadm_status answer = any(self, r);
  if (text != NULL) assert_int_equal(services->value(host, r->token, omadm_str_of(text)), 0);
  return answer;
}

static void store(const char *key, const char *value) {
  assert_int_equal(services->store_set(host, omadm_str_of(key), omadm_str_of(value)), 0);
}

static omadm_status brk_open(const omadm_csp_services *table, uint64_t handle, uint64_t *self) {
  services = table;
  host = handle;
  *self = 1;
  if (kept != NULL) store("open", kept);
  return OMADM_ST_OK;
}

static void brk_close(uint64_t self) {
  (void)self;
  if (kept != NULL) store("close", kept);
}

static void event(uint64_t self, omadm_csp_event what, omadm_str id) {
  (void)self, (void)what, (void)id;
  if (kept != NULL) store("event", kept);
}

static const omadm_csp_slots slots = {.struct_size = sizeof slots,
                                      .open = brk_open,
                                      .close = brk_close,
                                      .list = any,
                                      .get = get,
                                      .add = any,
                                      .replace = any,
                                      .remove = any,
                                      .exec = any,
                                      .event = event};

static const omadm_csp_slots bare = {
    .struct_size = sizeof bare, .open = brk_open, .close = brk_close};

static const omadm_csp_descriptor brk = {OMADM_CSP_ABI,  sizeof brk, "Brk", "1", ddf,
                                         sizeof ddf - 1, &slots,     0,     0};
static const omadm_csp_descriptor brk_bare = {OMADM_CSP_ABI,  sizeof brk, "Brk", "1", ddf,
                                              sizeof ddf - 1, &bare,      0,     0};

static int set_up(void **state) {
  rig *r = rig_new(NULL);
  on_slot = NULL;
  text = kept = NULL;
  status = OMADM_ST_OK;
  rig_mount_csp(r, &brk);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  kept = NULL;
  rig_free(*state);
  return 0;
}

/* How often the log says it. */
static int said(const rig *r, const char *words) {
  int n = 0;
  for (const char *at = strstr(r->log, words); at != NULL; at = strstr(at + 1, words))
    n++;
  return n;
}

static void gives_a_value(void) {
  const omadm_str long_one = OMADM_STR("\xFF\xFF\xFF\x7F this is no list of names");
  assert_int_equal(services->value(host, token, long_one), OMADM_E_STATE);
}

static void gives_a_child(void) {
  assert_int_equal(services->child(host, token, (omadm_str)OMADM_STR("kid")), OMADM_E_STATE);
}

static void a_value_is_for_get_and_a_child_for_list(void **state) {
  rig *r = *state;
  on_slot = gives_a_value;
  rig_expect_children(r, BASE "/List", "Fixed");
  assert_int_equal(said(r, "Brk: list " BASE "/List gives a value"), 1);
  on_slot = gives_a_child;
  rig_expect(r, BASE "/A", "");
  assert_int_equal(said(r, "Brk: get " BASE "/A gives a child"), 1);
}

static void pointers_to_nothing_are_refused(void **state) {
  rig *r = *state;
  const omadm_str bad = {NULL, 5}, good = OMADM_STR("x");
  omadm_csp_alert alert = {.struct_size = sizeof alert, .type = OMADM_STR("t"), .data = bad};
  assert_int_equal(services->alert(host, NULL), OMADM_E_ARGUMENT);
  assert_int_equal(services->alert(host, &alert), OMADM_E_ARGUMENT);
  assert_true(said(r, "Brk: ") > 0);
  assert_int_equal(services->store_set(host, bad, good), OMADM_E_ARGUMENT);
  assert_int_equal(services->store_set(host, good, bad), OMADM_E_ARGUMENT);
  assert_int_equal(services->changed(host, bad), OMADM_E_ARGUMENT);
  assert_int_equal(services->job(host, NULL, NULL, NULL), OMADM_E_ARGUMENT);
  services->log(host, OMADM_LOG_INFO, bad);
  status = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_GET, BASE "/A", NULL), OMADM_ST_PENDING);
  assert_int_equal(services->value(host, token, bad), OMADM_E_ARGUMENT);
  assert_int_equal(services->complete(host, token, 200, &alert), OMADM_E_ARGUMENT);
  assert_int_equal(services->complete(host, 0, 200, NULL), OMADM_E_NOT_FOUND);
  assert_int_equal(services->value(host, 0, good), OMADM_E_NOT_FOUND);
  assert_int_equal(said(r, "Brk: gives a value for request 0, which is not open"), 1);
  assert_int_equal(services->complete(host, token, 200, NULL), 0);
  assert_int_equal(rig_wait(r), 200);
  status = OMADM_ST_OK;
}

static void gives_nothing_as_a_child(void) {
  assert_int_equal(services->child(host, token, (omadm_str){NULL, 3}), OMADM_E_ARGUMENT);
}

static void a_child_without_octets_is_refused(void **state) {
  rig *r = *state;
  on_slot = gives_nothing_as_a_child;
  rig_expect_children(r, BASE "/List", "Fixed");
}

static void a_handle_that_is_none_is_refused(void **state) {
  (void)state;
  static const uint64_t own_memory[64];
  const uint64_t handles[] = {0, 1, 77, (uint64_t)(uintptr_t)own_memory};
  const omadm_str x = OMADM_STR("x");
  const omadm_csp_alert alert = {.struct_size = sizeof alert, .type = OMADM_STR("t")};
  for (size_t i = 0; i < sizeof handles / sizeof *handles; i++) {
    uint64_t h = handles[i];
    services->log(h, OMADM_LOG_INFO, x);
    assert_int_equal(services->now(h), 0);
    assert_int_equal(services->value(h, 1, x), OMADM_E_NOT_FOUND);
    assert_int_equal(services->child(h, 1, x), OMADM_E_NOT_FOUND);
    assert_int_equal(services->complete(h, 1, 200, NULL), OMADM_E_NOT_FOUND);
    assert_int_equal(services->alert(h, &alert), OMADM_E_NOT_FOUND);
    assert_int_equal(services->changed(h, x), OMADM_E_NOT_FOUND);
    assert_int_equal(services->store_set(h, x, x), OMADM_E_NOT_FOUND);
    assert_int_equal(services->job(h, NULL, NULL, NULL), OMADM_E_NOT_FOUND);
  }
}

static int64_t milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void waiting_for_an_answer_without_a_job_does_not_spin(void **state) {
  rig *r = *state;
  status = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_GET, BASE "/A", NULL), OMADM_ST_PENDING);
  int64_t began = milliseconds();
  assert_int_equal(omadm_framework_pump(r->framework, 60), 0);
  assert_true(milliseconds() - began >= 50);
  began = milliseconds();
  assert_int_equal(omadm_framework_pump(r->framework, 0), 0);
  assert_int_equal(services->complete(host, token, 200, NULL), 0);
  assert_int_equal(rig_wait(r), 200);
  assert_true(milliseconds() - began < 5000);
}

static void stores_in_get(void) {
  store("get", "1");
}

static void finished(void *arg) {
  store(arg, "1");
}

static void runs(void *arg) {
  (void)arg;
}

static void expect_stored(const char *key) {
  omadm_str got;
  omadm_str k = omadm_str_of(key);
  if (services->store_get(host, k, &got) != 0) fail_msg("%s is lost", key);
  assert_true(omadm_str_is(got, "1"));
}

static void what_is_stored_outside_of_a_transaction_is_kept(void **state) {
  static char key[] = "job";
  rig *r = *state;
  kept = "1";
  rig_restart(r);
  rig_mount_csp(r, &brk);
  on_slot = stores_in_get;
  rig_expect(r, BASE "/A", "");
  on_slot = NULL;
  assert_int_equal(services->job(host, runs, finished, key), 0);
  omadm_framework_pump(r->framework, 100);
  omadm_framework_event(r->framework, OMADM_CSP_SESSION_ENDED, (omadm_str)OMADM_STR("srv"));
  rig_restart(r);
  kept = NULL;
  rig_mount_csp(r, &brk);
  expect_stored("open");
  expect_stored("get");
  expect_stored("job");
  expect_stored("event");
  expect_stored("close");
}

static void names_many(void) {
  static char longest[300];
  memset(longest, 'n', sizeof longest);
  const omadm_str bad[] = {OMADM_STR(""),   OMADM_STR("a\x01"), OMADM_STR("\xFF"), OMADM_STR("."),
                           OMADM_STR(".."), OMADM_STR("*"),     OMADM_STR("\x7F"), {longest, 300}};
  const omadm_str good[] = {OMADM_STR("a/b"), OMADM_STR("one"), OMADM_STR("Fixed"),
                            OMADM_STR("one"), OMADM_STR("two"), OMADM_STR("a/b")};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(services->child(host, token, bad[i]), OMADM_E_ARGUMENT);
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    assert_int_equal(services->child(host, token, good[i]), 0);
}

static void names_are_such_as_a_uri_can_hold_and_come_once(void **state) {
  rig *r = *state;
  on_slot = names_many;
  assert_int_equal(rig_list(r, BASE "/List"), 200);
  assert_string_equal(r->text, "Fixed/a/b/one/two");
  assert_int_equal(said(r, "Brk: list " BASE "/List names 3 children twice or as the DDF does"), 1);
  assert_int_equal(said(r, "cannot stand in a URI"), 8);
  on_slot = NULL;
  text = "v";
  rig_expect(r, BASE "/List/a%2Fb", "v");
  assert_string_equal(asked, "a/b");
}

static void names_twice(void) {
  for (int i = 0; i < 3; i++)
    assert_int_equal(services->child(host, token, (omadm_str)OMADM_STR("one")), 0);
}

static void a_name_given_twice_counts_once(void **state) {
  rig *r = *state;
  on_slot = names_twice;
  assert_int_equal(rig_resolve(r, BASE "/Few/x"), 200);
  rig_expect_children(r, BASE "/Few", "one");
}

static void an_answer_that_is_none_becomes_500(void **state) {
  rig *r = *state;
  const omadm_status bad[] = {0, 2, 101, 201, 212, 216, 304, 401, 407, 600, 999};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    status = bad[i];
    assert_int_equal(rig_get(r, BASE "/A"), 500);
    assert_int_equal(rig_replace(r, BASE "/A", "x"), 500);
    assert_int_equal(rig_exec(r, BASE "/Run", "x"), 500);
    assert_int_equal(rig_list(r, BASE "/List"), 500);
  }
  assert_int_equal(said(r, "Brk: get " BASE "/A answered 999, which is no response code"),
                   2); /* a Replace reads first */
  assert_int_equal(said(r, "Brk: get " BASE "/A answered 201, which is no answer to a get"), 2);
  status = 202;
  assert_int_equal(rig_get(r, BASE "/A"), 500);
  assert_int_equal(rig_replace(r, BASE "/A", "x"), 500);
  assert_int_equal(rig_exec(r, BASE "/Run", "x"), 202);
  assert_int_equal(services->complete(host, token, 200, NULL), 0);
  status = 413;
  assert_int_equal(rig_get(r, BASE "/A"), 413);
  status = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_GET, BASE "/N", NULL), OMADM_ST_PENDING);
  assert_int_equal(services->complete(host, token, 101, NULL), 0);
  assert_int_equal(rig_wait(r), 500);
  assert_int_equal(said(r, "Brk: get " BASE "/N answered 101"), 1);
  status = OMADM_ST_OK;
}

static void a_value_is_one_of_the_format(void **state) {
  rig *r = *state;
  text = "abc";
  assert_int_equal(rig_get(r, BASE "/N"), 500);
  assert_int_equal(said(r, "CSP Brk: " BASE "/N: what it gives, of 3 octets, is not "), 1);
  text = " 007 ";
  rig_expect(r, BASE "/N", "7");
  text = "+12";
  rig_expect(r, BASE "/N", "12");
  text = "\xFF";
  assert_int_equal(rig_get(r, BASE "/A"), 500);
}

static void expect_detail(const rig *r, const char *words) {
  if (strstr(r->detail, words) == NULL) fail_msg("'%s' lacks '%s'", r->detail, words);
}

static void a_refusal_says_why(void **state) {
  rig *r = *state;
  assert_int_equal(rig_enlist(r, BASE "/Run", OMADM_VERB_EXEC), 406);
  expect_detail(r, "Brk: an Exec cannot be undone, and the CSP does not stage");
  assert_int_equal(rig_get(r, BASE "/List"), 405);
  assert_int_equal(rig_add(r, BASE "/Nothing", OMADM_FORMAT_CHR, "x"), 404);
  assert_int_equal(rig_add(r, BASE "/List/x", OMADM_FORMAT_INT, "x"), 418);
  rig_restart(r);
  rig_mount_csp(r, &brk_bare);
  assert_int_equal(rig_get(r, BASE "/A"), 405);
  expect_detail(r, "Brk has no slot get");
  assert_int_equal(rig_replace(r, BASE "/A", "x"), 406);
  expect_detail(r, "Brk has no slot replace");
  assert_int_equal(rig_remove(r, BASE "/Run"), 406);
  expect_detail(r, "Brk has no slot remove");
}

static void a_missing_format_is_called_so(void **state) {
  rig *r = *state;
  rig_mount(r, "S", DDF(ROOT("S", "./Vendor", INNER("", ADG, MANY, "Dynamic", ""))));
  assert_int_equal(rig_add(r, "./Vendor/S/x", OMADM_FORMAT_ABSENT, NULL), 415);
  expect_detail(r, "has no Format, but the node takes node");
}

static void no_node_is_not_said_twice(void **state) {
  rig *r = *state;
  const omadm_value value = {0};
  rig_mount(r, "S", DDF(ROOT("S", "./Vendor", INNER("", ADG, MANY, "Dynamic", ""))));
  assert_int_equal(rig_resolve(r, "./Vendor/S/x"), 404);
  assert_int_equal(r->tree->get(r->tree->ctx, &r->origin, &r->node, &r->answer), 404);
  assert_int_equal(r->answer.detail.len, 0);
  assert_int_equal(r->tree->replace(r->tree->ctx, &r->origin, &r->node, &value, &r->answer), 404);
  assert_int_equal(r->answer.detail.len, 0);
}

static void changed_is_for_nodes_of_the_csp(void **state) {
  rig *r = *state;
  rig_mount(r, "S", DDF(ROOT("S", "./Vendor", LEAF("T", GR, "chr", ONE, "Permanent"))));
  assert_int_equal(services->changed(host, (omadm_str)OMADM_STR(BASE "/A")), 0);
  assert_int_equal(services->changed(host, (omadm_str)OMADM_STR("./Device/Vendor/Brk")), 0);
  const char *const bad[] = {"", "A", ".", "./Vendor", "./Vendor/S/T", "a line", "./Vendor//Brk"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(services->changed(host, omadm_str_of(bad[i])), OMADM_E_ARGUMENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_value_is_for_get_and_a_child_for_list),
      TEST(pointers_to_nothing_are_refused),
      TEST(a_child_without_octets_is_refused),
      TEST(a_handle_that_is_none_is_refused),
      TEST(waiting_for_an_answer_without_a_job_does_not_spin),
      TEST(what_is_stored_outside_of_a_transaction_is_kept),
      TEST(names_are_such_as_a_uri_can_hold_and_come_once),
      TEST(a_name_given_twice_counts_once),
      TEST(an_answer_that_is_none_becomes_500),
      TEST(a_value_is_one_of_the_format),
      TEST(a_refusal_says_why),
      TEST(a_missing_format_is_called_so),
      TEST(no_node_is_not_said_twice),
      TEST(changed_is_for_nodes_of_the_csp),
  };
  return rig_run("hostile plugins", tests, sizeof tests / sizeof *tests);
}
