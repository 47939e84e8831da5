/* SPDX-License-Identifier: MIT */
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
#include "conformance/server/validate.h"

#define REQUEST_NS                                                                                 \
  "http://schemas.microsoft.com/windows/security/healthcertificate/validation/request/v3"
#define REPORT_NS                                                                                  \
  "http://schemas.microsoft.com/windows/security/healthcertificate/validation/response/v3"
#define NONCE "00112233445566778899aabbccddeeff"

#define FIELDS(secure_boot, bitlocker)                                                             \
  "<Issued>2026-01-01T00:00:00Z</Issued><AIKPresent>true</AIKPresent><ResetCount>2</ResetCount>"   \
  "<RestartCount>0</RestartCount><DEPPolicy>1</DEPPolicy><BitlockerStatus>" bitlocker              \
  "</BitlockerStatus><SecureBootEnabled>" secure_boot                                              \
  "</SecureBootEnabled><BootDebuggingEnabled>false</BootDebuggingEnabled>"                         \
  "<OSKernelDebuggingEnabled>false</OSKernelDebuggingEnabled>"                                     \
  "<CodeIntegrityEnabled>true</CodeIntegrityEnabled>"                                              \
  "<TestSigningEnabled>false</TestSigningEnabled><SafeMode>false</SafeMode><WinPE>false</WinPE>"   \
  "<ELAMDriverLoaded>true</ELAMDriverLoaded><VSMEnabled>false</VSMEnabled>"                        \
  "<PCRHashAlgorithmID>11</PCRHashAlgorithmID><TpmVersion>2</TpmVersion>"
#define REPORT(fields, more)                                                                       \
  "<HealthCertificateValidationResponse xmlns='" REPORT_NS                                         \
  "' ErrorCode='0' ErrorMessage='' ProtocolVersion='3'><HealthCertificateProperties>" fields       \
  "</HealthCertificateProperties>" more "</HealthCertificateValidationResponse>"

typedef struct outcome {
  omadm_err err;
  bool healthy;
  omadm_error error;
  char *text;
  size_t len;
} outcome;

static outcome judge(const char *answer) {
  outcome it = {.err = 0};
  omadm_error_clear(&it.error);
  FILE *out = open_memstream(&it.text, &it.len);
  it.err = validate_report(omadm_str_of(answer), out, &it.healthy, &it.error);
  fclose(out);
  return it;
}

static bool said(const outcome *it, const char *text) {
  return strstr(it->text, text) != NULL;
}

static omadm_err request_of(const char *xml, omadm_buf *out, unsigned *version) {
  omadm_buf data;
  omadm_buf_init(&data, &omadm_mem_default, 0);
  omadm_buf_init(out, &omadm_mem_default, 0);
  assert_int_equal(omadm_base64_encode(omadm_str_of(xml), &data), 0);
  omadm_err err = validate_request(omadm_buf_str(&data), NONCE, out, version, NULL);
  omadm_buf_dispose(&data);
  return err;
}

static void the_nonce_becomes_the_first_child_in_the_same_namespace(void **state) {
  (void)state;
  static const char xml[] = "\xef\xbb\xbf<HealthCertificateValidationRequest xmlns='" REQUEST_NS
                            "' ProtocolVersion='3'><Claims>AA==</Claims>"
                            "<HealthCertificateBlob>AA==</HealthCertificateBlob>"
                            "</HealthCertificateValidationRequest>";
  unsigned version = 0;
  omadm_buf out;
  assert_int_equal(request_of(xml, &out, &version), OMADM_OK);
  assert_int_equal(version, 3);
  static const char wanted[] =
      "ProtocolVersion=\"3\"><Nonce>" NONCE "</Nonce><Claims>AA==</Claims>";
  assert_non_null(memmem(out.ptr, out.len, wanted, strlen(wanted)));
  omadm_buf_dispose(&out);
}

static void data_that_is_no_request_is_refused(void **state) {
  (void)state;
  static const char *const rubbish[] = {
      "", "<", "<a/>",
      "<HealthCertificateValidationRequest><Nonce>00</Nonce></HealthCertificateValidationRequest>"};
  for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
    unsigned version = 0;
    omadm_buf out;
    assert_int_not_equal(request_of(rubbish[i], &out, &version), OMADM_OK);
    omadm_buf_dispose(&out);
  }
  omadm_buf out;
  unsigned version = 0;
  omadm_buf_init(&out, &omadm_mem_default, 0);
  assert_int_equal(validate_request(omadm_str_of("!!"), NONCE, &out, &version, NULL),
                   OMADM_E_SYNTAX);
  omadm_buf_dispose(&out);
}

static void a_good_report_is_healthy_and_each_field_has_a_verdict(void **state) {
  (void)state;
  outcome it = judge(REPORT(FIELDS("true", "1"), ""));
  assert_int_equal(it.err, OMADM_OK);
  assert_true(it.healthy);
  assert_true(said(&it, "  SecureBootEnabled                 true"));
  assert_true(said(&it, "  good\n"));
  assert_true(said(&it, "says nothing\n"));
  assert_false(said(&it, "BAD"));
  assert_true(said(&it, "no mismatch"));
  free(it.text);
}

static void a_bad_field_decides(void **state) {
  (void)state;
  outcome it = judge(REPORT(FIELDS("false", "1"), ""));
  assert_int_equal(it.err, OMADM_OK);
  assert_false(it.healthy);
  assert_true(said(&it, "BAD: Secure Boot was off\n"));
  free(it.text);
  it = judge(REPORT(FIELDS("true", "0"), ""));
  assert_false(it.healthy);
  assert_true(said(&it, "BAD: the volume was not encrypted\n"));
  free(it.text);
}

static void a_field_that_is_needed_and_missing_is_bad(void **state) {
  (void)state;
  outcome it = judge(REPORT("<SecureBootEnabled>true</SecureBootEnabled>", ""));
  assert_int_equal(it.err, OMADM_OK);
  assert_false(it.healthy);
  assert_true(said(&it, "BAD: it was not reported\n"));
  free(it.text);
}

static void a_mismatch_flag_is_bad(void **state) {
  (void)state;
  outcome it = judge(REPORT(FIELDS("true", "1"),
                            "<HealthStatusMismatchFlags><ResumeCount>false</ResumeCount>"
                            "<RebootCount>true</RebootCount></HealthStatusMismatchFlags>"));
  assert_int_equal(it.err, OMADM_OK);
  assert_false(it.healthy);
  assert_true(said(&it, "BAD: rebooted since the certificate\n"));
  free(it.text);
}

static void an_answer_without_properties_is_a_refusal(void **state) {
  (void)state;
  outcome it = judge("<HealthCertificateValidationResponse xmlns='" REPORT_NS
                     "' ErrorCode='7' ErrorMessage='the nonce is another' ProtocolVersion='3'/>");
  assert_int_equal(it.err, OMADM_E_REFUSED);
  assert_string_equal(it.error.text, "ErrorCode 7: the nonce is another");
  assert_string_equal(it.text, "");
  free(it.text);
}

/* Real services do: one sample ends in a stray character, one has no ErrorMessage. */
static void a_report_that_breaks_its_schema_is_read(void **state) {
  (void)state;
  outcome it = judge(REPORT(FIELDS("true", "1"), "") ">");
  assert_int_equal(it.err, OMADM_OK);
  assert_true(it.healthy);
  free(it.text);
}

static void rubbish_is_no_report(void **state) {
  (void)state;
  static const char *const rubbish[] = {"", "<", "{}", "<html/>", "\xff\xfe"};
  for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
    outcome it = judge(rubbish[i]);
    assert_int_equal(it.err, OMADM_E_SYNTAX);
    assert_false(it.healthy);
    free(it.text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_nonce_becomes_the_first_child_in_the_same_namespace),
      cmocka_unit_test(data_that_is_no_request_is_refused),
      cmocka_unit_test(a_good_report_is_healthy_and_each_field_has_a_verdict),
      cmocka_unit_test(a_bad_field_decides),
      cmocka_unit_test(a_field_that_is_needed_and_missing_is_bad),
      cmocka_unit_test(a_mismatch_flag_is_bad),
      cmocka_unit_test(an_answer_without_properties_is_a_refusal),
      cmocka_unit_test(a_report_that_breaks_its_schema_is_read),
      cmocka_unit_test(rubbish_is_no_report),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
