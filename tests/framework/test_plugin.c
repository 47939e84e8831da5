/* SPDX-License-Identifier: MIT */
/* A CSP with code behind the slots and services of <omadm/csp.h>. */
#include <omadm/worker.h>

#include "probe.h"

static int set_up(void **state) {
  probe_reset();
  rig *r = rig_new(NULL);
  rig_mount_csp(r, &probe_csp);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

#define BASE "./Vendor/Probe"

static void verbs_reach_their_slots(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "one two"), 200);
  rig_expect(r, BASE "/Value", "one two");
  assert_int_equal(rig_add(r, BASE "/List/a", OMADM_FORMAT_CHR, "x"), 200);
  rig_expect_children(r, BASE "/List", "a");
  assert_int_equal(rig_remove(r, BASE "/List/a"), 200);
  rig_expect(r, BASE "/List/a", NULL);
  assert_int_equal(rig_exec(r, BASE "/Run", "now"), 200);
  assert_non_null(strstr(probe_calls, "replace(Value)=one two "));
  assert_non_null(strstr(probe_calls, "add(a)=x "));
  assert_non_null(strstr(probe_calls, "remove(a) "));
  assert_non_null(strstr(probe_calls, "exec(Run)=now "));
}

static void a_csp_is_not_asked_what_its_ddf_states(void **state) {
  rig *r = *state;
  probe_calls[0] = '\0';
  assert_int_equal(rig_get(r, BASE "/Secret"), 405);
  assert_int_equal(rig_replace(r, BASE "/Number", "many"), 415);
  assert_int_equal(rig_remove(r, BASE "/Value"), 405);
  assert_int_equal(rig_exec(r, BASE "/Value", NULL), 405);
  assert_int_equal(rig_add(r, BASE "/Value", OMADM_FORMAT_CHR, "x"), 418);
  assert_int_equal(rig_resolve(r, BASE "/Other"), 404);
  assert_string_equal(probe_calls, "");
  assert_int_equal(rig_replace(r, BASE "/Number", " 007 "), 200);
  assert_non_null(strstr(probe_calls, "replace(Number)=7 "));
}

static void a_refusal_is_told_as_it_is(void **state) {
  rig *r = *state;
  probe_do.replace = 413;
  assert_int_equal(rig_replace(r, BASE "/Value", "x"), 413);
  probe_do.replace = 7; /* no response code */
  assert_int_equal(rig_replace(r, BASE "/Value", "x"), 500);
  assert_non_null(strstr(r->log, "no response code"));
}

static void missing_parents_are_added_one_by_one(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/Box/b/Name", OMADM_FORMAT_CHR, "n"), 200);
  assert_non_null(strstr(probe_calls, "add(b)= add(Name)=n "));
  rig_expect(r, BASE "/Box/b/Name", "n");
}

static void occurrence_is_counted_by_the_list_of_the_csp(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/List/a", OMADM_FORMAT_CHR, "x"), 200);
  assert_int_equal(rig_add(r, BASE "/List/b", OMADM_FORMAT_CHR, "x"), 200);
  assert_int_equal(rig_add(r, BASE "/List/c", OMADM_FORMAT_CHR, "x"), 200);
  assert_int_equal(rig_add(r, BASE "/List/d", OMADM_FORMAT_CHR, "x"), 420);
}

static void a_missing_slot_is_an_answer(void **state) {
  rig *r = *state;
  rig_mount_csp(r, &probe_bare_csp);
  assert_int_equal(rig_get(r, "./Vendor/Bare/Value"), 405);
  assert_int_equal(rig_replace(r, "./Vendor/Bare/Value", "x"), 406);
  assert_int_equal(rig_exec(r, "./Vendor/Bare/Run", "x"), 406);
  rig_expect_children(r, "./Vendor/Bare", "Value/Number/Secret/List/Box/Run");
  rig_expect_children(r, "./Vendor/Bare/List", "");
  assert_int_equal(rig_resolve(r, "./Vendor/Bare/List/any"),
                   200); /* without find it is where its parent is */
  assert_int_equal(rig_remove(r, "./Vendor/Bare/List/any"), 406);
}

static void a_csp_keeps_small_values(void **state) {
  rig *r = *state;
  const omadm_str key = OMADM_STR("k"), value = OMADM_STR("v"), empty = {NULL, 0};
  omadm_str out;
  assert_int_equal(probe_services->store_get(probe_host, key, &out), OMADM_E_NOT_FOUND);
  assert_int_equal(probe_services->store_set(probe_host, key, value), 0);
  assert_int_equal(probe_services->store_get(probe_host, key, &out), 0);
  rig_settle(r);
  rig_restart(r);
  rig_mount_csp(r, &probe_csp);
  assert_int_equal(probe_services->store_get(probe_host, key, &out), 0);
  assert_true(omadm_str_is(out, "v"));
  assert_int_equal(probe_services->store_set(probe_host, key, empty), 0);
  assert_int_equal(probe_services->store_get(probe_host, key, &out), OMADM_E_NOT_FOUND);
}

static void what_a_service_lends_may_go_into_the_next_one(void **state) {
  const omadm_str key = OMADM_STR("greeting"), copy = OMADM_STR("copy");
  omadm_str lent, again;
  (void)state;
  assert_int_equal(probe_services->setting(probe_host, key, &lent), 0);
  assert_int_equal(probe_services->store_set(probe_host, copy, lent), 0);
  assert_int_equal(probe_services->store_get(probe_host, copy, &lent), 0);
  assert_int_equal(probe_services->store_set(probe_host, lent, lent), 0); /* as key and value */
  assert_int_equal(probe_services->store_get(probe_host, copy, &lent), 0);
  assert_int_equal(probe_services->store_get(probe_host, lent, &again), 0);
  assert_true(omadm_str_is(again, "hello Probe"));
  probe_services->log(probe_host, OMADM_CSP_LOG_INFO, again); /* which does not end it */
  assert_true(omadm_str_is(again, "hello Probe"));
}

static void settings_time_and_log_are_services(void **state) {
  rig *r = *state;
  const omadm_str key = OMADM_STR("greeting"), none = OMADM_STR("none"), line = OMADM_STR("a line");
  omadm_str out;
  assert_int_equal(probe_services->setting(probe_host, key, &out), 0);
  assert_true(omadm_str_is(out, "hello Probe"));
  assert_int_equal(probe_services->setting(probe_host, none, &out), OMADM_E_NOT_FOUND);
  assert_true(probe_services->now(probe_host) > INT64_C(1700000000000));
  probe_services->log(probe_host, OMADM_LOG_INFO, line);
  assert_non_null(strstr(r->log, "Probe: a line\n"));
  probe_services->log(probe_host, 99, line);
  assert_int_equal(probe_services->changed(probe_host, omadm_str_of(BASE "/Value")), 0);
}

static void answers_for_unknown_requests_are_refused(void **state) {
  rig *r = *state;
  const omadm_str octets = OMADM_STR("x");
  assert_int_equal(probe_services->value(probe_host, 4711, octets), OMADM_E_NOT_FOUND);
  assert_int_equal(probe_services->child(probe_host, 4711, octets), OMADM_E_NOT_FOUND);
  assert_int_equal(probe_services->complete(probe_host, 4711, 200, NULL), OMADM_E_NOT_FOUND);
  assert_non_null(strstr(r->log, "4711"));
}

static void events_reach_every_csp(void **state) {
  rig *r = *state;
  const omadm_str id = OMADM_STR("srv");
  omadm_framework_event(r->framework, OMADM_CSP_SESSION_BEGAN, id);
  assert_non_null(strstr(probe_calls, "event(1,srv) "));
}

static void jobs_run_in_pump_where_there_is_no_worker(void **state) {
  rig *r = *state;
  probe_do.get = OMADM_ST_PENDING;
  probe_do.by_job = 1;
  probe_do.job_status = 200;
  assert_int_equal(rig_start(r, OMADM_VERB_GET, BASE "/Value", NULL), OMADM_ST_PENDING);
  assert_int_equal(omadm_framework_pending(r->framework), 2); /* the job and the answer */
  assert_int_equal(rig_wait(r), 200);
  assert_int_equal(omadm_framework_pending(r->framework), 0);
  assert_non_null(strstr(probe_calls, "done "));
}

static void jobs_run_on_a_worker(void **state) {
  rig *r = *state;
  omadm_worker *worker = NULL;
  rig_options options = r->options;
  assert_int_equal(omadm_worker_new(2, &worker, NULL), 0);
  options.worker = worker;
  rig_free(r);
  probe_reset();
  *state = r = rig_new(&options);
  rig_mount_csp(r, &probe_csp);
  probe_do.replace = OMADM_ST_PENDING;
  probe_do.by_job = 1;
  probe_do.job_status = 200;
  for (int i = 0; i < 5; i++)
    assert_int_equal(rig_replace(r, BASE "/Value", "x"), 200);
  rig_expect(r, BASE "/Value", "x");
  assert_int_equal(rig_start(r, OMADM_VERB_REPLACE, BASE "/Value", "y"), OMADM_ST_PENDING);
  rig_free(r); /* with a job under way */
  omadm_worker_free(worker);
  *state = rig_new(NULL);
}

static void a_child_with_an_impossible_name_is_left_out(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/List/a", OMADM_FORMAT_CHR, "x"), 200);
  probe_do.list = OMADM_ST_PENDING;
  uint64_t cursor = 0;
  assert_int_equal(rig_resolve(r, BASE "/List"), 200);
  omadm_status status = r->tree->list(r->tree->ctx, &r->origin, &r->node, &cursor, &r->answer);
  assert_int_equal(status, OMADM_ST_PENDING);
  const omadm_str bad[] = {OMADM_STR(""), OMADM_STR("a\x01"), OMADM_STR("\xFF"), OMADM_STR("*"),
                           OMADM_STR("..")};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    assert_int_equal(probe_services->child(probe_host, probe_token, bad[i]), OMADM_E_ARGUMENT);
  assert_int_equal(probe_complete(200), 0);
  omadm_framework_pump(r->framework, 0);
  assert_int_equal(r->tree->list(r->tree->ctx, &r->origin, &r->node, &cursor, &r->answer), 200);
  assert_true(omadm_str_is(r->answer.data, "a"));
  assert_int_equal(r->tree->list(r->tree->ctx, &r->origin, &r->node, &cursor, &r->answer),
                   OMADM_ST_END);
}

static omadm_status no_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  (void)services, (void)host, (void)self;
  return 500;
}

static void no_close(uint64_t self) {
  (void)self;
}

static omadm_status half_begin(uint64_t self, uint64_t transaction) {
  (void)self, (void)transaction;
  return 200;
}

static omadm_status good_open(const omadm_csp_services *services, uint64_t host, uint64_t *self) {
  (void)services, (void)host, (void)self;
  return 200;
}

static void descriptors_are_checked(void **state) {
  rig *r = *state;
  static const omadm_csp_slots closed = {
      .struct_size = sizeof closed, .open = no_open, .close = no_close};
  static const omadm_csp_slots nothing = {.struct_size = sizeof nothing};
  static const omadm_csp_slots half = {
      .struct_size = sizeof half, .open = good_open, .close = no_close, .begin = half_begin};
  static const char ddf[] = DDF(ROOT("D", "./Vendor", ""));
  const omadm_csp_descriptor good = {OMADM_CSP_ABI,  sizeof good, "D", "1", ddf,
                                     sizeof ddf - 1, &closed,     0,   0};
  omadm_csp_descriptor bad[8];
  for (size_t i = 0; i < 8; i++)
    bad[i] = good;
  bad[0].abi = 77;
  bad[1].struct_size = 8;
  bad[2].name = NULL;
  bad[3].ddf = NULL;
  bad[4].slots = &nothing;
  bad[5].slots = &half;
  bad[6].ddf = "<MgmtTree>";
  bad[6].ddf_len = 10;
  const struct {
    omadm_err err;
    const char *says;
  } due[8] = {{OMADM_E_ABI, "ABI 77"},         {OMADM_E_ABI, "8 octets"},
              {OMADM_E_ABI, "name"},           {OMADM_E_ABI, "DDF"},
              {OMADM_E_ABI, "open and close"}, {OMADM_E_ABI, "all four"},
              {OMADM_E_SYNTAX, "from"},        {OMADM_E_REFUSED, "does not open"}};
  size_t before = omadm_framework_mount_count(r->framework);
  for (size_t i = 0; i < 8; i++) {
    omadm_error error = {0};
    omadm_mount_info info;
    assert_int_equal(omadm_framework_mount_csp(r->framework, &bad[i], "from.so", &error),
                     due[i].err);
    if (strstr(error.text, due[i].says) == NULL) fail_msg("%zu: %s", i, error.text);
    assert_int_equal(omadm_framework_mount_at(r->framework, before + i, &info), 0);
    assert_string_equal(info.failure, error.text);
    assert_string_equal(info.from, "from.so");
  }
  assert_int_equal(omadm_framework_mount_csp(r->framework, NULL, "null", NULL), OMADM_E_ABI);
  rig_expect_children(r, "./Vendor", "Probe");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(verbs_reach_their_slots),
      TEST(a_csp_is_not_asked_what_its_ddf_states),
      TEST(a_refusal_is_told_as_it_is),
      TEST(missing_parents_are_added_one_by_one),
      TEST(occurrence_is_counted_by_the_list_of_the_csp),
      TEST(a_missing_slot_is_an_answer),
      TEST(a_csp_keeps_small_values),
      TEST(what_a_service_lends_may_go_into_the_next_one),
      TEST(settings_time_and_log_are_services),
      TEST(answers_for_unknown_requests_are_refused),
      TEST(events_reach_every_csp),
      TEST(jobs_run_in_pump_where_there_is_no_worker),
      TEST(jobs_run_on_a_worker),
      TEST(a_child_with_an_impossible_name_is_left_out),
      TEST(descriptors_are_checked),
  };
  return rig_run("plugins", tests, sizeof tests / sizeof *tests);
}
