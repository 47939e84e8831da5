/* SPDX-License-Identifier: MIT */
#include "tests/ddf/reading.h"

#include <jansson.h>

static void the_explanation_is_an_aligned_tree(void **state) {
  static const char expected[] =
      "./Vendor/MSFT/Lamp       node   Get              One, Permanent, type "
      "\"urn:example:mo:lamp:1.0\"\n"
      "  On                     bool   Get Replace      One, Permanent, default \"false\", "
      "allowed: "
      "false, "
      "deprecated since \"10.0.22000\"\n"
      "  Blink                  null   Exec             One, Permanent, deprecated\n"
      "  Timers                 node   Get              ZeroOrOne, Dynamic, letter case of names "
      "counts\n"
      "    *                    node   Add Delete Get   ZeroOrN 5, Dynamic, named by pattern "
      "\"[a-z]+\", only inside Atomic\n"
      "      At                 int    Add Get Replace  One, Dynamic, default \"10\"\n"
      "\n"
      "./User/Vendor/MSFT/Lamp  node   Get              One, Permanent\n";
  reading r;
  omadm_buf out;
  (void)state;
  reading_begin_file(&r, "windows-style.xml");
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(omadm_ddf_show(r.ddf, &out), 0);
  assert_str(omadm_buf_str(&out), expected);
  omadm_buf_dispose(&out);
  reading_end(&r);
}

static void what_a_text_holds_cannot_break_the_lines(void **state) {
  reading r;
  omadm_buf out;
  (void)state;
  reading_begin(&r, DDF_HEAD
                "<Node><NodeName>A</NodeName><DFProperties><AccessType/><DefaultValue>1\n2&#x9B;3"
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</"
                "DefaultValue><DFFormat><chr/></DFFormat>"
                "<DFType><MIME>text/plain</MIME></DFType></DFProperties></Node>" DDF_TAIL);
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(omadm_ddf_show(r.ddf, &out), 0);
  assert_str(omadm_buf_str(&out),
             "./A  chr    -  One, Dynamic, default "
             "\"1?2??3aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa…\"\n");
  omadm_buf_dispose(&out);
  reading_end(&r);
}

static const char *text_at(const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  assert_non_null(text);
  return text;
}

static void the_json_holds_the_same_and_descriptions(void **state) {
  reading r;
  omadm_buf out;
  (void)state;
  reading_begin_file(&r, "windows-style.xml");
  omadm_buf_init(&out, NULL, 0);
  assert_int_equal(omadm_ddf_show_json(r.ddf, &out), 0);
  json_t *json = json_loadb(out.ptr, out.len, 0, NULL);
  assert_non_null(json);
  const json_t *roots = json_object_get(json, "roots");
  assert_int_equal(json_array_size(roots), 2);
  const json_t *lamp = json_array_get(roots, 0);
  assert_string_equal(text_at(lamp, "uri"), "./Vendor/MSFT/Lamp");
  const json_t *children = json_object_get(lamp, "children");
  assert_int_equal(json_array_size(children), 3);
  const json_t *on = json_array_get(children, 0);
  assert_string_equal(text_at(on, "description"), "Is it\n          on?");
  assert_int_equal(json_array_size(json_object_get(on, "access")), 2);
  assert_null(json_object_get(on, "children"));
  const json_t *timer = json_array_get(json_object_get(json_array_get(children, 2), "children"), 0);
  assert_string_equal(text_at(timer, "occurrence"), "ZeroOrN 5");
  assert_string_equal(text_at(timer, "namingPattern"), "[a-z]+");
  assert_true(json_is_true(json_object_get(timer, "atomicRequired")));
  assert_string_equal(text_at(json_array_get(json_object_get(timer, "children"), 0), "default"),
                      "10");
  json_decref(json);
  omadm_buf_dispose(&out);
  reading_end(&r);
}

static void a_full_buffer_is_left_as_it_was(void **state) {
  reading r;
  omadm_buf out;
  (void)state;
  reading_begin_file(&r, "windows-style.xml");
  for (size_t max = 1; max < 300; max += 13) {
    omadm_buf_init(&out, NULL, max);
    assert_int_equal(omadm_ddf_show(r.ddf, &out), OMADM_E_LIMIT);
    assert_int_equal(out.len, 0);
    assert_int_equal(omadm_ddf_show_json(r.ddf, &out), OMADM_E_LIMIT);
    assert_int_equal(out.len, 0);
    omadm_buf_dispose(&out);
  }
  reading_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_explanation_is_an_aligned_tree),
      cmocka_unit_test(what_a_text_holds_cannot_break_the_lines),
      cmocka_unit_test(the_json_holds_the_same_and_descriptions),
      cmocka_unit_test(a_full_buffer_is_left_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
