/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static omadm_tpm_info info_of(bench *b) {
  omadm_tpm_info info;
  assert_int_equal(TPM_CALL(b, info, &info), OMADM_TPM_OK);
  assert_int_equal(bench_count(b), 0);
  return info;
}

static bool has_bank(const omadm_tpm_info *info, uint16_t bank) {
  for (uint32_t i = 0; i < info->n_banks; i++) {
    if (info->banks[i] == bank) return true;
  }
  return false;
}

static void info_tells_the_maker_the_firmware_and_the_banks(void **state) {
  omadm_tpm_info info = info_of(*state);
  assert_int_equal(info.version, 2);
  assert_string_equal(info.manufacturer, "IBM");
  assert_string_equal(info.vendor, "SW   TPM");
  assert_true(info.firmware != 0);
  assert_true(has_bank(&info, OMADM_TPM_SHA1));
  assert_true(has_bank(&info, OMADM_TPM_SHA256));
  assert_int_equal(info.flags, 0);
  assert_int_equal(info.lockout_count, 0);
  assert_true(info.lockout_max > 0);
}

static void info_tells_which_authorizations_are_set(void **state) {
  bench *b = *state;
  bench_set_auth(b, ESYS_TR_RH_OWNER, "owner");
  assert_int_equal(info_of(b).flags, OMADM_TPM_OWNER_AUTH_SET);
  bench_set_auth(b, ESYS_TR_RH_ENDORSEMENT, "endorsement");
  bench_set_auth(b, ESYS_TR_RH_LOCKOUT, "lockout");
  assert_int_equal(info_of(b).flags, OMADM_TPM_OWNER_AUTH_SET | OMADM_TPM_ENDORSEMENT_AUTH_SET |
                                         OMADM_TPM_LOCKOUT_AUTH_SET);
}

static void info_tells_of_a_lockout(void **state) {
  bench *b = *state;
  bench_lock_out(b);
  omadm_tpm_info info = info_of(b);
  assert_int_equal(info.flags, OMADM_TPM_IN_LOCKOUT);
  assert_int_equal(info.lockout_count, info.lockout_max);
  bench_unlock(b);
  assert_int_equal(info_of(b).flags, 0);
}

static void a_bank_that_is_taken_away_is_no_longer_told(void **state) {
  bench *b = *state;
  bench_allocate_sha256(b);
  bench_reboot(b);
  omadm_tpm_info info = info_of(b);
  assert_int_equal(info.n_banks, 1);
  assert_int_equal(info.banks[0], OMADM_TPM_SHA256);
}

static void the_clock_counts_reboots_and_resumes(void **state) {
  bench *b = *state;
  omadm_tpm_clock first, second, third;
  assert_int_equal(TPM_CALL(b, clock, &first), OMADM_TPM_OK);
  bench_resume(b);
  assert_int_equal(TPM_CALL(b, clock, &second), OMADM_TPM_OK);
  bench_reboot(b);
  assert_int_equal(TPM_CALL(b, clock, &third), OMADM_TPM_OK);
  assert_int_equal(second.reset_count, first.reset_count);
  assert_int_equal(second.restart_count, first.restart_count + 1);
  assert_int_equal(third.reset_count, first.reset_count + 1);
  assert_int_equal(third.restart_count, 0);
  assert_true(third.milliseconds >= first.milliseconds);
  assert_int_equal(third.safe, 1);
}

static void random_octets_differ_and_have_a_limit(void **state) {
  bench *b = *state;
  uint8_t first[64] = {0}, second[64] = {0};
  assert_int_equal(TPM_CALL(b, random, first, 64), OMADM_TPM_OK);
  assert_int_equal(TPM_CALL(b, random, second, 64), OMADM_TPM_OK);
  assert_memory_not_equal(first, second, 32);
  assert_memory_not_equal(first + 32, second + 32, 32);
  assert_int_equal(TPM_CALL(b, random, first, 0), OMADM_TPM_OK);
  assert_int_equal(TPM_CALL(b, random, first, 65), OMADM_TPM_ARGUMENT);
}

static void all_pcrs_of_a_bank_are_read(void **state) {
  bench *b = *state;
  omadm_tpm_pcrs before, after;
  const uint8_t zeros[32] = {0};
  assert_int_equal(TPM_CALL(b, pcr_read, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, &before),
                   OMADM_TPM_OK);
  bench_extend(b, OMADM_TPM_SHA256, 16, 7);
  assert_int_equal(TPM_CALL(b, pcr_read, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, &after),
                   OMADM_TPM_OK);
  assert_int_equal(before.bank, OMADM_TPM_SHA256);
  assert_int_equal(before.digest_len, 32);
  assert_int_equal(before.mask, OMADM_TPM_ALL_PCRS);
  assert_memory_equal(before.values[0], zeros, 32);
  assert_int_equal(before.values[17][0], 0xFF);
  for (unsigned i = 0; i < OMADM_TPM_PCRS; i++)
    assert_int_equal(memcmp(before.values[i], after.values[i], 64) == 0, i != 16);
  assert_int_equal(bench_count(b), 0);
}

static void only_the_pcrs_asked_for_are_read(void **state) {
  bench *b = *state;
  omadm_tpm_pcrs pcrs;
  assert_int_equal(TPM_CALL(b, pcr_read, OMADM_TPM_SHA1, 1u << 17 | 1u << 3, &pcrs), OMADM_TPM_OK);
  assert_int_equal(pcrs.mask, 1u << 17 | 1u << 3);
  assert_int_equal(pcrs.digest_len, 20);
  assert_int_equal(pcrs.values[17][19], 0xFF);
  assert_int_equal(pcrs.values[17][20], 0);
  assert_int_equal(pcrs.values[18][0], 0);
}

static void a_bank_that_is_not_there_has_no_pcrs(void **state) {
  bench *b = *state;
  omadm_tpm_pcrs pcrs;
  bench_allocate_sha256(b);
  bench_reboot(b);
  assert_int_equal(TPM_CALL(b, pcr_read, OMADM_TPM_SHA1, OMADM_TPM_ALL_PCRS, &pcrs),
                   OMADM_TPM_UNSUPPORTED);
  assert_int_equal(TPM_CALL(b, pcr_read, OMADM_TPM_SM3, OMADM_TPM_ALL_PCRS, &pcrs),
                   OMADM_TPM_UNSUPPORTED);
}

static void pcrs_that_nobody_has_are_an_argument_error(void **state) {
  bench *b = *state;
  omadm_tpm_pcrs pcrs;
  assert_int_equal(TPM_CALL(b, pcr_read, 0x1234, 1, &pcrs), OMADM_TPM_ARGUMENT);
  assert_int_equal(TPM_CALL(b, pcr_read, OMADM_TPM_SHA256, 0, &pcrs), OMADM_TPM_ARGUMENT);
  assert_int_equal(TPM_CALL(b, pcr_read, OMADM_TPM_SHA256, 1u << 24, &pcrs), OMADM_TPM_ARGUMENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(info_tells_the_maker_the_firmware_and_the_banks),
      TEST(info_tells_which_authorizations_are_set),
      TEST(info_tells_of_a_lockout),
      TEST(a_bank_that_is_taken_away_is_no_longer_told),
      TEST(the_clock_counts_reboots_and_resumes),
      TEST(random_octets_differ_and_have_a_limit),
      TEST(all_pcrs_of_a_bank_are_read),
      TEST(only_the_pcrs_asked_for_are_read),
      TEST(a_bank_that_is_not_there_has_no_pcrs),
      TEST(pcrs_that_nobody_has_are_an_argument_error),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
