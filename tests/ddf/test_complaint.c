/* SPDX-License-Identifier: MIT */
#include "tests/ddf/reading.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct row {
  const char *text; /* of the document, or of what stands between DDF_HEAD and DDF_TAIL */
  const char *complaint; /* part of what must be said */
} row;

#define NODE(name, rest) "<Node><NodeName>" name "</NodeName>" rest "</Node>"
#define PROPERTIES(inner) "<DFProperties>" inner "</DFProperties>"
#define GET "<AccessType><Get/></AccessType>"
#define CHR "<DFFormat><chr/></DFFormat>"
#define MIME "<DFType><MIME>text/plain</MIME></DFType>"

static void check_rows(const row *rows, size_t n, bool refused) {
  for (size_t i = 0; i < n; i++) {
    char text[4000];
    bool whole = strncmp(rows[i].text, "<?", 2) == 0 || strstr(rows[i].text, "MgmtTree") != NULL;
    snprintf(text, sizeof text, "%s%s%s", whole ? "" : DDF_HEAD, rows[i].text,
             whole ? "" : DDF_TAIL);
    reading r;
    reading_begin(&r, text);
    reading_expect(&r, rows[i].complaint);
    if ((r.err != 0) != refused) fail_msg("%s: answered %d", rows[i].text, r.err);
    if (refused) assert_memory_equal(r.error.text, "test.xml:", 9);
    reading_end(&r);
  }
}

#define CHECK(rows, refused) check_rows(rows, sizeof(rows) / sizeof *(rows), refused)

static void what_makes_a_tree_unusable_is_an_error(void **state) {
  static const row rows[] = {
      {"<?xml version='1.0'?><Other/>",
       "error 1: not a DDF: the root element is Other, not MgmtTree"},
      {"<MgmtTree><VerDTD>1.2</VerDTD></MgmtTree>", "error 1: MgmtTree holds no Node"},
      {"<MgmtTree><VerDTD>1.2</VerDTD>", "not well-formed XML"},
      {"<?x?>", "not well-formed XML"},
      {"<MgmtTree><VerDTD>2.0</VerDTD>" NODE("A", LEAF) "</MgmtTree>",
       "VerDTD is \"2.0\"; DDF 1.2 is read here"},
      {"<Node>" LEAF "</Node>", "error 3: a Node without NodeName"},
      {NODE("A", PROPERTIES(GET)), "a node without DFFormat, and nothing else tells"},
      {NODE("A", ""), "a node without DFFormat, and nothing else tells"},
      {NODE("A", PROPERTIES(GET "<DFFormat><string/></DFFormat>" MIME)),
       "\"string\" in DFFormat is not a format"},
      {NODE("A", LEAF NODE("B", LEAF)), "a node of format chr has children"},
      {NODE("A", PROPERTIES(GET "<DefaultValue>x</DefaultValue>" CHR) NODE("B", LEAF)),
       "a node of format chr has children"},
      {NODE("A", INTERIOR NODE("", LEAF) NODE("", LEAF)),
       "a second child without a name, beside the one of line 3"},
      {NODE("A", INTERIOR NODE("B", LEAF) "\n" NODE("B", LEAF)),
       "error 4: the name \"B\" stands twice below one node, first in line 3"},
      {NODE("A", LEAF) "\n" NODE("A", LEAF), "error 4: describes the same node as line 3"},
      {NODE("A/B", LEAF), "the name \"A/B\" holds a /"},
      {NODE("..", LEAF), "the name \"..\" is a step in a path"},
      {NODE("A", INTERIOR NODE(".", LEAF)), "the name \".\" is a step in a path"},
      {NODE("A&#10;B", LEAF), "holds a line break"},
      {NODE("A", "<Path>./Vendor/../X</Path>" LEAF),
       "in the path \"./Vendor/../X\": \"..\" is a step"},
      {NODE("A", "<Path>./Vendor//X</Path>" LEAF), "holds an empty segment"},
      {NODE("A", PROPERTIES(GET CHR "<Occurrence><ZeroOrN>1</ZeroOrN></Occurrence>" MIME)),
       "ZeroOrN holds \"1\""},
      {NODE("A", PROPERTIES(GET CHR "<Occurrence><OneOrN>65537</OneOrN></Occurrence>" MIME)),
       "OneOrN holds \"65537\""},
      {NODE("A", PROPERTIES(GET CHR "<Occurrence><OneOrN>-3</OneOrN></Occurrence>" MIME)),
       "OneOrN holds \"-3\""},
      {NODE("A", PROPERTIES(GET CHR
                            "<Occurrence><OneOrN>99999999999999999999</OneOrN></Occurrence>" MIME)),
       "not a number from 2 to"},
      {"<!DOCTYPE MgmtTree SYSTEM 'x.dtd'>" DDF_HEAD NODE("&x;", LEAF) DDF_TAIL,
       "Entity 'x' not defined"},
      {"<!DOCTYPE MgmtTree [<!ENTITY n '<Node/>'>]>" DDF_HEAD "&n;" NODE("A", LEAF) DDF_TAIL,
       "the entity &n; stands in MgmtTree"},
  };
  (void)state;
  CHECK(rows, true);
}

static void a_tolerated_deviation_is_a_warning_with_its_name(void **state) {
  static const row rows[] = {
      {"\n\n<?xml version='1.0'?>" DDF_HEAD NODE("A", LEAF) DDF_TAIL,
       "warning 1: the file: white space before"},
      {"<MgmtTree><VerDTD>1.2</VerDTD>" NODE(
           "A", PROPERTIES(GET CHR MIME "<MSFT:AtomicRequired/>")) "</MgmtTree>",
       "[msft-prefix]"},
      {"<MgmtTree xmlns='urn:x'><VerDTD>1.2</VerDTD>" NODE("A", LEAF) "</MgmtTree>",
       "warning 1: MgmtTree: is in another namespace"},
      {"<MgmtTree><VerDTD>1.1</VerDTD>" NODE("A", LEAF) "</MgmtTree>", "[version]"},
      {"<MgmtTree>" NODE("A", LEAF) "</MgmtTree>", "[no-version]"},
      {NODE("A", "<Other/>" LEAF),
       "warning 3: Other in Node: is no element of a DDF here and skipped [unknown-element]"},
      {NODE("A", "<x:Node xmlns:x='urn:x'/>" LEAF), "[unknown-element]"},
      {NODE("A", LEAF "<Path>./X</Path>"),
       "warning 3: Path in Node: stands in another order than the DTD's [order]"},
      {NODE("A", PROPERTIES(CHR GET MIME)), "[order]"},
      {NODE("A", LEAF LEAF), "[repeated]"},
      {NODE("A", PROPERTIES(GET "<DFFormat><chr/><int/></DFFormat>" MIME)), "[repeated]"},
      {NODE("A", "text" LEAF), "[stray-text]"},
      {NODE("A", PROPERTIES("<AccessType><get/></AccessType>" CHR MIME)), "[spelling]"},
      {NODE("A", PROPERTIES(GET "<DFFormat><Chr/></DFFormat>" MIME)), "[spelling]"},
      {NODE("A", PROPERTIES(GET "<DFFormat>chr</DFFormat>" MIME)), "[word-as-text]"},
      {NODE("A", PROPERTIES("<AccessType><Rename/></AccessType>" CHR MIME)),
       "\"Rename\" in AccessType: is not one of its words"},
      {NODE("A", PROPERTIES(GET CHR "<Occurrence><Two/></Occurrence>" MIME)),
       "\"Two\" in Occurrence: is not one of its words"},
      {NODE("A", PROPERTIES(GET CHR "<Scope/>" MIME)),
       "warning 3: Scope: is empty; what is left out counts instead [empty]"},
      {NODE(" A ", LEAF), "\"A\": blanks around the name are dropped [name-space]"},
      {NODE("A", INTERIOR NODE("*", LEAF)), "[name-star]"},
      {NODE(".", INTERIOR NODE("A", LEAF)), "[name-root]"},
      {NODE("A", "<Path>./Vendor/</Path>" LEAF), "[path-spelling]"},
      {NODE("A", INTERIOR NODE("B", "<Path>./X</Path>" LEAF)), "[inner-path]"},
      {NODE("A", NODE("B", LEAF)), "[no-properties]"},
      {NODE("A", PROPERTIES(CHR MIME)), "[no-access-type]"},
      {NODE("A", PROPERTIES(GET MIME)), "[no-format]"},
      {NODE("A", PROPERTIES(GET CHR "<DFType><DDFName/></DFType>") NODE("B", LEAF)),
       "[interior-format]"},
      {NODE("A", PROPERTIES(GET CHR)), "leaf: without DFType"},
      {NODE("A", PROPERTIES(GET "<DFFormat><node/></DFFormat>")), "interior node: without DFType"},
      {NODE("A", PROPERTIES(GET CHR "<DFType><MIME/></DFType>")), "[empty-mime]"},
      {NODE("A", PROPERTIES(GET CHR "<DFType><DDFName/></DFType>")), "[type-kind]"},
      {NODE("A", PROPERTIES(GET "<DFFormat><node/></DFFormat>" MIME)), "[type-kind]"},
      {NODE("A", PROPERTIES(GET CHR "<Occurrence><OneOrN/></Occurrence>" MIME)), "[occurrence-n]"},
      {NODE("A",
            PROPERTIES(GET "<DefaultValue>True</DefaultValue><DFFormat><bool/></DFFormat>" MIME)),
       "[default-spelling]"},
      {NODE("A",
            PROPERTIES(GET "<DefaultValue>n/a</DefaultValue><DFFormat><int/></DFFormat>" MIME)),
       "\"n/a\" is not a decimal number"},
      {NODE("A", PROPERTIES(GET "<DefaultValue> </DefaultValue><DFFormat><int/></DFFormat>" MIME)),
       "[default-skipped]"},
      {NODE("A", PROPERTIES(GET "<DefaultValue>x</DefaultValue><DFFormat><null/></DFFormat>" MIME)),
       "[default-skipped]"},
  };
  (void)state;
  CHECK(rows, false);
}

static void every_complaint_is_reported_and_the_first_is_the_error(void **state) {
  reading r;
  (void)state;
  reading_begin(
      &r,
      DDF_HEAD NODE("A/B", INTERIOR
                    "\n" NODE("x", PROPERTIES(GET "<DFFormat><foo/></DFFormat>" MIME)) "\n" NODE(
                        "..", LEAF)) DDF_TAIL);
  assert_int_equal(r.err, OMADM_E_SYNTAX);
  assert_int_equal(r.errors, 3);
  reading_expect(&r, "error 3: the name \"A/B\"");
  reading_expect(&r, "error 4: \"foo\" in DFFormat");
  reading_expect(&r, "error 5: the name \"..\"");
  assert_string_equal(r.error.text, "test.xml:3: the name \"A/B\" holds a /, which parts names: "
                                    "use one Node for each part, or Path");
  reading_end(&r);
}

static void names_of_siblings_are_compared_as_the_place_compares_them(void **state) {
  static const struct {
    const char *path, *sense;
    bool refused;
  } rows[] = {
      {"./Vendor/MSFT", "", true},
      {"./Device/Vendor/MSFT/Policy", "", true},
      {"./vendor/msft/", "", true},
      {"./Vendor/MSFT", "<CaseSense><CS/></CaseSense>", false},
      {"./Vendor/MSFTX", "", false},
      {"./Vendor/Other", "", false},
      {"./Vendor/Other", "<CaseSense><CIS/></CaseSense>", true},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[2000];
    snprintf(text, sizeof text,
             DDF_HEAD
             "<Node><NodeName>R</NodeName><Path>%s</Path><DFProperties>" GET
             "<DFFormat><node/></DFFormat><DFType><DDFName/></DFType>%s</DFProperties>" NODE(
                 "I", INTERIOR NODE("ab", LEAF) NODE("AB", LEAF)) "</Node>" DDF_TAIL,
             rows[i].path, rows[i].sense);
    reading r;
    reading_begin(&r, text);
    if ((r.err != 0) != rows[i].refused)
      fail_msg("%s %s: answered %d", rows[i].path, rows[i].sense, r.err);
    if (rows[i].refused) reading_expect(&r, "letter case does not count here");
    reading_end(&r);
  }
}

static void lines_count_from_the_beginning_of_the_file(void **state) {
  reading r;
  (void)state;
  reading_begin(&r, "\n\n" DDF_HEAD "<Node><NodeName>A</NodeName>" LEAF "</Node>" DDF_TAIL);
  assert_int_equal(r.err, 0);
  assert_int_equal(reading_node(&r, "")->line, 5);
  reading_end(&r);
  reading_begin(&r, "\n\n" DDF_HEAD "<Node><NodeName>A/</NodeName>" LEAF "</Node>" DDF_TAIL);
  reading_expect(&r, "error 5: the name");
  reading_end(&r);
}

static void a_node_named_dot_lifts_its_children_to_roots(void **state) {
  reading r;
  (void)state;
  reading_begin(&r, DDF_HEAD NODE(".", INTERIOR NODE("A", INTERIOR NODE("B", LEAF)) NODE("C", LEAF))
                        DDF_TAIL);
  assert_int_equal(r.err, 0);
  assert_int_equal(omadm_ddf_root_count(r.ddf), 2);
  assert_int_equal(omadm_ddf_node_count(r.ddf), 3);
  assert_str(omadm_ddf_node_at(r.ddf, omadm_ddf_root_at(r.ddf, 1)->node)->name, "C");
  assert_str(omadm_ddf_root_at(r.ddf, 1)->path, ".");
  reading_end(&r);
}

/* Without it the node would be open to every server. */
static void an_acl_that_would_be_skipped_is_an_error(void **state) {
#define ACL "<RTProperties><ACL>Get=*</ACL></RTProperties>"
  static const row rows[] = {
      {NODE("A", PROPERTIES(ACL GET CHR MIME)),
       "RTProperties in DFProperties would be skipped, and an ACL in it"},
      {NODE("A", ACL ACL LEAF), "RTProperties in Node would be skipped"},
      {NODE("A", "<ACL>Get=*</ACL>" LEAF), "ACL in Node would be skipped"},
      {NODE("A", "<x:RTProperties xmlns:x='urn:x'><ACL>Get=*</ACL></x:RTProperties>" LEAF),
       "RTProperties in Node would be skipped"},
      {NODE("A", "<RTProperties><ACL>Get=*</ACL><ACL>Add=*</ACL></RTProperties>" LEAF),
       "a second ACL, or one of another namespace, would be skipped"},
      {NODE("A", INTERIOR NODE("B", ACL LEAF)), "gives one to its topmost Node alone"},
      {NODE(".", ACL INTERIOR NODE("B", LEAF)), "the ACL of the root of the tree would be skipped"},
  };
#undef ACL
  (void)state;
  CHECK(rows, true);
}

static void what_is_left_out_is_taken_from_the_rest(void **state) {
  reading r;
  (void)state;
  reading_begin(
      &r,
      DDF_HEAD NODE("A", PROPERTIES(GET) NODE("B", PROPERTIES(GET "<DefaultValue>7</DefaultValue>"))
                             NODE("C", "<RTProperties><Format><int/></Format></RTProperties>") NODE(
                                 "D", PROPERTIES(GET "<DFType><DDFName>urn:x</DDFName></DFType>")))
          DDF_TAIL);
  assert_int_equal(r.err, 0);
  assert_int_equal(reading_node(&r, "")->format, OMADM_FORMAT_NODE);
  assert_int_equal(reading_node(&r, "B")->format, OMADM_FORMAT_CHR);
  assert_int_equal(reading_node(&r, "C")->format, OMADM_FORMAT_INT);
  assert_int_equal(reading_node(&r, "C")->access, 0);
  assert_int_equal(reading_node(&r, "D")->format, OMADM_FORMAT_NODE);
  assert_str(reading_node(&r, "D")->type, "urn:x");
  reading_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_makes_a_tree_unusable_is_an_error),
      cmocka_unit_test(a_tolerated_deviation_is_a_warning_with_its_name),
      cmocka_unit_test(every_complaint_is_reported_and_the_first_is_the_error),
      cmocka_unit_test(names_of_siblings_are_compared_as_the_place_compares_them),
      cmocka_unit_test(lines_count_from_the_beginning_of_the_file),
      cmocka_unit_test(a_node_named_dot_lifts_its_children_to_roots),
      cmocka_unit_test(an_acl_that_would_be_skipped_is_an_error),
      cmocka_unit_test(what_is_left_out_is_taken_from_the_rest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
