/* SPDX-License-Identifier: MIT */
/* What several servers set, and what becomes of it when an account goes. */
#include <stdio.h>

#include "probe.h"
#include "rig.h"

#define RULE(name, access, scope, default_value, rule)                                             \
  "<Node><NodeName>" name "</NodeName>" PROPERTIES(access, "int", ONE, scope, default_value)       \
      LEAF_TYPE rule "</DFProperties></Node>"
#define MERGES(how) "<MSFT:ConflictResolution>" how "</MSFT:ConflictResolution>"
#define MERGED(name, how) RULE(name, ADGR, "Dynamic", "", MERGES(how))
#define MERGED_AS(name, access, format, occurrence, scope, how)                                    \
  "<Node><NodeName>" name "</NodeName>" PROPERTIES(access, format, occurrence, scope, "")          \
      LEAF_TYPE                                                                                    \
      MERGES(how) "</DFProperties></Node>"

static const char items[] =
    "<MgmtTree "
    "xmlns:MSFT=\"http://schemas.microsoft.com/MobileDevice/DM\"><VerDTD>1.2</VerDTD>" ROOT(
        "Items", "./Vendor/Test",
        MERGED("Low", "LowestValueMostSecure") MERGED("High", "HighestValueMostSecure") MERGED_AS(
            "Float", ADGR, "float", ONE, "Dynamic", "LowestValueMostSecure")
            MERGED_AS("Mask", ADGR, "chr", ONE, "Dynamic", "HighestValueMostSecure") MERGED_AS(
                "Flag", ADGR, "bool", ONE, "Dynamic", "HighestValueMostSecure")
                MERGED_AS("Number", ADGR, "chr", ONE, "Dynamic", "LowestValueMostSecure") MERGED(
                    "Last", "LastWrite") MERGED("LowZero", "LowestValueMostSecureZeroHasNoLimits")
                    MERGED("HighZero", "HighestValueMostSecureZeroHasNoLimits")
                        MERGED("Alone", "NoMerge") MERGED_AS("Text", ADGR, "chr", ONE, "Dynamic",
                                                             "LastWrite")
                            LEAF_OF("Default", GR, "chr", ONE, "Permanent",
                                    "factory") LEAF("Kept", GR, "chr", ONE, "Permanent")
                                INNER("List", G, ONE, "Permanent",
                                      INNER("", ADGR, MANY, "Dynamic",
                                            LEAF("Name", ADGR, "chr", MAYBE, "Dynamic") MERGED(
                                                "Rank", "HighestValueMostSecure")))) "</MgmtTree>";

/* Of a plugin, whose nodes may go by themselves. */
static const char merging[] =
    "<MgmtTree "
    "xmlns:MSFT=\"http://schemas.microsoft.com/MobileDevice/DM\"><VerDTD>1.2</VerDTD>" ROOT(
        "Merging", "./Vendor",
        MERGED_AS("Pin", "<Replace/>", "chr", ONE, "Permanent", "LastWrite") MERGED_AS(
            "Rank", "<Add/><Delete/><Replace/>", "int", MAYBE, "Dynamic", "HighestValueMostSecure")
            INNER("Box", G, ONE, "Permanent",
                  INNER("", ADG, MANY, "Dynamic",
                        INNER("Inside", G, ONE, "Permanent",
                              LEAF("Name", ADGR, "chr", MAYBE, "Dynamic"))))) "</MgmtTree>";

static const char accounts[] =
    DDF(ROOT("DMAcc", "./SyncML",
             INNER("", ADGR, MANY, "Dynamic", LEAF("ServerID", ADGR, "chr", MAYBE, "Dynamic"))));

#define BASE "./Vendor/Test/Items"
#define PLUGIN "./Vendor/Merging"

static void mount(rig *r) {
  static omadm_csp_descriptor plugin;
  plugin = probe_csp;
  plugin.name = "Merging";
  plugin.ddf = merging;
  plugin.ddf_len = sizeof merging - 1;
  rig_mount_csp(r, &plugin);
  rig_mount(r, "items.xml", items);
  rig_mount(r, "dmacc.xml", accounts);
  rig_mount_csp(r, &probe_csp);
}

static int set_up(void **state) {
  rig *r = rig_new(NULL);
  probe_reset();
  mount(r);
  rig_poke(r, "./SyncML/DMAcc/a/ServerID", "A");
  rig_poke(r, "./SyncML/DMAcc/b/ServerID", "B");
  rig_settle(r);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static void as(rig *r, const char *server) {
  r->origin.server_id = omadm_str_of(server);
  r->origin.windows = 1; /* its Replace makes a leaf that is not there */
}

static void set(rig *r, const char *server, const char *uri, const char *value) {
  as(r, server);
  assert_int_equal(rig_replace(r, uri, value), 200);
}

static void leave(rig *r, const char *account) {
  char uri[100];
  snprintf(uri, sizeof uri, "./SyncML/DMAcc/%s", account);
  as(r, "");
  assert_int_equal(rig_remove(r, uri), 200);
  rig_settle(r);
}

static void expect(rig *r, const char *uri, const char *value) {
  as(r, "");
  rig_expect(r, uri, value);
}

static void the_lowest_value_of_all_servers_counts(void **state) {
  set(*state, "A", BASE "/Low", "5");
  set(*state, "B", BASE "/Low", "9");
  expect(*state, BASE "/Low", "5");
  set(*state, "B", BASE "/Low", "-3");
  expect(*state, BASE "/Low", "-3");
  set(*state, "B", BASE "/Low", "7");
  expect(*state, BASE "/Low", "5");
}

static void numbers_are_compared_however_they_are_written(void **state) {
  set(*state, "A", BASE "/Float", "1.5");
  set(*state, "B", BASE "/Float", "9.5");
  expect(*state, BASE "/Float", "1.5");
  set(*state, "B", BASE "/Float", "-2e-3");
  expect(*state, BASE "/Float", "-0.002");
  set(*state, "B", BASE "/Float", "1e1");
  expect(*state, BASE "/Float", "1.5");
  set(*state, "A", BASE "/Mask", "0x10");
  set(*state, "B", BASE "/Mask", "9");
  expect(*state, BASE "/Mask", "0x10");
  set(*state, "B", BASE "/Mask", "+17");
  expect(*state, BASE "/Mask", "+17");
}

static void of_negative_values_the_sign_counts(void **state) {
  set(*state, "A", BASE "/Low", "-5");
  set(*state, "B", BASE "/Low", "-9");
  expect(*state, BASE "/Low", "-9");
  set(*state, "B", BASE "/Low", "-3");
  expect(*state, BASE "/Low", "-5");
  set(*state, "A", BASE "/LowZero", "-5");
  set(*state, "B", BASE "/LowZero", "-9");
  expect(*state, BASE "/LowZero", "-9");
  set(*state, "A", BASE "/High", "-5");
  set(*state, "B", BASE "/High", "-9");
  expect(*state, BASE "/High", "-5");
  set(*state, "A", BASE "/HighZero", "-5");
  set(*state, "B", BASE "/HighZero", "-9");
  expect(*state, BASE "/HighZero", "-5");
}

static void true_is_higher_than_false(void **state) {
  set(*state, "A", BASE "/Flag", "true");
  set(*state, "B", BASE "/Flag", "false");
  expect(*state, BASE "/Flag", "true");
  set(*state, "A", BASE "/Flag", "false");
  expect(*state, BASE "/Flag", "false");
}

/* Were they cut off, they would be -1 and 1. */
static void a_number_may_be_of_any_size(void **state) {
  set(*state, "A", BASE "/Number", "5");
  set(*state, "B", BASE "/Number", "18446744073709551615");
  expect(*state, BASE "/Number", "5");
  set(*state, "B", BASE "/Number", "-18446744073709551615");
  expect(*state, BASE "/Number", "-18446744073709551615");
}

static void the_highest_value_of_all_servers_counts(void **state) {
  set(*state, "A", BASE "/High", "5");
  set(*state, "B", BASE "/High", "4");
  expect(*state, BASE "/High", "5");
  set(*state, "A", BASE "/High", "3");
  expect(*state, BASE "/High", "4");
}

static void a_zero_that_means_no_limit_gives_way(void **state) {
  set(*state, "A", BASE "/LowZero", "5");
  set(*state, "B", BASE "/LowZero", "0");
  expect(*state, BASE "/LowZero", "5");
  set(*state, "A", BASE "/LowZero", "0");
  expect(*state, BASE "/LowZero", "0");
  set(*state, "A", BASE "/HighZero", "-5");
  set(*state, "B", BASE "/HighZero", "0");
  expect(*state, BASE "/HighZero", "-5");
}

static void without_a_rule_the_last_value_counts_and_no_other_is_kept(void **state) {
  set(*state, "A", BASE "/Alone", "5");
  set(*state, "B", BASE "/Alone", "9");
  expect(*state, BASE "/Alone", "9");
  leave(*state, "b"); /* A made it: it does not go with B, and A's value is not kept */
  expect(*state, BASE "/Alone", "9");
  leave(*state, "a");
  expect(*state, BASE "/Alone", NULL);
}

static void what_the_device_made_stays(void **state) {
  set(*state, "", BASE "/Alone", "5");
  set(*state, "A", BASE "/Alone", "9");
  as(*state, "A");
  assert_int_equal(rig_add(*state, BASE "/List/x", OMADM_FORMAT_NODE, NULL), 200);
  set(*state, "", BASE "/List/x/Name", "device");
  leave(*state, "a");
  expect(*state, BASE "/Alone", "9");
  expect(*state, BASE "/List/x/Name", "device");
}

static void what_the_device_sets_last_stays(void **state) {
  set(*state, "A", BASE "/Alone", "5");
  set(*state, "", BASE "/Alone", "7");
  set(*state, "A", BASE "/Low", "5");
  set(*state, "", BASE "/Low", "7");
  set(*state, "A", BASE "/List/x/Name", "n");
  set(*state, "", BASE "/List/x/Name", "device");
  leave(*state, "a");
  expect(*state, BASE "/Alone", "7");
  expect(*state, BASE "/Low", "7");
  expect(*state, BASE "/List/x/Name", "device");
}

static void what_another_made_goes_with_the_last_that_set_it(void **state) {
  set(*state, "A", BASE "/Alone", "5");
  set(*state, "B", BASE "/Alone", "9");
  leave(*state, "a");
  expect(*state, BASE "/Alone", "9");
  leave(*state, "b");
  expect(*state, BASE "/Alone", NULL);
}

static void a_plugins_node_goes_with_who_made_it(void **state) {
  as(*state, "A");
  assert_int_equal(rig_add(*state, "./Vendor/Probe/Box/x", OMADM_FORMAT_NODE, NULL), 200);
  set(*state, "B", "./Vendor/Probe/Box/x/Name", "b");
  leave(*state, "b");
  as(*state, "");
  rig_expect_children(*state, "./Vendor/Probe/Box", "x");
  leave(*state, "a");
  rig_expect_children(*state, "./Vendor/Probe/Box", "");
}

/* Its octets are not kept twice. */
static void set_large(rig *r, const char *server) {
  static char large[300000];
  memset(large, 'x', sizeof large - 1);
  set(r, server, BASE "/Text", large);
}

static void a_large_value_of_another_server_stays(void **state) {
  rig *r = *state;
  set(r, "A", BASE "/Text", "small");
  set_large(r, "B");
  as(r, "A");
  assert_int_equal(rig_remove(r, BASE "/Text"), 200);
  as(r, "");
  assert_int_equal(rig_get(r, BASE "/Text"), 200);
  assert_int_equal(r->answer.size, 299999);
  set(r, "A", BASE "/Text", "small");
  expect(r, BASE "/Text", "small");
  set_large(r, "B");
  leave(r, "a");
  assert_int_equal(rig_get(r, BASE "/Text"), 200);
  assert_int_equal(r->answer.size, 299999);
  leave(r, "b");
  expect(r, BASE "/Text", NULL);
}

static void a_large_value_that_counts_no_more_is_no_reason_to_delete(void **state) {
  rig *r = *state;
  set_large(r, "B");
  set(r, "A", BASE "/Text", "small");
  as(r, "A");
  assert_int_equal(rig_remove(r, BASE "/Text"), 200); /* B's is not kept: what is there is B's */
  expect(r, BASE "/Text", "small");
  as(r, "B");
  assert_int_equal(rig_remove(r, BASE "/Text"), 200);
  expect(r, BASE "/Text", NULL);
}

static void that_it_stays_is_rolled_back_too(void **state) {
  rig *r = *state;
  set(r, "A", BASE "/Text", "small");
  set_large(r, "B");
  as(r, "A");
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(rig_remove(r, BASE "/Text"), 200);
  r->tree->rollback(r->tree->ctx, NULL, 0);
  leave(r, "b");
  expect(r, BASE "/Text", "small"); /* A's, as before */
}

static void the_last_write_gives_way_to_the_one_before_it(void **state) {
  set(*state, "A", BASE "/Last", "5");
  set(*state, "B", BASE "/Last", "9");
  expect(*state, BASE "/Last", "9");
  leave(*state, "b");
  expect(*state, BASE "/Last", "5");
  leave(*state, "a");
  expect(*state, BASE "/Last", NULL);
}

static void a_server_deletes_what_it_set_itself(void **state) {
  set(*state, "A", BASE "/Low", "5");
  set(*state, "B", BASE "/Low", "3");
  as(*state, "B");
  assert_int_equal(rig_remove(*state, BASE "/Low"), 200);
  expect(*state, BASE "/Low", "5");
  as(*state, "A");
  assert_int_equal(rig_remove(*state, BASE "/Low"), 200);
  expect(*state, BASE "/Low", NULL);
}

static void who_set_nothing_deletes_what_all_set(void **state) {
  set(*state, "A", BASE "/Low", "5");
  set(*state, "B", BASE "/Low", "3");
  as(*state, "C");
  assert_int_equal(rig_remove(*state, BASE "/Low"), 200);
  expect(*state, BASE "/Low", NULL);
}

/* The plugin has lost it, and with it what was set before. */
static void what_is_added_anew_has_no_older_owners(void **state) {
  set(*state, "A", PLUGIN "/Rank", "9");
  set(*state, "B", PLUGIN "/Rank", "3");
  assert_non_null(strstr(probe_calls, "add(Rank)=9"));
  assert_non_null(strstr(probe_calls, "replace(Rank)=9"));
  probe_reset();
  set(*state, "B", PLUGIN "/Rank", "3");
  assert_non_null(strstr(probe_calls, "add(Rank)=3"));
}

/* Rows of property.h that name owners. */
static size_t count_owner_rows(const rig *r) {
  const omadm_str prefix = OMADM_STR("O");
  omadm_str key, row;
  char after[200] = "O";
  size_t n = 0, len = 1;
  while (r->store->ops->next(r->store, OMADM_STORE_PROPERTY, prefix, (omadm_str){after, len}, &key,
                             &row, NULL) == 0) {
    assert_in_range(key.len, 1, sizeof after);
    memcpy(after, key.ptr, key.len);
    len = key.len;
    n++;
  }
  return n;
}

static void what_is_permanent_was_made_by_nobody(void **state) {
  rig *r = *state;
  set(r, "A", PLUGIN "/Box/x/Inside/Name", "n");
  rig_settle(r);
  assert_int_equal(count_owner_rows(r), 2); /* of x and of Name */
}

static size_t count_in_file(const char *folder, const char *name, const char *text) {
  static char octets[1 << 20];
  char path[100];
  size_t found = 0;
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "rb");
  size_t n = file != NULL ? fread(octets, 1, sizeof octets, file) : 0;
  assert_true(n < sizeof octets);
  if (file != NULL) fclose(file);
  for (const char *at = octets; (at = memmem(at, n, text, strlen(text))) != NULL; at++, found++)
    n = sizeof octets - (size_t)(at + 1 - octets);
  return found;
}

static size_t count_in_store(const rig *r, const char *text) {
  return count_in_file(r->options.folder, "store.db", text) +
         count_in_file(r->options.folder, "store.db-wal", text);
}

/* What servers set is kept of a leaf that nobody reads, too, and goes when it is replaced. */
static void a_secret_that_a_server_replaces_leaves_the_files(void **state) {
  rig *r = *state;
  if (r->options.folder == NULL) return; /* what is in memory leaves nothing behind */
  set(r, "A", PLUGIN "/Pin", "first-secret");
  set(r, "B", PLUGIN "/Pin", "other-secret");
  rig_settle(r);
  assert_int_not_equal(count_in_store(r, "first-secret"), 0);
  set(r, "A", PLUGIN "/Pin", "newer-secret");
  rig_settle(r);
  assert_int_equal(count_in_store(r, "first-secret"), 0);
  assert_int_not_equal(count_in_store(r, "other-secret"), 0);
  assert_int_not_equal(count_in_store(r, "newer-secret"), 0);
  leave(r, "b");
  assert_int_equal(count_in_store(r, "other-secret"), 0);
  leave(r, "a");
  assert_int_equal(count_in_store(r, "newer-secret"), 0);
}

static void what_the_device_sets_counts_alone(void **state) {
  set(*state, "A", BASE "/Low", "5");
  set(*state, "", BASE "/Low", "9");
  expect(*state, BASE "/Low", "9");
  set(*state, "B", BASE "/Low", "11");
  expect(*state, BASE "/Low", "11");
}

static void a_rolled_back_value_is_none_of_the_server(void **state) {
  rig *r = *state;
  set(r, "A", BASE "/Low", "5");
  as(r, "B");
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(rig_replace(r, BASE "/Low", "1"), 200);
  rig_expect(r, BASE "/Low", "1");
  r->tree->rollback(r->tree->ctx, NULL, 0);
  set(r, "A", BASE "/Low", "6");
  expect(r, BASE "/Low", "6");
}

static void an_account_that_goes_takes_its_values_along(void **state) {
  set(*state, "A", BASE "/Default", "mine");
  set(*state, "A", BASE "/Kept", "stays");
  set(*state, "A", BASE "/List/x/Name", "n");
  set(*state, "A", BASE "/Low", "4");
  set(*state, "B", BASE "/High", "4");
  leave(*state, "a");
  expect(*state, BASE "/Default", "factory");
  expect(*state, BASE "/Kept", "stays"); /* neither Delete nor a default */
  expect(*state, BASE "/List/x", NULL);
  expect(*state, BASE "/Low", NULL);
  expect(*state, BASE "/High", "4");
}

static void what_another_server_made_below_stays(void **state) {
  set(*state, "A", BASE "/List/x/Name", "n");
  set(*state, "B", BASE "/List/y/Name", "m");
  as(*state, "A");
  assert_int_equal(rig_add(*state, BASE "/List/z", OMADM_FORMAT_NODE, NULL), 200);
  set(*state, "B", BASE "/List/z/Name", "b");
  leave(*state, "a");
  as(*state, "");
  rig_expect_children(*state, BASE "/List", "y/z");
  expect(*state, BASE "/List/z/Name", "b");
}

static void it_goes_with_the_last_of_them(void **state) {
  rig *r = *state;
  rig_poke(r, "./SyncML/DMAcc/c/ServerID", "C");
  rig_settle(r);
  as(r, "A");
  assert_int_equal(rig_add(r, BASE "/List/z", OMADM_FORMAT_NODE, NULL), 200);
  set(r, "B", BASE "/List/z/Name", "b");
  assert_int_equal(rig_add(r, "./Vendor/Probe/Box/x", OMADM_FORMAT_NODE, NULL), 200);
  set(r, "C", "./Vendor/Probe/Box/x/Name", "c");
  leave(r, "a");
  expect(r, BASE "/List/z/Name", "b");
  leave(r, "b");
  expect(r, BASE "/List/z", NULL);
  expect(r, "./Vendor/Probe/Box/x/Name", "c");
  leave(r, "c");
  expect(r, "./Vendor/Probe/Box/x", NULL);
}

/* Its stored row names who wrote it last, which counts less than the row of its owners. */
static void who_has_deleted_its_own_keeps_nothing(void **state) {
  rig *r = *state;
  rig_poke(r, "./SyncML/DMAcc/c/ServerID", "C");
  as(r, "C");
  assert_int_equal(rig_add(r, BASE "/List/w", OMADM_FORMAT_NODE, NULL), 200);
  set(r, "A", BASE "/List/w/Rank", "1");
  set(r, "C", BASE "/List/w/Rank", "2");
  as(r, "A");
  assert_int_equal(rig_remove(r, BASE "/List/w/Rank"), 200);
  expect(r, BASE "/List/w/Rank", "2");
  leave(r, "c");
  expect(r, BASE "/List/w", NULL);
}

/* Its stored row names the server, and so does that of its owners. */
static void what_both_rows_name_is_put_back_once(void **state) {
  rig *r = *state;
  set(r, "B", BASE "/Low", "5");
  set(r, "A", BASE "/Low", "4");
  leave(r, "a");
  expect(r, BASE "/Low", "5");
  const omadm_str name = OMADM_STR("VerNo");
  omadm_status status = r->tree->prop_get(r->tree->ctx, &r->origin, &r->node, name, &r->answer);
  assert_int_equal(status, 200);
  assert_true(omadm_str_is(r->answer.data, "2"));
}

static void what_cannot_be_looked_at_waits_for_the_next_start(void **state) {
  rig *r = *state;
  as(r, "A");
  assert_int_equal(rig_add(r, "./Vendor/Probe/Box/x", OMADM_FORMAT_NODE, NULL), 200);
  set(r, "A", BASE "/Low", "4");
  probe_do.find = 503;
  leave(r, "a");
  assert_non_null(strstr(r->log, "the next start tries again"));
  expect(r, BASE "/Low", NULL); /* the rest goes */
  probe_do.find = 0;
  rig_restart(r);
  mount(r);
  expect(r, "./Vendor/Probe/Box/x", NULL);
}

/* It waits for the CSP, but who settles is not called back with what others asked. */
static void no_other_answer_is_delivered_meanwhile(void **state) {
  rig *r = *state;
  if ((r->options.host_flags & OMADM_HOST_LATE) != 0) return; /* there everything is late */
  as(r, "A");
  assert_int_equal(rig_add(r, "./Vendor/Probe/Box/x", OMADM_FORMAT_NODE, NULL), 200);
  as(r, "");
  assert_int_equal(rig_remove(r, "./SyncML/DMAcc/a"), 200);
  probe_do.get = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_GET, "./Vendor/Probe/Value", NULL), OMADM_ST_PENDING);
  assert_int_equal(probe_complete(200), 0);
  probe_do.remove = OMADM_ST_PENDING;
  probe_do.by_job = 1;
  probe_do.job_status = 200;
  rig_settle(r);
  assert_non_null(strstr(probe_calls, "remove(x)"));
  assert_non_null(strstr(probe_calls, "done"));
  assert_false(r->arrived);
  probe_do = (probe_orders){0};
  assert_int_equal(rig_wait(r), 200);
}

static void a_plugins_nodes_go_too(void **state) {
  set(*state, "A", "./Vendor/Probe/Value", "mine");
  as(*state, "A");
  assert_int_equal(rig_add(*state, "./Vendor/Probe/Box/x", OMADM_FORMAT_NODE, NULL), 200);
  as(*state, "B");
  assert_int_equal(rig_add(*state, "./Vendor/Probe/Box/y", OMADM_FORMAT_NODE, NULL), 200);
  leave(*state, "a");
  as(*state, "");
  rig_expect_children(*state, "./Vendor/Probe/Box", "y");
}

static void note_that_it_is_gone(rig *r, const char *server) {
  char key[40];
  snprintf(key, sizeof key, "gone\n%s", server);
  const omadm_store_change change = {OMADM_STORE_META, omadm_str_of(key), OMADM_STR("1")};
  as(r, "");
  rig_settle(r);
  assert_int_equal(r->store->ops->apply(r->store, &change, 1, NULL), 0);
  rig_restart(r);
  mount(r);
}

static void a_crash_before_it_is_undone_leaves_it_to_the_next_start(void **state) {
  set(*state, "C", BASE "/Low", "5"); /* a server that has no account (any more) */
  note_that_it_is_gone(*state, "C");
  expect(*state, BASE "/Low", NULL);
}

static void an_account_that_is_there_again_keeps_what_it_set(void **state) {
  set(*state, "A", BASE "/Low", "5");
  note_that_it_is_gone(*state, "A");
  expect(*state, BASE "/Low", "5");
}

int main(void) {
  const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
      TEST(the_lowest_value_of_all_servers_counts),
      TEST(numbers_are_compared_however_they_are_written),
      TEST(of_negative_values_the_sign_counts),
      TEST(true_is_higher_than_false),
      TEST(a_number_may_be_of_any_size),
      TEST(the_highest_value_of_all_servers_counts),
      TEST(a_zero_that_means_no_limit_gives_way),
      TEST(without_a_rule_the_last_value_counts_and_no_other_is_kept),
      TEST(a_large_value_of_another_server_stays),
      TEST(a_large_value_that_counts_no_more_is_no_reason_to_delete),
      TEST(that_it_stays_is_rolled_back_too),
      TEST(what_the_device_made_stays),
      TEST(what_the_device_sets_last_stays),
      TEST(what_another_made_goes_with_the_last_that_set_it),
      TEST(a_plugins_node_goes_with_who_made_it),
      TEST(the_last_write_gives_way_to_the_one_before_it),
      TEST(a_server_deletes_what_it_set_itself),
      TEST(who_set_nothing_deletes_what_all_set),
      TEST(what_is_added_anew_has_no_older_owners),
      TEST(what_is_permanent_was_made_by_nobody),
      TEST(a_secret_that_a_server_replaces_leaves_the_files),
      TEST(what_the_device_sets_counts_alone),
      TEST(a_rolled_back_value_is_none_of_the_server),
      TEST(an_account_that_goes_takes_its_values_along),
      TEST(what_another_server_made_below_stays),
      TEST(it_goes_with_the_last_of_them),
      TEST(who_has_deleted_its_own_keeps_nothing),
      TEST(what_both_rows_name_is_put_back_once),
      TEST(what_cannot_be_looked_at_waits_for_the_next_start),
      TEST(no_other_answer_is_delivered_meanwhile),
      TEST(a_plugins_nodes_go_too),
      TEST(a_crash_before_it_is_undone_leaves_it_to_the_next_start),
      TEST(an_account_that_is_there_again_keeps_what_it_set),
  };
  return rig_run("owners", tests, sizeof tests / sizeof *tests);
}
