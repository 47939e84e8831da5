/* SPDX-License-Identifier: MIT */
#include "provisioning/cp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/str.h"
#include "provisioning/w7.h"

/* An access point, and an account with an address, its port and credentials of both sides. */
static const char account[] =
    "030b6a00c54601c65501871106034e41503100018710060347534d2d47505253000101c600015501"
    "873606037737000187380603636f6d2e6578616d706c652e646d00018700000706034578616d706c"
    "650001872206034e4150310001870503494e49540001c6000156018734060368747470733a2f2f64"
    "6d2e6578616d706c652e636f6d2f6f6d610001c600005301872306033834343300010101c6000157"
    "018730068d01873306930187310603646576696365310001873206036465767077640001872f0603"
    "546d39755932553d000101c6570187300603434c49454e5400018733069301873206037372767077"
    "640001872f0603546d39755932553d0001010101";

static omadm_buf document;

static int set_up(void **state) {
  (void)state;
  omadm_buf_init(&document, NULL, 0);
  return omadm_hex_decode(omadm_str_of(account), &document);
}

static int tear_down(void **state) {
  (void)state;
  omadm_buf_dispose(&document);
  return 0;
}

static void an_account_is_read(void **state) {
  (void)state;
  cp_document cp;
  account_record record;
  assert_int_equal(cp_read_wbxml(&cp, omadm_buf_str(&document), NULL), 0);
  const cp_characteristic *w7 = w7_find(cp.root->children);
  assert_non_null(w7);
  assert_null(w7_find(w7->next));
  assert_int_equal(w7_read(&cp, w7, &record, NULL), 0);
  assert_true(omadm_str_is(record.server_id, "com.example.dm"));
  assert_true(omadm_str_is(account_record_url(&record), "https://dm.example.com/oma"));
  assert_int_equal(record.n_addresses, 1);
  assert_true(omadm_str_is(record.addresses[0].ports[0], "8443"));
  assert_true(record.starts);
  assert_int_equal(record.n_credentials, 2);
  assert_true(omadm_str_is(record.credentials[0].level, "CLCRED"));
  assert_true(omadm_str_is(record.credentials[1].level, "SRVCRED"));
  assert_true(omadm_str_is(record.credentials[1].data, "Nonce"));
  cp_document_dispose(&cp);
}

static void xml_and_wbxml_give_the_same(void **state) {
  (void)state;
  static const char xml[] =
      "<wap-provisioningdoc><characteristic type='APPLICATION'><parm name='APPID' value='W7'/>"
      "<parm name='PROVIDER-ID' value='x'/><parm name='ADDR' value='http://y/&amp;'/>"
      "</characteristic></wap-provisioningdoc>";
  cp_document cp;
  account_record record;
  assert_int_equal(cp_read_xml(&cp, omadm_str_of(xml), NULL), 0);
  assert_int_equal(w7_read(&cp, w7_find(cp.root->children), &record, NULL), 0);
  assert_true(omadm_str_is(account_record_url(&record), "http://y/&"));
  assert_false(record.starts);
  cp_document_dispose(&cp);
}

static void every_truncation_is_refused(void **state) {
  (void)state;
  for (size_t n = 0; n < document.len; n++) {
    cp_document cp = {.root = NULL};
    char *exact = malloc(n + 1);
    assert_non_null(exact);
    memcpy(exact, document.ptr, n);
    assert_int_not_equal(cp_read_wbxml(&cp, (omadm_str){exact, n}, NULL), 0);
    cp_document_dispose(&cp);
    free(exact);
  }
}

static void every_bit_may_change(void **state) {
  (void)state;
  for (size_t i = 0; i < document.len; i++) {
    char kept = document.ptr[i];
    for (unsigned bit = 0; bit < 8; bit++) {
      cp_document cp = {.root = NULL};
      account_record record;
      document.ptr[i] = (char)(kept ^ 1 << bit);
      if (cp_read_wbxml(&cp, omadm_buf_str(&document), NULL) == 0) {
        const cp_characteristic *w7 = w7_find(cp.root->children);
        if (w7 != NULL) (void)w7_read(&cp, w7, &record, NULL);
      }
      cp_document_dispose(&cp);
    }
    document.ptr[i] = kept;
  }
}

static omadm_err read_xml(const char *xml) {
  cp_document cp = {.root = NULL};
  omadm_err err = cp_read_xml(&cp, omadm_str_of(xml), NULL);
  cp_document_dispose(&cp);
  return err;
}

static void other_xml_is_refused(void **state) {
  (void)state;
  assert_int_equal(read_xml(""), OMADM_E_SYNTAX);
  assert_int_equal(read_xml("<a/>"), OMADM_E_SYNTAX);
  assert_int_equal(read_xml("<wap-provisioningdoc><a/></wap-provisioningdoc>"), OMADM_E_SYNTAX);
  assert_int_equal(read_xml("<wap-provisioningdoc><parm/></wap-provisioningdoc>"), OMADM_E_SYNTAX);
  assert_int_equal(read_xml("<wap-provisioningdoc><characteristic/></wap-provisioningdoc>"),
                   OMADM_E_SYNTAX);
  assert_int_equal(
      read_xml("<!DOCTYPE wap-provisioningdoc [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
               "<wap-provisioningdoc><parm name='&a;'/></wap-provisioningdoc>"),
      OMADM_E_SYNTAX);
}

static void too_deep_or_too_many_is_refused(void **state) {
  (void)state;
  omadm_buf xml;
  omadm_buf_init(&xml, NULL, 0);
  assert_int_equal(omadm_buf_add_text(&xml, "<wap-provisioningdoc>"), 0);
  for (int i = 0; i < 9; i++)
    assert_int_equal(omadm_buf_add_text(&xml, "<characteristic type='a'>"), 0);
  for (int i = 0; i < 9; i++)
    assert_int_equal(omadm_buf_add_text(&xml, "</characteristic>"), 0);
  assert_int_equal(omadm_buf_add(&xml, "</wap-provisioningdoc>", 23), 0);
  assert_int_equal(read_xml(xml.ptr), OMADM_E_LIMIT);
  xml.len = 0;
  assert_int_equal(omadm_buf_add_text(&xml, "<wap-provisioningdoc>"), 0);
  for (int i = 0; i < 5000; i++)
    assert_int_equal(omadm_buf_add_text(&xml, "<parm name='a'/>"), 0);
  assert_int_equal(omadm_buf_add(&xml, "</wap-provisioningdoc>", 23), 0);
  assert_int_equal(read_xml(xml.ptr), OMADM_E_LIMIT);
  omadm_buf_dispose(&xml);
}

static void an_unknown_token_leaves_a_parm_without_its_value(void **state) {
  (void)state;
  /* <wap-provisioningdoc><parm name="NAME" value=token 0xFE/></wap-provisioningdoc> */
  static const char octets[] = "\x03\x0B\x6A\x00\x45\x87\x07\x06\xFE\x01\x01";
  cp_document cp;
  assert_int_equal(cp_read_wbxml(&cp, (omadm_str){octets, sizeof octets - 1}, NULL), 0);
  assert_non_null(cp.root->parms);
  assert_true(omadm_str_is(cp.root->parms->name, "NAME"));
  assert_false(cp.root->parms->has_value);
  cp_document_dispose(&cp);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_account_is_read),
      TEST(xml_and_wbxml_give_the_same),
      TEST(every_truncation_is_refused),
      TEST(every_bit_may_change),
      TEST(other_xml_is_refused),
      TEST(too_deep_or_too_many_is_refused),
      TEST(an_unknown_token_leaves_a_parm_without_its_value),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
