/* SPDX-License-Identifier: MIT */
#include "tests/verify/evidence.h"

#include <string.h>

/* A key that the attestation key certifies. */
typedef struct certified {
  evidence by;
  omadm_tpm_key key;
  omadm_tpm_signed said;
} certified;

static const omadm_str nonce = OMADM_STR("a nonce");

static void open_key(certified *self, omadm_tpm_key_kind kind, omadm_tpm_key *key) {
  assert_int_equal(self->by.tpm.calls->key_open(self->by.tpm.self, kind, (omadm_str){NULL, 0}, key),
                   OMADM_TPM_OK);
}

static void certify(certified *self) {
  assert_int_equal(self->by.tpm.calls->certify(self->by.tpm.self, self->by.ak.handle,
                                               self->key.handle, nonce, &self->said),
                   OMADM_TPM_OK);
}

static void begin(certified *self, omadm_tpm_key_kind by, omadm_tpm_key_kind kind) {
  evidence_begin(&self->by, by);
  open_key(self, kind, &self->key);
  certify(self);
}

static omadm_err verify(certified *self, const omadm_tpm_key *subject, omadm_str expected) {
  omadm_error_clear(&self->by.error);
  return omadm_certify_verify(span(&self->said.attest), span(&self->said.signature),
                              span(&self->by.ak.public_area), span(&subject->public_area), expected,
                              &self->by.error);
}

static void is_refused(certified *self, const omadm_tpm_key *subject, const char *words) {
  omadm_err err = verify(self, subject, nonce);
  assert_true(err == OMADM_E_REFUSED || err == OMADM_E_SYNTAX);
  if (strstr(self->by.error.text, words) == NULL)
    fail_msg("\"%s\" is not in \"%s\"", words, self->by.error.text);
}

static void each_kind_of_key_is_certified_by_each(void **state) {
  static const omadm_tpm_key_kind by[] = {OMADM_TPM_AK_RSA_SHA256, OMADM_TPM_AK_P256};
  static const omadm_tpm_key_kind kinds[] = {OMADM_TPM_SIGN_RSA, OMADM_TPM_SIGN_P256,
                                             OMADM_TPM_AK_P256};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    for (size_t k = 0; k < 3; k++) {
      certified self;
      begin(&self, by[i], kinds[k]);
      assert_int_equal(verify(&self, &self.key, nonce), OMADM_OK);
      evidence_end(&self.by);
    }
  }
}

static void the_certificate_of_another_key_is_refused(void **state) {
  certified self;
  omadm_tpm_key other;
  (void)state;
  begin(&self, OMADM_TPM_AK_P256, OMADM_TPM_SIGN_P256);
  open_key(&self, OMADM_TPM_SIGN_P256, &other);
  is_refused(&self, &other, "another key");
  is_refused(&self, &self.by.ak, "another key");
  evidence_end(&self.by);
}

static void another_nonce_is_refused(void **state) {
  certified self;
  (void)state;
  begin(&self, OMADM_TPM_AK_P256, OMADM_TPM_SIGN_P256);
  assert_int_equal(verify(&self, &self.key, (omadm_str)OMADM_STR("a nonc")), OMADM_E_REFUSED);
  assert_int_equal(verify(&self, &self.key, (omadm_str){NULL, 0}), OMADM_E_REFUSED);
  evidence_end(&self.by);
}

static void a_quote_certifies_nothing(void **state) {
  certified self;
  (void)state;
  begin(&self, OMADM_TPM_AK_P256, OMADM_TPM_SIGN_P256);
  evidence_quote(&self.by);
  self.said.attest = self.by.quote.attest;
  self.said.signature = self.by.quote.signature;
  is_refused(&self, &self.key, "does not certify a key");
  evidence_end(&self.by);
}

static void an_attestation_key_with_sha1_may_not_certify(void **state) {
  certified self;
  (void)state;
  begin(&self, OMADM_TPM_AK_RSA_SHA1, OMADM_TPM_SIGN_P256);
  is_refused(&self, &self.key, "SHA-1");
  evidence_end(&self.by);
}

static void a_key_that_may_be_known_elsewhere_is_refused(void **state) {
  static const unsigned bits[] = {1, 4, 5}; /* fixedTPM, fixedParent, sensitiveDataOrigin */
  (void)state;
  for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++) {
    certified self;
    begin(&self, OMADM_TPM_AK_P256, OMADM_TPM_SIGN_P256);
    fake_tpm_knobs_of(self.by.fake)->attributes = 1u << bits[i];
    open_key(&self, OMADM_TPM_SIGN_P256, &self.key);
    certify(&self);
    is_refused(&self, &self.key, "made in this TPM");
    evidence_end(&self.by);
  }
}

static void each_changed_bit_is_refused(void **state) {
  certified self;
  (void)state;
  begin(&self, OMADM_TPM_AK_P256, OMADM_TPM_SIGN_P256);
  omadm_tpm_data *parts[] = {&self.said.attest, &self.said.signature, &self.key.public_area};
  for (size_t part = 0; part < 3; part++) {
    for (unsigned bit = 0; bit < 8 * parts[part]->len; bit++) {
      parts[part]->octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
      is_refused(&self, &self.key, "");
      parts[part]->octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
  }
  evidence_end(&self.by);
}

static void what_is_cut_or_has_an_octet_too_many_is_refused(void **state) {
  certified self;
  (void)state;
  begin(&self, OMADM_TPM_AK_P256, OMADM_TPM_SIGN_P256);
  omadm_tpm_data *parts[] = {&self.said.attest, &self.said.signature, &self.key.public_area};
  for (size_t part = 0; part < 3; part++) {
    uint32_t whole = parts[part]->len;
    for (parts[part]->len = 0; parts[part]->len <= whole + 1; parts[part]->len++) {
      if (parts[part]->len != whole) is_refused(&self, &self.key, "");
    }
    parts[part]->len = whole;
  }
  evidence_end(&self.by);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_kind_of_key_is_certified_by_each),
      cmocka_unit_test(the_certificate_of_another_key_is_refused),
      cmocka_unit_test(another_nonce_is_refused),
      cmocka_unit_test(a_quote_certifies_nothing),
      cmocka_unit_test(an_attestation_key_with_sha1_may_not_certify),
      cmocka_unit_test(a_key_that_may_be_known_elsewhere_is_refused),
      cmocka_unit_test(each_changed_bit_is_refused),
      cmocka_unit_test(what_is_cut_or_has_an_octet_too_many_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
