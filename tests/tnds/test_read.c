/* SPDX-License-Identifier: MIT */
#include <omadm/tnds.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/str.h"

typedef struct got {
  omadm_tnds *tnds;
  omadm_err err;
  omadm_status status;
  omadm_error error;
} got;

static got read_octets(omadm_str text, omadm_encoding encoding) {
  omadm_limits limits;
  got g = {0};
  omadm_limits_init(&limits);
  g.err = omadm_tnds_read(text, encoding, &limits, NULL, &g.tnds, &g.status, &g.error);
  assert_true((g.err == OMADM_OK) == (g.tnds != NULL));
  assert_true((g.err == OMADM_OK) == (g.status == OMADM_ST_OK));
  assert_true((g.err == OMADM_OK) == (g.error.text[0] == '\0'));
  return g;
}

static got read_text(const char *text) {
  return read_octets(omadm_str_of(text), OMADM_ENCODING_XML);
}

#define TREE(nodes) "<MgmtTree xmlns='syncml:dmddf1.2'><VerDTD>1.2</VerDTD>" nodes "</MgmtTree>"
#define PROPS(format, type)                                                                        \
  "<RTProperties><Format><" format "/></Format><Type>" type "</Type></RTProperties>"
#define LEAF(name, value)                                                                          \
  "<Node><NodeName>" name "</NodeName>" PROPS("chr", "<MIME>text/plain</MIME>") "<Value>" value    \
                                                                                "</Value></Node>"

static void assert_span(omadm_str text, const char *want) {
  if (!omadm_str_is(text, want)) fail_msg("\"%.*s\" is not \"%s\"", (int)text.len, text.ptr, want);
}

static void assert_path(const omadm_tnds *tnds, size_t i, const char *want) {
  omadm_buf buf;
  omadm_buf_init(&buf, &omadm_mem_default, 0);
  assert_int_equal(omadm_tnds_path(tnds, i, &buf), 0);
  if (want[0] == '\0')
    assert_int_equal(buf.len, 0);
  else
    assert_span(omadm_buf_str(&buf), want);
  omadm_buf_dispose(&buf);
}

static void refused(const char *text, omadm_err err, omadm_status status) {
  got g = read_text(text);
  if (g.err != err || g.status != status)
    fail_msg("%s: %d %u (%s)", text, g.err, g.status, g.error.text);
  omadm_tnds_free(g.tnds);
}

static void nodes_come_parents_first(void **state) {
  (void)state;
  got g = read_text(TREE("<Node><NodeName>a</NodeName>" PROPS("node", "<DDFName>id</DDFName>") LEAF(
      "b", "1") "<Node><NodeName>c</NodeName>" LEAF("d", "2") "</Node></Node>"));
  assert_int_equal(g.err, 0);
  assert_int_equal(g.tnds->n, 5);
  const omadm_tnds_node *n = g.tnds->nodes;
  assert_false(n[0].described);
  assert_span(n[1].name, "a");
  assert_span(n[1].type, "id");
  assert_int_equal(n[1].format, OMADM_FORMAT_NODE);
  assert_span(n[2].value, "1");
  assert_int_equal(n[2].format, OMADM_FORMAT_CHR);
  assert_int_equal(n[3].format, OMADM_FORMAT_NODE);
  assert_path(g.tnds, 4, "a/c/d");
  for (size_t i = 1; i < g.tnds->n; i++)
    assert_true(n[i].parent < i);
  omadm_tnds_free(g.tnds);
}

static void a_path_leads_through_nodes_that_are_not_described(void **state) {
  (void)state;
  got g = read_text(TREE("<Node><NodeName>x</NodeName><Path>./a/b%20c/</Path>" PROPS(
      "chr", "<MIME>text/plain</MIME>") "</Node>" LEAF("a%2Fb",
                                                       "1") "<Node><NodeName>b "
                                                            "c</NodeName><Path>a</Path></Node>"));
  assert_int_equal(g.err, 0);
  assert_int_equal(g.tnds->n, 5);
  assert_false(g.tnds->nodes[1].described);
  assert_int_equal(g.tnds->nodes[1].format, OMADM_FORMAT_NODE);
  assert_path(g.tnds, 2, "a/b%20c");
  assert_true(g.tnds->nodes[2].described); /* by the last Node */
  assert_path(g.tnds, 3, "a/b%20c/x");
  assert_false(g.tnds->nodes[3].has_value);
  assert_span(g.tnds->nodes[4].name, "a/b");
  omadm_tnds_free(g.tnds);
}

static void the_target_itself_has_no_name(void **state) {
  (void)state;
  got g = read_text(TREE("<Node><NodeName/>" PROPS("node", "<DDFName/>") LEAF("a", "1") "</Node>"));
  assert_int_equal(g.err, 0);
  assert_true(g.tnds->nodes[0].described);
  assert_false(g.tnds->nodes[0].omitted);
  assert_path(g.tnds, 0, "");
  omadm_tnds_free(g.tnds);
  g = read_text(TREE("<Node>" PROPS("node", "<DDFName>id</DDFName>") "</Node>"));
  assert_int_equal(g.err, 0);
  assert_int_equal(g.tnds->n, 1);
  assert_true(g.tnds->nodes[0].omitted);
  omadm_tnds_free(g.tnds);
}

static void a_bin_value_is_decoded(void **state) {
  (void)state;
  got g = read_text(TREE("<Node><NodeName>a</NodeName>" PROPS(
      "bin", "<MIME>x/y</MIME>") "<Value> AAEC\n</Value></Node>"));
  assert_int_equal(g.err, 0);
  assert_int_equal(g.tnds->nodes[1].value.len, 3);
  assert_memory_equal(g.tnds->nodes[1].value.ptr, "\0\1\2", 3);
  omadm_tnds_free(g.tnds);
  refused(TREE("<Node><NodeName>a</NodeName>" PROPS("bin",
                                                    "<MIME>x/y</MIME>") "<Value>?</Value></Node>"),
          OMADM_E_SYNTAX, OMADM_ST_BAD_FORMAT);
}

static void a_prefix_is_as_good_as_none(void **state) {
  (void)state;
  got g =
      read_text("<t:MgmtTree xmlns:t='syncml:dmddf1.2'><t:VerDTD>1.2</t:VerDTD><t:Node>"
                "<t:NodeName>a</t:NodeName><t:Value>1</t:Value><x:Node/></t:Node></t:MgmtTree>");
  assert_int_equal(g.err, 0);
  assert_int_equal(g.tnds->n, 2);
  omadm_tnds_free(g.tnds);
}

static void what_is_no_document_is_refused(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      " ",
      "<MgmtTree>",
      TREE(""),
      "<Node/>",
      TREE("<Node><NodeName>a</NodeName>x</Node>"),
      TREE("<Node><NodeName>a<b/></NodeName></Node>"),
      "<MgmtTree xmlns='urn:x'><Node><NodeName>a</NodeName></Node></MgmtTree>",
      TREE("<Node><NodeName>a</NodeName><RTProperties><Format><nothing/></Format></RTProperties>"
           "</Node>"),
      TREE("<Node><NodeName>a</NodeName><Value>1</Value><Value>2</Value></Node>"),
      TREE("<Node><RTProperties/><NodeName>a</NodeName></Node>"),
      TREE("<Node><NodeName>a</NodeName><Node><NodeName/></Node></Node>"),
      TREE("<Node><NodeName>a</NodeName><Node><NodeName>b</NodeName><Path>c</Path></Node></Node>"),
      TREE("<Node><NodeName/><Path>a</Path></Node>"),
      "<!DOCTYPE MgmtTree [<!ENTITY a 'b'>]>" TREE(LEAF("a", "&a;")),
      "<!DOCTYPE MgmtTree SYSTEM 'x'>" TREE(LEAF("a", "&a;")),
      TREE(LEAF("a", "1")) "<x/>"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    got g = read_text(texts[i]);
    if (g.status != OMADM_ST_BAD_FORMAT) fail_msg("%s: %d %u", texts[i], g.err, g.status);
  }
}

static void names_that_lead_elsewhere_are_refused(void **state) {
  (void)state;
  static const char *const names[] = {"..",     ".",   "a/b", "./a", "a?b",  "*",
                                      "%2E%2E", "%00", "%",   "/a",  "a%1Fb"};
  char text[512];
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    snprintf(text, sizeof text, TREE("<Node><NodeName>%s</NodeName></Node>"), names[i]);
    refused(text, OMADM_E_ARGUMENT, OMADM_ST_BAD_REQUEST);
    snprintf(text, sizeof text, TREE("<Node><NodeName>n</NodeName><Path>a/%s/../b</Path></Node>"),
             names[i]);
    refused(text, OMADM_E_ARGUMENT, OMADM_ST_BAD_REQUEST);
  }
  refused(TREE("<Node><NodeName>n</NodeName><Path>a//b</Path></Node>"), OMADM_E_ARGUMENT,
          OMADM_ST_BAD_REQUEST);
}

static void a_node_is_described_once(void **state) {
  (void)state;
  refused(TREE(LEAF("a", "1") LEAF("a", "2")), OMADM_E_EXISTS, OMADM_ST_EXISTS);
  refused(TREE(LEAF("a", "1") LEAF("%61", "2")), OMADM_E_EXISTS, OMADM_ST_EXISTS);
  refused(TREE("<Node><NodeName/></Node><Node/>"), OMADM_E_EXISTS, OMADM_ST_EXISTS);
}

static void a_leaf_has_nothing_below_it(void **state) {
  (void)state;
  refused(TREE(LEAF("a", "1") "<Node><NodeName>b</NodeName><Path>a</Path></Node>"), OMADM_E_SYNTAX,
          OMADM_ST_BAD_FORMAT);
}

static void limits_bound_nodes_depth_and_memory(void **state) {
  (void)state;
  omadm_limits limits;
  omadm_tnds *tnds = NULL;
  omadm_status status = 0;
  omadm_str text = omadm_str_of(TREE(LEAF("a", "1") LEAF("b", "1") LEAF("c", "1")));
  uint64_t *const fields[] = {&limits.items, &limits.data_depth, &limits.decoded};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    omadm_limits_init(&limits);
    *fields[i] = i == 2 ? 2048 : 2;
    assert_int_equal(omadm_tnds_read(text, OMADM_ENCODING_XML, &limits, NULL, &tnds, &status, NULL),
                     OMADM_E_LIMIT);
    assert_int_equal(status, OMADM_ST_TOO_LARGE);
    assert_null(tnds);
  }
}

/* OMA-TS-DM_TND 10: leaf B with the value v, as libwbxml writes it. */
#define HEADER "\x03\x00\x00\x6A\x1B-//OMA//DTD-DM-DDF 1.2//EN\0"
static const char worked[] =
    HEADER "\x00\x02\x60\x77\x03\x31\x2E\x32\x00\x01"
           "\x64\x66\x03\x42\x00\x01"
           "\x6F\x5C\x0B\x01"
           "\x75\x61\x03\x74\x65\x78\x74\x2F\x70\x6C\x61\x69\x6E\x00\x01\x01\x01"
           "\x76\x03\x76\x00\x01\x01\x01";

static void known_octets_of_wbxml_are_read(void **state) {
  (void)state;
  got g = read_octets((omadm_str){worked, sizeof worked - 1}, OMADM_ENCODING_WBXML);
  assert_int_equal(g.err, 0);
  assert_int_equal(g.tnds->n, 2);
  assert_span(g.tnds->nodes[1].name, "B");
  assert_span(g.tnds->nodes[1].value, "v");
  assert_span(g.tnds->nodes[1].type, "text/plain");
  assert_int_equal(g.tnds->nodes[1].format, OMADM_FORMAT_CHR);
  omadm_tnds_free(g.tnds);
}

static void tokens_of_page_0_are_taken_too(void **state) {
  (void)state;
  static const char octets[] = "\x03\x01\x6A\x00\x60\x64\x66\x03"
                               "B\0\x01\x6F\x5C\x09\x01\x01\x76\xC3\x02\x00\x01\x01\x01\x01";
  got g = read_octets((omadm_str){octets, sizeof octets - 1}, OMADM_ENCODING_WBXML);
  assert_int_equal(g.err, 0);
  assert_int_equal(g.tnds->nodes[1].format, OMADM_FORMAT_BIN);
  assert_true(g.tnds->nodes[1].octets);
  assert_int_equal(g.tnds->nodes[1].value.len, 2);
  omadm_tnds_free(g.tnds);
}

static void wbxml_that_is_cut_off_is_refused(void **state) {
  (void)state;
  for (size_t n = 0; n < sizeof worked - 1; n++) {
    got g = read_octets((omadm_str){worked, n}, OMADM_ENCODING_WBXML);
    assert_int_not_equal(g.err, 0);
    assert_int_equal(g.status, OMADM_ST_BAD_FORMAT);
  }
}

static size_t allowed;
static void *failing_alloc(void *ctx, size_t n) {
  (void)ctx;
  if (allowed == 0) return NULL;
  allowed--;
  return omadm_mem_default.alloc(NULL, n);
}
static void *failing_resize(void *ctx, void *p, size_t n) {
  (void)ctx;
  if (allowed == 0) return NULL;
  allowed--;
  return omadm_mem_default.resize(NULL, p, n);
}
static void failing_release(void *ctx, void *p) {
  (void)ctx;
  omadm_mem_default.release(NULL, p);
}

static void every_allocation_may_fail(void **state) {
  (void)state;
  const omadm_mem mem = {NULL, failing_alloc, failing_resize, failing_release};
  omadm_limits limits;
  omadm_tnds *tnds = NULL;
  omadm_limits_init(&limits);
  omadm_str text = omadm_str_of(TREE(LEAF("a", "1") LEAF("b", "2")));
  for (size_t n = 0; n < 1000; n++) {
    allowed = n;
    omadm_err err = omadm_tnds_read(text, OMADM_ENCODING_XML, &limits, &mem, &tnds, NULL, NULL);
    omadm_tnds_free(tnds);
    if (err == 0) return;
    assert_int_equal(err, OMADM_E_NOMEM);
  }
  fail();
}

static void only_two_media_types_are_tnds(void **state) {
  (void)state;
  omadm_encoding encoding = OMADM_ENCODING_WBXML;
  assert_int_equal(omadm_tnds_type((omadm_str)OMADM_STR(OMADM_TNDS_XML), &encoding), 0);
  assert_int_equal(encoding, OMADM_ENCODING_XML);
  assert_int_equal(
      omadm_tnds_type((omadm_str)OMADM_STR(OMADM_TNDS_WBXML "; charset=utf-8"), &encoding), 0);
  assert_int_equal(encoding, OMADM_ENCODING_WBXML);
  assert_int_equal(omadm_tnds_type((omadm_str)OMADM_STR("text/xml"), &encoding), OMADM_E_NOT_FOUND);
  assert_int_equal(omadm_tnds_type((omadm_str){NULL, 0}, &encoding), OMADM_E_NOT_FOUND);
}

/* Placing */

static omadm_status place(void *ctx, const omadm_origin *origin, omadm_str type, omadm_str name,
                          omadm_buf *uri) {
  (void)ctx;
  (void)origin;
  if (!omadm_str_is(type, "id")) return OMADM_ST_BAD_FORMAT;
  omadm_buf_add_text(uri, "./Home/");
  return omadm_buf_add_str(uri, name) == 0 ? OMADM_ST_OK : OMADM_ST_FAILED;
}

static void assert_uri(const omadm_tnds *tnds, size_t i, const char *want) {
  omadm_buf buf;
  omadm_buf_init(&buf, &omadm_mem_default, 0);
  assert_int_equal(omadm_tnds_uri(tnds, i, &buf), 0);
  assert_span(omadm_buf_str(&buf), want);
  omadm_buf_dispose(&buf);
}

#define OBJECT(name, inside)                                                                       \
  "<Node><NodeName>" name "</NodeName>" PROPS("node", "<DDFName>id</DDFName>") inside "</Node>"

static void objects_of_the_inbox_are_placed_and_references_rewritten(void **state) {
  (void)state;
  const omadm_tree tree = {.struct_size = sizeof tree, .place = place};
  const omadm_origin device = {.windows = 0};
  const omadm_str none = {NULL, 0};
  got g = read_text(TREE(OBJECT("a", LEAF("r", "./Inbox/b/x") LEAF("s", "./Inbox/bx"))
                             OBJECT("b", LEAF("x", "./Inbox/a"))));
  assert_int_equal(g.err, 0);
  assert_int_equal(omadm_tnds_place(g.tnds, &tree, &device, none), OMADM_ST_OK);
  assert_uri(g.tnds, 1, "./Home/a");
  assert_uri(g.tnds, 2, "./Home/a/r");
  assert_span(g.tnds->nodes[2].value, "./Home/b/x");
  assert_span(g.tnds->nodes[3].value, "./Inbox/bx");
  assert_span(g.tnds->nodes[5].value, "./Home/a");
  omadm_tnds_free(g.tnds);
  g = read_text(TREE(OBJECT("", LEAF("x", "./Inbox/t/x"))));
  assert_int_equal(omadm_tnds_place(g.tnds, &tree, &device, (omadm_str)OMADM_STR("t")),
                   OMADM_ST_OK);
  assert_uri(g.tnds, 1, "./Home/t/x");
  assert_span(g.tnds->nodes[1].value, "./Home/t/x");
  omadm_tnds_free(g.tnds);
  g = read_text(TREE(LEAF("a", "1")));
  assert_int_equal(omadm_tnds_place(g.tnds, &tree, &device, none), OMADM_ST_BAD_FORMAT);
  omadm_tnds_free(g.tnds);
}

static void a_fault_is_said_with_its_node_and_line(void **state) {
  (void)state;
  got g = read_text(TREE("<Node><NodeName>a</NodeName>\n<Node><NodeName>b</NodeName>\n"
                         "<RTProperties><Format><x/></Format></RTProperties></Node></Node>"));
  assert_string_equal(
      g.error.text, "a Format is none of the formats in the node \"a/b\", line 3 of the document");
  g = read_text("<MgmtTree xmlns='syncml:dmddf1.2'>\n<VerDTD>1.2</VerDTD><Node></MgmtTree>");
  assert_string_equal(g.error.text, "not well-formed XML: mismatched tag, line 2 of the document");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_fault_is_said_with_its_node_and_line),
      cmocka_unit_test(nodes_come_parents_first),
      cmocka_unit_test(a_path_leads_through_nodes_that_are_not_described),
      cmocka_unit_test(the_target_itself_has_no_name),
      cmocka_unit_test(a_bin_value_is_decoded),
      cmocka_unit_test(a_prefix_is_as_good_as_none),
      cmocka_unit_test(what_is_no_document_is_refused),
      cmocka_unit_test(names_that_lead_elsewhere_are_refused),
      cmocka_unit_test(a_node_is_described_once),
      cmocka_unit_test(a_leaf_has_nothing_below_it),
      cmocka_unit_test(limits_bound_nodes_depth_and_memory),
      cmocka_unit_test(known_octets_of_wbxml_are_read),
      cmocka_unit_test(tokens_of_page_0_are_taken_too),
      cmocka_unit_test(wbxml_that_is_cut_off_is_refused),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(only_two_media_types_are_tnds),
      cmocka_unit_test(objects_of_the_inbox_are_placed_and_references_rewritten),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
