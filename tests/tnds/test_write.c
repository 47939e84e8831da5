/* SPDX-License-Identifier: MIT */
#include "omadm/tree/tnds_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <omadm/tnds.h>

#include "base/mem.h"
#include "base/str.h"

static const tnds_out_node leaf_b = {.name = OMADM_STR("B"),
                                     .format = OMADM_FORMAT_CHR,
                                     .type = OMADM_STR("text/plain"),
                                     .value = OMADM_STR("v")};

static void known_octets_of_wbxml_are_written(void **state) {
  (void)state;
  static const char worked[] =
      "\x03\x00\x00\x6A\x1B-//OMA//DTD-DM-DDF 1.2//EN\0"
      "\x00\x02\x60\x77\x03\x31\x2E\x32\x00\x01"
      "\x64\x66\x03\x42\x00\x01"
      "\x6F\x5C\x0B\x01"
      "\x75\x61\x03\x74\x65\x78\x74\x2F\x70\x6C\x61\x69\x6E\x00\x01\x01\x01"
      "\x76\x03\x76\x00\x01\x01\x01";
  omadm_buf out;
  tnds_writer w;
  omadm_buf_init(&out, &omadm_mem_default, 0);
  tnds_write_begin(&w, OMADM_ENCODING_WBXML, &out);
  tnds_write_node(&w, &leaf_b);
  assert_int_equal(tnds_write_finish(&w), 0);
  assert_int_equal(out.len, sizeof worked - 1);
  assert_memory_equal(out.ptr, worked, out.len);
  omadm_buf_dispose(&out);
}

static void xml_is_in_the_order_of_the_dtd(void **state) {
  (void)state;
  static const char want[] =
      "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD><Node><NodeName>a%20b</NodeName>"
      "<RTProperties><ACL>Get=*&amp;Add=*</ACL><Format><node/></Format><Name>a b</Name>"
      "<Title>t</Title><TStamp>s</TStamp><Type><DDFName/></Type><VerNo>1</VerNo></RTProperties>"
      "<Node><NodeName>B</NodeName><RTProperties><Format><chr/></Format>"
      "<Type><MIME>text/plain</MIME></Type></RTProperties><Value>v</Value></Node></Node>"
      "<Node><NodeName/><RTProperties/></Node></MgmtTree>";
  const tnds_out_node a = {.name = OMADM_STR("a b"),
                           .acl = OMADM_STR("Get=*&Add=*"),
                           .format = OMADM_FORMAT_NODE,
                           .own_name = OMADM_STR("a b"),
                           .title = OMADM_STR("t"),
                           .tstamp = OMADM_STR("s"),
                           .type = OMADM_STR(""),
                           .interior = true,
                           .verno = OMADM_STR("1")};
  const tnds_out_node nothing = {.format = OMADM_FORMAT_ABSENT};
  omadm_buf out;
  tnds_writer w;
  omadm_buf_init(&out, &omadm_mem_default, 0);
  tnds_write_begin(&w, OMADM_ENCODING_XML, &out);
  tnds_write_node(&w, &a);
  tnds_write_node(&w, &leaf_b);
  tnds_write_up(&w);
  tnds_write_up(&w);
  tnds_write_node(&w, &nothing);
  assert_int_equal(tnds_write_finish(&w), 0);
  assert_int_equal(out.len, sizeof want - 1);
  assert_memory_equal(out.ptr, want, out.len);
  omadm_buf_dispose(&out);
}

static void what_is_written_is_read_to_the_same(void **state) {
  (void)state;
  const tnds_out_node node = {.name = OMADM_STR("50% of / \xC3\xA9"),
                              .format = OMADM_FORMAT_BIN,
                              .type = OMADM_STR("a/b"),
                              .title = OMADM_STR("<&>\r\n"),
                              .octets = true,
                              .value = {"\0\1<", 3}};
  for (int e = 0; e < 2; e++) {
    omadm_buf out;
    tnds_writer w;
    omadm_limits limits;
    omadm_tnds *tnds = NULL;
    omadm_limits_init(&limits);
    omadm_buf_init(&out, &omadm_mem_default, 0);
    tnds_write_begin(&w, (omadm_encoding)e, &out);
    tnds_write_node(&w, &node);
    assert_int_equal(tnds_write_finish(&w), 0);
    assert_int_equal(
        omadm_tnds_read(omadm_buf_str(&out), (omadm_encoding)e, &limits, NULL, &tnds, NULL, NULL),
        0);
    const omadm_tnds_node *n = &tnds->nodes[1];
    assert_true(omadm_str_equal(n->name, node.name));
    assert_true(omadm_str_is(n->title, "<&>")); /* white space at the end goes */
    assert_int_equal(n->value.len, 3);
    assert_memory_equal(n->value.ptr, "\0\1<", 3);
    omadm_tnds_free(tnds);
    omadm_buf_dispose(&out);
  }
}

static void a_full_buffer_is_told(void **state) {
  (void)state;
  for (size_t max = 1; max < 100; max++) {
    for (int e = 0; e < 2; e++) {
      omadm_buf out;
      tnds_writer w;
      omadm_buf_init(&out, &omadm_mem_default, max);
      tnds_write_begin(&w, (omadm_encoding)e, &out);
      tnds_write_node(&w, &leaf_b);
      omadm_err err = tnds_write_finish(&w);
      assert_true(err == OMADM_E_LIMIT || err == OMADM_OK);
      assert_true(out.len <= max);
      omadm_buf_dispose(&out);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(known_octets_of_wbxml_are_written),
      cmocka_unit_test(xml_is_in_the_order_of_the_dtd),
      cmocka_unit_test(what_is_written_is_read_to_the_same),
      cmocka_unit_test(a_full_buffer_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
