/* SPDX-License-Identifier: MIT */
/* Honest devices, and what becomes of a health certificate: time, counters, nonces, other services.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"

#include "conformance/attestation/dha_codes.h"
#include "device.h"

typedef struct scene {
  bench b;
  device d;
  omadm_buf blob; /* a certificate of this device */
} scene;

static int open_scene(void **state) {
  scene *s = calloc(1, sizeof *s);
  device_open(&s->d);
  bench_open(&s->b, s->d.tpm);
  device_certify(&s->d, &s->b, &s->blob);
  *state = s;
  return 0;
}

static int close_scene(void **state) {
  scene *s = *state;
  omadm_buf_dispose(&s->blob);
  bench_close(&s->b);
  device_close(&s->d);
  free(s);
  return 0;
}

static void validate(scene *s, const char *nonce, answer *a) {
  device_validate(&s->d, &s->b, omadm_buf_str(&s->blob), nonce, a);
}

/* The device quotes one nonce, the management server sends another (NULL: none). */
static void validate_with(scene *s, const char *quoted, const char *sent, answer *a) {
  parts p;
  omadm_buf xml = {.mem = NULL};
  parts_take(&p, &s->d, quoted);
  p.boot = false;
  request_validation(&p, 3, sent, omadm_buf_str(&s->blob), &xml);
  bench_send(&s->b, "ValidateHealthCertificate", 3, omadm_buf_str(&xml), a);
  omadm_buf_dispose(&xml);
  parts_dispose(&p);
}

static void assert_refused(answer *a, dha_code code, const char *sentence) {
  assert_int_equal(a->http, 200);
  assert_int_equal(a->code, code);
  if (strstr(a->message, sentence) == NULL) fail_msg("'%s' is not in '%s'", sentence, a->message);
  assert_string_equal(answer_text(a, "HealthCertificateProperties"), "");
  answer_dispose(a);
}

static void assert_text(const answer *a, const char *element, const char *value) {
  const char *found = answer_text(a, element);
  if (strcmp(found, value) != 0) fail_msg("%s is '%s', not '%s'", element, found, value);
}

static void an_honest_device_gets_a_report_of_its_boot(void **state) {
  scene *s = *state;
  answer a;
  validate(s, NONCE_A, &a);
  assert_int_equal(a.code, DHA_OK);
  assert_text(&a, "Issued", "2023-11-14T22:13:20Z");
  assert_text(&a, "AIKPresent", "true");
  assert_text(&a, "ResetCount", "1");
  assert_text(&a, "RestartCount", "0");
  assert_text(&a, "BitlockerStatus", "1");
  assert_text(&a, "SecureBootEnabled", "true");
  assert_text(&a, "BootDebuggingEnabled", "false");
  assert_text(&a, "OSKernelDebuggingEnabled", "false");
  assert_text(&a, "CodeIntegrityEnabled", "true");
  assert_text(&a, "TestSigningEnabled", "false");
  assert_text(&a, "SafeMode", "false");
  assert_text(&a, "WinPE", "false");
  assert_text(&a, "ELAMDriverLoaded", "true");
  assert_text(&a, "PCRHashAlgorithmID", "11");
  assert_text(&a, "TpmVersion", "2");
  assert_int_equal(strlen(answer_text(&a, "PCR0")), 64);
  assert_string_equal(answer_grade(&a, "SecureBootEnabled"), "attested");
  assert_string_equal(answer_grade(&a, "CodeIntegrityEnabled"), "attested");
  assert_string_equal(answer_grade(&a, "BootManagerRevListVersion"), "not-applicable");
  assert_null(strstr(a.xml.ptr, "HealthStatusMismatchFlags"));
  assert_non_null(strstr(s->b.line, "a Windows boot"));
  assert_non_null(strstr(s->b.line, "[c0ffee]"));
  answer_dispose(&a);
}

static void each_version_is_answered(void **state) {
  static const unsigned versions[] = {1, 3, 4};
  scene *s = *state;
  for (size_t i = 0; i < 3; i++) {
    parts p;
    answer a;
    omadm_buf xml = {.mem = NULL}, blob = {.mem = NULL};
    parts_take(&p, &s->d, "");
    request_certificate(&p, versions[i], PROOF_BARE, &xml);
    bench_send(&s->b, "GetHealthCertificate", versions[i], omadm_buf_str(&xml), &a);
    assert_int_equal(a.code, DHA_OK);
    parts_set(&blob, NULL, 0);
    omadm_str text = omadm_str_of(answer_text(&a, "HealthCertificateBlob"));
    assert_int_equal(omadm_base64_decode(text, &blob), OMADM_OK);
    answer_dispose(&a);
    parts_dispose(&p);
    parts_take(&p, &s->d, i == 0 ? "01020304" : i == 1 ? NONCE_A : NONCE_B);
    request_validation(&p, versions[i],
                       i == 0   ? "01020304"
                       : i == 1 ? NONCE_A
                                : NONCE_B,
                       omadm_buf_str(&blob), &xml);
    bench_send(&s->b, "ValidateHealthCertificate", versions[i], omadm_buf_str(&xml), &a);
    assert_int_equal(a.code, DHA_OK);
    assert_text(&a, "AIKPresent", "false");
    assert_string_equal(answer_grade(&a, "SecureBootEnabled"), "self-reported");
    assert_text(&a, "TpmVersion", versions[i] == 1 ? "" : "2");
    answer_dispose(&a);
    parts_dispose(&p);
    omadm_buf_dispose(&xml);
    omadm_buf_dispose(&blob);
  }
}

/* Version 4 has a place of its own for logs; the log of the claims then is empty. */
static void a_log_may_come_beside_the_claims(void **state) {
  scene *s = *state;
  static const char end[] = "</HealthCertificateRequest>";
  parts p;
  answer a;
  omadm_buf xml = {.mem = NULL};
  parts_take(&p, &s->d, "");
  parts_set(&p.log, NULL, 0);
  request_certificate(&p, 4, PROOF_BARE, &xml);
  xml.len -= strlen(end);
  assert_int_equal(omadm_buf_add_text(&xml, "<TCGLogs><Log type=\"x\" state=\"y\">"), OMADM_OK);
  assert_int_equal(omadm_base64_encode(omadm_buf_str(&s->d.log), &xml), OMADM_OK);
  assert_int_equal(omadm_buf_printf(&xml,
                                    "</Log></TCGLogs><SystemProperties><SystemProperty name=\"a\">"
                                    "b</SystemProperty></SystemProperties>%s",
                                    end),
                   OMADM_OK);
  bench_send(&s->b, "GetHealthCertificate", 4, omadm_buf_str(&xml), &a);
  assert_int_equal(a.code, DHA_OK);
  assert_non_null(strstr(s->b.line, "a Windows boot"));
  answer_dispose(&a);
  omadm_buf_dispose(&xml);
  parts_dispose(&p);
}

static void a_wrong_nonce_is_refused(void **state) {
  answer a;
  validate_with(*state, NONCE_A, NONCE_B, &a);
  assert_refused(&a, DHA_NONCE, "nonce");
}

static void an_old_nonce_is_refused(void **state) {
  answer a;
  /* The evidence of an earlier round, under the nonce of this one. */
  validate_with(*state, NONCE_A, NONCE_A, &a);
  answer_dispose(&a);
  validate_with(*state, NONCE_A, NONCE_B, &a);
  assert_refused(&a, DHA_NONCE, "nonce");
}

static void a_nonce_counts_once(void **state) {
  scene *s = *state;
  answer a;
  validate(s, NONCE_A, &a);
  assert_int_equal(a.code, DHA_OK);
  answer_dispose(&a);
  validate(s, NONCE_A, &a);
  assert_refused(&a, DHA_NONCE_USED, "used before");
  s->b.time += s->b.config.lifetime - 1;
  validate(s, NONCE_A, &a);
  assert_refused(&a, DHA_NONCE_USED, "used before");
}

static void a_nonce_that_is_missing_or_of_wrong_length_is_refused(void **state) {
  static const char long_nonce[] =
      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff00";
  answer a;
  validate_with(*state, NONCE_A, NULL, &a);
  assert_refused(&a, DHA_NONCE, "Nonce of 0 octets");
  validate_with(*state, "", "", &a);
  assert_refused(&a, DHA_NONCE, "Nonce of 0 octets");
  validate_with(*state, "010203", "010203", &a);
  assert_refused(&a, DHA_NONCE, "Nonce of 3 octets");
  validate_with(*state, long_nonce, long_nonce, &a);
  assert_refused(&a, DHA_NONCE, "Nonce of 33 octets");
}

static void a_certificate_expires(void **state) {
  scene *s = *state;
  answer a;
  s->b.time += s->b.config.lifetime - 1;
  validate(s, NONCE_A, &a);
  assert_int_equal(a.code, DHA_OK);
  answer_dispose(&a);
  s->b.time += 1;
  validate(s, NONCE_B, &a);
  assert_refused(&a, DHA_EXPIRED, "good until 0 seconds ago");
}

static void a_certificate_of_another_service_is_refused(void **state) {
  scene *s = *state;
  bench other;
  omadm_buf blob = {.mem = NULL};
  answer a;
  bench_open(&other, s->d.tpm);
  device_certify(&s->d, &other, &blob);
  device_validate(&s->d, &s->b, omadm_buf_str(&blob), NONCE_A, &a);
  assert_refused(&a, DHA_CERTIFICATE, "not by this service");
  omadm_buf_dispose(&blob);
  bench_close(&other);
}

static void a_damaged_certificate_is_refused(void **state) {
  scene *s = *state;
  char *base64 = strstr(s->blob.ptr, "<EncryptedHealthCertificate>");
  answer a;
  assert_non_null(base64);
  for (size_t i = 40; i < 400; i += 7) {
    char was = base64[i];
    base64[i] = was == 'A' ? 'B' : 'A';
    validate(s, NONCE_A, &a);
    assert_refused(&a, DHA_CERTIFICATE, "not by this service");
    base64[i] = was;
  }
  base64[3] = 'x';
  validate(s, NONCE_A, &a);
  assert_refused(&a, DHA_CERTIFICATE, "not well-formed XML");
}

static void a_certificate_that_was_not_decrypted_is_refused(void **state) {
  scene *s = *state;
  parts p;
  omadm_buf xml = {.mem = NULL}, sealed = {.mem = NULL};
  answer a;
  parts_take(&p, &s->d, "");
  request_certificate(&p, 3, PROOF_EK, &xml);
  bench_send(&s->b, "GetHealthCertificate", 3, omadm_buf_str(&xml), &a);
  parts_set(&sealed, NULL, 0);
  omadm_str text = omadm_str_of(answer_text(&a, "HealthCertificateBlob"));
  assert_int_equal(omadm_base64_decode(text, &sealed), OMADM_OK);
  answer_dispose(&a);
  device_validate(&s->d, &s->b, omadm_buf_str(&sealed), NONCE_A, &a);
  assert_refused(&a, DHA_CERTIFICATE, "the document is not");
  omadm_buf_dispose(&sealed);
  omadm_buf_dispose(&xml);
  parts_dispose(&p);
}

#define FLAGS(resume, reboot, pcr, svn, manager, app)                                              \
  "<ResumeCount>" resume "</ResumeCount><RebootCount>" reboot "</RebootCount><PCR>" pcr            \
  "</PCR><BootAppSVN>" svn "</BootAppSVN><BootManagerSVNChain>" manager                            \
  "</BootManagerSVNChain><BootAppSVNChain>" app "</BootAppSVNChain>"

static void a_certificate_of_an_earlier_boot_is_a_mismatch(void **state) {
  scene *s = *state;
  omadm_buf log = {.mem = NULL};
  answer a;
  parts_set(&log, s->d.log.ptr, s->d.log.len);
  device_boot(&s->d, omadm_buf_str(&log));
  validate(s, NONCE_A, &a);
  assert_int_equal(a.code, DHA_MISMATCH);
  assert_text(&a, "HealthStatusMismatchFlags",
              FLAGS("false", "true", "false", "false", "false", "false"));
  assert_text(&a, "ResetCount", "2");
  answer_dispose(&a);
  omadm_buf_dispose(&log);
}

static void a_resume_is_a_mismatch(void **state) {
  scene *s = *state;
  answer a;
  fake_tpm_resume(s->d.tpm);
  validate(s, NONCE_A, &a);
  assert_int_equal(a.code, DHA_MISMATCH);
  assert_text(&a, "HealthStatusMismatchFlags",
              FLAGS("true", "false", "false", "false", "false", "false"));
  answer_dispose(&a);
}

/* Extends a PCR after the certificate; says which flags follow. */
static void extend_and_expect(scene *s, unsigned pcr, const char *nonce, const char *flags) {
  static const char digest[32] = {1};
  answer a;
  fake_tpm_extend(s->d.tpm, OMADM_TPM_SHA256, pcr, (omadm_str){digest, sizeof digest});
  validate(s, nonce, &a);
  assert_text(&a, "HealthStatusMismatchFlags", flags);
  assert_int_equal(a.code, *flags == 0 ? DHA_OK : DHA_MISMATCH);
  answer_dispose(&a);
}

static void a_pcr_of_the_boot_that_changed_is_a_mismatch(void **state) {
  extend_and_expect(*state, 16, "01010101", "");
  extend_and_expect(*state, 10, "02020202", "");
  extend_and_expect(*state, 7, "03030303",
                    FLAGS("false", "false", "true", "false", "false", "false"));
}

static void a_changed_svn_chain_is_a_mismatch(void **state) {
  extend_and_expect(*state, 13, "01010101",
                    FLAGS("false", "false", "true", "false", "false", "true"));
  extend_and_expect(*state, 12, "02020202",
                    FLAGS("false", "false", "true", "true", "true", "true"));
}

static void a_reset_count_that_went_back_is_refused(void **state) {
  scene *s = *state;
  answer a;
  fake_tpm_knobs_of(s->d.tpm)->clock.reset_count--;
  validate(s, NONCE_A, &a);
  assert_refused(&a, DHA_COUNTERS, "reset 0, restart 0; the health certificate has 1 and 0");
}

static void a_restart_count_that_went_back_is_refused(void **state) {
  scene *s = *state;
  answer a;
  fake_tpm_resume(s->d.tpm);
  device_certify(&s->d, &s->b, &s->blob);
  fake_tpm_knobs_of(s->d.tpm)->clock.restart_count--;
  validate(s, NONCE_A, &a);
  assert_refused(&a, DHA_COUNTERS, "reset 1, restart 0; the health certificate has 1 and 1");
}

static void a_certificate_of_another_key_is_refused(void **state) {
  scene *s = *state;
  answer a;
  device_use_key(&s->d, OMADM_TPM_AK_RSA_SHA256);
  validate(s, NONCE_A, &a);
  assert_refused(&a, DHA_QUOTE, "");
}

static void a_quote_over_another_bank_than_the_certificates_is_refused(void **state) {
  scene *s = *state;
  answer a;
  s->b.config.allow_sha1_bank = 1;
  s->d.bank = OMADM_TPM_SHA1;
  validate(s, NONCE_A, &a);
  assert_refused(&a, DHA_BANK, "bank");
}

static void a_device_that_was_certified_twice_may_use_either(void **state) {
  scene *s = *state;
  omadm_buf second = {.mem = NULL};
  answer a;
  device_certify(&s->d, &s->b, &second);
  validate(s, NONCE_A, &a);
  assert_int_equal(a.code, DHA_OK);
  answer_dispose(&a);
  device_validate(&s->d, &s->b, omadm_buf_str(&second), NONCE_B, &a);
  assert_int_equal(a.code, DHA_OK);
  answer_dispose(&a);
  omadm_buf_dispose(&second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(an_honest_device_gets_a_report_of_its_boot),
      TEST(each_version_is_answered),
      TEST(a_log_may_come_beside_the_claims),
      TEST(a_wrong_nonce_is_refused),
      TEST(an_old_nonce_is_refused),
      TEST(a_nonce_counts_once),
      TEST(a_nonce_that_is_missing_or_of_wrong_length_is_refused),
      TEST(a_certificate_expires),
      TEST(a_certificate_of_another_service_is_refused),
      TEST(a_damaged_certificate_is_refused),
      TEST(a_certificate_that_was_not_decrypted_is_refused),
      TEST(a_certificate_of_an_earlier_boot_is_a_mismatch),
      TEST(a_resume_is_a_mismatch),
      TEST(a_pcr_of_the_boot_that_changed_is_a_mismatch),
      TEST(a_changed_svn_chain_is_a_mismatch),
      TEST(a_reset_count_that_went_back_is_refused),
      TEST(a_restart_count_that_went_back_is_refused),
      TEST(a_certificate_of_another_key_is_refused),
      TEST(a_quote_over_another_bank_than_the_certificates_is_refused),
      TEST(a_device_that_was_certified_twice_may_use_either),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
