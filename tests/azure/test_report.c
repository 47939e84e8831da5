/* SPDX-License-Identifier: MIT */
/* What an honest device gets. */
#include "pair.h"

#include <stdio.h>
#include <unistd.h>

#include "conformance/attestation/azure_claims.h"

static pair *attested(pair *p) {
  uint32_t status = pair_attest(p, "01020304");
  if (status != 0) fail_msg("%08x\n%s\n%s", status, p->device_log, p->service_log);
  return p;
}

static void an_honest_device_gets_a_report_with_its_nonce(void **state) {
  pair *p = attested(pair_new());
  (void)state;
  json_t *claims = pair_report(p);
  claim_is(claims, "rp_data", json_string("AQIDBA"));
  claim_is(claims, "nonce", json_string("AQIDBA"));
  claim_is(claims, "ver", json_string("1.0"));
  claim_is(claims, "x-ms-ver", json_string("1.0"));
  claim_is(claims, "iss", json_string("https://attest.test"));
  claim_is(claims, "iat", json_integer(p->now));
  claim_is(claims, "nbf", json_integer(p->now - 300));
  claim_is(claims, "exp", json_integer(p->now + 3600));
  assert_int_equal(strlen(json_string_value(json_object_get(claims, "jti"))), 40);
  json_decref(claims);
  pair_free(p);
}

static void the_claims_of_a_windows_boot_are_those_that_its_log_says(void **state) {
  static const char *const yes[] = {"WindowsDefenderElamDriverLoaded",
                                    "bitlockerEnabled",
                                    "bootDebuggingDisabled",
                                    "codeIntegrityEnabled",
                                    "flightSigningNotEnabled",
                                    "hvciEnabled",
                                    "iommuEnabled",
                                    "notSafeMode",
                                    "notWinPE",
                                    "osKernelDebuggingDisabled",
                                    "secureBootEnabled",
                                    "testSigningDisabled",
                                    "vbsEnabled"};
  pair *p = attested(pair_new());
  (void)state;
  json_t *claims = pair_report(p);
  for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
    claim_is(claims, yes[i], json_true());
  claim_is(claims, "bitlockerEnabledValue", json_integer(4));
  claim_is(claims, "bootAppSvn", json_integer(3));
  claim_is(claims, "bootMgrSvn", json_integer(7));
  claim_is(claims, "depPolicy", json_integer(1));
  assert_int_equal(json_array_size(json_object_get(claims, "codeIntegrityPolicy")), 2);
  assert_true(json_is_string(json_object_get(claims, "bootRevListInfo")));
  assert_true(json_is_string(json_object_get(claims, "osRevListInfo")));
  json_decref(claims);
  pair_free(p);
}

static void a_weaker_boot_gets_weaker_claims(void **state) {
  static const char *const no[] = {
      "bitlockerEnabled", "bootDebuggingDisabled",     "codeIntegrityEnabled",
      "notSafeMode",      "osKernelDebuggingDisabled", "testSigningDisabled",
      "notWinPE",         "flightSigningNotEnabled",   "WindowsDefenderElamDriverLoaded"};
  pair *p = pair_make();
  (void)state;
  p->boot.bitlocker = p->boot.code_integrity = p->boot.elam_driver = 0;
  p->boot.boot_debugging = p->boot.kernel_debugging = p->boot.test_signing = 1;
  p->boot.flight_signing = p->boot.safe_mode = p->boot.winpe = 1;
  pair_start(p);
  json_t *claims = pair_report(attested(p));
  for (size_t i = 0; i < sizeof no / sizeof *no; i++)
    claim_is(claims, no[i], json_false());
  assert_null(json_object_get(claims, "bitlockerEnabledValue"));
  json_decref(claims);
  pair_free(p);
}

static void secure_boot_that_is_off_is_told(void **state) {
  pair *p = pair_make();
  (void)state;
  p->boot.secure_boot = p->boot.authority = 0;
  pair_start(p);
  json_t *claims = pair_report(attested(p));
  claim_is(claims, "secureBootEnabled", json_false());
  json_decref(claims);
  pair_free(p);
}

static void of_a_boot_without_a_log_nothing_is_claimed(void **state) {
  static const char *const none[] = {"WindowsDefenderElamDriverLoaded",
                                     "bitlockerEnabled",
                                     "bootDebuggingDisabled",
                                     "codeIntegrityEnabled",
                                     "flightSigningNotEnabled",
                                     "hvciEnabled",
                                     "iommuEnabled",
                                     "notSafeMode",
                                     "notWinPE",
                                     "osKernelDebuggingDisabled",
                                     "secureBootEnabled",
                                     "testSigningDisabled",
                                     "vbsEnabled",
                                     "depPolicy",
                                     "bootMgrSvn"};
  pair *p = pair_new();
  (void)state;
  fake_tpm_knobs_of(p->tpm)->boot_log = (omadm_str){NULL, 0};
  json_t *claims = pair_report(attested(p));
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    assert_null(json_object_get(claims, none[i]));
  claim_is(claims, "tpmVersion", json_integer(2));
  json_decref(claims);
  pair_free(p);
}

/* The DHA report calls these "not-applicable" and "unknown"; a claim has no such word. */
static void a_linux_boot_claims_nothing_that_it_cannot_show(void **state) {
  static azure_evidence evidence;
  omadm_boot_facts *facts = &evidence.current.facts;
  (void)state;
  facts->kind = OMADM_BOOT_LINUX;
  facts->secure_boot = (omadm_fact){.grade = OMADM_GRADE_ATTESTED, .value = 1};
  facts->kernel_debugging = (omadm_fact){.grade = OMADM_GRADE_ATTESTED, .value = 0};
  facts->winpe = facts->bitlocker = (omadm_fact){.grade = OMADM_GRADE_NOT_APPLICABLE};
  json_t *claims = azure_claims_issue(&evidence);
  claim_is(claims, "secureBootEnabled", json_true());
  claim_is(claims, "osKernelDebuggingDisabled", json_true());
  /* Those two, and what the service says of the key. */
  assert_int_equal(json_object_size(claims), 5);
  json_decref(claims);
}

static void a_key_without_a_certificate_is_not_validated(void **state) {
  pair *p = attested(pair_new());
  (void)state;
  json_t *claims = pair_report(p);
  claim_is(claims, "aikValidated", json_false());
  assert_int_equal(strlen(json_string_value(json_object_get(claims, "aikPubHash"))), 44);
  claim_is(claims, "tpmVersion", json_integer(2));
  json_decref(claims);
  pair_free(p);
}

static void a_request_key_in_software_is_bound_by_the_quote(void **state) {
  pair *p = attested(pair_new());
  (void)state;
  json_t *claims = pair_report(p);
  const json_t *bound = json_object_get(claims, "x-ms-tpm-request-key");
  const json_t *info = json_object_get(bound, "info");
  assert_non_null(json_object_get(info, "tpm_quote"));
  claim_is(json_object_get(claims, "cnf"), "jwk", json_deep_copy(json_object_get(bound, "jwk")));
  json_decref(claims);
  pair_free(p);
}

static void a_request_key_in_the_tpm_is_bound_by_a_certificate(void **state) {
  pair *p = pair_new();
  (void)state;
  pair_set(p, "request-key", "certify");
  json_t *claims = pair_report(attested(p));
  const json_t *bound = json_object_get(claims, "x-ms-tpm-request-key");
  const json_t *facts = json_object_get(json_object_get(bound, "info"), "tpm_certify");
  claim_is(facts, "name_alg", json_integer(11));
  json_int_t attributes = json_integer_value(json_object_get(facts, "obj_attr"));
  assert_int_equal(attributes & 0x32, 0x32);
  claim_is(facts, "auth_policy", json_string(""));
  claim_is(json_object_get(claims, "cnf"), "jwk", json_deep_copy(json_object_get(bound, "jwk")));
  json_decref(claims);
  pair_free(p);
}

static void version_1_is_spoken_where_the_setting_asks_for_it(void **state) {
  pair *p = pair_new();
  (void)state;
  pair_set(p, "protocol", "v1");
  json_t *claims = pair_report(attested(p));
  claim_is(claims, "secureBootEnabled", json_true());
  claim_is(claims, "rp_data", json_string("AQIDBA"));
  assert_null(json_object_get(claims, "x-ms-tpm-request-key"));
  assert_null(json_object_get(claims, "cnf"));
  assert_non_null(strstr(p->service_log, "version 1"));
  json_decref(claims);
  pair_free(p);
}

static void imas_list_is_replayed_too(void **state) {
  pair *p = pair_new();
  (void)state;
  pair_measure(p, 5);
  json_decref(pair_report(attested(p)));
  assert_non_null(strstr(p->service_log, "IMA 5 entries"));
  pair_free(p);
}

static void the_sha1_bank_is_taken_where_it_is_allowed(void **state) {
  pair *p = pair_make();
  (void)state;
  pair_set(p, "bank", "sha1");
  pair_start(p);
  assert_int_equal(pair_attest(p, "01"), 0x80190190);
  p->config.allow_sha1_bank = 1;
  json_t *claims = pair_report(attested(p));
  claim_is(claims, "secureBootEnabled", json_true());
  assert_non_null(strstr(p->service_log, "bank sha1"));
  json_decref(claims);
  pair_free(p);
}

static void the_attestation_key_is_made_once(void **state) {
  pair *p = attested(pair_new());
  (void)state;
  json_t *first = pair_report(p);
  pair_restart(p);
  json_t *second = pair_report(attested(p));
  claim_is(second, "aikPubHash", json_incref(json_object_get(first, "aikPubHash")));
  assert_int_not_equal(json_equal(json_object_get(first, "cnf"), json_object_get(second, "cnf")),
                       1);
  json_decref(first);
  json_decref(second);
  pair_free(p);
}

static void write_file(const char *folder, const char *name, omadm_str text) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "wb");
  assert_non_null(file);
  assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
  fclose(file);
}

static int shell(const char *folder, const char *command) {
  char line[400];
  snprintf(line, sizeof line, "cd %s && %s", folder, command);
  return system(line);
}

static void write_certificates(const char *folder, const json_t *x5c) {
  static const char *const names[] = {"leaf.pem", "issuer.pem", "root.pem"};
  assert_int_equal(json_array_size(x5c), 3);
  for (size_t i = 0; i < 3; i++) {
    char pem[4096];
    int n = snprintf(pem, sizeof pem, "-----BEGIN CERTIFICATE-----\n");
    const char *text = json_string_value(json_array_get(x5c, i));
    for (; *text != '\0'; text += strnlen(text, 64))
      n += snprintf(pem + n, sizeof pem - (size_t)n, "%.64s\n", text);
    n += snprintf(pem + n, sizeof pem - (size_t)n, "-----END CERTIFICATE-----\n");
    write_file(folder, names[i], (omadm_str){pem, (size_t)n});
  }
}

static void the_report_verifies_with_the_published_keys_and_its_certificates(void **state) {
  char folder[] = "/tmp/omadm-azure-XXXXXX";
  omadm_buf keys = {0};
  pair *p = attested(pair_new());
  (void)state;
  omadm_buf_init(&keys, &omadm_mem_default, 0);
  assert_non_null(mkdtemp(folder));
  json_decref(pair_report(p));
  json_t *header = token_part(p->text, 0);
  claim_is(header, "typ", json_string("JWT"));
  claim_is(header, "alg", json_string("RS256"));
  assert_int_equal(json_object_size(header), 4);
  assert_int_equal(pair_ask(p, "GET", "/certs", (omadm_str){NULL, 0}, &keys), 200);
  write_file(folder, "token", omadm_str_of(p->text));
  write_file(folder, "keys", omadm_buf_str(&keys));
  write_certificates(folder, json_object_get(header, "x5c"));
  assert_int_equal(shell(folder, "jose jws ver -i token -k keys -O payload"), 0);
  assert_int_equal(shell(folder, "openssl verify -x509_strict -CAfile root.pem -untrusted "
                                 "issuer.pem leaf.pem >/dev/null"),
                   0);
  /* The leaf's key is the one that signed: the same token, by the certificate. */
  assert_int_equal(shell(folder, "openssl x509 -in leaf.pem -pubkey -noout >leaf.key && "
                                 "cut -d. -f1,2 token | tr -d '\\n' >signed && cut -d. -f3 token | "
                                 "jose b64 dec -i - -O signature && openssl dgst -sha256 -verify "
                                 "leaf.key -signature signature signed >/dev/null"),
                   0);
  assert_int_not_equal(
      shell(folder, "sed s/./B/40 token >other; jose jws ver -i other -k keys 2>/dev/null"), 0);
  assert_int_equal(shell("/tmp", "rm -r omadm-azure-??????"), 0);
  json_decref(header);
  omadm_buf_dispose(&keys);
  pair_free(p);
}

static void the_openid_configuration_points_to_the_keys(void **state) {
  omadm_buf answer = {0};
  pair *p = pair_new();
  (void)state;
  omadm_buf_init(&answer, &omadm_mem_default, 0);
  assert_int_equal(
      pair_ask(p, "GET", "/.well-known/OpenID-configuration", (omadm_str){NULL, 0}, &answer), 200);
  json_t *object = json_loadb(answer.ptr, answer.len, 0, NULL);
  claim_is(object, "issuer", json_string("https://attest.test"));
  claim_is(object, "jwks_uri", json_string("https://attest.test/certs"));
  json_decref(object);
  omadm_buf_dispose(&answer);
  pair_free(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_honest_device_gets_a_report_with_its_nonce),
      cmocka_unit_test(the_claims_of_a_windows_boot_are_those_that_its_log_says),
      cmocka_unit_test(a_weaker_boot_gets_weaker_claims),
      cmocka_unit_test(secure_boot_that_is_off_is_told),
      cmocka_unit_test(of_a_boot_without_a_log_nothing_is_claimed),
      cmocka_unit_test(a_linux_boot_claims_nothing_that_it_cannot_show),
      cmocka_unit_test(a_key_without_a_certificate_is_not_validated),
      cmocka_unit_test(a_request_key_in_software_is_bound_by_the_quote),
      cmocka_unit_test(a_request_key_in_the_tpm_is_bound_by_a_certificate),
      cmocka_unit_test(version_1_is_spoken_where_the_setting_asks_for_it),
      cmocka_unit_test(imas_list_is_replayed_too),
      cmocka_unit_test(the_sha1_bank_is_taken_where_it_is_allowed),
      cmocka_unit_test(the_attestation_key_is_made_once),
      cmocka_unit_test(the_report_verifies_with_the_published_keys_and_its_certificates),
      cmocka_unit_test(the_openid_configuration_points_to_the_keys),
  };
  return pair_run("report", tests, sizeof tests / sizeof *tests);
}
