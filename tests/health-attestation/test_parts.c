/* SPDX-License-Identifier: MIT */
/* What reads octets of strangers, by itself: with good, bad and random ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <omadm/tpm.h>

#include "health-attestation/aik.h"
#include "health-attestation/dha_response.h"
#include "health-attestation/log_banks.h"
#include "health-attestation/octets.h"
#include "health-attestation/status.h"

static void base64_goes_both_ways(void **state) {
  static const struct {
    const char *octets, *plain, *url;
  } rows[] = {{"", "", ""},
              {"f", "Zg==", "Zg"},
              {"fo", "Zm8=", "Zm8"},
              {"foo", "Zm9v", "Zm9v"},
              {"foob", "Zm9vYg==", "Zm9vYg"},
              {"\xff\xef\xfe", "/+/+", "_-_-"}};
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    octets plain = {0}, url = {0}, back = {0};
    octets_add_base64(&plain, octets_of(rows[i].octets));
    octets_add_base64url(&url, octets_of(rows[i].octets));
    assert_true(octets_is(octets_str(&plain), rows[i].plain));
    assert_true(octets_is(octets_str(&url), rows[i].url));
    assert_true(octets_add_from_base64(&back, octets_str(&plain)));
    assert_true(octets_add_from_base64(&back, octets_str(&url)));
    size_t half = back.len / 2;
    assert_true(octets_is((omadm_str){back.ptr, half}, rows[i].octets));
    assert_true(octets_is((omadm_str){back.ptr + half, half}, rows[i].octets));
    octets_dispose(&plain);
    octets_dispose(&url);
    octets_dispose(&back);
  }
}

static void what_is_no_base64_adds_nothing(void **state) {
  static const char *const bad[] = {"Z", "Zg=", "Zg===", "Z=g=", "Zm9v=", "Zm9vY", "Zm*v", "===="};
  octets out = {0};
  (void)state;
  octets_add_text(&out, "x");
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_false(octets_add_from_base64(&out, octets_of(bad[i])));
    assert_int_equal(out.len, 1);
  }
  assert_true(octets_add_from_base64(&out, octets_of(" Z m\r\n9\tv ")));
  assert_true(octets_is(octets_str(&out), "xfoo"));
  octets_dispose(&out);
}

static void xml_is_written_so_that_it_reads_the_same(void **state) {
  octets out = {0};
  (void)state;
  octets_add_xml(&out, octets_of("a<b>&\"c\""));
  assert_true(octets_is(octets_str(&out), "a&lt;b&gt;&amp;&quot;c&quot;"));
  octets_dispose(&out);
}

static void fields_that_are_cut_are_not_read(void **state) {
  octets record = {0};
  omadm_str field;
  (void)state;
  octets_add_field(&record, octets_of("one"));
  for (size_t n = 0; n < record.len; n++) {
    omadm_str rest = {record.ptr, n};
    assert_false(octets_take_field(&rest, &field));
    assert_int_equal(rest.len, n);
  }
  octets_dispose(&record);
}

#define NS "xmlns='http://schemas.microsoft.com/windows/security/healthcertificate/response/v3'"

static void real_answers_are_read_although_they_are_not_valid(void **state) {
  static const char *const good[] = {
      "<HealthCertificateResponse " NS " ErrorCode='0' ProtocolVersion='0'>"
      "<HealthCertificateBlob>QUJD</HealthCertificateBlob></HealthCertificateResponse>",
      "\xef\xbb\xbf<?xml version='1.0'?><a:HealthCertificateResponse xmlns:a='urn:x'>"
      "<a:HealthCertificateBlob>\n QU\n JD "
      "</a:HealthCertificateBlob></a:HealthCertificateResponse>>",
      "<HealthCertificateResponse><Other><HealthCertificateBlob>!</HealthCertificateBlob></Other>"
      "<HealthCertificateBlob><![CDATA[QUJD]]></HealthCertificateBlob></"
      "HealthCertificateResponse>"};
  (void)state;
  for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
    dha_response response;
    assert_int_equal(dha_response_parse(octets_of(good[i]), &response), HEALTH_REQUESTED);
    assert_true(octets_is(octets_str(&response.blob), "ABC"));
    assert_false(response.has_challenge);
    dha_response_dispose(&response);
  }
}

static void entities_are_not_expanded(void **state) {
  static const char text[] =
      "<!DOCTYPE r [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
      "<HealthCertificateResponse><HealthCertificateBlob>&b;</HealthCertificateBlob>"
      "</HealthCertificateResponse>";
  dha_response response;
  (void)state;
  assert_int_equal(dha_response_parse(octets_of(text), &response), HEALTH_CORRUPT_XML);
  dha_response_dispose(&response);
}

/* Every cut and many changes of an answer end in a status, and in no harm. */
static void a_damaged_answer_is_never_more_than_a_status(void **state) {
  static const char text[] =
      "<HealthCertificateResponse " NS " ErrorCode='0' ErrorMessage='fine &amp; well'>"
      "<HealthCertificateBlob IV='AAAA' EKChallenge='BBBB'>QUJDQUJD</HealthCertificateBlob>"
      "</HealthCertificateResponse>";
  enum { LEN = sizeof text - 1, CHANGES = 20000 };
  unsigned seed = 1;
  dha_response response;
  (void)state;
  for (size_t n = 0; n <= LEN; n++) {
    health_status status = dha_response_parse((omadm_str){text, n}, &response);
    assert_true(n == LEN ? status == HEALTH_REQUESTED
                         : status == HEALTH_NOT_XML || status == HEALTH_CORRUPT_XML);
    dha_response_dispose(&response);
  }
  for (int i = 0; i < CHANGES; i++) {
    char changed[LEN];
    memcpy(changed, text, LEN);
    for (int k = rand_r(&seed) % 4; k >= 0; k--)
      changed[rand_r(&seed) % LEN] = (char)rand_r(&seed);
    assert_true(health_status_text(
                    (int)dha_response_parse((omadm_str){changed, LEN}, &response))[0] != '\0');
    dha_response_dispose(&response);
  }
}

static void random_octets_are_no_key_and_no_log(void **state) {
  unsigned seed = 2;
  (void)state;
  for (int i = 0; i < 20000; i++) {
    char some[96];
    uint16_t banks[LOG_BANKS_MAX];
    aik key;
    size_t n = (size_t)rand_r(&seed) % sizeof some;
    for (size_t k = 0; k < n; k++)
      some[k] = (char)(rand_r(&seed) % 7 == 0 ? rand_r(&seed) : 0);
    char *exact = malloc(n > 0 ? n : 1);
    assert_non_null(exact);
    memcpy(exact, some, n);
    assert_true(log_banks_read((omadm_str){exact, n}, banks) <= LOG_BANKS_MAX);
    (void)aik_parse((omadm_str){exact, n}, &key);
    free(exact);
  }
}

static void statuses_that_are_never_sent_are_in_no_table(void **state) {
  static const int never[] = {4, 8, 12, 13, 15, 35, 36};
  static const int sent[] = {
#define CODE_(name, code, text) (code),
      HEALTH_STATUSES(CODE_)
#undef CODE_
  };
  (void)state;
  for (size_t i = 0; i < sizeof never / sizeof *never; i++)
    assert_string_equal(health_status_text(never[i]), "");
  for (size_t i = 0; i < sizeof sent / sizeof *sent; i++)
    assert_string_not_equal(health_status_text(sent[i]), "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(base64_goes_both_ways),
      cmocka_unit_test(what_is_no_base64_adds_nothing),
      cmocka_unit_test(xml_is_written_so_that_it_reads_the_same),
      cmocka_unit_test(fields_that_are_cut_are_not_read),
      cmocka_unit_test(real_answers_are_read_although_they_are_not_valid),
      cmocka_unit_test(entities_are_not_expanded),
      cmocka_unit_test(a_damaged_answer_is_never_more_than_a_status),
      cmocka_unit_test(random_octets_are_no_key_and_no_log),
      cmocka_unit_test(statuses_that_are_never_sent_are_in_no_table),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
