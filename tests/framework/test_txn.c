/* SPDX-License-Identifier: MIT */
/* Atomic, and what becomes of changes that fail half-way. */
#include "probe.h"

static const char stored[] = DDF(
    ROOT("Items", "./Vendor/Test",
         LEAF_OF("Text", GR, "chr", ONE, "Permanent", "factory")
             INNER("List", G, ONE, "Permanent",
                   INNER("", ADG, MANY, "Dynamic", LEAF("Name", ADGR, "chr", MAYBE, "Dynamic")))));

static int set_up(void **state) {
  probe_reset();
  rig *r = rig_new(NULL);
  rig_mount(r, "items.xml", stored);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

#define ITEMS "./Vendor/Test/Items"

static void begin(rig *r) {
  if (r->tree == NULL) r->tree = omadm_framework_tree(r->framework);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
}

static omadm_status commit(rig *r, size_t *member, omadm_status *undo, size_t n) {
  return r->tree->commit(r->tree->ctx, member, undo, n);
}

static void an_atomic_holds_together(void **state) {
  rig *r = *state;
  size_t member = 0;
  begin(r);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "new"), 200);
  assert_int_equal(rig_add(r, ITEMS "/List/a/Name", OMADM_FORMAT_CHR, "n"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/List/a/Name", "m"), 200); /* what it added itself */
  assert_int_equal(commit(r, &member, NULL, 0), 200);
  rig_settle(r);
  rig_restart(r);
  rig_mount(r, "items.xml", stored);
  rig_expect(r, ITEMS "/Text", "new");
  rig_expect(r, ITEMS "/List/a/Name", "m");
}

static void a_roll_back_leaves_nothing(void **state) {
  rig *r = *state;
  omadm_status undo[3] = {0};
  assert_int_equal(rig_replace(r, ITEMS "/Text", "before"), 200);
  assert_int_equal(rig_add(r, ITEMS "/List/kept/Name", OMADM_FORMAT_CHR, "k"), 200);
  begin(r);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "new"), 200);
  assert_int_equal(rig_add(r, ITEMS "/List/a/Name", OMADM_FORMAT_CHR, "n"), 200);
  assert_int_equal(rig_remove(r, ITEMS "/List/kept"), 200);
  rig_expect_children(r, ITEMS "/List", "a");
  assert_int_equal(rig_replace(r, ITEMS "/List/none", "x"), 404);
  r->tree->rollback(r->tree->ctx, undo, 3);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(undo[i], 216);
  rig_expect(r, ITEMS "/Text", "before");
  rig_expect_children(r, ITEMS "/List", "kept");
  rig_expect(r, ITEMS "/List/kept/Name", "k");
}

static void a_settle_in_an_open_atomic_keeps_back_what_is_not_decided(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, ITEMS "/Text", "before"), 200);
  assert_int_equal(rig_add(r, ITEMS "/List/kept/Name", OMADM_FORMAT_CHR, "k"), 200);
  begin(r);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "new"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "newer"), 200);
  assert_int_equal(rig_remove(r, ITEMS "/List/kept"), 200);
  rig_settle(r);
  rig_expect(r, ITEMS "/Text", "newer");
  assert_int_equal(rig_add(r, ITEMS "/List/more", OMADM_FORMAT_NODE, NULL), 200);
  rig_settle(r);
  rig_restart(r); /* while it is open */
  rig_mount(r, "items.xml", stored);
  rig_expect(r, ITEMS "/Text", "before");
  rig_expect_children(r, ITEMS "/List", "kept");
}

static void a_roll_back_after_a_settle_goes_back_to_the_beginning(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, ITEMS "/Text", "before"), 200);
  begin(r);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "new"), 200);
  rig_settle(r);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "newer"), 200);
  r->tree->rollback(r->tree->ctx, NULL, 0);
  rig_expect(r, ITEMS "/Text", "before");
  rig_settle(r);
  rig_expect(r, ITEMS "/Text", "before");
}

static void another_session_has_to_wait_for_the_end(void **state) {
  rig *r = *state;
  begin(r);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 503);
  r->origin.session_id = (omadm_str)OMADM_STR("2");
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 503);
  rig_expect(r, ITEMS "/Text", "factory");
  r->tree->rollback(r->tree->ctx, NULL, 0);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
}

static void commit_and_rollback_without_a_begin_do_nothing(void **state) {
  rig *r = *state;
  rig_expect(r, ITEMS "/Text", "factory");
  assert_int_equal(commit(r, NULL, NULL, 0), 500);
  r->tree->rollback(r->tree->ctx, NULL, 0);
}

static void a_plugin_that_does_not_stage_is_undone_in_reverse(void **state) {
  rig *r = *state;
  omadm_status undo[4] = {0};
  rig_mount_csp(r, &probe_csp);
  assert_int_equal(rig_replace(r, "./Vendor/Probe/Value", "old"), 200);
  assert_int_equal(rig_add(r, "./Vendor/Probe/List/gone", OMADM_FORMAT_CHR, "g"), 200);
  begin(r);
  assert_int_equal(rig_replace(r, "./Vendor/Probe/Value", "1"), 200);
  assert_int_equal(rig_replace(r, "./Vendor/Probe/Value", "2"), 200);
  assert_int_equal(rig_add(r, "./Vendor/Probe/Box/b/Name", OMADM_FORMAT_CHR, "n"), 200);
  assert_int_equal(rig_remove(r, "./Vendor/Probe/List/gone"), 200);
  probe_calls[0] = '\0';
  r->tree->rollback(r->tree->ctx, undo, 4);
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(undo[i], 216);
  assert_string_equal(probe_calls,
                      "add(gone)=g remove(Name) remove(b) replace(Value)=1 replace(Value)=old ");
  rig_expect(r, "./Vendor/Probe/Value", "old");
  rig_expect(r, "./Vendor/Probe/List/gone", "g");
}

static void an_undo_that_fails_is_516_and_closes_the_csp_for_changes(void **state) {
  rig *r = *state;
  omadm_status undo[2] = {0};
  rig_mount_csp(r, &probe_csp);
  begin(r);
  assert_int_equal(rig_replace(r, "./Vendor/Probe/Value", "1"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  probe_do.replace = 500;
  r->tree->rollback(r->tree->ctx, undo, 2);
  assert_int_equal(undo[0], 516);
  assert_int_equal(undo[1], 216);
  probe_do.replace = 0;
  assert_int_equal(rig_replace(r, "./Vendor/Probe/Value", "2"), 503);
  assert_int_equal(rig_enlist(r, "./Vendor/Probe/Value", OMADM_VERB_REPLACE), 503);
  rig_expect(r, "./Vendor/Probe/Value", "1"); /* Get still answers */
  assert_non_null(strstr(r->log, "refused until the next start"));
}

static void parents_of_a_failed_add_go_again(void **state) {
  rig *r = *state;
  rig_mount_csp(r, &probe_csp);
  probe_do.add = 0;
  assert_int_equal(rig_add(r, "./Vendor/Probe/Box/b", OMADM_FORMAT_NODE, NULL), 200);
  assert_int_equal(rig_remove(r, "./Vendor/Probe/Box/b"), 200);
  probe_do.begin = 0;
  probe_calls[0] = '\0';
  probe_do.fail_leaf = 1;
  assert_int_equal(rig_add(r, "./Vendor/Probe/Box/b/Name", OMADM_FORMAT_CHR, "n"), 500);
  assert_string_equal(probe_calls, "add(b)= add(Name)=n remove(b) ");
  rig_expect_children(r, "./Vendor/Probe/Box", "");
}

static void a_staging_csp_is_told_the_stages(void **state) {
  rig *r = *state;
  size_t member = 0;
  rig_mount_csp(r, &probe_staging_csp);
  probe_calls[0] = '\0';
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "alone"), 200);
  assert_string_equal(probe_calls, "begin replace(Value)=alone prepare commit ");
  begin(r);
  probe_calls[0] = '\0';
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "1"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "with it"), 200);
  assert_int_equal(rig_add(r, "./Vendor/Stage/List/a", OMADM_FORMAT_CHR, "2"), 200);
  rig_expect(r, "./Vendor/Stage/Value", "1"); /* its own Get sees it */
  assert_int_equal(commit(r, &member, NULL, 0), 200);
  assert_string_equal(probe_calls, "begin replace(Value)=1 add(a)=2 get(Value) prepare commit ");
  rig_expect(r, "./Vendor/Stage/Value", "1");
}

static void what_a_staging_csp_refuses_to_prepare_is_undone_everywhere(void **state) {
  rig *r = *state;
  size_t member = 99;
  omadm_status undo[3] = {0};
  rig_mount_csp(r, &probe_staging_csp);
  begin(r);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "1"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "y"), 200);
  probe_do.prepare = 420;
  probe_calls[0] = '\0';
  assert_int_equal(commit(r, &member, undo, 3), 420);
  assert_int_equal(member, 1);
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(undo[i], 216);
  assert_string_equal(probe_calls, "prepare rollback ");
  rig_expect(r, "./Vendor/Stage/Value", "");
  rig_expect(r, ITEMS "/Text", "factory");
}

static void a_failing_change_of_a_staging_csp_is_rolled_back(void **state) {
  rig *r = *state;
  rig_mount_csp(r, &probe_staging_csp);
  probe_do.replace = 413;
  probe_calls[0] = '\0';
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "x"), 413);
  assert_string_equal(probe_calls, "begin replace(Value)=x rollback ");
  probe_do.replace = 0;
  probe_do.begin = 503;
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "x"), 503);
  probe_do.begin = 0;
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "x"), 200);
}

static void a_roll_back_that_fails_is_516_for_the_members_of_that_csp(void **state) {
  rig *r = *state;
  omadm_status undo[2] = {0};
  rig_mount_csp(r, &probe_staging_csp);
  begin(r);
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "1"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  probe_do.rollback = 500;
  r->tree->rollback(r->tree->ctx, undo, 2);
  assert_int_equal(undo[0], 516);
  assert_int_equal(undo[1], 216);
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "2"), 503);
}

static void a_commit_that_fails_keeps_the_decision(void **state) {
  rig *r = *state;
  size_t member = 0;
  const omadm_str prefix = OMADM_STR("transaction"), none = {"", 0};
  omadm_str key = none, value = none;
  rig_mount_csp(r, &probe_staging_csp);
  begin(r);
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "1"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  probe_do.commit = 500;
  assert_int_equal(commit(r, &member, NULL, 0), 200); /* decided is decided */
  assert_non_null(strstr(r->log, "the commit"));
  assert_int_equal(
      r->store->ops->next(r->store, OMADM_STORE_JOURNAL, prefix, none, &key, &value, NULL), 0);
  assert_memory_equal(value.ptr, "Stage", 6);
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "2"), 503);
}

static size_t decisions(rig *r) {
  const omadm_str prefix = OMADM_STR("transaction"), none = {"", 0};
  omadm_str key = none, value = none;
  return r->store->ops->next(r->store, OMADM_STORE_JOURNAL, prefix, none, &key, &value, NULL) == 0;
}

/* Another start, with the staging CSP and the stored one. */
static void start_again(rig *r) {
  rig_restart(r);
  probe_calls[0] = '\0';
  rig_mount_csp(r, &probe_staging_csp);
  rig_mount(r, "items.xml", stored);
  assert_int_equal(rig_resolve(r, ITEMS), 200);
}

static void what_was_decided_is_committed_at_the_next_start(void **state) {
  rig *r = *state;
  size_t member = 0;
  rig_mount_csp(r, &probe_staging_csp);
  begin(r);
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "1"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  probe_do.commit = 500; /* as if it ended here */
  assert_int_equal(commit(r, &member, NULL, 0), 200);
  start_again(r);
  assert_string_equal(probe_calls, "open commit ");
  rig_settle(r);
  assert_int_equal(decisions(r), 1); /* it failed again */
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "2"), 503);
  probe_do.commit = 0;
  start_again(r);
  assert_string_equal(probe_calls, "open commit ");
  rig_expect(r, "./Vendor/Stage/Value", "1");
  rig_expect(r, ITEMS "/Text", "x");
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "2"), 200);
  rig_settle(r);
  assert_int_equal(decisions(r), 0);
  start_again(r);
  assert_string_equal(probe_calls, "open ");
}

static void a_commit_of_one_csp_alone_is_retried_too(void **state) {
  rig *r = *state;
  rig_mount_csp(r, &probe_staging_csp);
  probe_do.commit = 500;
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "1"), 200);
  probe_do.commit = 0;
  start_again(r);
  assert_string_equal(probe_calls, "open commit ");
  rig_expect(r, "./Vendor/Stage/Value", "1");
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "2"), 200);
}

static void a_decision_waits_for_a_participant_that_is_not_there(void **state) {
  rig *r = *state;
  rig_mount_csp(r, &probe_staging_csp);
  begin(r);
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "1"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  probe_do.commit = 500;
  assert_int_equal(commit(r, NULL, NULL, 0), 200);
  probe_do.commit = 0;
  rig_restart(r);
  rig_mount(r, "items.xml", stored);
  rig_expect(r, ITEMS "/Text", "x");
  rig_settle(r);
  assert_int_equal(decisions(r), 1);
  assert_non_null(strstr(r->log, "Stage"));
  start_again(r);
  rig_expect(r, "./Vendor/Stage/Value", "1");
}

static void only_what_can_be_undone_may_be_a_member(void **state) {
  rig *r = *state;
  rig_mount_csp(r, &probe_csp);
  rig_mount_csp(r, &probe_staging_csp);
  assert_int_equal(rig_add(r, "./Vendor/Probe/Box/b", OMADM_FORMAT_NODE, NULL), 200);
  assert_int_equal(rig_enlist(r, ITEMS "/Text", OMADM_VERB_REPLACE), 200);
  assert_int_equal(rig_enlist(r, ITEMS "/List/new", OMADM_VERB_ADD), 200);
  assert_int_equal(rig_enlist(r, "./Vendor/Probe/Value", OMADM_VERB_REPLACE), 200);
  assert_int_equal(rig_enlist(r, "./Vendor/Probe/List/new", OMADM_VERB_ADD), 200);
  assert_int_equal(rig_enlist(r, "./Vendor/Probe/Secret", OMADM_VERB_REPLACE), 406);
  assert_int_equal(rig_enlist(r, "./Vendor/Probe/Box/b", OMADM_VERB_DELETE), 406);
  assert_int_equal(rig_enlist(r, "./Vendor/Probe/Run", OMADM_VERB_EXEC), 406);
  assert_int_equal(rig_enlist(r, "./Vendor/Stage/Secret", OMADM_VERB_REPLACE), 200);
  assert_int_equal(rig_enlist(r, "./Vendor/Stage/Run", OMADM_VERB_EXEC), 200);
  assert_int_equal(rig_enlist(r, "./Nothing/Here", OMADM_VERB_ADD), 200); /* fails by itself */
}

static void what_cannot_be_read_before_the_change_fails_in_an_atomic(void **state) {
  rig *r = *state;
  rig_mount_csp(r, &probe_csp);
  begin(r);
  probe_do.get = 500;
  assert_int_equal(rig_replace(r, "./Vendor/Probe/Value", "x"), 406);
  r->tree->rollback(r->tree->ctx, NULL, 0);
  assert_int_equal(rig_replace(r, "./Vendor/Probe/Value", "x"), 200);
}

static void transaction_numbers_are_never_given_twice(void **state) {
  rig *r = *state;
  rig_mount_csp(r, &probe_staging_csp);
  uint64_t last = 0;
  for (int i = 0; i < 4; i++) {
    assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "x"), 200);
    assert_true(probe_transaction > last);
    last = probe_transaction;
    if (i == 1) {
      rig_restart(r);
      rig_mount_csp(r, &probe_staging_csp);
    }
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_atomic_holds_together),
      TEST(a_roll_back_leaves_nothing),
      TEST(a_settle_in_an_open_atomic_keeps_back_what_is_not_decided),
      TEST(a_roll_back_after_a_settle_goes_back_to_the_beginning),
      TEST(another_session_has_to_wait_for_the_end),
      TEST(commit_and_rollback_without_a_begin_do_nothing),
      TEST(a_plugin_that_does_not_stage_is_undone_in_reverse),
      TEST(an_undo_that_fails_is_516_and_closes_the_csp_for_changes),
      TEST(parents_of_a_failed_add_go_again),
      TEST(a_staging_csp_is_told_the_stages),
      TEST(what_a_staging_csp_refuses_to_prepare_is_undone_everywhere),
      TEST(a_failing_change_of_a_staging_csp_is_rolled_back),
      TEST(a_roll_back_that_fails_is_516_for_the_members_of_that_csp),
      TEST(a_commit_that_fails_keeps_the_decision),
      TEST(what_was_decided_is_committed_at_the_next_start),
      TEST(a_commit_of_one_csp_alone_is_retried_too),
      TEST(a_decision_waits_for_a_participant_that_is_not_there),
      TEST(only_what_can_be_undone_may_be_a_member),
      TEST(what_cannot_be_read_before_the_change_fails_in_an_atomic),
      TEST(transaction_numbers_are_never_given_twice),
  };
  return rig_run("transactions", tests, sizeof tests / sizeof *tests);
}
