/* SPDX-License-Identifier: MIT */
/* XSD and ADMX. */
#include "tests/allowed/rule.h"

#include <stdlib.h>

#define PERSON                                                                                     \
  XS "<xs:element name='p'><xs:complexType><xs:sequence>"                                          \
     "<xs:element name='name'><xs:simpleType><xs:restriction base='xs:string'>"                    \
     "<xs:maxLength value='4'/></xs:restriction></xs:simpleType></xs:element>"                     \
     "<xs:element name='age' type='xs:unsignedByte' minOccurs='0'/></xs:sequence>"                 \
     "<xs:attribute name='id' use='required'><xs:simpleType><xs:restriction base='xs:string'>"     \
     "<xs:maxLength value='2'/></xs:restriction></xs:simpleType></xs:attribute>"                   \
     "</xs:complexType></xs:element></xs:schema>"

static void a_document_of_the_schema_is_allowed_and_no_other(void **state) {
  (void)state;
  static const char *const good[] = {
      "<p id='1'><name>Ada</name></p>", "<p id='1'><name>Ada</name><age>36</age></p>",
      "<?xml version='1.0' encoding='utf-16'?><p id='1'><name>&#65;</name></p>"};
  static const char *const bad[] = {"",
                                    "text",
                                    "<p/>",
                                    "<q/>",
                                    "<p id='1'><age>36</age></p>",
                                    "<p><name>Ada</name></p>",
                                    "<p id='1'><name>Ada</name><age>256</age></p>",
                                    "<p id='1'><name>Ada</name></p><p/>",
                                    "<p id='1'><name>Ada</name>",
                                    "<p id='1' x='2'><name>Ada</name></p>",
                                    "<p id='1'><name>Adalbert</name><age>x</age></p>"};
  rule_case r;
  rule_begin(&r, "chr", XSD(PERSON));
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    rule_expect_one(&r, OMADM_ST_OK, good[i]);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    rule_expect_one(&r, OMADM_ST_BAD_FORMAT, bad[i]);
  rule_expect_why(&r, "holds the element age (line 1), which holds what its type does not allow");
  assert_null(strstr(r.why.text, "Adalbert"));
  rule_end(&r);
}

static void a_text_that_is_only_too_long_answers_413(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr", XSD(PERSON));
  rule_expect_one(&r, OMADM_ST_TOO_LARGE, "<p id='1'><name>Augusta</name></p>");
  rule_expect_why(&r, "the element name (line 1), which is or has an attribute longer than");
  rule_expect_one(&r, OMADM_ST_TOO_LARGE, "<p id='123'><name>Ada</name></p>");
  rule_end(&r);
}

static void what_a_schema_would_import_is_not_checked_and_the_rest_is(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr",
             XSD(XS "<xs:import namespace='urn:x' schemaLocation='http://127.0.0.1:9/x.xsd'/>"
                    "<xs:include schemaLocation='/etc/passwd'/>"
                    "<xs:element name='a'><xs:complexType><xs:sequence>"
                    "<xs:element xmlns:x='urn:x' ref='x:b'/><xs:element name='c' type='xs:int'/>"
                    "<xs:element xmlns:x='urn:x' name='d' type='x:d' minOccurs='0'/></xs:sequence>"
                    "<xs:attribute xmlns:x='urn:x' ref='x:e'/>"
                    "</xs:complexType></xs:element></xs:schema>"));
  rule_expect_log(&r, "[rule-partly]");
  rule_expect_one(&r, OMADM_ST_OK, "<a><b xmlns='urn:x'><any/></b><c>1</c></a>");
  rule_expect_one(&r, OMADM_ST_OK, "<a xmlns:x='urn:x' x:e='1'><x:b/><c>1</c><d><any/></d></a>");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "<a><b/><c>1</c></a>");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "<a><d xmlns='urn:x'/><c>1</c></a>");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "<a><b xmlns='urn:y'/><c>1</c></a>");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "<a><b xmlns='urn:x'/><c>x</c></a>");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "<a f='1'><b xmlns='urn:x'/><c>1</c></a>");
  rule_end(&r);
}

static void elements_of_other_namespaces_are_known_by_their_names(void **state) {
  (void)state;
  rule_case r;
  rule_begin(
      &r, "chr",
      XSD("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' xmlns='urn:own' xmlns:x='urn:x' "
          "targetNamespace='urn:own' elementFormDefault='qualified'><xs:import namespace='urn:x'/>"
          "<xs:complexType name='t'><xs:sequence><xs:element ref='x:b' minOccurs='0'/>"
          "<xs:element name='c' type='xs:int' minOccurs='0'/><xs:element ref='x:d' minOccurs='0'/>"
          "</xs:sequence></xs:complexType><xs:element name='a'><xs:complexType><xs:all>"
          "<xs:element name='t' type='t'/><xs:element ref='x:e'/></xs:all></xs:complexType>"
          "</xs:element></xs:schema>"));
  rule_expect_log(&r, "[rule-partly]");
  rule_expect_one(&r, OMADM_ST_OK, "<a xmlns='urn:own' xmlns:x='urn:x'><t><x:d/></t><x:e/></a>");
  rule_expect_one(&r, OMADM_ST_OK,
                  "<o:a xmlns:o='urn:own' xmlns:x='urn:x'><x:e y='1'>z<x:w/></x:e>"
                  "<o:t><x:b/><o:c>1</o:c><x:d/></o:t></o:a>");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT,
                  "<a xmlns='urn:own' xmlns:x='urn:x'><t><x:d/><x:b/></t><x:e/></a>");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "<a xmlns='urn:own' xmlns:x='urn:x'><t/></a>");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "<x:e xmlns:x='urn:x'/>");
  rule_end(&r);
}

static void a_value_cannot_make_the_device_read_another_schema(void **state) {
  (void)state;
  rule_case r;
  rule_begin(&r, "chr", XSD(XS "<xs:element name='a' type='xs:int'/></xs:schema>"));
  rule_expect_one(&r, OMADM_ST_OK,
                  "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
                  "i:noNamespaceSchemaLocation='/etc/passwd' i:schemaLocation='urn:x /x'>1</a>");
  rule_expect_one(&r, OMADM_ST_BAD_FORMAT,
                  "<b xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
                  "i:noNamespaceSchemaLocation='/tmp/b.xsd'>1</b>");
  rule_end(&r);
}

static void entities_are_refused_before_they_grow(void **state) {
  (void)state;
  static const char *const kinds[] = {XSD(XS "<xs:element name='a'/></xs:schema>"), KIND("ADMX")};
  for (size_t i = 0; i < 2; i++) {
    rule_case r;
    rule_begin(&r, "chr", kinds[i]);
    rule_expect_one(&r, OMADM_ST_BAD_FORMAT,
                    "<!DOCTYPE a [<!ENTITY x 'xxxxxxxxxx'><!ENTITY y '&x;&x;&x;&x;&x;&x;'>"
                    "<!ENTITY z '&y;&y;&y;&y;&y;&y;&y;'>]><a>&z;&z;&z;</a>");
    rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "<!DOCTYPE a SYSTEM '/etc/passwd'><a/>");
    rule_expect_one(&r, OMADM_ST_BAD_FORMAT, "<!DOCTYPE a><a/>");
    rule_end(&r);
  }
}

static void an_admx_value_is_enabled_with_data_or_disabled(void **state) {
  (void)state;
  static const char *const good[] = {
      "<enabled/>",
      "<disabled/>",
      "<enabled></enabled>",
      " <enabled/>\r\n",
      "<enabled/><data id=\"a\" value=\"1\"/>",
      "<data value='' id='a'/><enabled/>",
      "<enabled/><data id=\"a\" value=\"&lt;x&gt;&#xF000;\"/> <data id='b' value='2'/>",
      "<!-- note --><disabled/>"};
  static const char *const bad[] = {"",
                                    "enabled",
                                    "<enabled>",
                                    "<Enabled/>",
                                    "<x:enabled xmlns:x='urn:x'/>",
                                    "<enabled xmlns='urn:x'/>",
                                    "<enabled/><x:data xmlns:x='urn:x' id='a' value='1'/>",
                                    "<enabled/><data xmlns:x='urn:x' x:id='a' value='1'/>",
                                    "<enabled/><disabled/>",
                                    "<enabled/><enabled/>",
                                    "<data id='a' value='1'/>",
                                    "<disabled/><data id='a' value='1'/>",
                                    "<enabled x='1'/>",
                                    "<enabled>x</enabled>",
                                    "<enabled/>x",
                                    "<enabled/><data id='' value='1'/>",
                                    "<enabled/><data value='1'/>",
                                    "<enabled/><data id='a'/>",
                                    "<enabled/><other/>",
                                    "<enabled/><data id='a' value='1' x='2'/>",
                                    "<enabled/><data id='a' value='1'>x</data>",
                                    "<enabled/></policy><policy>",
                                    "&lt;enabled/&gt;",
                                    "<enabled/>&x;"};
  rule_case r;
  rule_begin(&r, "chr", KIND("ADMX"));
  for (size_t i = 0; i < sizeof good / sizeof *good; i++)
    rule_expect_one(&r, OMADM_ST_OK, good[i]);
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
    rule_expect_one(&r, OMADM_ST_BAD_FORMAT, bad[i]);
  rule_end(&r);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_document_of_the_schema_is_allowed_and_no_other),
      cmocka_unit_test(a_text_that_is_only_too_long_answers_413),
      cmocka_unit_test(what_a_schema_would_import_is_not_checked_and_the_rest_is),
      cmocka_unit_test(elements_of_other_namespaces_are_known_by_their_names),
      cmocka_unit_test(a_value_cannot_make_the_device_read_another_schema),
      cmocka_unit_test(entities_are_refused_before_they_grow),
      cmocka_unit_test(an_admx_value_is_enabled_with_data_or_disabled),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
