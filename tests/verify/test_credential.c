/* SPDX-License-Identifier: MIT */
#include "tests/verify/evidence.h"

#include <openssl/x509.h>
#include <string.h>

static const omadm_tpm_ek eks[] = {OMADM_TPM_EK_RSA2048, OMADM_TPM_EK_P256};

/* A credential, and the TPM that it is for. */
typedef struct credential {
  evidence tpm;
  omadm_tpm_ek ek;
  omadm_tpm_data spki;
  omadm_tpm_data id_object, secret;
  omadm_tpm_digest opened;
} credential;

static omadm_err make(credential *self, const omadm_tpm_digest *name, omadm_str secret) {
  omadm_error_clear(&self->tpm.error);
  return omadm_credential_make(span(&self->spki), name, secret, &self->id_object, &self->secret,
                               &self->tpm.error);
}

static omadm_tpm_status open_it(credential *self) {
  const omadm_tpm *tpm = &self->tpm.tpm;
  return tpm->calls->activate(tpm->self, self->tpm.ak.handle, self->ek, span(&self->id_object),
                              span(&self->secret), &self->opened);
}

static void begin(credential *self, omadm_tpm_ek ek) {
  omadm_tpm_data area;
  evidence_begin(&self->tpm, OMADM_TPM_AK_P256);
  self->ek = ek;
  assert_int_equal(self->tpm.tpm.calls->ek_public(self->tpm.tpm.self, ek, &area), OMADM_TPM_OK);
  spki_of(&area, &self->spki);
}

static void the_tpm_opens_what_was_made_for_its_key(void **state) {
  static const char text[] = "0123456789abcdef0123456789abcdef";
  static const size_t lengths[] = {1, 16, 31, 32};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    credential self;
    begin(&self, eks[i]);
    for (size_t n = 0; n < sizeof lengths / sizeof lengths[0]; n++) {
      assert_int_equal(make(&self, &self.tpm.ak.name, (omadm_str){text, lengths[n]}), OMADM_OK);
      assert_int_equal(open_it(&self), OMADM_TPM_OK);
      assert_int_equal(self.opened.len, lengths[n]);
      assert_memory_equal(self.opened.octets, text, lengths[n]);
    }
    evidence_end(&self.tpm);
  }
}

static void a_credential_for_another_name_does_not_open(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    credential self;
    begin(&self, eks[i]);
    omadm_tpm_digest other = self.tpm.ak.name;
    other.octets[33] ^= 1;
    assert_int_equal(make(&self, &other, (omadm_str)OMADM_STR("secret")), OMADM_OK);
    assert_int_equal(open_it(&self), OMADM_TPM_INTEGRITY);
    evidence_end(&self.tpm);
  }
}

static void a_credential_for_another_tpm_does_not_open(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    credential self;
    begin(&self, eks[i]);
    assert_int_equal(make(&self, &self.tpm.ak.name, (omadm_str)OMADM_STR("secret")), OMADM_OK);
    fake_tpm *other = fake_tpm_new();
    omadm_tpm tpm = fake_tpm_port(other);
    omadm_tpm_key ak;
    assert_int_equal(tpm.calls->key_open(tpm.self, OMADM_TPM_AK_P256, (omadm_str){NULL, 0}, &ak),
                     OMADM_TPM_OK);
    assert_int_equal(tpm.calls->activate(tpm.self, ak.handle, self.ek, span(&self.id_object),
                                         span(&self.secret), &self.opened),
                     OMADM_TPM_INTEGRITY);
    fake_tpm_free(other);
    evidence_end(&self.tpm);
  }
}

static void no_two_credentials_are_alike(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    credential self;
    begin(&self, eks[i]);
    assert_int_equal(make(&self, &self.tpm.ak.name, (omadm_str)OMADM_STR("secret")), OMADM_OK);
    omadm_tpm_data id_object = self.id_object, secret = self.secret;
    assert_int_equal(make(&self, &self.tpm.ak.name, (omadm_str)OMADM_STR("secret")), OMADM_OK);
    assert_int_equal(id_object.len, self.id_object.len);
    assert_memory_not_equal(id_object.octets, self.id_object.octets, id_object.len);
    assert_memory_not_equal(secret.octets, self.secret.octets, secret.len);
    evidence_end(&self.tpm);
  }
}

static void its_parts_have_the_sizes_of_the_standard(void **state) {
  credential self;
  (void)state;
  begin(&self, OMADM_TPM_EK_RSA2048);
  assert_int_equal(make(&self, &self.tpm.ak.name, (omadm_str)OMADM_STR("secret")), OMADM_OK);
  assert_int_equal(self.id_object.len, 2 + 32 + 2 + 6);
  assert_int_equal(self.secret.len, 256);
  evidence_end(&self.tpm);
  begin(&self, OMADM_TPM_EK_P256);
  assert_int_equal(make(&self, &self.tpm.ak.name, (omadm_str)OMADM_STR("secret")), OMADM_OK);
  assert_int_equal(self.secret.len, 2 * (2 + 32));
  evidence_end(&self.tpm);
}

static void arguments_that_are_none_are_refused(void **state) {
  static const char text[33] = "too long by one octet, so it is.";
  credential self;
  (void)state;
  begin(&self, OMADM_TPM_EK_P256);
  omadm_tpm_digest name = self.tpm.ak.name;
  assert_int_equal(make(&self, &name, (omadm_str){text, 33}), OMADM_E_ARGUMENT);
  assert_int_equal(make(&self, &name, (omadm_str){text, 0}), OMADM_E_ARGUMENT);
  for (name.len = 0; name.len <= sizeof name.octets; name.len++) {
    omadm_err expected = name.len == 34 ? OMADM_OK : OMADM_E_ARGUMENT;
    assert_int_equal(make(&self, &name, (omadm_str){text, 32}), expected);
  }
  name.len = 34;
  name.octets[1] = 0x77;
  assert_int_equal(make(&self, &name, (omadm_str){text, 32}), OMADM_E_ARGUMENT);
  evidence_end(&self.tpm);
}

static void an_endorsement_key_of_another_kind_is_refused(void **state) {
  EVP_PKEY *others[] = {EVP_EC_gen("P-384"), EVP_RSA_gen(1024),
                        EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
  credential self;
  (void)state;
  begin(&self, OMADM_TPM_EK_P256);
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    unsigned char *at = self.spki.octets;
    assert_non_null(others[i]);
    self.spki.len = (uint32_t)i2d_PUBKEY(others[i], &at);
    assert_int_equal(make(&self, &self.tpm.ak.name, (omadm_str)OMADM_STR("secret")),
                     OMADM_E_REFUSED);
    assert_non_null(strstr(self.tpm.error.text, "neither RSA-2048 nor P-256"));
    EVP_PKEY_free(others[i]);
  }
  evidence_end(&self.tpm);
}

static void an_endorsement_key_that_is_cut_or_too_long_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    credential self;
    begin(&self, eks[i]);
    uint32_t whole = self.spki.len;
    for (self.spki.len = 0; self.spki.len <= whole + 1; self.spki.len++) {
      if (self.spki.len == whole) continue;
      assert_int_equal(make(&self, &self.tpm.ak.name, (omadm_str)OMADM_STR("secret")),
                       OMADM_E_SYNTAX);
    }
    evidence_end(&self.tpm);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_tpm_opens_what_was_made_for_its_key),
      cmocka_unit_test(a_credential_for_another_name_does_not_open),
      cmocka_unit_test(a_credential_for_another_tpm_does_not_open),
      cmocka_unit_test(no_two_credentials_are_alike),
      cmocka_unit_test(its_parts_have_the_sizes_of_the_standard),
      cmocka_unit_test(arguments_that_are_none_are_refused),
      cmocka_unit_test(an_endorsement_key_of_another_kind_is_refused),
      cmocka_unit_test(an_endorsement_key_that_is_cut_or_too_long_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
