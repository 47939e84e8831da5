/* SPDX-License-Identifier: MIT */
/* What a framework tells of what it has mounted. */
#include "tests/ddf/reading.h"

#include <omadm/framework.h>
#include <omadm/store.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static omadm_store *store;
static omadm_framework *framework;

#define PART(name, path, inner)                                                                    \
  DDF_HEAD "<Node><NodeName>" name "</NodeName><Path>" path "</Path>" INTERIOR inner               \
           "</Node>" DDF_TAIL

static void mount(omadm_ddf *ddf) {
  omadm_error error = {0};
  if (omadm_framework_mount_ddf(framework, ddf, &error) != 0) fail_msg("%s", error.text);
}

static void mount_text(const char *text) {
  omadm_ddf *ddf = NULL;
  omadm_error error = {0};
  if (omadm_ddf_parse(omadm_str_of(text), "test", NULL, NULL, &ddf, &error) != 0)
    fail_msg("%s", error.text);
  mount(ddf);
}

static int begin(void **state) {
  omadm_framework_config config;
  (void)state;
  omadm_framework_config_init(&config);
  if (omadm_store_new_memory(&store, NULL) != 0) return 1;
  config.store = store;
  if (omadm_framework_new(&config, &framework, NULL) != 0) return 1;
  char path[1000];
  omadm_ddf *ddf = NULL;
  snprintf(path, sizeof path, "%s/tests/fixtures/ddf/extension.xml", OMADM_SOURCE_DIR);
  if (omadm_ddf_read(path, NULL, NULL, &ddf, NULL) != 0) return 1;
  mount(ddf);
  mount_text(PART("A", "./X", "<Node><NodeName>B</NodeName>" LEAF "</Node>"));
  mount_text(PART("C", "./X/A", "<Node><NodeName>D</NodeName>" LEAF "</Node>"));
  mount_text(PART("E", "./Device/X", ""));
  return 0;
}

static int end(void **state) {
  (void)state;
  omadm_framework_free(framework);
  omadm_store_close(store);
  return 0;
}

/* The export of a URI, read. */
static void begin_export(reading *r, const char *uri) {
  omadm_buf out = {0};
  assert_int_equal(omadm_framework_export(framework, omadm_str_of(uri), &out), 0);
  assert_int_equal(omadm_buf_add(&out, "", 1), 0);
  reading_begin(r, out.ptr);
  if (r->err != 0) fail_msg("%s: %s", uri, r->error.text);
  omadm_buf_dispose(&out);
}

static void roots_are(const char *uri, const char *expected) {
  reading r;
  char found[400] = "";
  begin_export(&r, uri);
  for (size_t i = 0; i < omadm_ddf_root_count(r.ddf); i++) {
    const omadm_ddf_root *root = omadm_ddf_root_at(r.ddf, i);
    omadm_str name = omadm_ddf_node_at(r.ddf, root->node)->name;
    snprintf(found + strlen(found), sizeof found - strlen(found), "%s%.*s/%.*s", i > 0 ? " " : "",
             (int)root->path.len, root->path.ptr, (int)name.len, name.ptr);
  }
  assert_string_equal(found, expected);
  reading_end(&r);
}

static void each_mount_at_or_below_a_uri_is_a_root(void **state) {
  (void)state;
  roots_are(".", "./Vendor/MSFT/Oven ./X/A ./X/A/C ./Device/X/E");
  roots_are("./X", "./X/A ./X/A/C ./Device/X/E");
  roots_are("./x/a", "./X/A ./X/A/C");
  roots_are("./X/A/C", "./X/A/C");
  roots_are("./Device/X/E", "./Device/X/E");
  roots_are("./vendor", "./Vendor/MSFT/Oven");
}

static void a_node_below_a_root_becomes_one(void **state) {
  reading r;
  (void)state;
  roots_are("./X/A/B", "./X/A/B");
  begin_export(&r, "./Vendor/MSFT/Oven/Trays/7/Kind");
  const omadm_ddf_node *n = reading_node(&r, "");
  assert_str(omadm_ddf_root_at(r.ddf, 0)->path, "./Vendor/MSFT/Oven/Trays/7");
  assert_true(n->atomic_required);
  assert_str(n->applies->editions, "0x4;0x1B;");
  assert_int_equal(n->case_sense, OMADM_CASE_SENSITIVE);
  reading_end(&r);
  begin_export(&r, "./Vendor/MSFT/Oven/Trays/7");
  assert_str(reading_node(&r, "")->name, "7");
  assert_str(reading_node(&r, "Kind")->name, "Kind");
  reading_end(&r);
}

static void a_whole_mount_keeps_all_that_its_ddf_says(void **state) {
  reading before, after;
  omadm_buf first = {0};
  omadm_buf second = {0};
  (void)state;
  reading_begin_file(&before, "extension.xml");
  begin_export(&after, "./Vendor/MSFT/Oven");
  assert_int_equal(omadm_ddf_export(before.ddf, &first), 0);
  assert_int_equal(omadm_ddf_export(after.ddf, &second), 0);
  assert_true(omadm_str_equal(omadm_buf_str(&first), omadm_buf_str(&second)));
  omadm_buf_dispose(&first);
  omadm_buf_dispose(&second);
  reading_end(&before);
  reading_end(&after);
}

static void what_nothing_describes_is_refused(void **state) {
  static const struct {
    const char *uri;
    omadm_err err;
  } rows[] = {
      {"./Nothing", OMADM_E_NOT_FOUND}, {"./X/A/Z", OMADM_E_NOT_FOUND},
      {"./X/A/B/C", OMADM_E_NOT_FOUND}, {"./Vendor/MSFT/Oven/Trays/a%2Fb", OMADM_E_UNSUPPORTED},
      {"/X", OMADM_E_SYNTAX},           {"./X//A", OMADM_E_SYNTAX}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    omadm_buf out = {0};
    assert_int_equal(omadm_buf_add_text(&out, "kept"), 0);
    assert_int_equal(omadm_framework_export(framework, omadm_str_of(rows[i].uri), &out),
                     rows[i].err);
    assert_str(omadm_buf_str(&out), "kept");
    omadm_buf_dispose(&out);
  }
}

static void the_ddf_of_each_mount_is_at_hand(void **state) {
  (void)state;
  size_t n = omadm_framework_mount_count(framework);
  assert_int_equal(n, 4);
  for (size_t i = 0; i < n; i++)
    assert_non_null(omadm_framework_ddf_at(framework, i));
  assert_null(omadm_framework_ddf_at(framework, n));
  uint32_t node = 0;
  const omadm_ddf *ddf = omadm_framework_describes(
      framework, (omadm_str)OMADM_STR("./Device/vendor/msft/oven/Trays/7/Kind"), &node);
  assert_str(omadm_ddf_node_at(ddf, node)->name, "Kind");
  ddf = omadm_framework_describes(framework, (omadm_str)OMADM_STR("./X"), &node);
  assert_null(ddf);
  assert_int_equal(node, OMADM_DDF_NONE);
  assert_null(omadm_framework_describes(framework, (omadm_str)OMADM_STR("no uri/"), &node));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_mount_at_or_below_a_uri_is_a_root),
      cmocka_unit_test(a_node_below_a_root_becomes_one),
      cmocka_unit_test(a_whole_mount_keeps_all_that_its_ddf_says),
      cmocka_unit_test(what_nothing_describes_is_refused),
      cmocka_unit_test(the_ddf_of_each_mount_is_at_hand),
  };
  return cmocka_run_group_tests(tests, begin, end);
}
