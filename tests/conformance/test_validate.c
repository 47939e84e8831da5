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
#include "conformance/attestation/dha_report.h"
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
  policy_outcome found;
  omadm_error error;
  char *text;
  size_t len;
} outcome;

static outcome judge_octets(omadm_str answer) {
  outcome it = {.found = {.decision = POLICY_HEALTHY}};
  omadm_error_clear(&it.error);
  FILE *out = open_memstream(&it.text, &it.len);
  it.err = validate_report(answer, out, &it.found, &it.error);
  fclose(out);
  return it;
}

static outcome judge(const char *answer) {
  return judge_octets(omadm_str_of(answer));
}

static void decided(const outcome *it, policy_decision decision, const char *fields) {
  assert_int_equal(it->err, OMADM_OK);
  assert_int_equal(it->found.decision, decision);
  assert_string_equal(it->found.fields, fields);
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
  decided(&it, POLICY_HEALTHY, "");
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
  decided(&it, POLICY_NOT_HEALTHY, "SecureBootEnabled");
  assert_true(said(&it, "BAD: Secure Boot was off\n"));
  free(it.text);
  it = judge(REPORT(FIELDS("true", "0"), ""));
  decided(&it, POLICY_NOT_HEALTHY, "BitlockerStatus");
  assert_true(said(&it, "BAD: the volume was not encrypted\n"));
  free(it.text);
}

static void a_field_that_is_needed_and_missing_is_not_shown(void **state) {
  (void)state;
  outcome it = judge(REPORT("<SecureBootEnabled>true</SecureBootEnabled>", ""));
  assert_int_equal(it.found.decision, POLICY_NOT_SHOWN);
  assert_true(said(&it, "  CodeIntegrityEnabled              (missing)"));
  assert_true(said(&it, "  not shown\n"));
  assert_false(said(&it, "BAD"));
  free(it.text);
}

/* The service vouches for some fields, for others not. */
static void only_an_attested_value_is_judged(void **state) {
#define GRADE(name, grade) "<Field name='" name "' grade='" grade "'/>"
#define GRADES(fields) "<Grades xmlns='urn:omadm:dha-report:grades:1'>" fields "</Grades>"
  static const struct {
    const char *answer;
    policy_decision decision;
    const char *fields;
  } rows[] = {
      {REPORT(FIELDS("true", "0") GRADES(GRADE("BitlockerStatus", "not-applicable")), ""),
       POLICY_HEALTHY, ""},
      {REPORT(FIELDS("true", "0") GRADES(GRADE("BitlockerStatus", "unknown")), ""),
       POLICY_NOT_SHOWN, "BitlockerStatus"},
      {REPORT(FIELDS("true", "1") GRADES(GRADE("BitlockerStatus", "unknown")
                                             GRADE("SecureBootEnabled", "self-reported")),
              ""),
       POLICY_NOT_SHOWN, "BitlockerStatus, SecureBootEnabled"},
      {REPORT(FIELDS("false", "1") GRADES(GRADE("BitlockerStatus", "unknown")
                                              GRADE("SecureBootEnabled", "attested")),
              ""),
       POLICY_NOT_HEALTHY, "SecureBootEnabled"},
      /* No rule demands it. */
      {REPORT(FIELDS("true", "1") GRADES(GRADE("VSMEnabled", "unknown")), ""), POLICY_HEALTHY, ""},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    outcome it = judge(rows[i].answer);
    decided(&it, rows[i].decision, rows[i].fields);
    free(it.text);
  }
}

static void a_mismatch_flag_is_bad(void **state) {
  (void)state;
  outcome it = judge(REPORT(FIELDS("true", "1"),
                            "<HealthStatusMismatchFlags><ResumeCount>false</ResumeCount>"
                            "<RebootCount>true</RebootCount></HealthStatusMismatchFlags>"));
  decided(&it, POLICY_NOT_HEALTHY, "RebootCount");
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

static void only_error_code_0_is_a_grant(void **state) {
#define CODED(code)                                                                                \
  "<HealthCertificateValidationResponse " code                                                     \
  " ProtocolVersion='3'><HealthCertificateProperties>" FIELDS(                                     \
      "true", "1") "</HealthCertificateProperties></HealthCertificateValidationResponse>"
  static const char *const answers[][2] = {
      {CODED("ErrorCode='-2147024809'"), "ErrorCode -2147024809: no message"},
      {CODED("ErrorCode='2147942487' ErrorMessage='E_INVALIDARG'"),
       "ErrorCode 2147942487: E_INVALIDARG"},
      {CODED("ErrorCode='1001'"), "ErrorCode 1001: no message"},
      {CODED("ErrorCode='4294967296'"), "ErrorCode 4294967296: no message"},
      {CODED("ErrorCode='00'"), "ErrorCode 00: no message"},
      {CODED("ErrorCode='-0'"), "ErrorCode -0: no message"},
      {CODED("ErrorCode='0x0'"), "ErrorCode 0x0: no message"},
      {CODED("ErrorCode=''"), "ErrorCode : no message"},
      {CODED("ErrorCode='granted'"), "ErrorCode granted: no message"},
      {CODED(""), "ErrorCode is missing: no message"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
    outcome it = judge(answers[i][0]);
    assert_int_equal(it.err, OMADM_E_REFUSED);
    assert_int_equal(it.found.decision, POLICY_NOT_HEALTHY);
    assert_string_equal(it.error.text, answers[i][1]);
    free(it.text);
  }
}

/* Mismatch flags stand at the end: without them the device would be called healthy. */
static void an_answer_that_is_cut_is_no_report(void **state) {
  static const char whole[] =
      REPORT(FIELDS("true", "1"), "<HealthStatusMismatchFlags><PCR>true</PCR>"
                                  "</HealthStatusMismatchFlags>");
  (void)state;
  for (size_t n = 0; n < sizeof whole - 1; n++) {
    outcome it = judge_octets((omadm_str){whole, n});
    assert_int_equal(it.err, OMADM_E_SYNTAX);
    assert_int_equal(it.found.decision, POLICY_NOT_HEALTHY);
    free(it.text);
  }
}

/* A report as the service of this project writes it. */
static outcome judge_service(dha_code code, const certificate *then, mismatch changed) {
  omadm_buf answer;
  dha_report report = {.then = then, .reset_count = 2, .issued = 1800000000, .changed = changed};
  omadm_buf_init(&answer, &omadm_mem_default, 0);
  assert_int_equal(dha_validation_response(3, code, "PCR 12 has changed", &report, &answer), 0);
  outcome it = judge_octets(omadm_buf_str(&answer));
  omadm_buf_dispose(&answer);
  return it;
}

static omadm_fact attested(uint64_t value) {
  return (omadm_fact){.grade = OMADM_GRADE_ATTESTED, .value = value};
}

static certificate windows_boot(void) {
  certificate it = {.endorsed = true, .reset_count = 2, .pcrs = {.bank = 11, .digest_len = 32}};
  omadm_fact *const good[] = {&it.facts.secure_boot, &it.facts.bitlocker,  &it.facts.code_integrity,
                              &it.facts.elam_driver, &it.facts.dep_policy, &it.facts.vsm};
  omadm_fact *const none[] = {&it.facts.boot_debugging, &it.facts.kernel_debugging,
                              &it.facts.test_signing, &it.facts.safe_mode, &it.facts.winpe};
  it.facts.kind = OMADM_BOOT_WINDOWS;
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
    *good[i] = attested(1);
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
    *none[i] = attested(0);
  return it;
}

static void a_mismatch_that_the_service_found_is_read(void **state) {
  certificate then = windows_boot();
  (void)state;
  outcome it = judge_service(DHA_OK, &then, (mismatch){.resume = false});
  decided(&it, POLICY_HEALTHY, "");
  free(it.text);
  it = judge_service(DHA_MISMATCH, &then, (mismatch){.reboot = true, .pcr = true});
  decided(&it, POLICY_NOT_HEALTHY, "RebootCount, PCR, ErrorCode");
  assert_true(said(&it, "not granted: ErrorCode 43: "));
  assert_true(said(&it, "BAD: the PCRs are not those of the boot\n"));
  assert_true(said(&it, "  SecureBootEnabled                 true"));
  free(it.text);
}

static void a_refusal_with_flags_that_are_all_false_is_not_healthy(void **state) {
  (void)state;
  outcome it =
      judge("<HealthCertificateValidationResponse ErrorCode='43' ErrorMessage='it differs'>"
            "<HealthCertificateProperties>" FIELDS(
                "true", "1") "</HealthCertificateProperties><HealthStatusMismatchFlags>"
                             "<PCR>false</PCR></HealthStatusMismatchFlags>"
                             "</HealthCertificateValidationResponse>");
  decided(&it, POLICY_NOT_HEALTHY, "ErrorCode");
  free(it.text);
}

/* Grades as tpm/eventlog gives them for shim and GRUB. */
static certificate linux_boot(bool has_command_line) {
  certificate it = windows_boot();
  omadm_fact *const none[] = {&it.facts.bitlocker,  &it.facts.test_signing, &it.facts.winpe,
                              &it.facts.dep_policy, &it.facts.vsm,          &it.facts.elam_driver};
  it.facts.kind = OMADM_BOOT_LINUX;
  for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
    *none[i] = (omadm_fact){.grade = OMADM_GRADE_NOT_APPLICABLE};
  if (!has_command_line) it.facts.code_integrity = it.facts.safe_mode = (omadm_fact){.value = 0};
  return it;
}

static void a_linux_boot_is_not_bad_for_what_only_windows_has(void **state) {
  certificate then = linux_boot(true);
  (void)state;
  outcome it = judge_service(DHA_OK, &then, (mismatch){.resume = false});
  decided(&it, POLICY_HEALTHY, "");
  assert_false(said(&it, "BAD"));
  free(it.text);
  then = linux_boot(false);
  it = judge_service(DHA_OK, &then, (mismatch){.resume = false});
  decided(&it, POLICY_NOT_SHOWN, "CodeIntegrityEnabled, SafeMode");
  free(it.text);
}

static void a_key_that_nothing_proves_is_bad_and_shows_nothing(void **state) {
  certificate then = windows_boot();
  (void)state;
  then.endorsed = false;
  outcome it = judge_service(DHA_OK, &then, (mismatch){.resume = false});
  decided(&it, POLICY_NOT_HEALTHY, "AIKPresent");
  assert_true(said(&it, "self-reported   not shown\n"));
  free(it.text);
}

/* Real services do: one sample ends in a stray character, one has no ErrorMessage. */
static void a_report_that_breaks_its_schema_is_read(void **state) {
  (void)state;
  outcome it = judge(REPORT(FIELDS("true", "1"), "") ">");
  decided(&it, POLICY_HEALTHY, "");
  free(it.text);
}

static void rubbish_is_no_report(void **state) {
  (void)state;
  static const char *const rubbish[] = {"", "<", "{}", "<html/>", "\xff\xfe"};
  for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
    outcome it = judge(rubbish[i]);
    assert_int_equal(it.err, OMADM_E_SYNTAX);
    assert_int_equal(it.found.decision, POLICY_NOT_HEALTHY);
    free(it.text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_nonce_becomes_the_first_child_in_the_same_namespace),
      cmocka_unit_test(data_that_is_no_request_is_refused),
      cmocka_unit_test(a_good_report_is_healthy_and_each_field_has_a_verdict),
      cmocka_unit_test(a_bad_field_decides),
      cmocka_unit_test(a_field_that_is_needed_and_missing_is_not_shown),
      cmocka_unit_test(only_an_attested_value_is_judged),
      cmocka_unit_test(only_error_code_0_is_a_grant),
      cmocka_unit_test(an_answer_that_is_cut_is_no_report),
      cmocka_unit_test(a_mismatch_that_the_service_found_is_read),
      cmocka_unit_test(a_refusal_with_flags_that_are_all_false_is_not_healthy),
      cmocka_unit_test(a_linux_boot_is_not_bad_for_what_only_windows_has),
      cmocka_unit_test(a_key_that_nothing_proves_is_bad_and_shows_nothing),
      cmocka_unit_test(a_mismatch_flag_is_bad),
      cmocka_unit_test(an_answer_without_properties_is_a_refusal),
      cmocka_unit_test(a_report_that_breaks_its_schema_is_read),
      cmocka_unit_test(rubbish_is_no_report),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
