/* SPDX-License-Identifier: MIT */
/*
 * Each misdeed of tests/fixtures/plugins/hostile.c: in a process of its own, and within the host
 * where anything could survive it. Whatever happens, the next request is served, by the same plugin
 * and by others.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <omadm/worker.h>

#include "rig.h"

#define BASE "./Vendor/Hostile"

static const char other_ddf[] =
    DDF(ROOT("Other", "./Vendor", LEAF("Leaf", GR, "chr", ONE, "Permanent")));

/* What the deeds cost: an isolated process may take a second for a slot and 256 MiB. */
static const omadm_isolation isolation = {.struct_size = sizeof isolation,
                                          .program = HOST,
                                          .user = "nobody",
                                          .memory = UINT64_C(256) << 20,
                                          .slot_seconds = 1};

static omadm_err load(rig *r, const char *file, bool isolated, omadm_error *error) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s.so", PLUGINS, file);
  return isolated ? omadm_framework_load_isolated(r->framework, path, &isolation, error)
                  : omadm_framework_load(r->framework, path, error);
}

static rig *begin(const char *file, const char *misdeed, bool isolated) {
  const rig_options options = {.misdeed = misdeed, .cancel_time = 1, .command_time = 2};
  omadm_error error = {0};
  rig *r = rig_new(&options);
  rig_mount(r, "Other", other_ddf);
  if (load(r, file, isolated, &error) != 0) fail_msg("%s: %s", misdeed, error.text);
  return r;
}

static void expect_alive(rig *r, const char *misdeed) {
  omadm_status status = rig_get(r, "./Vendor/Other/Leaf");
  if (status != 200 && status != 404) fail_msg("%s: the other CSP answers %u", misdeed, status);
  status = rig_get(r, BASE "/Good");
  if (status != 200 || strcmp(r->text, "fine") != 0)
    fail_msg("%s: it answers %u %s afterwards\n%s", misdeed, status, r->detail, r->log);
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static omadm_status do_verb(rig *r, omadm_verb verb, const char *uri, const char *value) {
  switch (verb) {
  case OMADM_VERB_ADD: return rig_add(r, uri, OMADM_FORMAT_CHR, value);
  case OMADM_VERB_REPLACE: return rig_replace(r, uri, value);
  case OMADM_VERB_DELETE: return rig_remove(r, uri);
  case OMADM_VERB_EXEC: return rig_exec(r, uri, value);
  default: return rig_get(r, uri);
  }
}

/* `within` is the answer in the host's process, 0 where that would end; `says` what stands in the
 * log, NULL: anything. */
typedef struct deed {
  const char *misdeed;
  omadm_verb verb;
  const char *uri;
  omadm_status isolated, within;
  const char *text; /* of the answer; NULL: any */
  const char *says;
} deed;

#define DIES "its process "

static const deed deeds[] = {
    /* It ends. */
    {"get crash", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"get abort", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"get leave", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"get execute", OMADM_VERB_GET, "Bad", 500, 0, NULL, NULL},
    {"find crash", OMADM_VERB_GET, "List/x", 500, 0, NULL, DIES},
    {"add crash", OMADM_VERB_ADD, "List/new", 500, 0, NULL, DIES},
    {"replace crash", OMADM_VERB_REPLACE, "Bad", 500, 0, NULL, DIES},
    {"remove crash", OMADM_VERB_DELETE, "List/x", 500, 0, NULL, DIES},
    {"exec crash", OMADM_VERB_EXEC, "Run", 500, 0, NULL, DIES},
    {"exec leave", OMADM_VERB_EXEC, "Run", 500, 0, NULL, DIES},
    {"job crash", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"job leave", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"done crash", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"done abort", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    /* It does not come back. */
    {"get sleep", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"get spin", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"get block-signals", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"replace sleep", OMADM_VERB_REPLACE, "Bad", 500, 0, NULL, DIES},
    {"exec sleep", OMADM_VERB_EXEC, "Run", 500, 0, NULL, DIES},
    /* It breaks what it speaks to the host by. */
    {"get garbage", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"get close-socket", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"get hang-up", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    {"job garbage", OMADM_VERB_GET, "Bad", 500, 0, NULL, DIES},
    /* It answers what is no answer. */
    {"get nonsense", OMADM_VERB_GET, "Bad", 500, 500, NULL, "which is no response code"},
    {"replace nonsense", OMADM_VERB_REPLACE, "Bad", 500, 500, NULL, "which is no response code"},
    {"exec nonsense", OMADM_VERB_EXEC, "Run", 500, 500, NULL, "which is no response code"},
    {"get twice", OMADM_VERB_GET, "Bad", 200, 200, "once", NULL},
    {"get others", OMADM_VERB_GET, "Bad", 200, 200, "", NULL},
    {"get forbidden", OMADM_VERB_GET, "Number", 500, 500, NULL, "Number"},
    {"get bad-spans", OMADM_VERB_GET, "Bad", 200, 200, "", NULL},
    {"get another-handle", OMADM_VERB_GET, "Bad", 200, 200, "", NULL},
    {"get change-itself", OMADM_VERB_GET, "Bad", 200, 200, "", NULL},
    {"job main-services", OMADM_VERB_GET, "Bad", 200, 0, "late", NULL},
    /* It takes what there is. */
    {"get leak-files", OMADM_VERB_GET, "Bad", 200, 0, "", NULL},
    {"get flood-values", OMADM_VERB_GET, "Bad", 500, 500, NULL, NULL},
    {"get flood-alerts", OMADM_VERB_GET, "Bad", 200, 200, "", NULL},
    {"get flood-log", OMADM_VERB_GET, "Bad", 200, 200, "", "the same again"},
    {"get flood-store", OMADM_VERB_GET, "Bad", 200, 200, "", NULL},
    {"get forge-log", OMADM_VERB_GET, "Bad", 200, 200, "", NULL},
};

static void expect_deed(const deed *d, bool isolated) {
  char uri[64];
  double began = seconds();
  omadm_status wanted = isolated ? d->isolated : d->within;
  rig *r = begin("plugin_hostile", d->misdeed, isolated);
  snprintf(uri, sizeof uri, "%s/%s", BASE, d->uri);
  omadm_status status = do_verb(r, d->verb, uri, "x");
  if (status != wanted)
    fail_msg("%s: %u instead of %u: %s\n%s", d->misdeed, status, wanted, r->detail, r->log);
  if (d->text != NULL && strcmp(r->text, d->text) != 0)
    fail_msg("%s: '%s' instead of '%s'", d->misdeed, r->text, d->text);
  if (d->says != NULL && strstr(r->log, d->says) == NULL)
    fail_msg("%s: the log lacks '%s':\n%s", d->misdeed, d->says, r->log);
  expect_alive(r, d->misdeed);
  rig_free(r);
  if (seconds() - began > 20) fail_msg("%s: it took %.0f s", d->misdeed, seconds() - began);
}

static void each_deed_in_a_process_of_its_own(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
    expect_deed(&deeds[i], true);
}

static void each_deed_that_the_host_survives(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof deeds / sizeof *deeds; i++)
    if (deeds[i].within != 0) expect_deed(&deeds[i], false);
}

static void a_log_line_stays_one(void **state) {
  (void)state;
  for (int isolated = 0; isolated < 2; isolated++) {
    rig *r = begin("plugin_hostile", "get forge-log", isolated != 0);
    assert_int_equal(rig_get(r, BASE "/Bad"), 200);
    assert_non_null(strstr(r->log, "everything is lost"));
    assert_null(strstr(r->log, "\nerror: agent"));
    assert_null(strchr(r->log, '\x1b'));
    rig_free(r);
  }
}

static void no_name_leads_elsewhere(void **state) {
  (void)state;
  for (int isolated = 0; isolated < 2; isolated++) {
    rig *r = begin("plugin_hostile", "list bad-names", isolated != 0);
    rig_expect_children(r, BASE "/List", "../x/good/a/b");
    assert_int_equal(rig_get(r, BASE "/List/..%2Fx"), 200);
    expect_alive(r, "bad-names");
    rig_free(r);
  }
}

static void more_names_than_may_be_are_refused(void **state) {
  (void)state;
  for (int isolated = 0; isolated < 2; isolated++) {
    rig *r = begin("plugin_hostile", "list flood-children", isolated != 0);
    if (rig_resolve(r, BASE "/List") != 200) fail_msg("%s", r->log);
    uint64_t cursor = 0;
    omadm_status status = r->tree->list(r->tree->ctx, &r->origin, &r->node, &cursor, &r->answer);
    assert_true(status == 200 || status >= 400);
    expect_alive(r, "flood-children");
    rig_free(r);
  }
}

/* It is cancelled by whoever waits; a cancel that crashes is no worse. */
static void an_answer_that_never_comes_is_given_up(void **state) {
  (void)state;
  const char *const misdeeds[] = {"get nothing", "job sleep", "done sleep"};
  for (size_t i = 0; i < sizeof misdeeds / sizeof *misdeeds; i++) {
    double began = seconds();
    rig *r = begin("plugin_hostile", misdeeds[i], true);
    assert_int_equal(rig_start(r, OMADM_VERB_GET, BASE "/Bad", NULL), OMADM_ST_PENDING);
    omadm_framework_pump(r->framework, 50);
    if (r->arrived && r->late != 500) fail_msg("%s: %u\n%s", misdeeds[i], r->late, r->log);
    if (!r->arrived) r->tree->cancel(r->tree->ctx, r->waiting);
    expect_alive(r, misdeeds[i]);
    rig_free(r);
    if (seconds() - began > 10) fail_msg("%s: %.0f s", misdeeds[i], seconds() - began);
  }
}

static void a_leak_ends_with_its_process(void **state) {
  (void)state;
  rig *r = begin("plugin_hostile", "get leak", true);
  unsigned refused = 0;
#if defined __SANITIZE_ADDRESS__
  enum { TIMES = 4 }; /* no limit: a sanitizer needs terabytes */
#else
  enum { TIMES = 40 };
#endif
  for (int i = 0; i < TIMES; i++) {
    omadm_status status = rig_get(r, BASE "/Bad");
    refused += status == 500;
    if (status != 200 && status != 500) fail_msg("%u", status);
  }
  if (TIMES > 30) assert_in_range(refused, 1, 4);
  expect_alive(r, "leak");
  rig_free(r);
}

static void one_that_does_not_open_is_not_mounted(void **state) {
  (void)state;
  const char *const misdeeds[] = {"open crash", "open leave",   "open sleep",   "open spin",
                                  "open abort", "open garbage", "open nonsense"};
  for (size_t i = 0; i < sizeof misdeeds / sizeof *misdeeds; i++) {
    const rig_options options = {.misdeed = misdeeds[i]};
    omadm_error error = {0};
    double began = seconds();
    rig *r = rig_new(&options);
    rig_mount(r, "Other", other_ddf);
    if (load(r, "plugin_hostile", true, &error) == 0) fail_msg("%s: it opens", misdeeds[i]);
    if (strstr(error.text, "plugin_hostile.so") == NULL) fail_msg("%s", error.text);
    assert_int_equal(rig_resolve(r, BASE), 404);
    assert_int_equal(rig_resolve(r, "./Vendor/Other"), 200);
    rig_free(r);
    if (seconds() - began > 10) fail_msg("%s: %.0f s", misdeeds[i], seconds() - began);
  }
}

static void one_that_misbehaves_when_it_is_loaded_is_not_mounted(void **state) {
  (void)state;
  const char *const files[] = {"plugin_hostile_load_crash",  "plugin_hostile_load_leaves",
                               "plugin_hostile_load_sleeps", "plugin_no_symbol",
                               "plugin_wrong_abi",           "plugin_null_slots"};
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    omadm_error error = {0};
    double began = seconds();
    rig *r = rig_new(NULL);
    rig_mount(r, "Other", other_ddf);
    if (load(r, files[i], true, &error) == 0) fail_msg("%s: it loads", files[i]);
    if (strstr(error.text, files[i]) == NULL) fail_msg("%s: %s", files[i], error.text);
    assert_int_equal(rig_resolve(r, "./Vendor/Other"), 200);
    rig_free(r);
    if (seconds() - began > 10) fail_msg("%s: %.0f s", files[i], seconds() - began);
  }
}

static void one_that_does_not_close_is_ended(void **state) {
  (void)state;
  const char *const misdeeds[] = {"close crash", "close sleep",         "close spin",
                                  "close leave", "close block-signals", "close garbage"};
  for (size_t i = 0; i < sizeof misdeeds / sizeof *misdeeds; i++) {
    double began = seconds();
    rig *r = begin("plugin_hostile", misdeeds[i], true);
    expect_alive(r, misdeeds[i]);
    rig_free(r);
    if (seconds() - began > 10) fail_msg("%s: %.0f s", misdeeds[i], seconds() - began);
  }
}

static void one_that_crashes_at_an_event_is_begun_anew(void **state) {
  (void)state;
  const char *const misdeeds[] = {"event crash", "event sleep"};
  for (size_t i = 0; i < sizeof misdeeds / sizeof *misdeeds; i++) {
    rig *r = begin("plugin_hostile", misdeeds[i], true);
    expect_alive(r, misdeeds[i]);
    omadm_framework_event(r->framework, OMADM_CSP_SESSION_BEGAN, omadm_str_of("srv"));
    expect_alive(r, misdeeds[i]);
    rig_free(r);
  }
}

/* A change in a transaction of its own, whatever stage it dies in. */
static void one_that_dies_in_a_stage_is_begun_anew(void **state) {
  (void)state;
  const struct {
    const char *misdeed;
    bool is_refused;
  } rows[] = {{"begin crash", true}, {"begin leave", true}, {"prepare crash", true}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    rig *r = begin("plugin_hostile_staging", rows[i].misdeed, true);
    omadm_status status = rig_replace(r, "./Vendor/HostileStaging/Bad", "x");
    if (status < 300 && r->tree->settle(r->tree->ctx) == 0 && rows[i].is_refused)
      fail_msg("%s: %u\n%s", rows[i].misdeed, status, r->log);
    assert_int_equal(rig_get(r, "./Vendor/HostileStaging/Good"), 200);
    assert_int_equal(rig_resolve(r, "./Vendor/Other"), 200);
    rig_free(r);
  }
}

static void a_plugin_says_the_name_that_is_expected(void **state) {
  (void)state;
  omadm_isolation expected = isolation;
  omadm_error error = {0};
  rig *r = rig_new(NULL);
  expected.name = "HealthAttestation";
  assert_int_equal(
      omadm_framework_load_isolated(r->framework, PLUGINS "/plugin_hostile.so", &expected, &error),
      OMADM_E_REFUSED);
  assert_non_null(strstr(error.text, "calls itself Hostile, but it is to be HealthAttestation"));
  expected.name = "Hostile";
  assert_int_equal(
      omadm_framework_load_isolated(r->framework, PLUGINS "/plugin_hostile.so", &expected, &error),
      0);
  rig_free(r);
}

/* The walls, through all of it: tests/isolated has each of them by itself. */
static void a_plugin_cannot_leave_its_process(void **state) {
  (void)state;
  static const char *const attempts[] = {"read /etc/shadow",
                                         "write /tmp/omadm-hostile",
                                         "tcp 80",
                                         "unix /run/dbus/system_bus",
                                         "exec /bin/sh",
                                         "fork",
                                         "kill parent",
                                         "ptrace parent",
                                         "peek parent",
                                         "setuid",
                                         "calls",
                                         "tie"};
  omadm_error error = {0};
  rig *r = rig_new(NULL);
  setenv("OMADM_TEST_SECRET", "hidden", 1);
  if (load(r, "plugin_attempts", true, &error) != 0) fail_msg("%s", error.text);
  for (size_t i = 0; i < sizeof attempts / sizeof *attempts; i++) {
    assert_int_equal(rig_exec(r, "./Vendor/Attempts/Try", attempts[i]), 200);
    assert_int_equal(rig_get(r, "./Vendor/Attempts/Result"), 200);
    if (strcmp(r->text, "EPERM") != 0 && strcmp(r->text, "EACCES") != 0)
      fail_msg("%s: %s", attempts[i], r->text);
  }
  assert_int_equal(rig_exec(r, "./Vendor/Attempts/Try", "variable OMADM_TEST_SECRET"), 200);
  rig_expect(r, "./Vendor/Attempts/Result", "");
  assert_int_equal(rig_exec(r, "./Vendor/Attempts/Try", "facts"), 200);
  rig_expect(r, "./Vendor/Attempts/Result", "/ 077 1");
  unsetenv("OMADM_TEST_SECRET");
  rig_free(r);
}

/* Whether this build has isolated plugins at all. */
static bool can_isolate(void) {
  omadm_error error = {0};
  rig *r = rig_new(NULL);
  bool can = load(r, "plugin_attempts", true, &error) != OMADM_E_UNSUPPORTED;
  rig_free(r);
  if (!can) print_message("skipped: %s\n", error.text);
  return can;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_deed_in_a_process_of_its_own),
      cmocka_unit_test(each_deed_that_the_host_survives),
      cmocka_unit_test(a_log_line_stays_one),
      cmocka_unit_test(no_name_leads_elsewhere),
      cmocka_unit_test(more_names_than_may_be_are_refused),
      cmocka_unit_test(an_answer_that_never_comes_is_given_up),
      cmocka_unit_test(a_leak_ends_with_its_process),
      cmocka_unit_test(one_that_does_not_open_is_not_mounted),
      cmocka_unit_test(one_that_misbehaves_when_it_is_loaded_is_not_mounted),
      cmocka_unit_test(one_that_does_not_close_is_ended),
      cmocka_unit_test(one_that_crashes_at_an_event_is_begun_anew),
      cmocka_unit_test(one_that_dies_in_a_stage_is_begun_anew),
      cmocka_unit_test(a_plugin_says_the_name_that_is_expected),
      cmocka_unit_test(a_plugin_cannot_leave_its_process),
  };
  if (!can_isolate()) return 77;
  return cmocka_run_group_tests_name("hostile plugins", tests, NULL, NULL);
}
