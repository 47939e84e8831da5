/* SPDX-License-Identifier: MIT */
#include "probe.h"

#include <stdio.h>

#define BASE "./Vendor/Test"
#define PROBE "./Vendor/Probe"

static const char ddf[] = DDF(
    ROOT("Test", "./Vendor",
         LEAF("Text", GR, "chr", ONE, "Permanent")
             INNER("List", G, ONE, "Permanent",
                   INNER("", ADGR, MANY, "Dynamic", LEAF("Name", ADGR, "chr", MAYBE, "Dynamic")))));

static void mount_all(rig *r) {
  rig_mount(r, "test.ddf.xml", ddf);
  rig_mount_csp(r, &probe_csp);
}

static int set_up(void **state) {
  probe_reset();
  rig *r = rig_new(NULL);
  mount_all(r);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static omadm_status take(rig *r, omadm_status status) {
  if (status == OMADM_ST_PENDING) {
    r->waiting = r->answer.token;
    r->arrived = false;
    return rig_wait(r);
  }
  size_t len = r->answer.data.len < sizeof r->text - 1 ? r->answer.data.len : sizeof r->text - 1;
  if (len > 0) memcpy(r->text, r->answer.data.ptr, len);
  r->text[len] = '\0';
  return status;
}

static omadm_status get(rig *r, const char *uri, const char *property) {
  omadm_status status = rig_resolve(r, uri);
  if (status != OMADM_ST_OK) return status;
  return take(
      r, r->tree->prop_get(r->tree->ctx, &r->origin, &r->node, omadm_str_of(property), &r->answer));
}

static omadm_status set(rig *r, const char *uri, const char *property, const char *value) {
  omadm_status status = rig_resolve(r, uri);
  if (status != OMADM_ST_OK) return status;
  return take(r, r->tree->prop_set(r->tree->ctx, &r->origin, &r->node, omadm_str_of(property),
                                   omadm_str_of(value), &r->answer));
}

static void expect(rig *r, const char *uri, const char *property, const char *value) {
  assert_int_equal(get(r, uri, property), 200);
  assert_string_equal(r->text, value);
}

static void the_version_begins_again_behind_65535(void **state) {
  rig *r = *state;
  char title[8];
  for (unsigned i = 1; i <= 65535; i++) {
    snprintf(title, sizeof title, "%u", i);
    assert_int_equal(set(r, BASE "/Text", "Title", title), 200);
    if (i % 4096 == 0) rig_settle(r);
  }
  expect(r, BASE "/Text", "VerNo", "65535");
  assert_int_equal(rig_replace(r, BASE "/Text", "x"), 200);
  expect(r, BASE "/Text", "VerNo", "0");
  assert_int_equal(rig_replace(r, BASE "/Text", "y"), 200);
  expect(r, BASE "/Text", "VerNo", "1");
}

static void properties_outlive_a_restart(void **state) {
  rig *r = *state;
  assert_int_equal(set(r, BASE "/Text", "Title", "title"), 200);
  assert_int_equal(set(r, BASE "/Text", "ACL", "Get=srv"), 200);
  assert_int_equal(rig_replace(r, BASE "/Text", "x"), 200);
  assert_int_equal(rig_replace(r, PROBE "/Value", "x"), 200);
  rig_settle(r);
  assert_int_equal(set(r, BASE "/Text", "Title", "unsettled"), 200);
  rig_restart(r);
  mount_all(r);
  expect(r, BASE "/Text", "Title", "title");
  expect(r, BASE "/Text", "ACL", "Get=srv");
  expect(r, BASE "/Text", "VerNo", "3");
  expect(r, PROBE "/Value", "VerNo", "1");
}

static void nodes_of_a_plugin_have_properties(void **state) {
  rig *r = *state;
  expect(r, PROBE "/Value", "VerNo", "0");
  assert_int_equal(rig_replace(r, PROBE "/Value", "four"), 200);
  expect(r, PROBE "/Value", "VerNo", "1");
  expect(r, PROBE "/Value", "Size", "4");
  assert_int_equal(get(r, PROBE "/Value", "TStamp"), 200);
  assert_int_equal(strlen(r->text), 16);
  assert_int_equal(get(r, PROBE "/Secret", "Size"), 405);
  expect(r, PROBE "/Secret", "Format", "chr");
  assert_int_equal(rig_add(r, PROBE "/List/a", OMADM_FORMAT_CHR, "v"), 200);
  expect(r, PROBE "/List", "VerNo", "1");
  expect(r, PROBE "/List/a", "VerNo", "0");
  assert_int_equal(set(r, PROBE "/List/a", "Title", "t"), 200);
  assert_int_equal(rig_remove(r, PROBE "/List/a"), 200);
  expect(r, PROBE "/List", "VerNo", "2");
  assert_int_equal(rig_add(r, PROBE "/List/a", OMADM_FORMAT_CHR, "v"), 200);
  expect(r, PROBE "/List/a", "Title", "");
}

static void a_change_of_the_device_counts(void **state) {
  rig *r = *state;
  const omadm_str own = OMADM_STR(PROBE "/Value"), other = OMADM_STR(BASE "/Text");
  expect(r, PROBE "/Value", "VerNo", "0");
  assert_int_equal(probe_services->changed(probe_host, own), 0);
  expect(r, PROBE "/Value", "VerNo", "1");
  assert_int_not_equal(probe_services->changed(probe_host, other), 0);
  expect(r, BASE "/Text", "VerNo", "0");
  rig_poke(r, BASE "/Text", "device");
  expect(r, BASE "/Text", "VerNo", "1");
  rig_poke(r, BASE "/List/a/Name", "n");
  expect(r, BASE "/List", "VerNo", "1");
}

static void a_change_that_failed_does_not_count(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, PROBE "/Value", "x"), 200);
  probe_do.replace = 500;
  assert_int_equal(rig_replace(r, PROBE "/Value", "y"), 500);
  expect(r, PROBE "/Value", "VerNo", "1");
}

static void a_plugin_without_the_slot_is_not_renamed(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, PROBE "/List/a", OMADM_FORMAT_CHR, "v"), 200);
  omadm_status status = set(r, PROBE "/List/a", "Name", "b");
  assert_true(status == 406 || status == 405);
  rig_expect(r, PROBE "/List/a", "v");
}

static void a_rename_that_makes_a_uri_too_long_moves_nothing(void **state) {
  rig *r = *state;
  char name[256];
  memset(name, 'n', sizeof name - 1);
  name[255] = '\0';
  assert_int_equal(rig_add(r, BASE "/List/a/Name", OMADM_FORMAT_CHR, "v"), 200);
  assert_int_equal(set(r, BASE "/List/a", "Name", name), 200);
  assert_int_equal(set(r, BASE "/List", "Name", "b"), 405);
  char uri[400];
  snprintf(uri, sizeof uri, BASE "/List/%s/Name", name);
  rig_expect(r, uri, "v");
}

/* Format chr, no type, owner "srv", no name, the value: a row without a stamp. */
static void a_row_of_version_1_is_read_and_replaced_by_one_of_version_2(void **state) {
  static const char key[] = "\1Vendor\1Test\0Text";
  const char row[] = {1, OMADM_FORMAT_CHR, 0, 3, 0, 's', 'r', 'v', 'o', 'l', 'd'};
  const omadm_store_change change = {OMADM_STORE_NODE, {key, sizeof key - 1}, {row, sizeof row}};
  rig *r = *state;
  omadm_error error = {0};
  omadm_str kept;
  assert_int_equal(r->store->ops->apply(r->store, &change, 1, &error), 0);
  rig_expect(r, BASE "/Text", "old");
  expect(r, BASE "/Text", "VerNo", "0");
  expect(r, BASE "/Text", "TStamp", "");
  assert_int_equal(rig_replace(r, BASE "/Text", "new"), 200);
  expect(r, BASE "/Text", "VerNo", "1");
  rig_settle(r);
  assert_int_equal(r->store->ops->get(r->store, OMADM_STORE_NODE, change.key, &kept, &error), 0);
  assert_int_equal(kept.ptr[0], 2);
  rig_restart(r);
  mount_all(r);
  rig_expect(r, BASE "/Text", "new");
  expect(r, BASE "/Text", "VerNo", "1");
}

static void a_row_of_a_later_version_is_refused(void **state) {
  static const char key[] = "\1Vendor\1Test\0Text";
  const char row[] = {3, OMADM_FORMAT_CHR, 0, 3, 0, 's', 'r', 'v', 'o', 'l', 'd'};
  const omadm_store_change change = {OMADM_STORE_NODE, {key, sizeof key - 1}, {row, sizeof row}};
  rig *r = *state;
  omadm_error error = {0};
  assert_int_equal(r->store->ops->apply(r->store, &change, 1, &error), 0);
  assert_int_equal(rig_get(r, BASE "/Text"), 510);
}

static void another_session_waits_for_an_atomic(void **state) {
  rig *r = *state;
  omadm_origin other = r->origin;
  other.session_id = (omadm_str)OMADM_STR("another");
  assert_int_equal(rig_resolve(r, BASE "/Text"), 200);
  assert_int_equal(r->tree->begin(r->tree->ctx, &r->origin), 200);
  assert_int_equal(set(r, BASE "/Text", "Title", "mine"), 200);
  assert_int_equal(rig_resolve(r, BASE "/Text"), 200);
  assert_int_equal(r->tree->prop_set(r->tree->ctx, &other, &r->node, omadm_str_of("Title"),
                                     omadm_str_of("theirs"), &r->answer),
                   503);
  omadm_status undo[1];
  r->tree->rollback(r->tree->ctx, undo, 1);
  assert_int_equal(undo[0], 216);
  expect(r, BASE "/Text", "Title", "");
  expect(r, BASE "/Text", "VerNo", "0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_version_begins_again_behind_65535),
      TEST(properties_outlive_a_restart),
      TEST(nodes_of_a_plugin_have_properties),
      TEST(a_change_of_the_device_counts),
      TEST(a_change_that_failed_does_not_count),
      TEST(a_plugin_without_the_slot_is_not_renamed),
      TEST(a_rename_that_makes_a_uri_too_long_moves_nothing),
      TEST(a_row_of_version_1_is_read_and_replaced_by_one_of_version_2),
      TEST(a_row_of_a_later_version_is_refused),
      TEST(another_session_waits_for_an_atomic),
  };
  return rig_run("properties", tests, sizeof tests / sizeof *tests);
}
