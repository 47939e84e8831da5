/* SPDX-License-Identifier: MIT */
/* Messages that are none: all answered 400, and the service goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

#include "conformance/attestation/claims.h"
#include "scene.h"

#define REQUEST "http://schemas.microsoft.com/windows/security/healthcertificate/request/v3"
#define ROOT(attributes, content)                                                                  \
  "<HealthCertificateRequest xmlns=\"" REQUEST "\" " attributes ">" content                        \
  "</HealthCertificateRequest>"

static void assert_malformed(bench *b, unsigned version, omadm_str body, const char *sentence) {
  answer a;
  bench_send(b, "GetHealthCertificate", version, body, &a);
  if (a.http != 400 || strstr(a.message, sentence) == NULL)
    fail_msg("%d '%s', wanted 400 and '%s'", a.http, a.message, sentence);
  answer_dispose(&a);
}

typedef struct bad_message {
  const char *text;
  const char *sentence;
} bad_message;

static const bad_message bad_messages[] = {
    {"", "the document is empty"},
    {" ", "not well-formed XML"},
    {"hello", "not well-formed XML"},
    {"{\"json\":1}", "not well-formed XML"},
    {"<a>", "not well-formed XML"},
    {"<HealthCertificateRequest/>", "the root is not HealthCertificateRequest of namespace"},
    {"<x xmlns=\"" REQUEST "\"/>", "the root is not HealthCertificateRequest of namespace"},
    {"<HealthCertificateRequest xmlns=\"" REQUEST "x\" ProtocolVersion=\"3\"/>",
     "the root is not HealthCertificateRequest of namespace"},
    {ROOT("", ""), "has no attribute ProtocolVersion"},
    {ROOT("ProtocolVersion=\"2\"", ""), "ProtocolVersion is below 3"},
    {ROOT("ProtocolVersion=\"three\"", ""), "is not a number"},
    {ROOT("ProtocolVersion=\"99999999999\"", ""), "ProtocolVersion is below 3"},
    {ROOT("ProtocolVersion=\"3\"", ""), "Claims is missing"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims/>"), "0 proofs of the attestation key"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims/><AIKPublic/>"), "Claims are cut: 0 octets"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims/><Claims/><AIKPublic/>"), "more than 1 Claims"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims/><AIKPublic/><AIKPublic/>"), "more than 1 AIKPublic"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims/><AIKCertificate/><AIKPublic/>"), "2 proofs"},
    {ROOT("ProtocolVersion=\"3\"", "<AIKPublic/><Claims/>"), "Claims is missing"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims/><RSASigningKey/>"), "RSASigningKey in"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims/><AIKPublic/><TCGLogs/>"), "TCGLogs in"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims xmlns=\"urn:x\"/>"), "Claims is missing"},
    {ROOT("ProtocolVersion=\"3\"", "text<Claims/><AIKPublic/>"), "text between the elements"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims>A</Claims>"), "Claims is not base64"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims>####</Claims>"), "Claims is not base64"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims><a/></Claims>"), "Claims has elements in it"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims/><EKCertificates/>"), "has no attribute KAClaim"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims/><EKCertificates KAClaim=\"\"/>"), "no attribute AIKP"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims/><EKCertificates KAClaim=\"\" AIKPublic=\"\"/>"),
     "EKCertificate is missing"},
    {"<!DOCTYPE a>" ROOT("ProtocolVersion=\"3\"", "<Claims/><AIKPublic/>"), "DOCTYPE"},
    {"<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" ROOT("ProtocolVersion=\"3\"",
                                                                     "<Claims>&x;</Claims>"),
     "DOCTYPE"},
    {"<!DOCTYPE a SYSTEM \"http://127.0.0.1:9/x.dtd\">" ROOT("", ""), "DOCTYPE"},
    {ROOT("ProtocolVersion=\"3\"", "<Claims>&x;</Claims>"), "not well-formed XML"},
};

static void what_is_no_message_answers_400(void **state) {
  scene *s = *state;
  for (size_t i = 0; i < sizeof bad_messages / sizeof bad_messages[0]; i++)
    assert_malformed(&s->b, 3, omadm_str_of(bad_messages[i].text), bad_messages[i].sentence);
}

static void a_message_of_another_version_than_the_path_answers_400(void **state) {
  scene *s = *state;
  static const unsigned versions[] = {1, 3, 4};
  parts p;
  omadm_buf xml = {.mem = NULL};
  parts_take(&p, &s->d, "");
  for (size_t i = 0; i < 3; i++) {
    for (size_t k = 0; k < 3; k++) {
      request_certificate(&p, versions[i], PROOF_BARE, &xml);
      if (i != k) assert_malformed(&s->b, versions[k], omadm_buf_str(&xml), "namespace");
    }
  }
  request_certificate(&p, 3, PROOF_TWO, &xml);
  assert_malformed(&s->b, 3, omadm_buf_str(&xml), "2 proofs of the attestation key");
  request_certificate(&p, 3, PROOF_NONE, &xml);
  assert_malformed(&s->b, 3, omadm_buf_str(&xml), "0 proofs of the attestation key");
  omadm_buf_dispose(&xml);
  parts_dispose(&p);
}

static void entities_that_grow_answer_400(void **state) {
  scene *s = *state;
  omadm_buf xml = {.mem = NULL};
  parts_set(&xml, NULL, 0);
  assert_int_equal(omadm_buf_add_text(&xml, "<!DOCTYPE a [<!ENTITY e0 \"xxxxxxxxxx\">"), OMADM_OK);
  for (int i = 1; i < 20; i++)
    assert_int_equal(omadm_buf_printf(&xml, "<!ENTITY e%d \"&e%d;&e%d;&e%d;&e%d;&e%d;\">", i, i - 1,
                                      i - 1, i - 1, i - 1, i - 1),
                     OMADM_OK);
  assert_int_equal(omadm_buf_add_text(&xml, "]><a>&e19;</a>"), OMADM_OK);
  assert_malformed(&s->b, 3, omadm_buf_str(&xml), "DOCTYPE");
  omadm_buf_dispose(&xml);
}

static void elements_too_deep_answer_400(void **state) {
  scene *s = *state;
  omadm_buf xml = {.mem = NULL};
  parts_set(&xml, NULL, 0);
  for (int i = 0; i < 100000; i++)
    assert_int_equal(omadm_buf_add_text(&xml, "<a>"), OMADM_OK);
  assert_malformed(&s->b, 3, omadm_buf_str(&xml), "more than 4096 tags");
  omadm_buf_dispose(&xml);
}

static void a_malformed_validation_answers_400(void **state) {
  static const char space[] =
      "http://schemas.microsoft.com/windows/security/healthcertificate/validation/request/v3";
  static const bad_message cases[] = {
      {"<Nonce>0</Nonce><Claims/><HealthCertificateBlob/>", "Nonce is not hexadecimal"},
      {"<Nonce>zz</Nonce><Claims/><HealthCertificateBlob/>", "Nonce is not hexadecimal"},
      {"<Nonce>00</Nonce><Nonce>00</Nonce><Claims/><HealthCertificateBlob/>", "more than 1 Nonce"},
      {"<Nonce>00</Nonce><Claims/>", "HealthCertificateBlob is missing"},
      {"<Claims/><Nonce>00</Nonce><HealthCertificateBlob/>", "HealthCertificateBlob is missing"},
      {"<Nonce>00</Nonce><Claims/><HealthCertificateBlob/>", "Claims are cut"},
  };
  scene *s = *state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char xml[1024];
    answer a;
    snprintf(xml, sizeof xml,
             "<HealthCertificateValidationRequest xmlns=\"%s\" ProtocolVersion=\"3\">%s"
             "</HealthCertificateValidationRequest>",
             space, cases[i].text);
    bench_send(&s->b, "ValidateHealthCertificate", 3, omadm_str_of(xml), &a);
    assert_int_equal(a.http, 400);
    if (strstr(a.message, cases[i].sentence) == NULL) fail_msg("%s", a.message);
    answer_dispose(&a);
  }
}

/* Sends these claims with an honest key. */
static int send_claims(bench *b, const parts *p, omadm_str octets) {
  omadm_buf xml = {.mem = NULL};
  answer a;
  parts_set(&xml, NULL, 0);
  omadm_buf_printf(&xml, "<HealthCertificateRequest xmlns=\"" REQUEST
                         "\" ProtocolVersion=\"3\"><Claims>");
  omadm_base64_encode(octets, &xml);
  omadm_buf_printf(&xml, "</Claims><AIKPublic>");
  omadm_base64_encode(omadm_buf_str(&p->ak_blob), &xml);
  omadm_buf_printf(&xml, "</AIKPublic></HealthCertificateRequest>");
  bench_send(b, "GetHealthCertificate", 3, omadm_buf_str(&xml), &a);
  int http = a.http;
  answer_dispose(&a);
  omadm_buf_dispose(&xml);
  return http;
}

static void claims_cut_anywhere_answer_400(void **state) {
  scene *s = *state;
  parts p;
  omadm_buf octets = {.mem = NULL};
  parts_take(&p, &s->d, "");
  parts_claims(&p, &octets);
  assert_int_equal(send_claims(&s->b, &p, omadm_buf_str(&octets)), 200);
  for (size_t i = 0; i < octets.len; i++) {
    /* A copy of exactly that size, so that a read beyond it is seen. */
    char *cut = malloc(i + 1);
    claims parsed;
    memcpy(cut, octets.ptr, i);
    cut = realloc(cut, i > 0 ? i : 1);
    assert_int_equal(claims_parse((omadm_str){cut, i}, true, &parsed, NULL), OMADM_E_SYNTAX);
    if (i % 97 == 0) assert_int_equal(send_claims(&s->b, &p, (omadm_str){cut, i}), 400);
    free(cut);
  }
  assert_int_equal(omadm_buf_add(&octets, "x", 1), OMADM_OK);
  assert_int_equal(send_claims(&s->b, &p, omadm_buf_str(&octets)), 400);
  omadm_buf_dispose(&octets);
  parts_dispose(&p);
}

/* Each size with each lie: the parts then have the sizes that were said, or it is no blob at all.
 */
static void claims_with_lies_about_sizes_answer_400(void **state) {
  static const uint32_t lies[] = {0,          1,          0x7F,       0xFF,       0x100,
                                  0xFFFF,     0x10000,    0x7FFFFFFF, 0x80000000, 0xFFFFFFFC,
                                  0xFFFFFFFF, 0x01000001, 4097,       1537,       0xFFFFFFE8};
  scene *s = *state;
  parts p;
  omadm_buf octets = {.mem = NULL};
  parts_take(&p, &s->d, "");
  for (size_t word = 0; word < 6; word++) {
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
      parts_claims(&p, &octets);
      uint8_t *at = (uint8_t *)octets.ptr + 4 * word;
      for (size_t k = 0; k < 4; k++)
        at[k] = (uint8_t)(lies[i] >> 8 * k);
      bool same = word == 1 || (word == 0 && lies[i] == 1);
      assert_int_equal(send_claims(&s->b, &p, omadm_buf_str(&octets)), same ? 200 : 400);
    }
  }
  omadm_buf_dispose(&octets);
  parts_dispose(&p);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(what_is_no_message_answers_400),
      TEST(a_message_of_another_version_than_the_path_answers_400),
      TEST(entities_that_grow_answer_400),
      TEST(elements_too_deep_answer_400),
      TEST(a_malformed_validation_answers_400),
      TEST(claims_cut_anywhere_answer_400),
      TEST(claims_with_lies_about_sizes_answer_400),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
