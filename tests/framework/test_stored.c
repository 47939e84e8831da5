/* SPDX-License-Identifier: MIT */
/* What a DDF decides, over a stored CSP. */
#include "rig.h"

static const char items[] = DDF(ROOT(
    "Items", "./Vendor/Test",
    LEAF_OF("Text", GR, "chr", ONE, "Permanent", "factory")
        LEAF("Plain", GR, "chr", ONE, "Permanent") LEAF("Number", ADGR, "int", MAYBE, "Dynamic")
            LEAF("Flag", GR, "bool", ONE, "Permanent") LEAF("Blob", ADGR, "bin", MAYBE, "Dynamic")
                LEAF("Secret", "<Replace/>", "chr", ONE, "Permanent") LEAF("Fixed", G, "chr", ONE,
                                                                           "Permanent")
                    LEAF("Once", "<Add/><Get/>", "chr", MAYBE,
                         "Dynamic") LEAF("Run", "<Exec/>", "null", ONE, "Permanent")
                        INNER("List", G, ONE, "Permanent",
                              INNER("", ADGR, MANY, "Dynamic",
                                    LEAF("Name", ADGR, "chr", MAYBE, "Dynamic")
                                        LEAF_OF("Size", GR, "int", ONE, "Permanent", "7")
                                            INNER("Sub", ADG, MAYBE, "Dynamic",
                                                  LEAF("", ADGR, "chr", MANY, "Dynamic"))
                                                INNER("Closed", "<Delete/><Get/>", MAYBE, "Dynamic",
                                                      LEAF("Deep", ADGR, "chr", MAYBE, "Dynamic"))))
                            INNER("Pool", G, ONE, "Permanent",
                                  LEAF("", ADGR, "chr", AT_MOST("2"), "Dynamic"))));

static int set_up(void **state) {
  rig *r = rig_new(NULL);
  rig_mount(r, "items.xml", items);
  *state = r;
  return 0;
}

static int tear_down(void **state) {
  rig_free(*state);
  return 0;
}

#define BASE "./Vendor/Test/Items"

static void a_default_is_the_value_until_one_is_set(void **state) {
  rig *r = *state;
  rig_expect(r, BASE "/Text", "factory");
  assert_int_equal(rig_replace(r, BASE "/Text", "mine"), 200);
  rig_expect(r, BASE "/Text", "mine");
}

static void a_permanent_leaf_without_a_value_reads_empty(void **state) {
  rig *r = *state;
  rig_expect(r, BASE "/Plain", "");
  rig_expect(r, BASE "/Flag", "");
}

static void a_dynamic_leaf_is_absent_until_it_is_added(void **state) {
  rig *r = *state;
  rig_expect(r, BASE "/Number", NULL);
  assert_int_equal(rig_replace(r, BASE "/Number", "1"), 404);
  assert_int_equal(rig_add(r, BASE "/Number", OMADM_FORMAT_INT, "1"), 200);
  rig_expect(r, BASE "/Number", "1");
  assert_int_equal(rig_add(r, BASE "/Number", OMADM_FORMAT_INT, "1"), 418);
  assert_int_equal(rig_remove(r, BASE "/Number"), 200);
  rig_expect(r, BASE "/Number", NULL);
  assert_int_equal(rig_remove(r, BASE "/Number"), 404);
}

static void windows_replace_creates_a_dynamic_leaf(void **state) {
  rig *r = *state;
  r->origin.windows = 1;
  assert_int_equal(rig_replace(r, BASE "/Number", "5"), 200);
  rig_expect(r, BASE "/Number", "5");
  assert_int_equal(rig_replace(r, BASE "/Once", "5"), 404); /* AccessType lacks Replace */
  assert_int_equal(rig_replace(r, BASE "/List/new/Name", "n"),
                   200); /* with the instance above it */
  rig_expect(r, BASE "/List/new/Name", "n");
}

static void what_no_ddf_describes_is_404(void **state) {
  rig *r = *state;
  assert_int_equal(rig_resolve(r, BASE "/Nothing"), 404);
  assert_int_equal(r->node.format, OMADM_FORMAT_ABSENT);
  assert_int_equal(rig_add(r, BASE "/Nothing", OMADM_FORMAT_CHR, "x"), 404);
  assert_int_equal(rig_resolve(r, "./Elsewhere/A/B"), 404);
  assert_int_equal(rig_resolve(r, BASE "/Text/Below"), 405);
}

static void values_are_canonical(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Flag", " TRUE "), 200);
  assert_int_equal(r->answer.quirks,
                   1U << OMADM_QUIRK_BOOL_SPELLING | 1U << OMADM_QUIRK_VALUE_SPACE);
  rig_expect(r, BASE "/Flag", "true");
  assert_int_equal(rig_replace(r, BASE "/Flag", "perhaps"), 415);
  rig_expect(r, BASE "/Flag", "true");
  assert_int_equal(rig_add(r, BASE "/Number", OMADM_FORMAT_INT, "007"), 200);
  rig_expect(r, BASE "/Number", "7");
}

static void formats_and_types_must_fit(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/Number", OMADM_FORMAT_ABSENT, "1"), 415); /* absent is chr */
  assert_int_equal(rig_add(r, BASE "/Number", OMADM_FORMAT_CHR, "1"), 415);
  r->origin.windows = 1;
  assert_int_equal(rig_add(r, BASE "/Number", OMADM_FORMAT_ABSENT, "1"), 200);
  r->origin.windows = 0;
  assert_int_equal(rig_replace(r, BASE "/Number", "2"), 200); /* Replace keeps the node's */
  assert_int_equal(rig_replace_as(r, BASE "/Text", OMADM_FORMAT_INT, NULL, "2"), 415);
  assert_int_equal(rig_replace_as(r, BASE "/Text", OMADM_FORMAT_CHR, "text/html", "2"), 415);
  assert_int_equal(
      rig_replace_as(r, BASE "/Text", OMADM_FORMAT_CHR, "Text/Plain; charset=utf-8", "2"), 200);
  assert_int_equal(rig_get(r, BASE "/Text"), 200);
  assert_int_equal(r->answer.format, OMADM_FORMAT_CHR);
  assert_int_equal(rig_add(r, BASE "/List/a", OMADM_FORMAT_CHR, NULL), 415);
  assert_int_equal(rig_add(r, BASE "/Blob", OMADM_FORMAT_B64, "\x01\x02"), 200);
  rig_expect(r, BASE "/Blob", "\x01\x02");
  assert_int_equal(r->answer.format, OMADM_FORMAT_BIN);
}

static void access_types_are_kept(void **state) {
  rig *r = *state;
  assert_int_equal(rig_get(r, BASE "/Secret"), 405);
  assert_int_equal(rig_replace(r, BASE "/Secret", "s3"), 200);
  assert_int_equal(rig_replace(r, BASE "/Fixed", "x"), 405);
  assert_int_equal(rig_add(r, BASE "/Once", OMADM_FORMAT_CHR, "x"), 200);
  assert_int_equal(rig_replace(r, BASE "/Once", "y"), 405);
  assert_int_equal(rig_remove(r, BASE "/Once"), 405);
  assert_int_equal(rig_remove(r, BASE "/Text"), 405);
  assert_int_equal(rig_remove(r, BASE), 405);
  assert_int_equal(rig_remove(r, "."), 405);
  assert_int_equal(rig_replace(r, BASE "/List", "x"), 405);
  assert_int_equal(rig_exec(r, BASE "/Text", NULL), 405);
  assert_int_equal(rig_exec(r, BASE "/Run", NULL), 406); /* a stored CSP executes nothing */
}

static void a_refused_value_of_a_secret_is_not_logged(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace_as(r, BASE "/Secret", OMADM_FORMAT_CHR, NULL, "pass\xFFword"), 415);
  assert_null(strstr(r->detail, "pass"));
}

static void an_add_makes_missing_parents(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/List/a/Sub/deep", OMADM_FORMAT_CHR, "v"), 200);
  rig_expect(r, BASE "/List/a/Sub/deep", "v");
  rig_expect_children(r, BASE "/List", "a");
  rig_expect_children(r, BASE "/List/a", "Size/Sub");
  assert_int_equal(rig_add(r, BASE "/List/a/Closed/Deep", OMADM_FORMAT_CHR, "v"), 405);
  assert_int_equal(rig_add(r, BASE "/List/b/Closed/Deep", OMADM_FORMAT_CHR, "v"), 405);
  rig_expect_children(r, BASE "/List", "a");
}

static void an_add_that_fails_leaves_no_parents(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/List/a/Sub/deep", OMADM_FORMAT_INT, "v"), 415);
  rig_expect_children(r, BASE "/List", "");
}

static void a_permanent_child_comes_with_its_parent(void **state) {
  rig *r = *state;
  rig_expect(r, BASE "/List/a/Size", NULL);
  assert_int_equal(rig_add(r, BASE "/List/a/Size", OMADM_FORMAT_INT, "1"), 405);
  assert_int_equal(rig_add(r, BASE "/List/a", OMADM_FORMAT_NODE, NULL), 200);
  rig_expect(r, BASE "/List/a/Size", "7");
  assert_int_equal(rig_add(r, BASE "/List/a/Size", OMADM_FORMAT_INT, "1"), 418);
}

static void a_delete_takes_all_below(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/List/a/Sub/x", OMADM_FORMAT_CHR, "v"), 200);
  assert_int_equal(rig_add(r, BASE "/List/a/Name", OMADM_FORMAT_CHR, "v"), 200);
  assert_int_equal(rig_replace(r, BASE "/List/a/Size", "8"), 200);
  assert_int_equal(rig_add(r, BASE "/List/ab", OMADM_FORMAT_NODE, NULL), 200);
  rig_settle(r);
  assert_int_equal(rig_remove(r, BASE "/List/a"), 200);
  rig_expect_children(r, BASE "/List", "ab");
  assert_int_equal(rig_add(r, BASE "/List/a", OMADM_FORMAT_NODE, NULL), 200);
  rig_expect_children(r, BASE "/List/a", "Size");
  rig_expect(r, BASE "/List/a/Size", "7");
}

static void occurrence_limits_answer_420(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/Pool/a", OMADM_FORMAT_CHR, "1"), 200);
  assert_int_equal(rig_add(r, BASE "/Pool/b", OMADM_FORMAT_CHR, "1"), 200);
  assert_int_equal(rig_add(r, BASE "/Pool/c", OMADM_FORMAT_CHR, "1"), 420);
  assert_int_equal(rig_remove(r, BASE "/Pool/a"), 200);
  assert_int_equal(rig_add(r, BASE "/Pool/c", OMADM_FORMAT_CHR, "1"), 200);
}

static void an_add_without_data_takes_the_default_or_nothing(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/Number", OMADM_FORMAT_INT, NULL), 200);
  rig_expect(r, BASE "/Number", "");
  assert_int_equal(rig_add(r, BASE "/Pool/x", OMADM_FORMAT_CHR, NULL), 200);
  rig_expect(r, BASE "/Pool/x", "");
}

static void lists_have_described_children_first(void **state) {
  rig *r = *state;
  rig_expect_children(r, ".", "Vendor");
  rig_expect_children(r, "./Vendor", "Test");
  rig_expect_children(r, BASE, "Text/Plain/Flag/Secret/Fixed/Run/List/Pool");
  assert_int_equal(rig_list(r, BASE "/Text"), 405);
  assert_int_equal(rig_list(r, BASE "/List/none"), 404);
}

static void settled_changes_survive_a_restart_and_others_do_not(void **state) {
  rig *r = *state;
  assert_int_equal(rig_replace(r, BASE "/Text", "kept"), 200);
  assert_int_equal(rig_add(r, BASE "/List/a/Name", OMADM_FORMAT_CHR, "kept"), 200);
  rig_settle(r);
  assert_int_equal(rig_replace(r, BASE "/Text", "lost"), 200);
  assert_int_equal(rig_add(r, BASE "/List/b", OMADM_FORMAT_NODE, NULL), 200);
  rig_restart(r);
  rig_mount(r, "items.xml", items);
  rig_expect(r, BASE "/Text", "kept");
  rig_expect(r, BASE "/List/a/Name", "kept");
  rig_expect_children(r, BASE "/List", "a");
}

static void names_keep_any_character(void **state) {
  rig *r = *state;
  assert_int_equal(rig_add(r, BASE "/Pool/a%20%C3%A9%2F%25", OMADM_FORMAT_CHR, "x"), 200);
  rig_expect(r, BASE "/Pool/a%20%c3%a9%2f%25", "x");
  rig_expect_children(r, BASE "/Pool", "a \xC3\xA9/%");
}

static void the_device_sets_what_a_server_may_not(void **state) {
  rig *r = *state;
  omadm_buf value;
  omadm_buf_init(&value, NULL, 0);
  rig_poke(r, BASE "/Fixed", "by device");
  rig_expect(r, BASE "/Fixed", "by device");
  rig_poke(r, BASE "/List/z/Closed/Deep", "d");
  rig_expect(r, BASE "/List/z/Closed/Deep", "d");
  rig_poke(r, BASE "/Secret", "hush");
  assert_int_equal(omadm_framework_peek(r->framework, omadm_str_of(BASE "/Secret"), &value), 0);
  assert_true(omadm_str_is(omadm_buf_str(&value), "hush"));
  rig_poke(r, BASE "/List/z", NULL);
  rig_expect_children(r, BASE "/List", "");
  omadm_error error = {0};
  const omadm_str uri = OMADM_STR(BASE "/Number"), bad = OMADM_STR("no number"), none = {NULL, 0};
  assert_int_equal(omadm_framework_poke(r->framework, uri, OMADM_FORMAT_ABSENT, none, bad, &error),
                   OMADM_E_SYNTAX);
  assert_non_null(strstr(error.text, "Number"));
  const omadm_str nowhere = OMADM_STR("./Nowhere");
  assert_int_equal(
      omadm_framework_poke(r->framework, nowhere, OMADM_FORMAT_ABSENT, none, bad, NULL),
      OMADM_E_NOT_FOUND);
  assert_int_equal(omadm_framework_peek(r->framework, nowhere, &value), OMADM_E_NOT_FOUND);
  omadm_buf_dispose(&value);
}

static void the_acl_of_the_root_is_handed_out(void **state) {
  rig *r = *state;
  const omadm_str acl = OMADM_STR("Add=srv&Get=*");
  assert_int_equal(rig_resolve(r, BASE "/Text"), 200);
  assert_true(omadm_str_is(r->node.acl, "Add=*&Get=*"));
  assert_int_equal(omadm_framework_set_root_acl(r->framework, acl), 0);
  assert_int_equal(rig_resolve(r, "./Nothing"), 404);
  assert_true(omadm_str_is(r->node.acl, "Add=srv&Get=*"));
}

static void the_type_of_an_object_is_kept(void **state) {
  rig *r = *state;
  const omadm_value node = {.format = OMADM_FORMAT_NODE,
                            .type = OMADM_STR("com.example/1.0/Thing")};
  assert_int_equal(rig_resolve(r, BASE "/List/a"), 404);
  omadm_status status = r->tree->add(r->tree->ctx, &r->origin, &r->node, &node, &r->answer);
  r->waiting = r->answer.token;
  r->arrived = false;
  if (status == OMADM_ST_PENDING) status = rig_wait(r);
  assert_int_equal(status, 200);
  assert_int_equal(rig_resolve(r, BASE "/List/a"), 200);
  assert_true(omadm_str_is(r->node.type, "com.example/1.0/Thing"));
  assert_int_equal(rig_resolve(r, BASE "/List/a/Size"), 200);
  assert_true(omadm_str_is(r->node.type, "text/plain"));
}

static void small_values_of_the_host_are_kept(void **state) {
  rig *r = *state;
  const omadm_str key = OMADM_STR("k"), value = OMADM_STR("v");
  omadm_buf out;
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(omadm_framework_meta_get(r->framework, key, &out), OMADM_E_NOT_FOUND);
  assert_int_equal(omadm_framework_meta_set(r->framework, key, value), 0);
  rig_settle(r);
  rig_restart(r);
  assert_int_equal(omadm_framework_meta_get(r->framework, key, &out), 0);
  assert_true(omadm_str_is(omadm_buf_str(&out), "v"));
  omadm_buf_dispose(&out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(a_default_is_the_value_until_one_is_set),
      TEST(a_permanent_leaf_without_a_value_reads_empty),
      TEST(a_dynamic_leaf_is_absent_until_it_is_added),
      TEST(windows_replace_creates_a_dynamic_leaf),
      TEST(what_no_ddf_describes_is_404),
      TEST(values_are_canonical),
      TEST(formats_and_types_must_fit),
      TEST(access_types_are_kept),
      TEST(a_refused_value_of_a_secret_is_not_logged),
      TEST(an_add_makes_missing_parents),
      TEST(an_add_that_fails_leaves_no_parents),
      TEST(a_permanent_child_comes_with_its_parent),
      TEST(a_delete_takes_all_below),
      TEST(occurrence_limits_answer_420),
      TEST(an_add_without_data_takes_the_default_or_nothing),
      TEST(lists_have_described_children_first),
      TEST(settled_changes_survive_a_restart_and_others_do_not),
      TEST(names_keep_any_character),
      TEST(the_device_sets_what_a_server_may_not),
      TEST(the_acl_of_the_root_is_handed_out),
      TEST(the_type_of_an_object_is_kept),
      TEST(small_values_of_the_host_are_kept),
  };
  return rig_run("stored", tests, sizeof tests / sizeof *tests);
}
