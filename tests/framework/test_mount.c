/* SPDX-License-Identifier: MIT */
/* Roots, their places and their names. */
#include "probe.h"

static const char outer[] = DDF(ROOT(
    "Outer", "./Vendor/Test",
    LEAF_OF("Alpha", GR, "chr", ONE, "Permanent", "outer")
        INNER("Box", ADG, MAYBE, "Dynamic", LEAF("Note", ADGR, "chr", MAYBE, "Dynamic")) INNER(
            "Inner", G, ONE, "Permanent", LEAF_OF("Value", G, "chr", ONE, "Permanent", "outer"))
            INNER("", ADG, MANY, "Dynamic", LEAF("Note", ADGR, "chr", MAYBE, "Dynamic"))));
static const char inner[] = DDF(
    ROOT("Inner", "./Vendor/Test/Outer", LEAF_OF("Value", GR, "chr", ONE, "Permanent", "inner")));
static const char guest[] = DDF(ROOT("Guest", "./Vendor/Test/Outer/Box",
                                     LEAF_OF("Value", GR, "chr", ONE, "Permanent", "guest")));
static const char far_away[] =
    DDF(ROOT("Far", "./Away/Nobody/Knows", LEAF("Value", GR, "chr", ONE, "Permanent")));
static const char microsoft[] = DDF(
    ROOT("Test", "./Device/Vendor/MSFT/",
         LEAF_OF("Text", GR, "chr", ONE, "Permanent", "device")
             INNER("Items", G, ONE, "Permanent",
                   LEAF("", ADGR, "chr", MANY,
                        "Dynamic")) "<Node><NodeName>Strict</NodeName>" PROPERTIES(G, "node", ONE,
                                                                                   "Permanent", "")
                 NODE_TYPE "<CaseSense><CS/></CaseSense></DFProperties>" LEAF_OF(
                     "Leaf", GR, "chr", ONE, "Permanent", "strict") "</Node>"));
static const char of_user[] =
    DDF(ROOT("Test", "./User/Vendor/MSFT", LEAF_OF("Text", GR, "chr", ONE, "Permanent", "user")));
static const char loose[] =
    DDF("<Node><NodeName>Loose</NodeName><Path>./Vendor/Test</Path>" PROPERTIES(G, "node", ONE,
                                                                                "Permanent", "")
            NODE_TYPE "<CaseSense><CIS/></CaseSense></DFProperties>" LEAF_OF("Leaf", GR, "chr", ONE,
                                                                             "Permanent", "loose")
                LEAF("", ADGR, "chr", MANY, "Dynamic") "</Node>");

static int set_up(void **state) {
  probe_reset();
  *state = rig_new(NULL);
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

static void the_more_specific_mount_answers(void **state) {
  rig *r = *state;
  rig_mount(r, "outer.xml", outer);
  rig_mount(r, "inner.xml", inner);
  rig_expect(r, "./Vendor/Test/Outer/Inner/Value", "inner");
  assert_int_equal(rig_replace(r, "./Vendor/Test/Outer/Inner/Value", "x"), 200);
  rig_expect_children(r, "./Vendor/Test/Outer", "Alpha/Inner");
}

static void missing_ancestors_are_there_for_get_only(void **state) {
  rig *r = *state;
  rig_mount(r, "far.xml", far_away);
  rig_expect_children(r, ".", "Away");
  rig_expect_children(r, "./Away/Nobody", "Knows");
  assert_int_equal(rig_resolve(r, "./Away/Nobody"), 200);
  assert_int_equal(r->node.permanent, 1);
  assert_int_equal(r->node.access, OMADM_ACCESS_GET);
  assert_int_equal(r->node.format, OMADM_FORMAT_NODE);
  assert_int_equal(rig_remove(r, "./Away/Nobody"), 405);
  assert_int_equal(rig_add(r, "./Away/Nobody/New", OMADM_FORMAT_CHR, "x"), 404);
  assert_int_equal(rig_add(r, "./Away/Nobody", OMADM_FORMAT_NODE, NULL), 418);
  assert_int_equal(rig_replace(r, "./Away/Nobody", "x"), 405);
  assert_int_equal(rig_get(r, "./Away/Nobody"), 405);
  assert_int_equal(rig_exec(r, "./Away/Nobody", "x"), 405);
}

static void a_mount_below_a_dynamic_node_holds_it(void **state) {
  rig *r = *state;
  rig_mount(r, "guest.xml", guest);
  rig_mount(r, "outer.xml", outer);
  rig_expect(r, "./Vendor/Test/Outer/Box/Guest/Value", "guest");
  rig_expect_children(r, "./Vendor/Test/Outer", "Alpha/Box/Inner");
  assert_int_equal(rig_add(r, "./Vendor/Test/Outer/Box", OMADM_FORMAT_NODE, NULL), 418);
  assert_int_equal(rig_add(r, "./Vendor/Test/Outer/Box/Note", OMADM_FORMAT_CHR, "n"), 200);
  rig_expect_children(r, "./Vendor/Test/Outer/Box", "Note/Guest");
  assert_int_equal(rig_remove(r, "./Vendor/Test/Outer/Box"), 405);
  rig_expect(r, "./Vendor/Test/Outer/Box/Note", "n");
  rig_expect(r, "./Vendor/Test/Outer/Box/Guest/Value", "guest");
}

static void two_stored_ones_at_a_root_are_an_error_that_names_both(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  omadm_mount_info info;
  rig_mount(r, "first.xml", outer);
  assert_int_equal(rig_mount_text(r, "second.xml", outer, &error), OMADM_E_EXISTS);
  assert_non_null(strstr(error.text, "first.xml"));
  assert_non_null(strstr(error.text, "second.xml"));
  assert_int_equal(omadm_framework_mount_at(r->framework, 1, &info), 0);
  assert_string_equal(info.from, "second.xml");
  assert_non_null(info.failure);
  assert_int_equal(info.root.len, 0);
  assert_int_equal(omadm_framework_mount_at(r->framework, 2, &info), OMADM_E_NOT_FOUND);
}

static void code_beats_the_store_at_one_root(void **state) {
  rig *r = *state;
  const char *stored =
      DDF(ROOT("Probe", "./Vendor", LEAF_OF("Value", GR, "chr", ONE, "Permanent", "stored")));
  for (int i = 0; i < 2; i++) { /* in either order */
    if (i == 0) rig_mount(r, "probe.xml", stored);
    rig_mount_csp(r, &probe_csp);
    if (i == 1) rig_mount(r, "probe.xml", stored);
    rig_expect(r, "./Vendor/Probe/Value", "");
    assert_non_null(strstr(
        r->log, "./Vendor/Probe is served by Probe, not from the store as probe.xml describes"));
    omadm_mount_info info;
    assert_int_equal(omadm_framework_mount_count(r->framework), 2);
    assert_int_equal(omadm_framework_mount_at(r->framework, (size_t)i, &info), 0);
    assert_int_equal(info.stored, 1);
    assert_non_null(info.failure);
    assert_true(omadm_str_is(info.root, "./Vendor/Probe"));
    rig_restart(r);
    r->log[0] = '\0';
  }
}

static void a_ddf_of_the_program_itself_beats_another_one(void **state) {
  rig *r = *state;
  omadm_ddf *own = NULL;
  omadm_mount_info info;
  assert_int_equal(omadm_ddf_parse(omadm_str_of(outer), "own", NULL, NULL, &own, NULL), 0);
  assert_int_equal(omadm_framework_mount_own_ddf(r->framework, own, NULL), 0);
  rig_mount(r, "theirs.xml", DDF(ROOT("Outer", "./Vendor/Test", "")));
  rig_expect(r, "./Vendor/Test/Outer/Alpha", "outer");
  assert_int_equal(omadm_framework_mount_at(r->framework, 1, &info), 0);
  assert_non_null(info.failure);
  assert_int_equal(rig_replace(r, "./Vendor/Test/Outer/Alpha", "x"), 200);
}

static void a_mount_below_a_leaf_is_refused(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  const char *below = DDF(ROOT("X", "./Vendor/Test/Outer/Alpha", ""));
  rig_mount(r, "outer.xml", outer);
  assert_int_equal(rig_mount_text(r, "below.xml", below, &error), OMADM_E_EXISTS);
  rig_expect(r, "./Vendor/Test/Outer/Alpha", "outer");
  rig_restart(r);
  omadm_error_clear(&error);
  rig_mount(r, "below.xml", below);
  assert_int_equal(rig_mount_text(r, "outer.xml", outer, &error), OMADM_E_EXISTS);
}

static void a_ddf_that_is_refused_leaves_no_places(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  rig_mount(r, "outer.xml", outer);
  const char *two = DDF(ROOT("New", "./Somewhere", "") ROOT("Outer", "./Vendor/Test", ""));
  assert_int_equal(rig_mount_text(r, "two.xml", two, &error), OMADM_E_EXISTS);
  rig_expect_children(r, ".", "Vendor");
  assert_int_equal(rig_resolve(r, "./Somewhere"), 404);
}

/* One place by two ways; a root below a leaf of another root. */
static const char twice[] = DDF(ROOT("Acme", "./Vendor", "") ROOT(
    "Other", "./Vendor", "") "\n" ROOT("Acme", "./Device/Vendor", ""));
static const char below_own_leaf[] = DDF(ROOT("Deep", "./Vendor/Acme/Leaf", "") "\n" ROOT(
    "Acme", "./Vendor", LEAF("Leaf", G, "chr", ONE, "Permanent")));

static void expect_refused(rig *r, omadm_err err, const omadm_error *error, const char *says) {
  omadm_mount_info info;
  assert_int_equal(err, OMADM_E_EXISTS);
  assert_non_null(strstr(error->text, says));
  assert_int_equal(omadm_framework_mount_count(r->framework), 1);
  assert_int_equal(omadm_framework_mount_at(r->framework, 0, &info), 0);
  assert_string_equal(info.failure, error->text);
  assert_int_equal(rig_resolve(r, "./Vendor"), 404);
  rig_restart(r);
}

static void a_place_that_a_ddf_describes_twice_is_refused_whole(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  expect_refused(r, rig_mount_text(r, "twice.xml", twice, &error), &error, "twice.xml, line 2: ");
  omadm_csp_descriptor csp = probe_bare_csp;
  csp.ddf = twice;
  csp.ddf_len = sizeof twice - 1;
  omadm_error_clear(&error);
  expect_refused(r, omadm_framework_mount_csp(r->framework, &csp, "twice.so", &error), &error,
                 "twice.so, line 2: ");
  assert_string_equal(probe_calls, ""); /* it was not opened */
}

static void a_root_below_a_leaf_of_the_same_ddf_is_refused_whole(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  expect_refused(r, rig_mount_text(r, "deep.xml", below_own_leaf, &error), &error,
                 "deep.xml, line 1: ");
}

static void two_plugins_of_one_name_are_refused(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  omadm_csp_descriptor other = probe_bare_csp;
  other.name = probe_csp.name;
  rig_mount_csp(r, &probe_csp);
  assert_int_equal(omadm_framework_mount_csp(r->framework, &other, "other.so", &error),
                   OMADM_E_EXISTS);
  assert_non_null(strstr(error.text, "Probe and other.so"));
  assert_int_equal(rig_resolve(r, "./Vendor/Bare"), 404);
}

static void nothing_is_mounted_after_the_first_use(void **state) {
  rig *r = *state;
  omadm_error error = {0};
  omadm_ddf *own = NULL;
  rig_mount(r, "outer.xml", outer);
  assert_int_equal(rig_resolve(r, "./Vendor/Test/Outer"), 200);
  assert_int_equal(rig_mount_text(r, "far.xml", far_away, &error), OMADM_E_STATE);
  assert_non_null(strstr(error.text, "far.xml"));
  assert_int_equal(omadm_ddf_parse(omadm_str_of(far_away), "own", NULL, NULL, &own, NULL), 0);
  assert_int_equal(omadm_framework_mount_own_ddf(r->framework, own, NULL), OMADM_E_STATE);
  assert_int_equal(omadm_framework_mount_csp(r->framework, &probe_csp, "Probe", NULL),
                   OMADM_E_STATE);
  assert_int_equal(omadm_framework_load(r->framework, "/nowhere.so", NULL), OMADM_E_STATE);
  assert_int_equal(rig_resolve(r, "./Away"), 404);
}

static void a_value_of_the_host_is_settled_before_mounting(void **state) {
  rig *r = *state;
  const omadm_str key = OMADM_STR("id"), value = OMADM_STR("urn:x");
  omadm_buf out;
  assert_int_equal(omadm_framework_meta_set(r->framework, key, value), 0);
  assert_int_equal(omadm_framework_settle(r->framework), 0);
  rig_mount(r, "outer.xml", outer);
  rig_expect(r, "./Vendor/Test/Outer/Alpha", "outer");
  rig_restart(r);
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(omadm_framework_meta_get(r->framework, key, &out), 0);
  assert_true(omadm_str_is(omadm_buf_str(&out), "urn:x"));
  omadm_buf_dispose(&out);
}

static void a_smaller_config_is_read_as_far_as_it_goes(void **state) {
  rig *r = *state;
  omadm_framework_config config;
  omadm_framework *framework = NULL;
  omadm_error error = {0};
  omadm_framework_config_init(&config);
  config.struct_size = offsetof(omadm_framework_config, ctx);
  config.store = r->store;
  memset((char *)&config + config.struct_size, 0xEE, sizeof config - config.struct_size);
  assert_int_equal(omadm_framework_new(&config, &framework, &error), 0);
  assert_non_null(omadm_framework_tree(framework));
  omadm_framework_free(framework);
  config.struct_size = offsetof(omadm_framework_config, limits);
  assert_int_equal(omadm_framework_new(&config, &framework, &error), OMADM_E_ARGUMENT);
  assert_null(framework);
}

static void what_a_mount_says_of_itself(void **state) {
  rig *r = *state;
  omadm_mount_info info;
  rig_mount(r, "outer.xml", outer);
  rig_mount_csp(r, &probe_csp);
  assert_int_equal(omadm_framework_mount_at(r->framework, 0, &info), 0);
  assert_string_equal(info.name, "Outer");
  assert_string_equal(info.from, "outer.xml");
  assert_string_equal(info.version, "");
  assert_int_equal(info.stored, 1);
  assert_int_equal(info.nodes, 8);
  assert_int_equal(omadm_framework_mount_at(r->framework, 1, &info), 0);
  assert_string_equal(info.name, "Probe");
  assert_string_equal(info.version, "1.0");
  assert_true(omadm_str_is(info.root, "./Vendor/Probe"));
  assert_null(info.failure);
}

static void device_is_another_way_to_the_same_node(void **state) {
  rig *r = *state;
  rig_mount(r, "microsoft.xml", microsoft);
  rig_mount(r, "outer.xml", outer);
  assert_int_equal(rig_replace(r, "./device/Vendor/MSFT/Test/Text", "x"), 200);
  rig_expect(r, "./Vendor/MSFT/Test/Text", "x");
  rig_expect(r, "./Device/Vendor/Test/Outer/Alpha", "outer");
  rig_expect_children(r, "./Device", "Vendor");
}

static void the_user_has_a_tree_of_its_own(void **state) {
  rig *r = *state;
  rig_mount(r, "microsoft.xml", microsoft);
  rig_mount(r, "user.xml", of_user);
  rig_expect(r, "./Vendor/MSFT/Test/Text", "device");
  rig_expect(r, "./user/Vendor/MSFT/test/text", "user");
  assert_int_equal(rig_replace(r, "./User/Vendor/MSFT/Test/Text", "x"), 200);
  rig_expect(r, "./Vendor/MSFT/Test/Text", "device");
  rig_expect_children(r, ".", "Vendor/User");
}

static void below_vendor_msft_case_does_not_count_unless_the_ddf_says_so(void **state) {
  rig *r = *state;
  rig_mount(r, "microsoft.xml", microsoft);
  rig_expect(r, "./Vendor/MSFT/TEST/tEXT", "device");
  assert_int_equal(r->node.quirks, 0);
  rig_expect(r, "./Vendor/MSFT/Test/strict/Leaf", "strict");
  rig_expect(r, "./Vendor/MSFT/Test/Strict/leaf", NULL);
  r->origin.windows = 1;
  rig_expect(r, "./Vendor/MSFT/Test/Strict/leaf", NULL);
  rig_expect(r, "./vendor/msft/Test/Text", "device");
  assert_int_equal(r->node.quirks, 1U << OMADM_QUIRK_URI_CASE);
  r->origin.windows = 0;
  rig_expect(r, "./vendor/MSFT/Test/Text", NULL);
}

static void names_keep_the_case_they_were_made_with(void **state) {
  rig *r = *state;
  rig_mount(r, "microsoft.xml", microsoft);
  assert_int_equal(rig_add(r, "./Vendor/MSFT/Test/Items/MyName", OMADM_FORMAT_CHR, "x"), 200);
  assert_int_equal(rig_add(r, "./Vendor/MSFT/Test/Items/MYNAME", OMADM_FORMAT_CHR, "x"), 418);
  assert_int_equal(rig_replace(r, "./Vendor/MSFT/Test/items/myname", "y"), 200);
  rig_expect(r, "./Vendor/MSFT/Test/Items/mYnAmE", "y");
  rig_expect_children(r, "./Vendor/MSFT/Test/Items", "MyName");
}

static void elsewhere_case_counts_unless_the_ddf_says_so(void **state) {
  rig *r = *state;
  rig_mount(r, "outer.xml", outer);
  rig_mount(r, "loose.xml", loose);
  rig_expect(r, "./Vendor/Test/Loose/LEAF", "loose");
  assert_int_equal(rig_add(r, "./Vendor/Test/Loose/Name", OMADM_FORMAT_CHR, "x"), 200);
  rig_expect(r, "./Vendor/Test/Loose/nAME", "x");
  rig_expect(r, "./Vendor/Test/loose/Leaf", NULL);
  assert_int_equal(rig_add(r, "./Vendor/Test/Outer/a", OMADM_FORMAT_NODE, NULL), 200);
  assert_int_equal(rig_add(r, "./Vendor/Test/Outer/A", OMADM_FORMAT_NODE, NULL), 200);
  rig_expect_children(r, "./Vendor/Test/Outer", "Alpha/Inner/A/a");
}

static void a_named_child_beats_the_unnamed_one(void **state) {
  rig *r = *state;
  rig_mount(r, "outer.xml", outer);
  assert_int_equal(rig_resolve(r, "./Vendor/Test/Outer/Alpha"), 200);
  assert_int_equal(r->node.format, OMADM_FORMAT_CHR);
  assert_int_equal(rig_add(r, "./Vendor/Test/Outer/Box/Note", OMADM_FORMAT_CHR, "x"), 200);
  rig_expect_children(r, "./Vendor/Test/Outer",
                      "Alpha/Box/Inner"); /* Box is none of the instances */
}

static void nothing_in_inbox_can_be_read(void **state) {
  rig *r = *state;
  rig_mount(r, "outer.xml", outer);
  assert_int_equal(rig_resolve(r, "./Inbox"), 405);
  assert_int_equal(rig_resolve(r, "./Inbox/x"), 405);
}

static void an_old_node_is_not_mistaken_for_another(void **state) {
  rig *r = *state;
  rig_mount(r, "outer.xml", outer);
  assert_int_equal(rig_resolve(r, "./Vendor/Test/Outer/Alpha"), 200);
  omadm_node old = r->node;
  for (int i = 0; i < 300; i++)
    rig_resolve(r, "./Vendor/Test/Outer/Box");
  assert_int_equal(r->tree->get(r->tree->ctx, &r->origin, &old, &r->answer), 500);
  const omadm_node never = {.format = OMADM_FORMAT_CHR};
  assert_int_equal(r->tree->get(r->tree->ctx, &r->origin, &never, &r->answer), 500);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(the_more_specific_mount_answers),
      TEST(missing_ancestors_are_there_for_get_only),
      TEST(a_mount_below_a_dynamic_node_holds_it),
      TEST(two_stored_ones_at_a_root_are_an_error_that_names_both),
      TEST(code_beats_the_store_at_one_root),
      TEST(a_ddf_of_the_program_itself_beats_another_one),
      TEST(a_mount_below_a_leaf_is_refused),
      TEST(a_ddf_that_is_refused_leaves_no_places),
      TEST(a_place_that_a_ddf_describes_twice_is_refused_whole),
      TEST(a_root_below_a_leaf_of_the_same_ddf_is_refused_whole),
      TEST(two_plugins_of_one_name_are_refused),
      TEST(nothing_is_mounted_after_the_first_use),
      TEST(a_value_of_the_host_is_settled_before_mounting),
      TEST(a_smaller_config_is_read_as_far_as_it_goes),
      TEST(what_a_mount_says_of_itself),
      TEST(device_is_another_way_to_the_same_node),
      TEST(the_user_has_a_tree_of_its_own),
      TEST(below_vendor_msft_case_does_not_count_unless_the_ddf_says_so),
      TEST(names_keep_the_case_they_were_made_with),
      TEST(elsewhere_case_counts_unless_the_ddf_says_so),
      TEST(a_named_child_beats_the_unnamed_one),
      TEST(nothing_in_inbox_can_be_read),
      TEST(an_old_node_is_not_mistaken_for_another),
  };
  return rig_run("mounts", tests, sizeof tests / sizeof *tests);
}
