/* SPDX-License-Identifier: MIT */
/* What tests may rely on: the TPM in software behaves as its header says. */
#include "tests/verify/evidence.h"

#include <string.h>

static const omadm_str no_blob = {NULL, 0};

static void a_blob_opens_the_same_key_until_the_tpm_is_cleared(void **state) {
  evidence self;
  omadm_tpm_key again;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  const omadm_tpm_calls *calls = self.tpm.calls;
  assert_int_equal(calls->key_close(self.tpm.self, self.ak.handle), OMADM_TPM_OK);
  assert_int_equal(calls->key_close(self.tpm.self, self.ak.handle), OMADM_TPM_NOT_FOUND);
  assert_int_equal(calls->key_open(self.tpm.self, OMADM_TPM_AK_P256, span(&self.ak.blob), &again),
                   OMADM_TPM_OK);
  assert_memory_equal(again.name.octets, self.ak.name.octets, self.ak.name.len);
  assert_int_equal(calls->key_open(self.tpm.self, OMADM_TPM_SIGN_P256, span(&self.ak.blob), &again),
                   OMADM_TPM_INTEGRITY);
  fake_tpm_clear(self.fake);
  assert_int_equal(calls->key_open(self.tpm.self, OMADM_TPM_AK_P256, span(&self.ak.blob), &again),
                   OMADM_TPM_INTEGRITY);
  evidence_end(&self);
}

static void blobs_of_another_tpm_do_not_open(void **state) {
  evidence self, other;
  omadm_tpm_key key;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  evidence_begin(&other, OMADM_TPM_AK_P256);
  assert_int_equal(
      self.tpm.calls->key_open(self.tpm.self, OMADM_TPM_AK_P256, span(&other.ak.blob), &key),
      OMADM_TPM_INTEGRITY);
  evidence_end(&other);
  evidence_end(&self);
}

static void a_fault_comes_after_its_number_of_calls_and_stays(void **state) {
  evidence self;
  omadm_tpm_clock clock;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  fake_tpm_fail(self.fake, FAKE_CLOCK, OMADM_TPM_LOCKOUT, 2);
  static const omadm_tpm_status expected[] = {OMADM_TPM_OK, OMADM_TPM_OK, OMADM_TPM_LOCKOUT,
                                              OMADM_TPM_LOCKOUT};
  for (size_t i = 0; i < 4; i++)
    assert_int_equal(self.tpm.calls->clock(self.tpm.self, &clock), expected[i]);
  fake_tpm_fail(self.fake, FAKE_CLOCK, OMADM_TPM_OK, 0);
  assert_int_equal(self.tpm.calls->clock(self.tpm.self, &clock), OMADM_TPM_OK);
  assert_int_equal(fake_tpm_knobs_of(self.fake)->calls[FAKE_CLOCK], 5);
  evidence_end(&self);
}

static void each_call_can_be_made_to_fail(void **state) {
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  for (int call = 0; call < FAKE_CALLS; call++)
    fake_tpm_fail(self.fake, (fake_call)call, OMADM_TPM_BUSY, 0);
  static union {
    omadm_tpm_info info;
    omadm_tpm_data data;
    omadm_tpm_key key;
    omadm_tpm_quote quote;
    omadm_tpm_pcrs pcrs;
    omadm_tpm_digest digest;
    omadm_tpm_clock clock;
    omadm_tpm_signed said;
    uint8_t octets[8];
  } out;
  size_t n = 0;
  const omadm_tpm_calls *calls = self.tpm.calls;
  uint64_t me = self.tpm.self, key = self.ak.handle;
  const omadm_tpm_status got[] = {
      calls->info(me, &out.info),
      calls->ek_public(me, OMADM_TPM_EK_P256, &out.data),
      calls->ek_certificate(me, OMADM_TPM_EK_P256, 0, &out.data),
      calls->key_open(me, OMADM_TPM_AK_P256, no_blob, &out.key),
      calls->key_close(me, key),
      calls->activate(me, key, OMADM_TPM_EK_P256, no_blob, no_blob, &out.digest),
      calls->quote(me, key, OMADM_TPM_SHA256, 1, no_blob, &out.quote),
      calls->pcr_read(me, OMADM_TPM_SHA256, 1, &out.pcrs),
      calls->clock(me, &out.clock),
      calls->certify(me, key, key, no_blob, &out.said),
      calls->sign(me, key, OMADM_TPM_SHA256, no_blob, &out.data),
      calls->event_log(me, OMADM_TPM_LOG_BOOT, 0, out.octets, sizeof out.octets, &n),
      calls->random(me, out.octets, sizeof out.octets),
  };
  assert_int_equal(sizeof got / sizeof got[0], FAKE_CALLS);
  for (size_t i = 0; i < FAKE_CALLS; i++)
    assert_int_equal(got[i], OMADM_TPM_BUSY);
  evidence_end(&self);
}

static void pcrs_are_extended_and_reset_as_in_a_tpm(void **state) {
  /* SHA-256 of 64 zero octets. */
  static const uint8_t once[] = {0xF5, 0xA5, 0xFD, 0x42, 0xD1, 0x6A, 0x20, 0x30,
                                 0x27, 0x98, 0xEF, 0x6E, 0xD3, 0x09, 0x97, 0x9B};
  static const char zeros[32];
  omadm_tpm_pcrs pcrs;
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  const omadm_tpm_calls *calls = self.tpm.calls;
  fake_tpm_extend(self.fake, OMADM_TPM_SHA256, 10, (omadm_str){zeros, sizeof zeros});
  assert_int_equal(calls->pcr_read(self.tpm.self, OMADM_TPM_SHA256, 1u << 10 | 1u << 17, &pcrs),
                   OMADM_TPM_OK);
  assert_int_equal(pcrs.mask, 1u << 10 | 1u << 17);
  assert_memory_equal(pcrs.values[10], once, sizeof once);
  assert_int_equal(pcrs.values[17][31], 0xFF);
  fake_tpm_reboot(self.fake);
  assert_int_equal(calls->pcr_read(self.tpm.self, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, &pcrs),
                   OMADM_TPM_OK);
  assert_memory_equal(pcrs.values[10], zeros, sizeof zeros);
  assert_memory_equal(pcrs.values[0], zeros, sizeof zeros);
  assert_int_equal(calls->pcr_read(self.tpm.self, OMADM_TPM_SHA384, 1, &pcrs),
                   OMADM_TPM_UNSUPPORTED);
  evidence_end(&self);
}

static void arguments_are_judged_as_by_a_tpm(void **state) {
  static const char octets[65];
  evidence self;
  omadm_tpm_key key;
  omadm_tpm_data data;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  const omadm_tpm_calls *calls = self.tpm.calls;
  uint64_t me = self.tpm.self;
  assert_int_equal(calls->quote(me, self.ak.handle, OMADM_TPM_SHA384, 1, no_blob, &self.quote),
                   OMADM_TPM_UNSUPPORTED);
  assert_int_equal(calls->quote(me, self.ak.handle, OMADM_TPM_SHA256, 1,
                                (omadm_str){octets, sizeof octets}, &self.quote),
                   OMADM_TPM_ARGUMENT);
  assert_int_equal(calls->quote(me, 99, OMADM_TPM_SHA256, 1, no_blob, &self.quote),
                   OMADM_TPM_NOT_FOUND);
  assert_int_equal(
      calls->sign(me, self.ak.handle, OMADM_TPM_SHA256, (omadm_str){octets, 32}, &data),
      OMADM_TPM_ARGUMENT);
  assert_int_equal(calls->key_open(me, (omadm_tpm_key_kind)9, no_blob, &key), OMADM_TPM_ARGUMENT);
  assert_int_equal(calls->ek_public(me, (omadm_tpm_ek)3, &data), OMADM_TPM_ARGUMENT);
  for (size_t i = 0; i < 15; i++)
    assert_int_equal(calls->key_open(me, OMADM_TPM_AK_P256, no_blob, &key), OMADM_TPM_OK);
  assert_int_equal(calls->key_open(me, OMADM_TPM_AK_P256, no_blob, &key), OMADM_TPM_RESOURCE);
  evidence_end(&self);
}

static void a_log_is_read_in_pieces(void **state) {
  evidence self;
  uint8_t piece[4];
  size_t n = 9;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  const omadm_tpm_calls *calls = self.tpm.calls;
  uint64_t me = self.tpm.self;
  assert_int_equal(calls->event_log(me, OMADM_TPM_LOG_IMA, 0, piece, sizeof piece, &n),
                   OMADM_TPM_NOT_FOUND);
  fake_tpm_knobs_of(self.fake)->ima_log = (omadm_str)OMADM_STR("abcdef");
  assert_int_equal(calls->event_log(me, OMADM_TPM_LOG_IMA, 4, piece, sizeof piece, &n),
                   OMADM_TPM_OK);
  assert_int_equal(n, 2);
  assert_memory_equal(piece, "ef", 2);
  assert_int_equal(calls->event_log(me, OMADM_TPM_LOG_IMA, 6, piece, sizeof piece, &n),
                   OMADM_TPM_OK);
  assert_int_equal(n, 0);
  evidence_end(&self);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_blob_opens_the_same_key_until_the_tpm_is_cleared),
      cmocka_unit_test(blobs_of_another_tpm_do_not_open),
      cmocka_unit_test(a_fault_comes_after_its_number_of_calls_and_stays),
      cmocka_unit_test(each_call_can_be_made_to_fail),
      cmocka_unit_test(pcrs_are_extended_and_reset_as_in_a_tpm),
      cmocka_unit_test(arguments_are_judged_as_by_a_tpm),
      cmocka_unit_test(a_log_is_read_in_pieces),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
