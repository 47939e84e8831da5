/* SPDX-License-Identifier: MIT */
/* The way back of CSPs that do not stage, in the journal: before it is needed, and after a crash.
 */
#include <unistd.h>

#include "csp-framework/dispatch.h"
#include "probe.h"

static const char stored[] =
    DDF(ROOT("Items", "./Vendor/Test", LEAF_OF("Text", GR, "chr", ONE, "Permanent", "factory")));

#define BASE "./Vendor/Probe"
#define ITEMS "./Vendor/Test/Items"

static omadm_store_ops ops; /* the store's, with another apply */
static const omadm_store_ops *real;
static size_t rows_written;
static bool refuses_rows;

static omadm_err counting_apply(omadm_store *store, const omadm_store_change *changes, size_t n,
                                omadm_error *error) {
  for (size_t i = 0; i < n; i++) {
    bool row = changes[i].table == OMADM_STORE_JOURNAL && changes[i].key.len > 4 &&
               memcmp(changes[i].key.ptr, "undo", 4) == 0;
    if (row && refuses_rows) return OMADM_E_STORE;
    rows_written += row && changes[i].value.ptr != NULL;
  }
  return real->apply(store, changes, n, error);
}

static void mount_all(rig *r) {
  rig_mount_csp(r, &probe_staging_csp);
  rig_mount_csp(r, &probe_csp); /* the last one: whose services both use */
  rig_mount(r, "items.xml", stored);
}

static int set_up(void **state) {
  probe_reset();
  rig *r = rig_new(NULL);
  mount_all(r);
  real = r->store->ops;
  ops = *real;
  ops.apply = counting_apply;
  r->store->ops = &ops;
  rows_written = 0;
  refuses_rows = false;
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static void begin(rig *r) {
  if (r->tree == NULL) r->tree = omadm_framework_tree(r->framework);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
}

static void commit(rig *r) {
  assert_int_equal(r->tree->commit(r->tree->ctx, NULL, NULL, 0), 200);
}

static void roll_back(rig *r) {
  r->tree->rollback(r->tree->ctx, NULL, 0);
}

/* Copies of the rows that wait. */
typedef struct saved {
  struct {
    char key[64], value[400];
    size_t key_len, value_len;
  } row[16];
  size_t n;
} saved;

static saved save(rig *r) {
  saved s = {.n = 0};
  const omadm_str prefix = {"undo", sizeof "undo"};
  omadm_str after = prefix, key, value;
  while (real->next(r->store, OMADM_STORE_JOURNAL, prefix, after, &key, &value, NULL) == 0) {
    assert_in_range(s.n, 0, 15);
    assert_in_range(key.len, 1, sizeof s.row[0].key);
    assert_in_range(value.len, 1, sizeof s.row[0].value);
    memcpy(s.row[s.n].key, key.ptr, key.len);
    memcpy(s.row[s.n].value, value.ptr, value.len);
    s.row[s.n].key_len = key.len;
    s.row[s.n].value_len = value.len;
    after = (omadm_str){s.row[s.n].key, key.len};
    s.n++;
  }
  return s;
}

static size_t waiting(rig *r) {
  return save(r).n;
}

static void put_back(rig *r, const saved *s) {
  for (size_t i = 0; i < s->n; i++) {
    const omadm_store_change change = {OMADM_STORE_JOURNAL,
                                       {s->row[i].key, s->row[i].key_len},
                                       {s->row[i].value, s->row[i].value_len}};
    assert_int_equal(real->apply(r->store, &change, 1, NULL), 0);
  }
}

static void start_again(rig *r) {
  r->store->ops = real; /* of the store that is closed and opened again in some runs */
  rig_restart(r);
  probe_calls[0] = '\0';
  mount_all(r);
  assert_int_equal(rig_resolve(r, ITEMS), 200);
}

static void each_member_is_noted_before_it_runs_and_forgotten_at_the_end(void **state) {
  rig *r = *state;
  begin(r);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  assert_int_equal(waiting(r), 0);
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
  assert_int_equal(waiting(r), 1);
  assert_int_equal(rig_add(r, BASE "/Box/b/Name", OMADM_FORMAT_CHR, "n"), 200);
  assert_int_equal(waiting(r), 3);
  commit(r);
  assert_int_equal(waiting(r), 0);
  begin(r);
  assert_int_equal(rig_remove(r, BASE "/Box/b/Name"), 200);
  assert_int_equal(waiting(r), 1);
  roll_back(r);
  assert_int_equal(waiting(r), 0);
}

static void one_call_of_a_slot_is_all_or_nothing_in_itself(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
  assert_int_equal(rig_add(r, BASE "/List/a", OMADM_FORMAT_CHR, "1"), 200);
  assert_int_equal(rig_remove(r, BASE "/List/a"), 200);
  assert_int_equal(rows_written, 0);
  assert_int_equal(rig_add(r, BASE "/Box/b/Name", OMADM_FORMAT_CHR, "n"), 200); /* two calls */
  assert_int_equal(rows_written, 2);
  assert_int_equal(waiting(r), 0);
  rows_written = 0;
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "1"), 200);
  assert_int_equal(rows_written, 0);
}

static void a_member_that_cannot_be_noted_does_not_run(void **state) {
  rig *r = *state;
  begin(r);
  refuses_rows = true;
  probe_calls[0] = '\0';
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 510);
  assert_string_equal(probe_calls, "get(Value) ");
  roll_back(r);
  refuses_rows = false;
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
}

static void what_a_crash_interrupts_is_taken_back_in_reverse(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  assert_int_equal(rig_add(r, BASE "/List/gone", OMADM_FORMAT_CHR, "g"), 200);
  begin(r);
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
  assert_int_equal(rig_replace(r, BASE "/Value", "2"), 200);
  assert_int_equal(rig_add(r, BASE "/Box/b/Name", OMADM_FORMAT_CHR, "n"), 200);
  assert_int_equal(rig_remove(r, BASE "/List/gone"), 200);
  const saved s = save(r);
  assert_int_equal(s.n, 5);
  commit(r); /* the probe is as in the middle, and the rows are there */
  put_back(r, &s);
  start_again(r);
  assert_string_equal(probe_calls,
                      "open open add(gone)=g remove(Name) remove(b) get(Value) replace(Value)=1 "
                      "get(Value) replace(Value)=old ");
  assert_int_equal(waiting(r), 0);
  assert_non_null(strstr(r->log, "are taken back"));
  rig_expect(r, BASE "/Value", "old");
  rig_expect(r, BASE "/List/gone", "g");
  assert_int_equal(rig_resolve(r, BASE "/Box/b"), 404);
  assert_int_equal(rig_replace(r, BASE "/Value", "new"), 200);
  put_back(r, &s); /* it is interrupted itself: what is taken back already is left alone */
  start_again(r);
  assert_string_equal(probe_calls, "open open get(Value) replace(Value)=1 get(Value) "
                                   "replace(Value)=old ");
  put_back(r, &s); /* it may not have been made at all */
  start_again(r);
  assert_int_equal(waiting(r), 0);
  rig_expect(r, BASE "/Value", "old");
}

static void what_was_refused_before_the_crash_is_not_asked_again(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  begin(r);
  probe_do.replace = 420;
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 420);
  const saved s = save(r);
  assert_int_equal(s.n, 1);
  roll_back(r);
  put_back(r, &s);
  start_again(r);
  assert_string_equal(probe_calls, "open open get(Value) ");
  assert_int_equal(waiting(r), 0);
}

static void a_way_back_that_fails_at_a_start_closes_the_csp_until_one_succeeds(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  begin(r);
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
  assert_int_equal(rig_replace(r, BASE "/Number", "2"), 200);
  const saved s = save(r);
  commit(r);
  put_back(r, &s);
  probe_do.replace = 500;
  start_again(r);
  probe_do.replace = 0;
  assert_int_equal(waiting(r), 2);
  assert_non_null(strstr(r->log, "taking back a change that was interrupted of transaction"));
  assert_int_equal(rig_replace(r, BASE "/Value", "x"), 503);
  rig_expect(r, BASE "/Value", "1");
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  rig_settle(r);
  start_again(r);
  assert_int_equal(waiting(r), 0);
  rig_expect(r, BASE "/Value", "old");
  assert_int_equal(rig_replace(r, BASE "/Value", "x"), 200);
}

static void a_roll_back_that_fails_is_tried_again_at_the_next_start(void **state) {
  rig *r = *state;
  omadm_status undo[3] = {0};
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  begin(r);
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  probe_do.replace = 500;
  r->tree->rollback(r->tree->ctx, undo, 2);
  probe_do.replace = 0;
  assert_int_equal(undo[0], 516);
  assert_int_equal(undo[1], 216);
  assert_int_equal(waiting(r), 1);
  start_again(r);
  assert_int_equal(waiting(r), 0);
  rig_expect(r, BASE "/Value", "old");
  assert_int_equal(rig_replace(r, BASE "/Value", "x"), 200);
}

static void a_way_back_waits_for_a_csp_that_is_not_there(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  begin(r);
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
  const saved s = save(r);
  commit(r);
  put_back(r, &s);
  r->store->ops = real;
  rig_restart(r);
  rig_mount(r, "items.xml", stored);
  rig_expect(r, ITEMS "/Text", "factory");
  assert_int_equal(waiting(r), 1);
  assert_non_null(strstr(r->log, "waits for the CSP Probe"));
  start_again(r);
  assert_int_equal(waiting(r), 0);
  rig_expect(r, BASE "/Value", "old");
}

/* Writes the rows anew with one octet changed, or cut. What is older waits behind it. */
static void a_row_that_is_none_holds_what_is_older(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
  begin(r);
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
  assert_int_equal(rig_replace(r, BASE "/Value", "2"), 200);
  const saved good = save(r);
  commit(r);
  for (size_t i = 0; i < 3; i++) {
    saved bad = good;
    if (i == 0) memset(bad.row[1].value, 'x', 8); /* a length that cannot be */
    if (i == 1) bad.row[1].value_len--;
    if (i == 2) bad.row[1].value[bad.row[1].value_len - 3] = 77; /* no verb */
    put_back(r, &bad);
    r->log[0] = '\0';
    start_again(r);
    assert_non_null(strstr(r->log, "none of this version"));
    rig_expect(r, BASE "/Value", "2");
    assert_int_equal(waiting(r), 2);
    assert_int_equal(rig_replace(r, BASE "/Value", "3"), 503);
    assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "x"), 200);
  }
  put_back(r, &good); /* a version that reads it */
  start_again(r);
  rig_expect(r, BASE "/Value", "old");
  assert_int_equal(waiting(r), 0);
}

static void what_another_csp_serves_now_is_not_waited_for(void **state) {
  static const char moved[] =
      DDF(ROOT("Moved", "./Vendor", LEAF("Value", GR, "chr", ONE, "Permanent")));
  static const char heir[] =
      DDF(ROOT("Probe", "./Vendor", LEAF_OF("Value", GR, "chr", ONE, "Permanent", "heir")));
  static omadm_csp_descriptor csp;
  rig *r = *state;
  begin(r);
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
  const saved s = save(r);
  commit(r);
  put_back(r, &s);
  csp = probe_csp;
  csp.ddf = moved;
  csp.ddf_len = sizeof moved - 1;
  r->store->ops = real;
  rig_restart(r);
  rig_mount_csp(r, &csp);
  rig_mount(r, "heir.xml", heir);
  rig_expect(r, BASE "/Value", "heir");
  assert_non_null(strstr(r->log, "described no more"));
  assert_int_equal(waiting(r), 0);
  assert_int_equal(rig_replace(r, "./Vendor/Moved/Value", "x"), 200);
}

static void what_is_prepared_and_not_decided_is_not_committed(void **state) {
  rig *r = *state;
  start_again(r); /* nothing in the journal: the CSP is told nothing, and rolls back at its begin */
  assert_string_equal(probe_calls, "open open ");
}

static void an_open_atomic_holds_no_lock_of_the_store(void **state) {
  rig *r = *state;
  omadm_store *other = NULL;
  if (r->options.folder == NULL) return; /* there is no file */
  begin(r);
  assert_int_equal(rig_replace(r, ITEMS "/Text", "x"), 200);
  assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
  assert_int_equal(rig_replace(r, "./Vendor/Stage/Value", "1"), 200);
  assert_int_equal(omadm_store_open(r->options.folder, &other, NULL), 0);
  const omadm_store_change change = {OMADM_STORE_META, OMADM_STR("test"), OMADM_STR("x")};
  assert_int_equal(other->ops->apply(other, &change, 1, NULL), 0);
  omadm_store_close(other);
  commit(r);
}

static rig *dying; /* whose calls die */
static int dies_after; /* it has done what it was asked */
static int deaths;

static omadm_status deadly_replace(uint64_t self, const omadm_csp_request *request) {
  if (deaths == 0) return probe_csp.slots->replace(self, request);
  deaths--;
  /* What is taken back dies before it is done. */
  bool does = dies_after && !omadm_str_is(request->value, "old");
  if (does) assert_int_equal(probe_csp.slots->replace(self, request), 200);
  dying->framework->calls->died = true;
  return 500;
}

static void mount_mortal(rig *r, int after) {
  static omadm_csp_slots slots;
  static omadm_csp_descriptor csp;
  slots = *probe_csp.slots;
  slots.replace = deadly_replace;
  csp = probe_csp;
  csp.slots = &slots;
  r->store->ops = real;
  rig_restart(r);
  rig_mount_csp(r, &csp);
  rig_mount(r, "items.xml", stored);
  dying = r;
  dies_after = after;
  deaths = 0;
}

static void what_a_csp_that_died_may_have_done_is_taken_back(void **state) {
  rig *r = *state;
  for (int after = 0; after < 2; after++) {
    mount_mortal(r, after);
    if (r->options.host_flags & OMADM_HOST_COPYING) return; /* its slots see no call of their own */
    assert_int_equal(rig_replace(r, BASE "/Value", "old"), 200);
    deaths = 1;
    assert_int_equal(rig_replace(r, BASE "/Value", "new"), 500);
    rig_expect(r, BASE "/Value", "old");
    begin(r);
    assert_int_equal(rig_replace(r, BASE "/Value", "1"), 200);
    deaths = 1;
    assert_int_equal(rig_replace(r, BASE "/Value", "2"), 500);
    rig_expect(r, BASE "/Value", "1");
    roll_back(r);
    rig_expect(r, BASE "/Value", "old");
    assert_int_equal(waiting(r), 0);
    if (!after) continue; /* there is nothing to take back */
    deaths = 2; /* and once more while it is taken back: that is tried again */
    assert_int_equal(rig_replace(r, BASE "/Value", "new"), 500);
    rig_expect(r, BASE "/Value", "old");
    deaths = 3; /* but not for ever */
    assert_int_equal(rig_replace(r, BASE "/Value", "new"), 500);
    assert_int_equal(rig_replace(r, BASE "/Value", "x"), 503);
    assert_int_equal(waiting(r), 1);
    mount_mortal(r, after);
    rig_expect(r, BASE "/Value", "old");
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(each_member_is_noted_before_it_runs_and_forgotten_at_the_end),
      TEST(one_call_of_a_slot_is_all_or_nothing_in_itself),
      TEST(a_member_that_cannot_be_noted_does_not_run),
      TEST(what_a_crash_interrupts_is_taken_back_in_reverse),
      TEST(what_was_refused_before_the_crash_is_not_asked_again),
      TEST(a_way_back_that_fails_at_a_start_closes_the_csp_until_one_succeeds),
      TEST(a_roll_back_that_fails_is_tried_again_at_the_next_start),
      TEST(a_way_back_waits_for_a_csp_that_is_not_there),
      TEST(a_row_that_is_none_holds_what_is_older),
      TEST(what_another_csp_serves_now_is_not_waited_for),
      TEST(what_is_prepared_and_not_decided_is_not_committed),
      TEST(an_open_atomic_holds_no_lock_of_the_store),
      TEST(what_a_csp_that_died_may_have_done_is_taken_back),
  };
  return rig_run("journal", tests, sizeof tests / sizeof *tests);
}
