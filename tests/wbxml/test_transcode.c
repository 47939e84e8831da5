/* SPDX-License-Identifier: MIT */
#include <omadm/wbxml.h>

#include "tests/wbxml/octets.h"

#include <stdlib.h>

typedef struct world {
  omadm_buf octets, out;
  omadm_error error;
} world;

static int begin(void **state) {
  world *w = calloc(1, sizeof *w);
  if (w == NULL) return -1;
  omadm_buf_init(&w->octets, NULL, 0);
  omadm_buf_init(&w->out, NULL, 0);
  *state = w;
  return 0;
}

static int end(void **state) {
  world *w = *state;
  omadm_buf_dispose(&w->octets);
  omadm_buf_dispose(&w->out);
  free(w);
  return 0;
}

static void encodes(world *w, const char *xml, unsigned flags, const char *octets) {
  w->out.len = w->octets.len = 0;
  octets_add(&w->octets, octets);
  if (omadm_wbxml_encode(omadm_str_of(xml), flags, &w->out, &w->error) != 0)
    fail_msg("%s", w->error.text);
  octets_assert_equal(omadm_buf_str(&w->out), omadm_buf_str(&w->octets));
}

static void decodes(world *w, const char *octets, unsigned flags, const char *xml) {
  w->out.len = w->octets.len = 0;
  octets_add(&w->octets, octets);
  if (omadm_wbxml_decode(omadm_buf_str(&w->octets), flags, &w->out, &w->error) != 0)
    fail_msg("%s", w->error.text);
  omadm_buf_add(&w->out, "", 1);
  assert_string_equal(w->out.ptr, xml);
}

/* A message of one Replace whose Item is this. */
#define XML_OF(item)                                                                               \
  "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncBody><Replace><CmdID>1</CmdID><Item>" item              \
  "</Item></Replace></SyncBody></SyncML>"
#define OCTETS_OF(item) "03 A4 01 6A 00 6D 6B 60 4B 03 '1' 00 01 54" item "01 01 01 01"
#define FORMAT(format) "<Meta><Format xmlns=\"syncml:metinf\">" format "</Format></Meta>"

static void the_known_message_goes_both_ways(void **state) {
  encodes(*state, KNOWN_XML, 0, KNOWN_MESSAGE);
  decodes(*state, KNOWN_MESSAGE, 0, KNOWN_XML);
}

static void the_known_tree_goes_both_ways(void **state) {
  encodes(*state, KNOWN_TREE_XML, 0, KNOWN_TREE);
  decodes(*state, KNOWN_TREE, 0, KNOWN_TREE_XML);
}

static void a_tree_on_page_0_is_known_by_its_root(void **state) {
  decodes(*state, "03 01 6A 00 60 77 03 '1.2' 00 01 01", 0,
          "<MgmtTree xmlns=\"syncml:dmddf1.2\"><VerDTD>1.2</VerDTD></MgmtTree>");
}

static void data_are_kept_to_the_octet(void **state) {
  encodes(*state, XML_OF("<Data> a\n&lt;b&#13;&#10;<![CDATA[<c> ]]> </Data>"), 0,
          OCTETS_OF("4F 03 ' a' 0A '<b' 0D 0A '<c>  ' 00 01"));
  decodes(*state, OCTETS_OF("4F 03 ' a' 0A '<b' 0D 0A '<c>  ' 00 01"), 0,
          XML_OF("<Data> a\n&lt;b&#13;\n&lt;c&gt;  </Data>"));
  encodes(*state, XML_OF("<Data></Data>"), 0, OCTETS_OF("0F"));
  encodes(*state, XML_OF("<Data><![CDATA[a]]>]]&gt;<![CDATA[b]]></Data>"), 0,
          OCTETS_OF("4F 03 'a]]>b' 00 01"));
  decodes(*state, OCTETS_OF("4F 03 'a]]>b' 00 01"), 0, XML_OF("<Data>a]]&gt;b</Data>"));
  decodes(*state, OCTETS_OF("4F 01"), 0, XML_OF("<Data/>"));
}

static void white_space_between_elements_is_not_kept(void **state) {
  encodes(*state,
          "<?xml version=\"1.0\"?>\n<!-- a comment -->\n<SyncML xmlns='SYNCML:SYNCML1.2'>\n"
          "  <SyncBody>\n    <Final/>\n  </SyncBody>\n</SyncML>\n",
          0, "03 A4 01 6A 00 6D 6B 12 01 01");
}

static void prefixes_and_missing_namespaces_are_understood(void **state) {
  encodes(*state,
          "<s:SyncML xmlns:s='SYNCML:SYNCML1.2'><s:SyncHdr><s:Meta><m:MetInf xmlns:m="
          "'syncml:metinf'><m:Size>1</m:Size></m:MetInf></s:Meta></s:SyncHdr></s:SyncML>",
          0, "03 A4 01 6A 00 6D 6C 5A 00 01 4E 52 03 '1' 00 01 01 01 01 01");
  encodes(*state, "<SyncML><SyncHdr><Meta><Size>1</Size></Meta></SyncHdr></SyncML>", 0,
          "03 A4 01 6A 00 6D 6C 5A 00 01 52 03 '1' 00 01 01 01 01");
}

static void unknown_elements_are_literal_names(void **state) {
  encodes(*state, "<SyncML><Frob><Nicate/><Frob>x</Frob></Frob></SyncML>", 0,
          "03 A4 01 6A 0C 'Frob' 00 'Nicate' 00 6D 44 00 04 05 44 00 03 'x' 00 01 01 01");
  decodes(*state, "03 A4 01 6A 05 'Frob' 00 6D 44 00 03 'x' 00 01 01", 0,
          "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><Frob>x</Frob></SyncML>");
}

static void octets_are_base64_in_xml(void **state) {
  decodes(*state, OCTETS_OF("5A 00 01 47 03 'bin' 00 01 01 00 00 4F C3 02 00 FF 01"), 0,
          XML_OF(FORMAT("b64") "<Data>AP8=</Data>"));
  encodes(*state, XML_OF(FORMAT("b64") "<Data>AP8=</Data>"), 0,
          OCTETS_OF("5A 00 01 47 03 'b64' 00 01 01 00 00 4F 03 'AP8=' 00 01"));
  encodes(*state, XML_OF(FORMAT("b64") "<Data>AP8=</Data>"), OMADM_WBXML_RAW,
          OCTETS_OF("5A 00 01 47 03 'bin' 00 01 01 00 00 4F C3 02 00 FF 01"));
  encodes(*state, XML_OF(FORMAT("bin") "<Data>AP8=</Data>"), 0,
          OCTETS_OF("5A 00 01 47 03 'bin' 00 01 01 00 00 4F C3 02 00 FF 01"));
  encodes(*state, XML_OF(FORMAT("b64") "<Data>no-base64!</Data>"), OMADM_WBXML_RAW,
          OCTETS_OF("5A 00 01 47 03 'b64' 00 01 01 00 00 4F 03 'no-base64!' 00 01"));
}

static void a_value_that_xml_cannot_carry_gets_a_format(void **state) {
  decodes(*state, OCTETS_OF("4F C3 01 00 01"), 0, XML_OF(FORMAT("b64") "<Data>AA==</Data>"));
  decodes(*state, OCTETS_OF("5A 00 01 47 03 'chr' 00 01 01 00 00 4F C3 01 00 01"), 0,
          XML_OF(FORMAT("b64") "<Data>AA==</Data>"));
}

static void the_format_of_a_command_is_that_of_its_items(void **state) {
  decodes(*state,
          "03 A4 01 6A 00 6D 6B 60 5A 00 01 47 03 'bin' 00 01 01 00 00 54 4F 03 'a' 00 01 01 54 4F "
          "C3 01 'b' 01 01 01 01 01",
          0,
          "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><SyncBody><Replace>" FORMAT(
              "b64") "<Item><Data>YQ==</Data></Item><Item><Data>Yg==</Data></Item></Replace>"
                     "</SyncBody></SyncML>");
}

#define TREE_META(type, format)                                                                    \
  "<Meta><Format xmlns=\"syncml:metinf\">" format "</Format><Type xmlns=\"syncml:metinf\">"        \
  "application/vnd.syncml.dmtnds+" type "</Type></Meta>"

static void a_tree_in_a_value_stays_or_changes_with_it(void **state) {
  static const char inlined[] = XML_OF(TREE_META("xml", "xml") "<Data>" KNOWN_TREE_XML "</Data>");
  static const char embedded[] =
      OCTETS_OF("5A 00 01 47 03 'bin' 00 01 53 03 'application/vnd.syncml.dmtnds+wbxml' 00 01 01"
                "00 00 4F C3 4C" KNOWN_TREE "01");
  encodes(*state, inlined, OMADM_WBXML_EMBED, embedded);
  decodes(*state, embedded, OMADM_WBXML_EMBED, inlined);
  encodes(*state, XML_OF(TREE_META("xml", "xml") "<Data><MgmtTree a='b'/></Data>"), 0,
          OCTETS_OF("5A 00 01 47 03 'xml' 00 01 53 03 'application/vnd.syncml.dmtnds+xml' 00 01 01"
                    "00 00 4F 03 '<MgmtTree a=' 27 'b' 27 '/>' 00 01"));
}

static void device_information_has_a_page_of_its_own(void **state) {
  static const char xml[] = "<DevInf xmlns=\"syncml:devinf\"><VerDTD>1.2</VerDTD><UTC/></DevInf>";
  encodes(*state, xml, 0, "03 A4 03 6A 00 4A 65 03 '1.2' 00 01 28 01");
  decodes(*state, "03 A4 03 6A 00 4A 65 03 '1.2' 00 01 28 01", 0, xml);
  decodes(*state, "02 00 00 6A 1F '-//SYNCML//DTD DevInf 1.2//EN' 00 00 4A 65 03 '1.2' 00 01 28 01",
          0, xml);
  encodes(*state, "<DevInf><VerDTD>1.1</VerDTD><Size/></DevInf>", 0,
          "03 9F 54 6A 05 'Size' 00 4A 65 03 '1.1' 00 01 04 00 01");
  /* No other page is known in it, and it is none in another document. */
  decodes(*state, "03 A4 03 6A 00 4A 00 01 12 01", 0,
          "<DevInf xmlns=\"syncml:devinf\"><token-255-12/></DevInf>");
  decodes(*state, "03 A4 01 6A 00 6D 00 03 05 01", 0,
          "<SyncML xmlns=\"SYNCML:SYNCML1.2\"><token-255-05/></SyncML>");
  encodes(*state, "<SyncML><SyncBody><UTC xmlns='syncml:devinf'/></SyncBody></SyncML>", 0,
          "03 A4 01 6A 04 'UTC' 00 6D 6B 04 00 01 01");
}

#define DEVINF_META(type)                                                                          \
  "<Meta><Type xmlns=\"syncml:metinf\">application/vnd.syncml-devinf+" type "</Type></Meta>"

static void device_information_in_a_value_changes_with_it(void **state) {
  static const char inlined[] =
      XML_OF(DEVINF_META("xml") "<Data><DevInf xmlns=\"syncml:devinf\"><UTC/></DevInf></Data>");
  static const char inside[] = OCTETS_OF(
      "5A 00 01 53 03 'application/vnd.syncml-devinf+wbxml' 00 01 01 00 00 4F C3 08 03 A4 "
      "03 6A 00 4A 28 01 01");
  encodes(*state, inlined, OMADM_WBXML_EMBED, inside);
  decodes(*state, inside, OMADM_WBXML_EMBED, inlined);
}

static void what_is_no_document_is_refused(void **state) {
  world *w = *state;
  assert_int_equal(
      omadm_wbxml_encode((omadm_str)OMADM_STR("<SyncML>\n<a></SyncML>"), 0, &w->out, &w->error),
      OMADM_E_SYNTAX);
  assert_non_null(strstr(w->error.text, "line 2"));
  omadm_error_clear(&w->error);
  assert_int_equal(omadm_wbxml_encode((omadm_str)OMADM_STR("<html/>"), 0, &w->out, &w->error),
                   OMADM_E_SYNTAX);
  assert_non_null(strstr(w->error.text, "root"));
  assert_int_equal(
      omadm_wbxml_encode(
          (omadm_str)OMADM_STR("<!DOCTYPE SyncML [<!ENTITY a 'b'>]><SyncML>&a;</SyncML>"), 0,
          &w->out, NULL),
      OMADM_E_SYNTAX);
  octets_add(&w->octets, KNOWN_MESSAGE);
  for (size_t n = 0; n < w->octets.len; n++)
    assert_int_equal(omadm_wbxml_decode((omadm_str){w->octets.ptr, n}, 0, &w->out, &w->error),
                     OMADM_E_SYNTAX);
  w->octets.len = 0;
  omadm_error_clear(&w->error);
  octets_add(&w->octets, "03 A4 01 6A 05 'a b=c' 6D 04 00 01");
  assert_int_equal(omadm_wbxml_decode(omadm_buf_str(&w->octets), 0, &w->out, &w->error),
                   OMADM_E_SYNTAX);
  assert_non_null(strstr(w->error.text, "name"));
  assert_int_equal(w->out.len, 0);
}

#define T(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void) {
  const struct CMUnitTest tests[] = {
      T(the_known_message_goes_both_ways),
      T(the_known_tree_goes_both_ways),
      T(a_tree_on_page_0_is_known_by_its_root),
      T(data_are_kept_to_the_octet),
      T(white_space_between_elements_is_not_kept),
      T(prefixes_and_missing_namespaces_are_understood),
      T(unknown_elements_are_literal_names),
      T(octets_are_base64_in_xml),
      T(a_value_that_xml_cannot_carry_gets_a_format),
      T(the_format_of_a_command_is_that_of_its_items),
      T(a_tree_in_a_value_stays_or_changes_with_it),
      T(device_information_has_a_page_of_its_own),
      T(device_information_in_a_value_changes_with_it),
      T(what_is_no_document_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
