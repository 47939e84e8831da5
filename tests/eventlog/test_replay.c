/* SPDX-License-Identifier: MIT */
/* PCR values: starts, banks, what firmware forgets to log. */
#include "tests/eventlog/logs.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define HCRTM 0x80000010u

static void extend(uint8_t pcr[32], const char *text, size_t n) {
  uint8_t both[64];
  memcpy(both, pcr, 32);
  assert_int_equal(EVP_Digest(text, n, both + 32, NULL, EVP_sha256(), NULL), 1);
  assert_int_equal(EVP_Digest(both, sizeof both, pcr, NULL, EVP_sha256(), NULL), 1);
}

static omadm_tpm_pcrs replay(const bootlog *log, uint32_t *extended) {
  omadm_eventlog *parsed = NULL;
  omadm_tpm_pcrs pcrs;
  assert_int_equal(log->err, OMADM_OK);
  assert_int_equal(omadm_eventlog_parse(omadm_buf_str(&log->octets), &parsed, NULL), OMADM_OK);
  assert_int_equal(omadm_eventlog_replay(parsed, OMADM_TPM_SHA256, &pcrs, extended), OMADM_OK);
  omadm_eventlog_free(parsed);
  return pcrs;
}

static void begin(bootlog *log) {
  const uint16_t bank = OMADM_TPM_SHA256;
  bootlog_begin(log, &bank, 1);
}

static void a_pcr_is_the_chain_of_its_digests(void **state) {
  (void)state;
  bootlog log;
  uint32_t extended = 0;
  uint8_t own[32] = {0};
  begin(&log);
  bootlog_text(&log, 4, 5, "one");
  bootlog_text(&log, 4, 5, "two");
  bootlog_note(&log, 4, (omadm_str)OMADM_STR("nothing that is measured"));
  bootlog_note(&log, 0xFFFFFFFFu, (omadm_str)OMADM_STR("nor this"));
  omadm_tpm_pcrs pcrs = replay(&log, &extended);
  extend(own, "one", 3);
  extend(own, "two", 3);
  assert_int_equal(extended, 1 << 4);
  assert_int_equal(pcrs.mask, OMADM_TPM_ALL_PCRS);
  assert_int_equal(pcrs.digest_len, 32);
  assert_memory_equal(pcrs.values[4], own, 32);
  bootlog_dispose(&log);
}

static void pcrs_of_a_dynamic_launch_begin_at_ff_and_after_it_at_zero(void **state) {
  (void)state;
  bootlog log;
  uint32_t extended = 0;
  uint8_t own[32] = {0}, ones[32];
  memset(ones, 0xFF, sizeof ones);
  begin(&log);
  bootlog_text(&log, 19, 6, "a launch");
  omadm_tpm_pcrs pcrs = replay(&log, &extended);
  extend(own, "a launch", 8);
  assert_memory_equal(pcrs.values[19], own, 32);
  assert_memory_equal(pcrs.values[17], ones, 32);
  assert_memory_equal(pcrs.values[22], ones, 32);
  assert_int_not_equal(pcrs.values[23][0], 0xFF);
  bootlog_dispose(&log);
}

static void the_startup_locality_is_the_last_octet_of_pcr_0(void **state) {
  (void)state;
  for (int locality = 0; locality < 5; locality++) {
    char text[17] = "StartupLocality";
    bootlog log;
    uint32_t extended = 0;
    uint8_t own[32] = {0};
    text[16] = (char)locality;
    begin(&log);
    bootlog_note(&log, 0, (omadm_str){text, sizeof text});
    omadm_tpm_pcrs pcrs = replay(&log, &extended);
    assert_int_equal(pcrs.values[0][31], locality);
    bootlog_text(&log, 0, 8, "version");
    pcrs = replay(&log, &extended);
    own[31] = (uint8_t)locality;
    extend(own, "version", 7);
    assert_memory_equal(pcrs.values[0], own, 32);
    bootlog_dispose(&log);
  }
}

static void an_hcrtm_begins_pcr_0_at_four(void **state) {
  (void)state;
  bootlog log;
  uint32_t extended = 0;
  uint8_t own[32] = {0};
  begin(&log);
  bootlog_text(&log, 0, HCRTM, "HCRTM");
  omadm_tpm_pcrs pcrs = replay(&log, &extended);
  own[31] = 4;
  extend(own, "HCRTM", 5);
  assert_memory_equal(pcrs.values[0], own, 32);
  bootlog_dispose(&log);
}

static void compare_logs(const bootlog *log, const omadm_tpm_pcrs *quoted, uint32_t *agree,
                         uint32_t *differ) {
  omadm_eventlog *parsed = NULL;
  assert_int_equal(omadm_eventlog_parse(omadm_buf_str(&log->octets), &parsed, NULL), OMADM_OK);
  assert_int_equal(omadm_eventlog_compare(parsed, quoted, agree, differ), OMADM_OK);
  omadm_eventlog_free(parsed);
}

static void pcrs_agree_differ_or_belong_to_the_running_system(void **state) {
  (void)state;
  bootlog log;
  uint32_t extended = 0, agree = 0, differ = 0;
  begin(&log);
  bootlog_text(&log, 4, 5, "one");
  omadm_tpm_pcrs pcrs = replay(&log, &extended);
  compare_logs(&log, &pcrs, &agree, &differ);
  assert_int_equal(agree, OMADM_TPM_ALL_PCRS);
  assert_int_equal(differ, 0);
  pcrs.values[4][0] ^= 1;
  pcrs.values[10][0] ^= 1;
  memset(pcrs.values[17], 0, 32); /* a launch that measured nothing */
  compare_logs(&log, &pcrs, &agree, &differ);
  assert_int_equal(agree, OMADM_TPM_ALL_PCRS & ~(1U << 4 | 1U << 10));
  assert_int_equal(differ, 1 << 4);
  pcrs.mask = 1 << 7;
  compare_logs(&log, &pcrs, &agree, &differ);
  assert_int_equal(agree, 1 << 7);
  assert_int_equal(differ, 0);
  bootlog_dispose(&log);
}

static void pcr_5_may_lack_the_end_of_the_boot_services(void **state) {
  (void)state;
  static const char invocation[] = "Exit Boot Services Invocation",
                    success[] = "Exit Boot Services Returned with Success",
                    failure[] = "Exit Boot Services Returned with Failure";
  static const char *const runs[][4] = {{invocation, success, NULL},
                                        {invocation, failure, NULL},
                                        {invocation, failure, success, NULL},
                                        {invocation, NULL},
                                        {success, NULL},
                                        {invocation, success, failure, NULL}};
  bootlog log;
  uint32_t extended = 0, agree = 0, differ = 0;
  begin(&log);
  bootlog_text(&log, 5, 5, "one");
  bootlog_text(&log, 4, 5, "one");
  for (size_t run = 0; run < sizeof runs / sizeof runs[0]; run++) {
    omadm_tpm_pcrs pcrs = replay(&log, &extended);
    for (const char *const *action = runs[run]; *action != NULL; action++) {
      extend(pcrs.values[5], *action, strlen(*action));
      extend(pcrs.values[4], *action, strlen(*action));
    }
    compare_logs(&log, &pcrs, &agree, &differ);
    assert_int_equal(differ, run < 3 ? 1 << 4 : 1 << 4 | 1 << 5);
  }
  bootlog_dispose(&log);
}

static void each_bank_is_replayed_with_its_own_digests(void **state) {
  (void)state;
  static const uint16_t banks[] = {OMADM_TPM_SHA1, OMADM_TPM_SHA256, OMADM_TPM_SHA384,
                                   OMADM_TPM_SHA512};
  static const size_t sizes[] = {20, 32, 48, 64};
  bootlog_options options;
  bootlog_options_init(&options);
  options.banks = banks;
  options.n_banks = 4;
  log_octets all = written_log(&options, true);
  for (size_t i = 0; i < 4; i++) {
    omadm_tpm_pcrs together = pcrs_of(octets_str(&all), banks[i]);
    verdict v;
    options.banks = &banks[i];
    options.n_banks = 1;
    log_octets alone = written_log(&options, true);
    omadm_tpm_pcrs one = pcrs_of(octets_str(&alone), banks[i]);
    assert_int_equal(together.digest_len, sizes[i]);
    assert_memory_equal(&together, &one, sizeof one);
    judge(octets_str(&all), &together, &v);
    if (!v.accepted) fail_msg("%s", v.why);
    octets_free(&alone);
  }
  octets_free(&all);
}

static void an_sm3_bank_is_replayed(void **state) {
  (void)state;
  static const uint16_t sm3 = OMADM_TPM_SM3;
  bootlog_options options;
  verdict v;
  bootlog_options_init(&options);
  options.banks = &sm3;
  log_octets log = written_log(&options, true);
  omadm_tpm_pcrs pcrs = pcrs_of(octets_str(&log), sm3);
  judge(octets_str(&log), &pcrs, &v);
  if (!v.accepted) fail_msg("%s", v.why);
  octets_free(&log);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_pcr_is_the_chain_of_its_digests),
      cmocka_unit_test(pcrs_of_a_dynamic_launch_begin_at_ff_and_after_it_at_zero),
      cmocka_unit_test(the_startup_locality_is_the_last_octet_of_pcr_0),
      cmocka_unit_test(an_hcrtm_begins_pcr_0_at_four),
      cmocka_unit_test(pcrs_agree_differ_or_belong_to_the_running_system),
      cmocka_unit_test(pcr_5_may_lack_the_end_of_the_boot_services),
      cmocka_unit_test(each_bank_is_replayed_with_its_own_digests),
      cmocka_unit_test(an_sm3_bank_is_replayed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
