/* SPDX-License-Identifier: MIT */
/* Nodes that depend on nodes of a plugin, which may be late, fail or not be there. */
#include "shapes.h"

#include <stdlib.h>

#define SWITCH "Vendor/Probe/Switch"
#define FILLED(uri) DEPENDS_ON(uri, "on")
#define FOUR HOLDS(SWITCH, "on") HOLDS(SWITCH, "on") HOLDS(SWITCH, "on") HOLDS(SWITCH, "on")
#define MOST FOUR FOUR FOUR FOUR FOUR FOUR FOUR FOUR

static const char plugin_text[] = EXTENDED(
    ROOT("Probe", "./Vendor",
         FIXED("Switch", GR, "") FIXED("Hidden", "<Replace/>", "")
             FIXED("Guarded", GR, FILLED(SWITCH)) FIXED("Run", "<Exec/><Get/>", FILLED(SWITCH))
                 RULED("Absent", ADGR, MAYBE, "Dynamic", "<DefaultValue>on</DefaultValue>", "")
                     RULED("Bare", ADGR, MAYBE, "Dynamic", "", "")));

static const char stored_text[] = EXTENDED(ROOT(
    "Store", "./Vendor/Test",
    FIXED("Lamp", GR, FILLED(SWITCH)) FIXED("Secret", GR, FILLED("Vendor/Probe/Hidden"))
        FIXED("ByDefault", GR, FILLED("Vendor/Probe/Absent")) FIXED("Never", GR,
                                                                    FILLED("Vendor/Probe/Bare"))
            FIXED("Nowhere", GR, FILLED("Vendor/None/Such")) FIXED("Long", GR, "") FIXED(
                "AfterLong", GR,
                GROUP(DEPENDENCY("Vendor/Test/Store/Long",
                                 "<MSFT:DependencyAllowedValue ValueType=\"RegEx\">"
                                 "<MSFT:Value>a+</MSFT:Value><MSFT:List Delimiter=\";\"/>")))
                FIXED("Most", GR, GROUP(MOST)) FIXED("TooMany", GR, GROUP(MOST HOLDS(SWITCH, "on")))
                    FIXED("Shade", GR,
                          ENUM("red", "green") DEPENDS_CHANGING(
                              SWITCH, "on",
                              ONE_OF("DependencyChangedAllowedValues", "light", "dark")))));

/* The same description for the device and for its user, as published files have it. */
#define TWICE(path)                                                                                \
  ROOT("Twice", path,                                                                              \
       FIXED("Mode", GR, "") FIXED("Detail", GR, FILLED("Vendor/Test/Twice/Mode"))                 \
           INNER("Items", "<Get/><Add/>", ONE, "Permanent",                                        \
                 INNER("", ADG, MANY, "Dynamic",                                                   \
                       RULED("Kind", ADGR, MAYBE, "Dynamic", "", "")                               \
                           RULED("Size", ADGR, MAYBE, "Dynamic", "",                               \
                                 FILLED("Vendor/Test/Twice/Items/[ItemName]/Kind")))))

static const char tree_text[] = EXTENDED(ROOT(
    "Tree", "./Vendor/Test",
    INNER(
        "Deep", G, ONE, "Permanent",
        "<Node><NodeName></NodeName>" PROPERTIES(
            ADG, "node", MANY, "Dynamic",
            "") "<DFType><DDFName/></DFType>" FILLED(SWITCH) "</DFProperties>" RULED("Leaf", ADGR,
                                                                                     MAYBE,
                                                                                     "Dynamic", "",
                                                                                     "") "</"
                                                                                         "Node>")));

static const char twice_text[] = EXTENDED(TWICE("./Vendor/Test") TWICE("./User/Vendor/Test"));

#define PROBE "./Vendor/Probe"
#define STORE "./Vendor/Test/Store"
#define TREE "./Vendor/Test/Tree"

static int set_up(void **state) {
  probe_reset();
  rig *r = rig_new(NULL);
  rig_mount_csp(r, plugin_of(plugin_text));
  rig_mount(r, "store.xml", stored_text);
  rig_mount(r, "twice.xml", twice_text);
  rig_mount(r, "tree.xml", tree_text);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static void pump(rig *r) {
  for (int i = 0; i < 5; i++)
    omadm_framework_pump(r->framework, 0);
}

static void a_node_depends_on_the_value_of_a_plugin(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, STORE "/Lamp", "x"), 405);
  assert_non_null(strstr(r->detail, SWITCH));
  assert_int_equal(rig_replace(r, PROBE "/Guarded", "x"), 405);
  assert_int_equal(rig_exec(r, PROBE "/Run", "x"), 405);
  assert_null(strstr(probe_calls, "exec"));
  assert_int_equal(rig_replace(r, PROBE "/Switch", "on"), 200);
  assert_int_equal(rig_replace(r, STORE "/Lamp", "x"), 200);
  assert_int_equal(rig_replace(r, PROBE "/Guarded", "x"), 200);
  assert_int_equal(rig_exec(r, PROBE "/Run", "x"), 200);
  assert_non_null(strstr(probe_calls, "exec(Run)=x"));
}

static void the_device_depends_on_it_too(void **state) {
  rig *r = *state;
  r->origin.server_id = (omadm_str){NULL, 0};
  assert_int_equal(rig_replace(r, STORE "/Lamp", "x"), 405);
}

static void the_value_may_come_late(void **state) {
  rig *r = *state;
  if ((r->options.host_flags & OMADM_HOST_LATE) != 0) return; /* there everything does */
  assert_int_equal(rig_replace(r, PROBE "/Switch", "on"), 200);
  probe_do.get = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_REPLACE, STORE "/Lamp", "x"), OMADM_ST_PENDING);
  assert_int_equal(probe_complete(200), 0);
  assert_int_equal(rig_wait(r), 200);
  probe_do.get = 0;
  rig_expect(r, STORE "/Lamp", "x");
}

static void a_value_that_cannot_be_read_is_500(void **state) {
  rig *r = *state;
  probe_do.get = OMADM_ST_UNAVAILABLE;
  assert_int_equal(rig_replace(r, STORE "/Lamp", "x"), 500);
  assert_non_null(strstr(r->detail, SWITCH));
  rig_expect(r, STORE "/Lamp", "");
}

static void a_value_that_nobody_reads_counts_and_is_not_logged(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, PROBE "/Hidden", "off"), 200);
  assert_int_equal(rig_replace(r, STORE "/Secret", "x"), 405);
  assert_int_equal(rig_replace(r, PROBE "/Hidden", "on"), 200);
  assert_int_equal(rig_replace(r, STORE "/Secret", "x"), 200);
  assert_null(strstr(r->log, "off"));
}

static void a_node_that_is_not_there_holds_its_default(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, STORE "/ByDefault", "x"), 200);
  assert_int_equal(rig_replace(r, STORE "/Never", "x"), 405);
  assert_int_equal(rig_replace(r, STORE "/Nowhere", "x"), 405);
  assert_int_equal(rig_add(r, PROBE "/Absent", OMADM_FORMAT_CHR, "off"), 200);
  assert_int_equal(rig_replace(r, STORE "/ByDefault", "x"), 405);
}

static void a_change_that_waits_for_its_dependency_may_be_given_up(void **state) {
  rig *r = *state;
  if ((r->options.host_flags & OMADM_HOST_LATE) != 0) return;
  assert_int_equal(rig_replace(r, PROBE "/Switch", "on"), 200);
  const char *const uris[] = {STORE "/Lamp", PROBE "/Guarded"};
  for (size_t i = 0; i < 2; i++) {
    probe_do.get = OMADM_ST_PENDING;
    assert_int_equal(rig_start(r, OMADM_VERB_REPLACE, uris[i], "x"), OMADM_ST_PENDING);
    r->tree->cancel(r->tree->ctx, r->waiting);
    assert_non_null(strstr(probe_calls, "cancel"));
    assert_int_equal(probe_complete(200), 0);
    pump(r);
    probe_do.get = 0;
    probe_calls[0] = '\0';
    assert_int_equal(rig_replace(r, uris[i], "y"), 200); /* nobody is busy */
    rig_expect(r, uris[i], "y");
  }
  assert_int_equal(omadm_framework_pending(r->framework), 0);
}

static void an_exec_that_never_begins_ends_with_an_alert_of_500(void **state) {
  rig *r = *state;
  if ((r->options.host_flags & OMADM_HOST_LATE) != 0) return;
  assert_int_equal(rig_replace(r, PROBE "/Switch", "on"), 200);
  probe_do.get = OMADM_ST_PENDING;
  assert_int_equal(rig_start(r, OMADM_VERB_EXEC, PROBE "/Run", "x"), OMADM_ST_PENDING);
  r->tree->cancel(r->tree->ctx, r->waiting); /* the server is told 202 */
  assert_int_equal(probe_complete(200), 0);
  pump(r);
  assert_null(strstr(probe_calls, "exec("));
  omadm_host host = {.struct_size = sizeof host};
  omadm_alert alert = {0};
  omadm_framework_host(r->framework, &host);
  assert_int_equal(host.alert_next(host.ctx, (omadm_str)OMADM_STR("srv"), 0, &alert), 0);
  assert_true(omadm_str_is(alert.data, "500"));
  assert_true(omadm_str_is(alert.source, PROBE "/Run"));
  assert_int_equal(omadm_framework_pending(r->framework), 0);
}

/* limits.inline_value is 65,536; what is checked is 16 times that. */
static void a_large_value_on_which_a_node_depends_is_read_whole(void **state) {
  rig *r = *state;
  enum { SIZE = 100000, TOO_LARGE = 16 * 65536 + 1 };
  char *value = calloc(1, TOO_LARGE + 1);
  assert_non_null(value);
  memset(value, 'a', TOO_LARGE);
  for (size_t i = 10000; i < TOO_LARGE; i += 10000)
    value[i] = ';';
  assert_int_equal(rig_replace(r, STORE "/Long", value), 200);
  assert_int_equal(rig_replace(r, STORE "/AfterLong", "x"), 405);
  value[SIZE] = '\0';
  assert_int_equal(rig_replace(r, STORE "/Long", value), 200);
  assert_int_equal(rig_replace(r, STORE "/AfterLong", "x"), 200);
  value[SIZE - 1] = 'b';
  assert_int_equal(rig_replace(r, STORE "/Long", value), 200);
  assert_int_equal(rig_replace(r, STORE "/AfterLong", "y"), 405);
  free(value);
}

static void a_change_looks_at_so_many_nodes_and_at_no_more(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, PROBE "/Switch", "on"), 200);
  assert_int_equal(rig_replace(r, STORE "/Most", "x"), 200);
  assert_int_equal(rig_replace(r, STORE "/TooMany", "x"), 500);
  assert_non_null(strstr(r->detail, "more than 32 dependencies"));
}

static void a_value_that_a_group_forbids_is_refused_with_its_name(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, PROBE "/Switch", "on"), 200);
  assert_int_equal(rig_replace(r, STORE "/Shade", "dark"), 200);
  assert_int_equal(rig_replace(r, STORE "/Shade", "red"), 415);
  assert_ptr_equal(strstr(r->detail, "while G holds: "), r->detail);
}

static void a_node_of_the_user_depends_on_the_users(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, "./Vendor/Test/Twice/Mode", "on"), 200);
  assert_int_equal(rig_replace(r, "./User/Vendor/Test/Twice/Detail", "x"), 405);
  assert_int_equal(rig_replace(r, "./User/Vendor/Test/Twice/Mode", "on"), 200);
  assert_int_equal(rig_replace(r, "./User/Vendor/Test/Twice/Detail", "x"), 200);
  assert_int_equal(rig_replace(r, "./Vendor/Test/Twice/Mode", "off"), 200);
  assert_int_equal(rig_replace(r, "./User/Vendor/Test/Twice/Detail", "y"), 200);
}

/* As long as the placeholder, so that no length tells them apart. */
static void each_instance_depends_on_its_own(void **state) {
  rig *r = *state;
#define ITEM(name) "./Vendor/Test/Twice/Items/" name
  assert_int_equal(rig_add(r, ITEM("aaaaaaaaaa/Kind"), OMADM_FORMAT_CHR, "on"), 200);
  assert_int_equal(rig_add(r, ITEM("bbbbbbbbbb/Kind"), OMADM_FORMAT_CHR, "off"), 200);
  for (int i = 0; i < 3; i++) {
    assert_int_equal(rig_add(r, ITEM("aaaaaaaaaa/Size"), OMADM_FORMAT_CHR, "1"), 200);
    assert_int_equal(rig_add(r, ITEM("bbbbbbbbbb/Size"), OMADM_FORMAT_CHR, "1"), 405);
    assert_int_equal(rig_remove(r, ITEM("aaaaaaaaaa/Size")), 200);
  }
}

static void a_delete_depends_on_nothing(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, PROBE "/Bare", OMADM_FORMAT_CHR, "x"), 200);
  assert_int_equal(rig_remove(r, PROBE "/Bare"), 200);
}

static void a_parent_that_depends_is_not_made_on_the_way(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, TREE "/Deep/a", OMADM_FORMAT_NODE, NULL), 405);
  assert_int_equal(rig_add(r, TREE "/Deep/a/Leaf", OMADM_FORMAT_CHR, "x"), 405);
  assert_non_null(strstr(r->detail, SWITCH));
  assert_non_null(strstr(r->log, TREE "/Deep/a: refused with 405"));
  rig_expect_children(r, TREE "/Deep", "");
  assert_int_equal(rig_replace(r, PROBE "/Switch", "on"), 200);
  assert_int_equal(rig_add(r, TREE "/Deep/a/Leaf", OMADM_FORMAT_CHR, "x"), 200);
  assert_int_equal(rig_replace(r, PROBE "/Switch", "off"), 200);
  assert_int_equal(rig_replace(r, TREE "/Deep/a/Leaf", "y"), 200); /* its own groups count */
}

static void what_a_parent_depends_on_may_come_late(void **state) {
  rig *r = *state;
  if ((r->options.host_flags & OMADM_HOST_LATE) != 0) return;
  for (int on = 0; on < 2; on++) {
    assert_int_equal(rig_replace(r, PROBE "/Switch", on ? "on" : "off"), 200);
    probe_do.get = OMADM_ST_PENDING;
    assert_int_equal(rig_start(r, OMADM_VERB_ADD, TREE "/Deep/b/Leaf", "x"), OMADM_ST_PENDING);
    assert_int_equal(probe_complete(200), 0);
    assert_int_equal(rig_wait(r), on ? 200 : 405);
    probe_do.get = 0;
    rig_expect(r, TREE "/Deep/b/Leaf", on ? "x" : NULL);
  }
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(a_node_depends_on_the_value_of_a_plugin),
      TEST(the_device_depends_on_it_too),
      TEST(the_value_may_come_late),
      TEST(a_value_that_cannot_be_read_is_500),
      TEST(a_value_that_nobody_reads_counts_and_is_not_logged),
      TEST(a_node_that_is_not_there_holds_its_default),
      TEST(a_change_that_waits_for_its_dependency_may_be_given_up),
      TEST(an_exec_that_never_begins_ends_with_an_alert_of_500),
      TEST(a_large_value_on_which_a_node_depends_is_read_whole),
      TEST(a_change_looks_at_so_many_nodes_and_at_no_more),
      TEST(a_value_that_a_group_forbids_is_refused_with_its_name),
      TEST(a_node_of_the_user_depends_on_the_users),
      TEST(each_instance_depends_on_its_own),
      TEST(a_delete_depends_on_nothing),
      TEST(a_parent_that_depends_is_not_made_on_the_way),
      TEST(what_a_parent_depends_on_may_come_late),
  };
  return rig_run("depends", tests, sizeof tests / sizeof tests[0]);
}
