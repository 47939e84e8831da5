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

static omadm_err poke(rig *r, const char *uri, const char *acl) {
  omadm_error error = {0};
  return omadm_framework_poke_acl(r->framework, omadm_str_of(uri), omadm_str_of(acl), &error);
}

static omadm_status set(rig *r, const char *uri, const char *acl) {
  omadm_status status = rig_resolve(r, uri);
  if (status != OMADM_ST_OK) return status;
  return r->tree->prop_set(r->tree->ctx, &r->origin, &r->node, omadm_str_of("ACL"),
                           omadm_str_of(acl), &r->answer);
}

static void expect(rig *r, const char *uri, const char *acl, const char *above, int guarded) {
  rig_resolve(r, uri);
  if (!omadm_str_is(r->node.acl, acl))
    fail_msg("%s: \"%.*s\", not \"%s\"", uri, (int)r->node.acl.len, r->node.acl.ptr, acl);
  if (!omadm_str_is(r->node.parent_acl, above))
    fail_msg("above %s: \"%.*s\", not \"%s\"", uri, (int)r->node.parent_acl.len,
             r->node.parent_acl.ptr, above);
  assert_int_equal(r->node.guarded, guarded);
}

static const char factory[] = "Add=*&Get=*";

static void a_node_hands_out_its_acl_and_that_above(void **state) {
  rig *r = *state;
  expect(r, BASE "/Text", factory, factory, 0);
  expect(r, ".", factory, "", 0);
  assert_int_equal(set(r, BASE, "Get=a"), 200);
  assert_int_equal(set(r, BASE "/Text", "Get=b"), 200);
  expect(r, BASE "/Text", "Get=b", "Get=a", 0);
  expect(r, BASE, "Get=a", factory, 0);
  expect(r, BASE "/List/x", "Get=a", "Get=a", 0);
  assert_int_equal(set(r, ".", "Get=c"), 200);
  expect(r, BASE, "Get=a", "Get=c", 0);
  expect(r, "./Vendor", "Get=c", "Get=c", 0);
}

static void an_acl_of_the_device_guards_what_is_below(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/List/a/Name", OMADM_FORMAT_CHR, "n"), 200);
  assert_int_equal(poke(r, BASE "/List/a", "Get=a"), 0);
  expect(r, BASE "/List/a/Name", "Get=a", "Get=a", 1);
  expect(r, BASE "/List/b", factory, factory, 0);
  /* Guarded ACLs are the device's, whatever they grant. */
  assert_int_equal(set(r, BASE "/List/a/Name", "Get=b"), 405);
  assert_int_equal(set(r, BASE "/List/a", ""), 405);
  expect(r, BASE "/List/a/Name", "Get=a", "Get=a", 1);
  const omadm_str server = r->origin.server_id;
  r->origin.server_id = (omadm_str){NULL, 0};
  assert_int_equal(set(r, BASE "/List/a/Name", "Get=b"), 200);
  expect(r, BASE "/List/a/Name", "Get=b", "Get=a", 1);
  assert_int_equal(set(r, BASE "/List/a", ""), 200);
  expect(r, BASE "/List/a", factory, factory, 1);
  r->origin.server_id = server;
  assert_int_equal(poke(r, BASE "/List/a", ""), 0);
  expect(r, BASE "/List/a", factory, factory, 0);
}

/* As the engine asks for it where the creator has no right to replace (OMA-TS-DM_TND 7.7.1.3). */
static omadm_status add_as_creator(rig *r, const char *uri) {
  static const char mine[] = "Add=srv&Delete=srv&Replace=srv";
  const omadm_value value = {.format = OMADM_FORMAT_NODE, .acl = omadm_str_of(mine)};
  omadm_status status = rig_resolve(r, uri);
  if (status != OMADM_ST_NOT_FOUND) return status;
  status = r->tree->add(r->tree->ctx, &r->origin, &r->node, &value, &r->answer);
  r->arrived = false;
  r->waiting = r->answer.token;
  return status == OMADM_ST_PENDING ? rig_wait(r) : status;
}

static void who_makes_a_node_below_a_guarded_one_does_not_own_it(void **state) {
  rig *r = *state;
  assert_int_equal(add_as_creator(r, BASE "/List/a"), 200);
  expect(r, BASE "/List/a", "Add=srv&Delete=srv&Replace=srv", factory, 0);
  assert_int_equal(poke(r, BASE "/List", "Add=*&Get=*"), 0);
  assert_int_equal(add_as_creator(r, BASE "/List/b"), 200);
  expect(r, BASE "/List/b", "Add=*&Get=*", "Add=*&Get=*", 1);
}

static void only_an_acl_on_a_node_that_exists_is_poked(void **state) {
  rig *r = *state;
  assert_int_equal(poke(r, BASE "/List/a", "Get=a"), OMADM_E_NOT_FOUND);
  assert_int_equal(poke(r, "./Nowhere", "Get=a"), OMADM_E_NOT_FOUND);
  assert_int_equal(poke(r, BASE, "Get"), OMADM_E_SYNTAX);
  char *large = test_calloc(20000, 1);
  memset(large, 'x', 19999);
  memcpy(large, "Get=", 4);
  assert_int_equal(poke(r, BASE, large), OMADM_E_LIMIT);
  test_free(large);
  expect(r, BASE, factory, factory, 0);
}

static void acls_outlive_a_restart(void **state) {
  rig *r = *state;
  assert_int_equal(poke(r, PROBE "/Value", "Get=a"), 0);
  assert_int_equal(set(r, BASE, "Get=b"), 200);
  rig_settle(r);
  rig_restart(r);
  mount_all(r);
  expect(r, PROBE "/Value", "Get=a", factory, 1);
  expect(r, BASE "/Text", "Get=b", "Get=b", 0);
}

static void an_acl_of_a_plugins_node_that_went_without_a_word_does_not_hold(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, PROBE "/Box/a/Name", OMADM_FORMAT_CHR, "v"), 200);
  assert_int_equal(set(r, PROBE "/Box/a", "Add=a&Replace=a"), 200);
  expect(r, PROBE "/Box/a/Name", "Add=a&Replace=a", "Add=a&Replace=a", 0);
  probe_reset();
  expect(r, PROBE "/Box/a", factory, factory, 0);
  assert_int_equal(rig_add(r, PROBE "/Box/a/Name", OMADM_FORMAT_CHR, "v"), 200);
  expect(r, PROBE "/Box/a/Name", factory, factory, 0);
}

static void a_server_that_is_forgotten_leaves_every_acl(void **state) {
  rig *r = *state;
  const omadm_str gone = OMADM_STR("gone");
  assert_int_equal(rig_add(r, BASE "/List/a/Name", OMADM_FORMAT_CHR, "n"), 200);
  assert_int_equal(set(r, BASE, "Get=gone+a&Replace=gone"), 200);
  assert_int_equal(set(r, BASE "/List/a", "Get=gone"), 200);
  assert_int_equal(set(r, PROBE "/Value", "Get=goner"), 200);
  assert_int_equal(set(r, ".", "Add=gone&Get=gone&Replace=gone+a"), 200);
  assert_int_equal(omadm_framework_forget_server(r->framework, gone), 0);
  expect(r, BASE "/List/a", "Get=a", "Get=a", 0);
  expect(r, PROBE "/Value", "Get=goner", "Add=*&Get=*&Replace=a", 0);
  rig_settle(r);
  rig_restart(r);
  mount_all(r);
  expect(r, BASE "/List/a", "Get=a", "Get=a", 0);
}

static void a_factory_acl_without_a_server_is_made_anew_at_start(void **state) {
  rig *r = *state;
  const omadm_str gone = OMADM_STR("gone"), full = OMADM_STR("Add=*&Get=*&Replace=gone");
  assert_int_equal(omadm_framework_set_root_acl(r->framework, full), 0);
  assert_int_equal(omadm_framework_forget_server(r->framework, gone), 0);
  expect(r, ".", factory, "", 0);
  rig_settle(r);
  rig_restart(r);
  mount_all(r);
  assert_int_equal(omadm_framework_set_root_acl(r->framework, full), 0);
  expect(r, ".", "Add=*&Get=*&Replace=gone", "", 0);
}

/* More ACLs than a filter of that size tells apart. */
static void many_acls_are_each_their_nodes_own(void **state) {
  rig *r = *state;
  char uri[80], acl[40];
  for (int i = 0; i < 2000; i++) {
    snprintf(uri, sizeof uri, BASE "/List/n%d", i);
    snprintf(acl, sizeof acl, "Get=s%d", i);
    assert_int_equal(rig_add(r, uri, OMADM_FORMAT_NODE, NULL), 200);
    if (i % 2 == 0) assert_int_equal(set(r, uri, acl), 200);
  }
  rig_settle(r);
  for (int i = 0; i < 2000; i++) {
    snprintf(uri, sizeof uri, BASE "/List/n%d", i);
    snprintf(acl, sizeof acl, "Get=s%d", i);
    expect(r, uri, i % 2 == 0 ? acl : factory, factory, 0);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_node_hands_out_its_acl_and_that_above),
      TEST(an_acl_of_the_device_guards_what_is_below),
      TEST(who_makes_a_node_below_a_guarded_one_does_not_own_it),
      TEST(only_an_acl_on_a_node_that_exists_is_poked),
      TEST(acls_outlive_a_restart),
      TEST(an_acl_of_a_plugins_node_that_went_without_a_word_does_not_hold),
      TEST(a_server_that_is_forgotten_leaves_every_acl),
      TEST(a_factory_acl_without_a_server_is_made_anew_at_start),
      TEST(many_acls_are_each_their_nodes_own),
  };
  return rig_run("acls", tests, sizeof tests / sizeof *tests);
}
