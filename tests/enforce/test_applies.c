/* SPDX-License-Identifier: MIT */
/* Which nodes are for which devices. */
#include "shapes.h"

#include "csp-framework/applies.h"

static fw_profile build(const char *os_build) {
  const omadm_profile given = {.struct_size = sizeof given, .os_build = os_build};
  fw_profile profile;
  omadm_error error = {0};
  assert_int_equal(applies_read(&given, &profile, &error), OMADM_OK);
  return profile;
}

static bool has(const char *list, const char *os_build) {
  const omadm_ddf_applicability applies = {.os_build = omadm_str_of(list)};
  const fw_profile profile = build(os_build);
  return applies_to(&applies, &profile);
}

static void a_later_build_has_what_came_before(void **state) {
  (void)state;
  assert_true(has("10.0.22621", "10.0.22621"));
  assert_true(has("10.0.22621", "10.0.22621.1"));
  assert_true(has("10.0.22621", "10.0.26100.1"));
  assert_false(has("10.0.22621", "10.0.22000.9999"));
  assert_false(has("10.0.22621.1194", "10.0.22621.1193"));
  assert_true(has("10.0.22621.1194", "10.0.22621.1194"));
  assert_true(has("10.0.9999", "10.0.10240")); /* numbers, not text */
}

static void the_highest_build_of_a_list_began_the_main_line(void **state) {
  (void)state;
  static const char *const lists[] = {"10.0.22000, 10.0.19043.1202, 10.0.19042.1202",
                                      "10.0.19042.1202, 10.0.19043.1202, 10.0.22000",
                                      "10.0.19043.1202;10.0.22000;10.0.19042.1202"};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    assert_true(has(lists[i], "10.0.22000.1"));
    assert_true(has(lists[i], "10.0.22621.1"));
    assert_true(has(lists[i], "10.0.19043.1202"));
    assert_false(has(lists[i], "10.0.19043.1201"));
    assert_false(has(lists[i], "10.0.19044.5000")); /* neither listed nor newer than all */
    assert_false(has(lists[i], "10.0.17763.5000"));
  }
}

static void what_is_for_insiders_is_for_no_released_build(void **state) {
  (void)state;
  assert_false(has("99.9.99999", "10.0.26100.1"));
  assert_true(has("99.9.99999, 10.0.22621.2338", "10.0.22621.2338"));
  assert_false(has("99.9.99999, 10.0.22621.2338", "10.0.26100.1"));
  assert_true(has("99.9.99999", "99.9.99999"));
}

static void what_nobody_can_read_is_no_reason_against_a_node(void **state) {
  (void)state;
  assert_true(has("", "10.0.22621"));
  assert_true(has("soon", "10.0.22621"));
  assert_true(has(",;, ,", "10.0.22621"));
  assert_true(has("10.0.22621.1.2", "10.0.10240"));
  assert_true(has("10.0.99999999999999999999", "10.0.10240"));
}

static void an_edition_is_found_by_its_number(void **state) {
  (void)state;
  static const struct {
    const char *list;
    uint32_t edition;
    bool there;
  } rows[] = {
      {"0x4;0x1B;0x30;", 0x1B, true},
      {"0x4;0x1B;0x30;", 0x3, false},
      {"0x4;\n                    0x1B;", 0x1B, true}, /* a list on several lines */
      {"0x88*;0x4", 0x88, true},
      {"4;1b", 0x1B, true},
      {"", 0x4, true},
      {";;", 0x4, true},
      {"0x4", 0, true}, /* it is left open */
      {"0x44444444444444444444444444444444", 0x4, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const omadm_ddf_applicability applies = {.editions = omadm_str_of(rows[i].list)};
    const fw_profile profile = {.edition = rows[i].edition};
    assert_int_equal(applies_to(&applies, &profile), rows[i].there);
  }
}

static void who_is_not_joined_lacks_what_needs_it(void **state) {
  (void)state;
  const omadm_ddf_applicability applies = {.requires_entra = 1};
  assert_true(applies_to(&applies, &(fw_profile){.join = OMADM_JOIN_UNKNOWN}));
  assert_false(applies_to(&applies, &(fw_profile){.join = OMADM_JOIN_NONE}));
  assert_true(applies_to(&applies, &(fw_profile){.join = OMADM_JOIN_ENTRA}));
}

static void a_profile_with_a_build_that_is_none_is_refused(void **state) {
  (void)state;
  static const char *const bad[] = {"", "10", "10.0", "10.0.x", "10.0.1.2.3", "10..1", "-1.0.1"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const omadm_profile given = {.struct_size = sizeof given, .os_build = bad[i]};
    fw_profile profile;
    omadm_error error = {0};
    assert_int_equal(applies_read(&given, &profile, &error), OMADM_E_ARGUMENT);
    assert_non_null(strstr(error.text, "10.0.22621.1234"));
  }
}

#define FROM(build)                                                                                \
  "<MSFT:Applicability><MSFT:OsBuildVersion>" build "</MSFT:OsBuildVersion></MSFT:Applicability>"
#define OLD(build) "<MSFT:Deprecated OsBuildDeprecated=\"" build "\"/>"

static const char above_text[] =
    EXTENDED(ROOT("Above", "./Vendor/Test",
                  FIXED("Now", GR, FROM("10.0.19041")) FIXED("Later", GR, FROM("10.0.22621"))
                      FIXED("Aging", GR, OLD("10.0.22621")) FIXED("Aged", GR, OLD("10.0.19041"))));
static const char below_text[] = EXTENDED(
    "<Node><NodeName>Below</NodeName><Path>./Vendor/Test/Above</Path>" PROPERTIES(G, "node", ONE,
                                                                                  "Permanent", "")
        NODE_TYPE FROM("10.0.22621") "</DFProperties>" FIXED("Leaf", GR,
                                                             FROM("10.0.10240")) "</Node>");

static rig *mounted(const omadm_profile *profile) {
  rig_options options = rig_mode;
  options.profile = profile;
  rig *r = rig_new(&options);
  rig_mount(r, "above.xml", above_text);
  rig_mount(r, "below.xml", below_text);
  return r;
}

#define ABOVE "./Vendor/Test/Above"

static void a_mount_that_does_not_apply_is_not_there(void **state) {
  (void)state;
  const omadm_profile profile = {.struct_size = sizeof profile, .os_build = "10.0.19045"};
  rig *r = mounted(&profile);
  rig_expect_children(r, ABOVE, "Now/Aging/Aged");
  rig_expect(r, ABOVE "/Later", NULL);
  rig_expect(r, ABOVE "/Below/Leaf", NULL);
  assert_int_equal(rig_replace(r, ABOVE "/Below/Leaf", "x"), 404);
  rig_free(r);
  r = mounted(NULL);
  rig_expect_children(r, ABOVE, "Now/Later/Aging/Aged/Below");
  rig_expect(r, ABOVE "/Below/Leaf", "");
  rig_free(r);
}

static void a_node_is_deprecated_from_its_build_on(void **state) {
  (void)state;
  const omadm_profile profile = {.struct_size = sizeof profile, .os_build = "10.0.19045"};
  rig *r = mounted(&profile);
  assert_int_equal(rig_replace(r, ABOVE "/Aging", "x"), 200);
  assert_null(strstr(r->log, "deprecated"));
  assert_int_equal(rig_replace(r, ABOVE "/Aged", "x"), 200);
  assert_non_null(strstr(r->log, "deprecated"));
  rig_free(r);
  const omadm_profile same = {.struct_size = sizeof same, .os_build = "10.0.22621"};
  r = mounted(&same);
  assert_int_equal(rig_replace(r, ABOVE "/Aging", "x"), 200);
  assert_non_null(strstr(r->log, "deprecated"));
  rig_free(r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_later_build_has_what_came_before),
      cmocka_unit_test(the_highest_build_of_a_list_began_the_main_line),
      cmocka_unit_test(what_is_for_insiders_is_for_no_released_build),
      cmocka_unit_test(what_nobody_can_read_is_no_reason_against_a_node),
      cmocka_unit_test(an_edition_is_found_by_its_number),
      cmocka_unit_test(who_is_not_joined_lacks_what_needs_it),
      cmocka_unit_test(a_profile_with_a_build_that_is_none_is_refused),
      cmocka_unit_test(a_mount_that_does_not_apply_is_not_there),
      cmocka_unit_test(a_node_is_deprecated_from_its_build_on),
  };
  return rig_run("applies", tests, sizeof tests / sizeof tests[0]);
}
