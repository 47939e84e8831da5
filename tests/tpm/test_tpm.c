/* SPDX-License-Identifier: MIT */
#include <omadm/tpm.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void algorithms_have_names_and_sizes(void **state) {
  (void)state;
  assert_int_equal(omadm_tpm_digest_size(OMADM_TPM_SHA1), 20);
  assert_int_equal(omadm_tpm_digest_size(OMADM_TPM_SHA512), 64);
  assert_int_equal(omadm_tpm_digest_size(OMADM_TPM_SM3), 32);
  assert_int_equal(omadm_tpm_digest_size(0x0010), 0);
  assert_string_equal(omadm_tpm_alg_name(OMADM_TPM_SHA384), "sha384");
  assert_string_equal(omadm_tpm_alg_name(0), "");
}

static void statuses_have_meanings(void **state) {
  (void)state;
  assert_string_equal(omadm_tpm_status_text(OMADM_TPM_ABSENT), "there is no TPM");
  assert_string_equal(omadm_tpm_status_text((omadm_tpm_status)77), "unknown status");
}

static void an_unknown_provider_is_refused_and_the_known_are_told(void **state) {
  (void)state;
  const char *specs[] = {"", "tss", "tss22:x", "nonesuch", ":tss2", "NONE"};
  for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
    omadm_tpm tpm;
    omadm_error error = {0};
    assert_int_equal(omadm_tpm_open(specs[i], NULL, &tpm, &error), OMADM_E_ARGUMENT);
    assert_non_null(strstr(error.text, "tss2, recorded, none"));
    assert_null(tpm.calls);
    omadm_tpm_close(&tpm);
  }
}

static void names_that_lack_or_have_too_much_are_refused(void **state) {
  (void)state;
  omadm_tpm tpm;
  omadm_error error = {0};
  assert_int_equal(omadm_tpm_open("tss2:", NULL, &tpm, &error), OMADM_E_ARGUMENT);
  assert_non_null(strstr(error.text, "tss2:device:/dev/tpmrm0"));
  assert_int_equal(omadm_tpm_open("tss2", NULL, &tpm, NULL), OMADM_E_ARGUMENT);
  assert_int_equal(omadm_tpm_open("none:x", NULL, &tpm, NULL), OMADM_E_ARGUMENT);
}

static void without_a_tpm_there_is_only_info(void **state) {
  (void)state;
  const omadm_str none = {NULL, 0};
  omadm_tpm tpm;
  omadm_tpm_info info = {.version = 9};
  omadm_tpm_data data;
  omadm_tpm_key key;
  omadm_tpm_digest digest;
  omadm_tpm_quote quote;
  omadm_tpm_pcrs pcrs;
  omadm_tpm_clock clock;
  omadm_tpm_signed certified;
  uint8_t octets[4];
  size_t len = 0;
  assert_int_equal(omadm_tpm_open("none", NULL, &tpm, NULL), 0);
  const omadm_tpm_calls *c = tpm.calls;
  assert_int_equal(c->struct_size, sizeof *c);
  assert_int_equal(c->info(tpm.self, &info), OMADM_TPM_OK);
  assert_int_equal(info.version, 0);
  const omadm_tpm_status answers[] = {
      c->ek_public(tpm.self, OMADM_TPM_EK_P256, &data),
      c->ek_certificate(tpm.self, OMADM_TPM_EK_P256, 0, &data),
      c->key_open(tpm.self, OMADM_TPM_AK_P256, none, &key),
      c->key_close(tpm.self, 1),
      c->activate(tpm.self, 1, OMADM_TPM_EK_P256, none, none, &digest),
      c->quote(tpm.self, 1, OMADM_TPM_SHA256, 1, none, &quote),
      c->pcr_read(tpm.self, OMADM_TPM_SHA256, 1, &pcrs),
      c->clock(tpm.self, &clock),
      c->certify(tpm.self, 1, 2, none, &certified),
      c->sign(tpm.self, 1, OMADM_TPM_SHA256, none, &data),
      c->event_log(tpm.self, OMADM_TPM_LOG_BOOT, 0, octets, 4, &len),
      c->random(tpm.self, octets, 4)};
  for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
    assert_int_equal(answers[i], OMADM_TPM_ABSENT);
  omadm_tpm_close(&tpm);
  assert_null(tpm.calls);
}

static void test_providers_are_found_by_name_too(void **state) {
  (void)state;
  omadm_tpm first, second;
  omadm_tpm_info info;
  omadm_error error = {0};
  assert_int_equal(omadm_tpm_open("inproc", NULL, &first, NULL), 0);
  assert_int_equal(first.calls->info(first.self, &info), OMADM_TPM_OK);
  assert_int_equal(info.version, 2);
  assert_int_equal(omadm_tpm_open("inproc", NULL, &second, &error), OMADM_E_STATE);
  assert_int_equal(omadm_tpm_open("fake", NULL, &second, NULL), 0);
  assert_int_equal(second.calls->info(second.self, &info), OMADM_TPM_OK);
  omadm_tpm_close(&first);
  omadm_tpm_close(&second);
  assert_int_equal(omadm_tpm_open("inproc:/nowhere", NULL, &first, NULL), OMADM_E_IO);
}

/* The two are one after the other: a process has room for one. */
static void a_tpm_in_the_process_takes_over_the_state_of_an_swtpm(void **state) {
  (void)state;
  const char *maker = getenv("OMADM_TEST_SWTPM");
  char spec[256];
  omadm_tpm tpm;
  omadm_tpm_data first = {0}, second = {0};
  if (maker == NULL) skip();
  snprintf(spec, sizeof spec, "inproc:%s/state/tpm2-00.permall", maker);
  for (int i = 0; i < 2; i++) {
    assert_int_equal(omadm_tpm_open(spec, NULL, &tpm, NULL), 0);
    assert_int_equal(
        tpm.calls->ek_certificate(tpm.self, OMADM_TPM_EK_RSA2048, 0, i == 0 ? &first : &second),
        OMADM_TPM_OK);
    omadm_tpm_close(&tpm);
  }
  assert_true(first.len > 500);
  assert_memory_equal(&first, &second, sizeof first);
}

static void a_configuration_of_an_older_caller_is_taken(void **state) {
  (void)state;
  omadm_tpm tpm;
  omadm_tpm_config config;
  omadm_tpm_config_init(&config);
  assert_int_equal(config.struct_size, sizeof config);
  memset((char *)&config + offsetof(omadm_tpm_config, event_log), 0x5A,
         sizeof config - offsetof(omadm_tpm_config, event_log));
  config.struct_size = offsetof(omadm_tpm_config, event_log);
  assert_int_equal(omadm_tpm_open("tss2:device:/nowhere", &config, &tpm, NULL), 0);
  omadm_tpm_close(&tpm);
}

/* Another thread of the program may be reading it. */
static void a_provider_leaves_the_environment_alone(void **state) {
  (void)state;
  omadm_tpm tpm;
  unsetenv("TSS2_LOG");
  assert_int_equal(omadm_tpm_open("tss2:device:/nowhere", NULL, &tpm, NULL), 0);
  omadm_tpm_close(&tpm);
  assert_null(getenv("TSS2_LOG"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(algorithms_have_names_and_sizes),
      cmocka_unit_test(statuses_have_meanings),
      cmocka_unit_test(an_unknown_provider_is_refused_and_the_known_are_told),
      cmocka_unit_test(names_that_lack_or_have_too_much_are_refused),
      cmocka_unit_test(without_a_tpm_there_is_only_info),
      cmocka_unit_test(test_providers_are_found_by_name_too),
      cmocka_unit_test(a_tpm_in_the_process_takes_over_the_state_of_an_swtpm),
      cmocka_unit_test(a_configuration_of_an_older_caller_is_taken),
      cmocka_unit_test(a_provider_leaves_the_environment_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
