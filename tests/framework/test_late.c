/* SPDX-License-Identifier: MIT */
/* Answers that come later, or too late. */
#include "probe.h"

static const char stored[] =
    DDF(ROOT("Items", "./Vendor/Test",
             LEAF_OF("Text", GR, "chr", ONE, "Permanent", "factory")
                 INNER("List", G, ONE, "Permanent", LEAF("", ADGR, "chr", MANY, "Dynamic"))));

static int set_up(void **state) {
  probe_reset();
  rig *r = rig_new(NULL);
  rig_mount_csp(r, &probe_csp);
  rig_mount(r, "items.xml", stored);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

#define BASE "./Vendor/Probe"
#define ITEMS "./Vendor/Test/Items"

static void cancel(rig *r) {
  r->tree->cancel(r->tree->ctx, r->waiting);
  r->waiting = 0;
}

static void pump(rig *r) {
  for (int i = 0; i < 5; i++)
    omadm_framework_pump(r->framework, 0);
}

/* The only alert that waits for the server. */
static omadm_alert only_alert(rig *r) {
  omadm_host host = {.struct_size = sizeof host};
  omadm_alert alert = {0};
  omadm_framework_host(r->framework, &host);
  const omadm_str server = OMADM_STR("srv");
  assert_int_equal(omadm_framework_alerts(r->framework, server), 1);
  assert_int_equal(host.alert_next(host.ctx, server, 0, &alert), 0);
  return alert;
}

static void a_late_value_is_delivered(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "later"), 200);
  probe_do.get = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_GET, BASE "/Value", NULL), OMADM_ST_PENDING);
  assert_int_equal(omadm_framework_pending(r->framework), 1);
  pump(r);
  assert_false(r->arrived);
  assert_int_equal(probe_complete(200), 0);
  assert_false(r->arrived); /* only pump delivers */
  pump(r);
  assert_int_equal(rig_wait(r), 200);
  assert_string_equal(r->text, "later");
  assert_int_equal(r->answer.format, OMADM_FORMAT_CHR);
  assert_int_equal(omadm_framework_pending(r->framework), 0);
}

static void an_answer_in_the_call_is_no_late_one(void **state) {
  rig *r = *state;
  if (r->options.host_flags & OMADM_HOST_LATE) return; /* there it is */
  probe_do.get = OMADM_ST_PENDING;
  probe_do.complete_at_once = 1;
  assert_int_equal(rig_start(r, OMADM_VERB_GET, BASE "/Value", NULL), 200);
}

static void a_second_completion_is_logged_and_ignored(void **state) {
  rig *r = *state;
  probe_do.replace = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_REPLACE, BASE "/Value", "x"), OMADM_ST_PENDING);
  for (int i = 0; i < 3 && probe_token == 0; i++)
    pump(r); /* the value before it comes late, too */
  assert_int_equal(probe_complete(200), 0);
  assert_int_equal(probe_complete(500), OMADM_E_STATE);
  assert_int_equal(rig_wait(r), 200);
  assert_int_equal(probe_complete(500), OMADM_E_NOT_FOUND);
  assert_non_null(strstr(r->log, "not open (any more)"));
}

static void a_get_that_was_given_up_ends_quietly(void **state) {
  rig *r = *state;
  probe_do.get = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_GET, BASE "/Value", NULL), OMADM_ST_PENDING);
  cancel(r);
  assert_non_null(strstr(probe_calls, "cancel "));
  assert_non_null(strstr(r->log, "Probe: get " BASE "/Value is given up"));
  assert_int_equal(probe_complete(200), 0);
  pump(r);
  assert_false(r->arrived);
  assert_int_equal(omadm_framework_pending(r->framework), 0);
  cancel(r); /* of nothing */
}

/* Starts a change that the probe answers later, and gives it up. */
static void give_up(rig *r, omadm_verb verb, const char *uri, const char *value) {
  probe_token = 0;
  assert_int_equal(rig_start(r, verb, uri, value), OMADM_ST_PENDING);
  for (int i = 0; i < 3 && probe_token == 0; i++)
    pump(r);
  cancel(r);
}

static void a_change_that_succeeds_after_it_was_given_up_is_taken_back(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  probe_do.replace = OMADM_ST_PENDING;
  give_up(r, OMADM_VERB_REPLACE, BASE "/Value", "new");
  probe_do.replace = 0;
  assert_int_equal(rig_replace(r, BASE "/Value", "another"), 503);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "meanwhile"), 200);
  assert_int_equal(probe_complete(200), 0);
  pump(r);
  rig_expect(r, BASE "/Value", "old");
  rig_expect(r, ITEMS "/Text", "meanwhile");
  assert_non_null(strstr(r->log, "succeeded later and was taken back"));
  assert_int_equal(rig_replace(r, BASE "/Value", "another"), 200);
}

static void an_add_that_succeeds_after_it_was_given_up_is_removed(void **state) {
  rig *r = *state;
  probe_do.add = OMADM_ST_PENDING;
  give_up(r, OMADM_VERB_ADD, BASE "/List/a", "x");
  probe_do.add = 0;
  probe_calls[0] = '\0';
  assert_int_equal(probe_complete(200), 0);
  pump(r);
  assert_string_equal(probe_calls, "remove(a) ");
}

static void a_change_that_fails_after_it_was_given_up_is_left_alone(void **state) {
  rig *r = *state;
  probe_do.replace = OMADM_ST_PENDING;
  give_up(r, OMADM_VERB_REPLACE, BASE "/Value", "new");
  probe_calls[0] = '\0';
  assert_int_equal(probe_complete(500), 0);
  pump(r);
  assert_string_equal(probe_calls, "");
  probe_do.replace = 0;
  assert_int_equal(rig_replace(r, BASE "/Value", "another"), 200);
}

static void a_stored_change_that_was_given_up_did_not_happen(void **state) {
  rig *r = *state;
  if ((r->options.host_flags & OMADM_HOST_LATE) == 0) return; /* it answers at once there */
  assert_int_equal(rig_start(r, OMADM_VERB_REPLACE, ITEMS "/Text", "new"), OMADM_ST_PENDING);
  cancel(r);
  assert_int_equal(rig_add(r, ITEMS "/List/a", OMADM_FORMAT_CHR, "x"), 200);
  pump(r);
  rig_expect(r, ITEMS "/Text", "factory");
  rig_expect(r, ITEMS "/List/a", "x");
}

static void a_change_waits_for_the_end_of_another_one(void **state) {
  rig *r = *state;
  const omadm_str one = OMADM_STR("1"), two = OMADM_STR("2");
  probe_do.replace = OMADM_ST_PENDING;
  probe_token = 0;
  assert_int_equal(rig_start(r, OMADM_VERB_REPLACE, BASE "/Value", "new"), OMADM_ST_PENDING);
  for (int i = 0; i < 3 && probe_token == 0; i++)
    pump(r);
  omadm_token first = r->waiting;
  r->origin.session_id = two;
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 503);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 503);
  r->origin.session_id = one;
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 503);
  rig_expect(r, ITEMS "/Text", "factory"); /* to look is allowed */
  r->waiting = first;
  r->arrived = false;
  assert_int_equal(probe_complete(200), 0);
  assert_int_equal(rig_wait(r), 200);
  r->origin.session_id = two;
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
}

static void changes_of_two_sessions_that_were_given_up_leave_nothing(void **state) {
  rig *r = *state;
  if ((r->options.host_flags & OMADM_HOST_LATE) == 0) return; /* they are answered at once there */
  assert_int_equal(rig_start(r, OMADM_VERB_ADD, ITEMS "/List/a", "x"), OMADM_ST_PENDING);
  omadm_token first = r->waiting;
  r->origin.session_id = (omadm_str)OMADM_STR("2");
  assert_int_equal(rig_start(r, OMADM_VERB_ADD, ITEMS "/List/b", "x"), 503);
  rig_settle(r);
  r->tree->cancel(r->tree->ctx, first);
  pump(r);
  rig_settle(r);
  rig_restart(r);
  rig_mount(r, "items.xml", stored);
  rig_expect_children(r, ITEMS "/List", "");
}

static void a_settle_keeps_back_a_change_that_is_not_answered(void **state) {
  rig *r = *state;
  if ((r->options.host_flags & OMADM_HOST_LATE) == 0) return;
  assert_int_equal(rig_add(r, ITEMS "/List/a", OMADM_FORMAT_CHR, "x"), 200);
  assert_int_equal(rig_start(r, OMADM_VERB_REPLACE, ITEMS "/Text", "new"), OMADM_ST_PENDING);
  rig_settle(r);
  cancel(r);
  pump(r);
  rig_expect(r, ITEMS "/Text", "factory");
  rig_restart(r);
  rig_mount(r, "items.xml", stored);
  rig_expect(r, ITEMS "/Text", "factory");
  rig_expect(r, ITEMS "/List/a", "x");
}

static void a_roll_back_waits_for_a_member_that_was_given_up(void **state) {
  rig *r = *state;
  omadm_status undo[1] = {0};
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  assert_int_equal(rig_replace(r, BASE "/Number", "7"), 200);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(rig_replace(r, BASE "/Number", "1"), 200);
  probe_do.replace = OMADM_ST_PENDING;
  probe_do.by_job = 1;
  probe_do.job_status = 200;
  probe_token = 0;
  assert_int_equal(rig_start(r, OMADM_VERB_REPLACE, BASE "/Value", "new"), OMADM_ST_PENDING);
  if (probe_token == 0) omadm_framework_pump(r->framework, 0); /* the value before it */
  if (r->arrived) return; /* the job was quicker in this host */
  cancel(r);
  probe_do.replace = 0;
  r->tree->rollback(r->tree->ctx, undo, 1);
  assert_int_equal(undo[0], 216);
  rig_expect(r, BASE "/Value", "old");
  rig_expect(r, BASE "/Number", "7");
  assert_int_equal(rig_replace(r, BASE "/Value", "x"), 200);
}

static void a_roll_back_does_not_wait_for_ever(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  probe_do.replace = OMADM_ST_PENDING;
  give_up(r, OMADM_VERB_REPLACE, BASE "/Value", "new");
  probe_do.replace = 0;
  r->tree->rollback(r->tree->ctx, NULL, 0);
  assert_non_null(strstr(r->log, "does not end"));
  assert_int_equal(rig_replace(r, BASE "/Value", "x"), 503);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  assert_int_equal(probe_complete(200), 0); /* at last */
  pump(r);
  rig_expect(r, ITEMS "/Text", "x");
  assert_int_equal(rig_replace(r, BASE "/Value", "y"), 200);
}

/* Rows of the journal that take something back. */
static size_t ways_back(rig *r) {
  const omadm_str prefix = {"undo", sizeof "undo"};
  omadm_str after = prefix, key, value;
  char last[64];
  size_t n = 0;
  for (; r->store->ops->next(r->store, OMADM_STORE_JOURNAL, prefix, after, &key, &value, NULL) == 0;
       n++) {
    assert_in_range(key.len, 1, sizeof last);
    memcpy(last, key.ptr, key.len);
    after = (omadm_str){last, key.len};
  }
  return n;
}

static void what_a_late_member_leaves_behind_is_516_and_taken_back_when_it_ends(void **state) {
  rig *r = *state;
  omadm_status undo[4] = {0};
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  assert_int_equal(rig_replace(r, BASE "/Number", "7"), 200);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(rig_replace(r, BASE "/Number", "1"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  assert_int_equal(rig_replace(r, BASE "/Value", "mine"), 200);
  probe_do.replace = OMADM_ST_PENDING;
  give_up(r, OMADM_VERB_REPLACE, BASE "/Value", "new");
  probe_do.replace = 0;
  r->tree->rollback(r->tree->ctx, undo, 4);
  assert_int_equal(undo[3], 516); /* the late one */
  assert_int_equal(undo[0], 516); /* while its CSP is busy nothing of it is taken back */
  assert_int_equal(undo[1], 216);
  assert_int_equal(undo[2], 516);
  rig_expect(r, ITEMS "/Text", "factory");
  assert_int_equal(rig_replace(r, BASE "/Number", "2"), 503);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "y"), 200);
  assert_int_equal(ways_back(r), 3);
  probe_calls[0] = '\0';
  assert_int_equal(probe_complete(200), 0);
  pump(r);
  assert_string_equal(probe_calls, "replace(Value)=mine replace(Value)=old replace(Number)=7 ");
  assert_non_null(strstr(r->log, "succeeded later and was taken back"));
  assert_int_equal(ways_back(r), 0);
  rig_expect(r, ITEMS "/Text", "y");
  assert_int_equal(rig_replace(r, BASE "/Number", "2"), 200);
}

static void a_late_member_that_fails_at_last_leaves_nothing_either(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(rig_replace(r, BASE "/Value", "mine"), 200);
  probe_do.add = OMADM_ST_PENDING;
  give_up(r, OMADM_VERB_ADD, BASE "/List/a", "x");
  r->tree->rollback(r->tree->ctx, NULL, 0);
  rig_expect(r, BASE "/Value", "mine");
  assert_int_equal(probe_complete(500), 0);
  pump(r);
  rig_expect(r, BASE "/Value", "old");
  assert_int_equal(ways_back(r), 0);
}

static void a_change_that_was_given_up_is_taken_back_by_a_start_before_it_ends(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  probe_do.replace = OMADM_ST_PENDING; /* it is made, and its end is not told */
  give_up(r, OMADM_VERB_REPLACE, BASE "/Value", "new");
  probe_do.replace = 0;
  assert_int_equal(ways_back(r), 1);
  rig_restart(r);
  rig_mount_csp(r, &probe_csp);
  rig_expect(r, BASE "/Value", "old");
  assert_int_equal(ways_back(r), 0);
  assert_int_equal(rig_replace(r, BASE "/Value", "x"), 200);
}

static void an_exec_that_is_waited_for_tells_its_status_and_no_alert(void **state) {
  rig *r = *state;
  const omadm_csp_alert end = {
      .struct_size = sizeof end, .type = OMADM_STR("t"), .data = OMADM_STR("42")};
  probe_do.exec = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_EXEC, BASE "/Run", "go"), OMADM_ST_PENDING);
  assert_int_equal(probe_services->complete(probe_host, probe_token, 420, &end), 0);
  assert_int_equal(rig_wait(r), 420);
  assert_int_equal(omadm_framework_alerts(r->framework, (omadm_str){NULL, 0}), 0);
  assert_int_equal(rig_start(r, OMADM_VERB_EXEC, BASE "/Run", "go"), OMADM_ST_PENDING);
  cancel(r); /* now it is told by the alert */
  assert_int_equal(probe_services->complete(probe_host, probe_token, 420, &end), 0);
  assert_true(omadm_str_is(only_alert(r).data, "42"));
}

static void an_exec_that_goes_on_is_noted_with_what_its_csp_stored(void **state) {
  rig *r = *state;
  const omadm_str key = OMADM_STR("running"), yes = OMADM_STR("yes");
  omadm_str found;
  (void)rig_resolve(r, BASE);
  assert_int_equal(probe_services->store_set(probe_host, key, yes), 0);
  probe_do.exec = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, BASE "/Run", "go"), 202);
  /* A start that found one without the other would resume what the CSP does not know. */
  assert_int_equal(r->store->ops->get(r->store, OMADM_STORE_CSP,
                                      (omadm_str){"Probe\0running", sizeof "Probe\0running" - 1},
                                      &found, NULL),
                   0);
}

static void an_exec_that_goes_on_ends_with_an_alert(void **state) {
  rig *r = *state;
  r->origin.correlator = (omadm_str)OMADM_STR("c-1");
  probe_do.exec = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, BASE "/Run", "go"), 202);
  assert_int_equal(omadm_framework_pending(r->framework), 1);
  const omadm_csp_alert end = {.struct_size = sizeof end,
                               .type = OMADM_STR("com.example/1.0/done"),
                               .format = OMADM_FORMAT_INT,
                               .mark = OMADM_MARK_WARNING,
                               .data = OMADM_STR("42")};
  assert_int_equal(probe_services->complete(probe_host, probe_token, 200, &end), 0);
  omadm_alert alert = only_alert(r);
  assert_int_equal(alert.code, 1226);
  assert_true(omadm_str_is(alert.type, "com.example/1.0/done"));
  assert_true(omadm_str_is(alert.data, "42"));
  assert_true(omadm_str_is(alert.source, BASE "/Run"));
  assert_true(omadm_str_is(alert.correlator, "c-1"));
  assert_int_equal(alert.format, OMADM_FORMAT_INT);
  assert_int_equal(alert.mark, OMADM_MARK_WARNING);
  assert_int_equal(omadm_framework_pending(r->framework), 0);
  assert_int_equal(probe_complete(200), OMADM_E_NOT_FOUND);
}

static void the_alert_that_ends_an_exec_may_come_from_another_node_of_the_csp(void **state) {
  rig *r = *state;
  probe_do.exec = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, BASE "/Run", "go"), 202);
  omadm_csp_alert end = {.struct_size = sizeof end,
                         .type = OMADM_STR("com.example/1.0/done"),
                         .source = OMADM_STR("./DevInfo/DevId"),
                         .data = OMADM_STR("42")};
  assert_int_equal(probe_services->complete(probe_host, probe_token, 200, &end), OMADM_E_ARGUMENT);
  end.source = (omadm_str)OMADM_STR(BASE "/Value");
  assert_int_equal(probe_services->complete(probe_host, probe_token, 200, &end), 0);
  assert_true(omadm_str_is(only_alert(r).source, BASE "/Value"));
}

static void what_is_stored_before_an_exec_ends_is_durable_with_its_end(void **state) {
  rig *r = *state;
  const omadm_str key = OMADM_STR("how-far"), done = OMADM_STR("done");
  omadm_str found;
  probe_do.exec = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, BASE "/Run", "go"), 202);
  rig_settle(r);
  assert_int_equal(probe_services->store_set(probe_host, key, done), 0);
  assert_int_equal(probe_complete(200), 0);
  assert_int_equal(r->store->ops->get(r->store, OMADM_STORE_CSP,
                                      (omadm_str){"Probe\0how-far", sizeof "Probe\0how-far" - 1},
                                      &found, NULL),
                   0);
}

static void an_exec_without_an_alert_tells_its_code(void **state) {
  rig *r = *state;
  probe_do.exec = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_EXEC, BASE "/Run", "go"), OMADM_ST_PENDING);
  cancel(r); /* the session gave up and told 202 */
  assert_null(strstr(probe_calls, "cancel ")); /* it goes on */
  pump(r);
  assert_int_equal(probe_complete(503), 0);
  pump(r);
  omadm_alert alert = only_alert(r);
  assert_true(omadm_str_is(alert.data, "503"));
  assert_true(alert.type.len > 0);
}

static void an_exec_may_end_after_its_200(void **state) {
  rig *r = *state;
  probe_do.exec = 200;
  assert_int_equal(rig_exec(r, BASE "/Run", "go"), 200);
  assert_int_equal(omadm_framework_pending(r->framework), 0);
  assert_int_equal(omadm_framework_alerts(r->framework, r->origin.server_id), 0);
  assert_int_equal(probe_services->complete(probe_host, probe_exec_token, 200, NULL), 0);
  assert_true(omadm_str_is(only_alert(r).data, "200"));
  for (int i = 0; i < 200; i++)
    assert_int_equal(rig_exec(r, BASE "/Run", "go"), 200); /* none is kept for ever */
}

static void an_exec_that_ends_before_its_202_is_told_ends_with_an_alert_too(void **state) {
  rig *r = *state;
  probe_do.exec = OMADM_ST_ACCEPTED;
  probe_do.complete_at_once = 1; /* in its slot */
  assert_int_equal(rig_exec(r, BASE "/Run", "go"), 202);
  assert_true(omadm_str_is(only_alert(r).data, "200"));
  assert_int_equal(omadm_framework_pending(r->framework), 0);
  assert_int_equal(probe_complete(200), OMADM_E_NOT_FOUND);
}

static void an_alert_that_a_csp_raises_waits_for_its_server(void **state) {
  rig *r = *state;
  const omadm_csp_alert raised = {.struct_size = sizeof raised,
                                  .type = OMADM_STR("com.example/1.0/note"),
                                  .server_id = OMADM_STR("srv"),
                                  .source = OMADM_STR(BASE "/Value"),
                                  .data = OMADM_STR("d")};
  (void)rig_resolve(r, BASE);
  assert_int_equal(probe_services->alert(probe_host, &raised), 0);
  omadm_alert alert = only_alert(r);
  assert_true(omadm_str_is(alert.source, BASE "/Value"));
  assert_true(omadm_str_is(alert.data, "d"));
}

static void an_exec_is_resumed_after_a_restart(void **state) {
  rig *r = *state;
  r->origin.correlator = (omadm_str)OMADM_STR("c-2");
  probe_do.exec = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, BASE "/Run", "go"), 202);
  omadm_token before = probe_token;
  rig_restart(r);
  probe_calls[0] = '\0';
  rig_mount_csp(r, &probe_csp);
  assert_int_equal(rig_resolve(r, BASE "/Run"), 200);
  assert_string_equal(probe_calls, "open resume(Run,srv,c-2) ");
  assert_int_equal(probe_token, before);
  assert_int_equal(omadm_framework_pending(r->framework), 1);
  assert_int_equal(probe_complete(200), 0);
  assert_true(omadm_str_is(only_alert(r).correlator, "c-2"));
  rig_restart(r); /* it is resumed no more */
  probe_calls[0] = '\0';
  rig_mount_csp(r, &probe_csp);
  assert_int_equal(rig_resolve(r, BASE "/Run"), 200);
  assert_string_equal(probe_calls, "open ");
}

/* The account of "srv" was never there, or has gone: that is the same. */
static void an_exec_of_an_account_that_is_gone_is_forgotten_at_the_start(void **state) {
  static const char accounts[] =
      DDF(ROOT("DMAcc", "./SyncML",
               INNER("", ADG, MANY, "Dynamic", LEAF("ServerID", ADGR, "chr", ONE, "Dynamic"))));
  rig *r = *state;
  probe_do.exec = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, BASE "/Run", "go"), 202);
  rig_restart(r);
  probe_calls[0] = '\0';
  rig_mount_csp(r, &probe_csp);
  rig_mount(r, "dmacc.xml", accounts);
  assert_int_equal(rig_resolve(r, BASE "/Run"), 200);
  assert_string_equal(probe_calls, "open ");
  assert_non_null(strstr(r->log, "/Run that went on is forgotten: the account of the server srv"));
  assert_int_equal(omadm_framework_pending(r->framework), 0);
  assert_int_equal(omadm_framework_alerts(r->framework, (omadm_str){NULL, 0}), 0);
}

static void an_exec_that_nobody_resumes_ends_with_500(void **state) {
  rig *r = *state;
  probe_do.exec = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, BASE "/Run", "go"), 202);
  rig_restart(r);
  probe_do.resume = 404;
  rig_mount_csp(r, &probe_csp);
  assert_true(omadm_str_is(only_alert(r).data, "500"));
  rig_restart(r); /* without the plugin */
  rig_mount(r, "items.xml", stored);
  assert_true(omadm_str_is(only_alert(r).data, "500"));
}

static void an_exec_of_a_plugin_that_is_gone_ends_with_500(void **state) {
  rig *r = *state;
  probe_do.exec = OMADM_ST_ACCEPTED;
  assert_int_equal(rig_exec(r, BASE "/Run", "go"), 202);
  rig_restart(r);
  rig_mount(r, "items.xml", stored);
  assert_true(omadm_str_is(only_alert(r).data, "500"));
}

static void an_alert_of_an_older_plugin_is_read_as_far_as_it_goes(void **state) {
  rig *r = *state;
  omadm_csp_alert raised = {.struct_size = offsetof(omadm_csp_alert, correlator),
                            .type = OMADM_STR("com.example/1.0/note"),
                            .data = OMADM_STR("d"),
                            .correlator = {(const char *)1, 4711}, /* not its own any more */
                            .server_id = {(const char *)1, 4711},
                            .session_now = 1};
  (void)rig_resolve(r, BASE);
  assert_int_equal(probe_services->alert(probe_host, &raised), 0);
  omadm_alert alert = only_alert(r);
  assert_true(omadm_str_is(alert.data, "d"));
  assert_int_equal(alert.correlator.len, 0);
  assert_int_equal(alert.session_now, 0);
  assert_string_equal(r->wanted, "");
}

static void a_framework_may_be_freed_with_answers_outstanding(void **state) {
  rig *r = *state;
  probe_do.get = probe_do.exec = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_GET, BASE "/Value", NULL), OMADM_ST_PENDING);
  assert_int_equal(rig_start(r, OMADM_VERB_EXEC, BASE "/Run", "x"), OMADM_ST_PENDING);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_late_value_is_delivered),
      TEST(an_answer_in_the_call_is_no_late_one),
      TEST(a_second_completion_is_logged_and_ignored),
      TEST(a_get_that_was_given_up_ends_quietly),
      TEST(a_change_that_succeeds_after_it_was_given_up_is_taken_back),
      TEST(an_add_that_succeeds_after_it_was_given_up_is_removed),
      TEST(a_change_that_fails_after_it_was_given_up_is_left_alone),
      TEST(a_stored_change_that_was_given_up_did_not_happen),
      TEST(a_change_waits_for_the_end_of_another_one),
      TEST(changes_of_two_sessions_that_were_given_up_leave_nothing),
      TEST(a_settle_keeps_back_a_change_that_is_not_answered),
      TEST(a_roll_back_waits_for_a_member_that_was_given_up),
      TEST(a_roll_back_does_not_wait_for_ever),
      TEST(what_a_late_member_leaves_behind_is_516_and_taken_back_when_it_ends),
      TEST(a_late_member_that_fails_at_last_leaves_nothing_either),
      TEST(a_change_that_was_given_up_is_taken_back_by_a_start_before_it_ends),
      TEST(an_exec_that_is_waited_for_tells_its_status_and_no_alert),
      TEST(an_exec_that_goes_on_is_noted_with_what_its_csp_stored),
      TEST(an_exec_that_goes_on_ends_with_an_alert),
      TEST(the_alert_that_ends_an_exec_may_come_from_another_node_of_the_csp),
      TEST(what_is_stored_before_an_exec_ends_is_durable_with_its_end),
      TEST(an_exec_without_an_alert_tells_its_code),
      TEST(an_exec_may_end_after_its_200),
      TEST(an_exec_that_ends_before_its_202_is_told_ends_with_an_alert_too),
      TEST(an_alert_that_a_csp_raises_waits_for_its_server),
      TEST(an_alert_of_an_older_plugin_is_read_as_far_as_it_goes),
      TEST(an_exec_is_resumed_after_a_restart),
      TEST(an_exec_of_an_account_that_is_gone_is_forgotten_at_the_start),
      TEST(an_exec_that_nobody_resumes_ends_with_500),
      TEST(an_exec_of_a_plugin_that_is_gone_ends_with_500),
      TEST(a_framework_may_be_freed_with_answers_outstanding),
  };
  return rig_run("late answers", tests, sizeof tests / sizeof *tests);
}
