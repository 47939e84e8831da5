/* SPDX-License-Identifier: MIT */
/*
 * What is exported reads as the same tree. Also of the DDF files that Microsoft publishes, where
 * they are at hand: in $OMADM_TEST_DATA/ddf/windows, by default in ../shared beside the sources.
 */
#include "tests/ddf/reading.h"

#include <glob.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Without what tells where things stand in a file, and whether a node says itself what it would
 * have from above. */
static void forget_places(json_t *json) {
  const char *key;
  json_t *value;
  void *next;
  size_t i;
  json_object_del(json, "line");
  json_object_del(json, "file");
  json_object_foreach_safe(json, next, key, value) forget_places(value);
  json_array_foreach(json, i, value) forget_places(value);
}

static json_t *json_of(const omadm_ddf *ddf) {
  omadm_buf text = {0};
  json_error_t error;
  assert_int_equal(omadm_ddf_show_json(ddf, &text), 0);
  json_t *json = json_loadb(text.ptr, text.len, 0, &error);
  if (json == NULL) fail_msg("%s: %s", omadm_ddf_name(ddf), error.text);
  omadm_buf_dispose(&text);
  forget_places(json);
  return json;
}

static void take(void *ctx, int error, uint32_t line, const char *text) {
  (void)ctx;
  if (error) print_error("export:%u: %s\n", line, text);
}

/* The export, read; and the same once more. */
static void check_round_trip(const omadm_ddf *ddf) {
  omadm_buf first = {0};
  omadm_buf second = {0};
  omadm_ddf *again = NULL;
  omadm_error error = {0};
  assert_int_equal(omadm_ddf_export(ddf, &first), 0);
  if (omadm_ddf_parse(omadm_buf_str(&first), "export", take, NULL, &again, &error) != 0)
    fail_msg("%s: %s", omadm_ddf_name(ddf), error.text);
  json_t *before = json_of(ddf);
  json_t *after = json_of(again);
  if (!json_equal(before, after)) fail_msg("%s: another tree", omadm_ddf_name(ddf));
  assert_int_equal(omadm_ddf_export(again, &second), 0);
  assert_true(omadm_str_equal(omadm_buf_str(&first), omadm_buf_str(&second)));
  json_decref(before);
  json_decref(after);
  omadm_ddf_free(again);
  omadm_buf_dispose(&first);
  omadm_buf_dispose(&second);
}

/* How many files match. */
static size_t check_files(const char *pattern) {
  glob_t files = {0};
  size_t n = 0;
  if (glob(pattern, 0, NULL, &files) == 0) n = files.gl_pathc;
  for (size_t i = 0; i < n; i++) {
    omadm_ddf *ddf = NULL;
    omadm_error error = {0};
    if (omadm_ddf_read(files.gl_pathv[i], NULL, NULL, &ddf, &error) != 0)
      fail_msg("%s", error.text);
    check_round_trip(ddf);
    omadm_ddf_free(ddf);
  }
  globfree(&files);
  return n;
}

static void every_ddf_of_the_project_comes_back_the_same(void **state) {
  static const char *const folders[] = {"tests/fixtures/ddf/*.xml", "csps/*/*.ddf.xml",
                                        "conformance/transcripts/fixtures/*.ddf.xml",
                                        "examples/*/*.ddf.xml", "examples/demo/ddf/*.ddf.xml"};
  (void)state;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    char pattern[1100];
    snprintf(pattern, sizeof pattern, "%s/%s", OMADM_SOURCE_DIR, folders[i]);
    assert_true(check_files(pattern) > 0);
  }
}

static void every_published_file_comes_back_the_same(void **state) {
  char pattern[1100];
  const char *data = getenv("OMADM_TEST_DATA");
  (void)state;
  if (data != NULL)
    snprintf(pattern, sizeof pattern, "%s/ddf/windows/*.xml", data);
  else
    snprintf(pattern, sizeof pattern, "%s/../shared/ddf/windows/*.xml", OMADM_SOURCE_DIR);
  size_t n = check_files(pattern);
  if (n == 0) {
    print_message("not run: no published DDF files, %s (set OMADM_TEST_DATA)\n", pattern);
    skip();
  }
  print_message("%zu files\n", n);
}

static void what_xml_would_change_is_written_so_that_it_is_kept(void **state) {
  static const char *const delimiters[] = {" ",   "&#9;",       "&#10;", "&#xE9;",
                                           "0x1", "&lt;&quot;", "&#13;"};
  (void)state;
  for (size_t i = 0; i < sizeof delimiters / sizeof *delimiters; i++) {
    char text[2000];
    reading r;
    snprintf(text, sizeof text,
             DDF_HEAD "<Node><NodeName>A&amp;B]]&gt;</NodeName><DFProperties><AccessType/>"
                      "<DefaultValue> a&#13;\n&lt;b&gt; </DefaultValue><DFFormat><chr/></DFFormat>"
                      "<Occurrence><OneOrN>3</OneOrN></Occurrence><DFType><MIME>a/b</MIME>"
                      "<MIME>c/d</MIME><MIME>e/f</MIME></DFType><CaseSense><CIS/></CaseSense>"
                      "<MSFT:AllowedValues ValueType='Odd &quot;&#10;x'><MSFT:Value> &#13; "
                      "</MSFT:Value><MSFT:List Delimiter='%s'/></MSFT:AllowedValues>"
                      "<MSFT:Deprecated/></DFProperties></Node>" DDF_TAIL,
             delimiters[i]);
    reading_begin(&r, text);
    assert_int_equal(r.err, 0);
    check_round_trip(r.ddf);
    reading_end(&r);
  }
}

static void a_full_buffer_is_left_as_it_was(void **state) {
  reading r;
  omadm_buf whole = {0};
  (void)state;
  reading_begin_file(&r, "extension.xml");
  assert_int_equal(omadm_ddf_export(r.ddf, &whole), 0);
  for (size_t max = 1; max < whole.len; max += 97) {
    omadm_buf out = {.max = max};
    assert_int_equal(omadm_ddf_export(r.ddf, &out), OMADM_E_LIMIT);
    assert_int_equal(out.len, 0);
    omadm_buf_dispose(&out);
  }
  omadm_buf_dispose(&whole);
  reading_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_ddf_of_the_project_comes_back_the_same),
      cmocka_unit_test(every_published_file_comes_back_the_same),
      cmocka_unit_test(what_xml_would_change_is_written_so_that_it_is_kept),
      cmocka_unit_test(a_full_buffer_is_left_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
