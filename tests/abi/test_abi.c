/* SPDX-License-Identifier: MIT */
/*
 * Plugins and a framework of different age. KEPT is built from the kept headers of ABI 1, GROWN
 * from headers whose structures have grown, NEEDS is GROWN and cannot work without the service that
 * was added. With ABI_GROWN the framework is the later one, too.
 */
#include "../framework/rig.h"

#ifdef ABI_GROWN
#define REPORT_OF_GROWN "services old, request new, events 0"
#else
#define REPORT_OF_GROWN "services old, request old, events 0"
#endif

static int set_up(void **state) {
  *state = rig_new(NULL);
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static void load(rig *r, const char *path) {
  omadm_error error = {0};
  if (omadm_framework_load(r->framework, path, &error) != 0) fail_msg("%s", error.text);
}

static void expect(rig *r, omadm_status expected, omadm_status status) {
  if (status != expected) fail_msg("%u instead of %u\n%s", status, expected, r->log);
}

static void rename_to(rig *r, const char *uri, const char *name) {
  expect(r, 200, rig_resolve(r, uri));
  omadm_status status =
      r->tree->rename(r->tree->ctx, &r->origin, &r->node, omadm_str_of(name), &r->answer);
  if (status == OMADM_ST_PENDING) status = rig_wait(r);
  expect(r, 200, status);
}

/* An addition that is staged, seen, and taken back. */
static void take_back(rig *r) {
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  expect(r, 200, rig_enlist(r, "./Vendor/Abi/Things/gone", OMADM_VERB_ADD));
  expect(r, 200, rig_add(r, "./Vendor/Abi/Things/gone", OMADM_FORMAT_CHR, "soon"));
  rig_expect(r, "./Vendor/Abi/Things/gone", "soon");
  r->tree->rollback(r->tree->ctx, NULL, 0);
  expect(r, 404, rig_get(r, "./Vendor/Abi/Things/gone"));
}

/* Every verb, and a transaction that is taken back. */
static void drive(rig *r, const char *report) {
  const omadm_str srv = OMADM_STR("srv");
  rig_expect(r, "./Vendor/Abi/Report", report);
  rig_expect(r, "./Vendor/Abi/Late", "late");
  expect(r, 200, rig_add(r, "./Vendor/Abi/Things/a", OMADM_FORMAT_CHR, "first"));
  expect(r, 200, rig_add(r, "./Vendor/Abi/Things/b", OMADM_FORMAT_CHR, "second"));
  rig_settle(r);
  rig_expect(r, "./Vendor/Abi/Things/a", "first");
  expect(r, 200, rig_replace(r, "./Vendor/Abi/Things/a", "third"));
  expect(r, 200, rig_list(r, "./Vendor/Abi/Things"));
  assert_string_equal(r->text, "a/b");
  expect(r, 200, rig_remove(r, "./Vendor/Abi/Things/b"));
  rig_settle(r);
  rig_expect(r, "./Vendor/Abi/Things/a", "third");
  expect(r, 404, rig_get(r, "./Vendor/Abi/Things/b"));
  take_back(r);
  rename_to(r, "./Vendor/Abi/Things/a", "c");
  rig_settle(r);
  rig_expect(r, "./Vendor/Abi/Things/c", "third");
  expect(r, 200, rig_exec(r, "./Vendor/Abi/Do", NULL));
  rig_settle(r);
  assert_int_equal(omadm_framework_alerts(r->framework, srv), 1);
  omadm_framework_event(r->framework, OMADM_CSP_SESSION_BEGAN, srv);
  rig_expect(r, "./Vendor/Abi/Report",
             strstr(report, "new") != NULL ? "services old, request new, events 1"
                                           : "services old, request old, events 1");
  if (strstr(r->log, "odd: ") != NULL) fail_msg("%s", r->log);
}

static void a_plugin_of_kept_headers_does_all_it_did(void **state) {
  rig *r = *state;
  load(r, KEPT);
  drive(r, "services old, request old, events 0");
}

static void a_later_plugin_does_without_what_the_host_has_not(void **state) {
  rig *r = *state;
  load(r, GROWN);
  drive(r, REPORT_OF_GROWN);
}

static void a_plugin_that_needs_a_service_is_refused_by_a_host_without_it(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  omadm_err err = omadm_framework_load(r->framework, NEEDS, &error);
#ifdef ABI_GROWN
  assert_int_equal(err, OMADM_OK);
  drive(r, REPORT_OF_GROWN);
#else
  assert_int_equal(err, OMADM_E_ABI);
  if (strstr(error.text, "needs a newer host") == NULL) fail_msg("%s", error.text);
  assert_int_equal(rig_resolve(r, "./Vendor/Abi"), 404);
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_plugin_of_kept_headers_does_all_it_did),
      TEST(a_later_plugin_does_without_what_the_host_has_not),
      TEST(a_plugin_that_needs_a_service_is_refused_by_a_host_without_it),
  };
  return rig_run("abi", tests, sizeof tests / sizeof *tests);
}
