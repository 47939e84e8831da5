/* SPDX-License-Identifier: MIT */
#include "tests/verify/evidence.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tpm/fake_ca.h"
#include "tpm/fake_parts.h"

enum { MOST_LINKS = 12, DAY = 24 * 60 * 60 };

static const char usage[] = "2.23.133.8.1";

/* A maker: a root, issuers below each other, and the certificate of an endorsement key. */
typedef struct maker {
  char roots[64];
  EVP_PKEY *key; /* of all: what differs are the names */
  X509 *chain[MOST_LINKS]; /* the root first */
  size_t n;
  omadm_tpm_data issuers[MOST_LINKS]; /* DER, without the root */
  omadm_str intermediates[MOST_LINKS];
  omadm_tpm_data leaf;
  omadm_tpm_data found; /* the key that a verification gives */
  omadm_error error;
} maker;

static void add_issuer(maker *self) {
  char name[32];
  snprintf(name, sizeof name, "Issuer %zu", self->n);
  self->chain[self->n] =
      fake_certificate_new(&(fake_certificate){.subject = name,
                                               .key = self->key,
                                               .issuer = self->chain[self->n - 1],
                                               .issuer_key = self->key,
                                               .authority = true});
  omadm_tpm_data *der = &self->issuers[self->n - 1];
  fake_certificate_der(self->chain[self->n], der);
  self->intermediates[self->n - 1] = span(der);
  self->n++;
}

static void maker_begin(maker *self, size_t issuers) {
  memset(self, 0, sizeof *self);
  strcpy(self->roots, "/tmp/omadm-roots-XXXXXX");
  int fd = mkstemp(self->roots);
  assert_true(fd >= 0);
  close(fd);
  self->key = fake_pair_new(/* rsa */ false);
  self->chain[0] = fake_certificate_new(
      &(fake_certificate){.subject = "Root", .key = self->key, .authority = true});
  self->n = 1;
  fake_certificate_write(self->chain[0], self->roots);
  while (self->n < 1 + issuers)
    add_issuer(self);
}

static void maker_end(maker *self) {
  for (size_t i = 0; i < self->n; i++)
    X509_free(self->chain[i]);
  EVP_PKEY_free(self->key);
  unlink(self->roots);
}

/* Completes what is left open, and makes it the leaf. */
static void certify(maker *self, fake_certificate says) {
  if (says.key == NULL) says.key = self->key;
  if (says.issuer_key == NULL) says.issuer_key = self->key;
  if (says.issuer == NULL) says.issuer = self->chain[self->n - 1];
  X509 *made = fake_certificate_new(&says);
  fake_certificate_der(made, &self->leaf);
  X509_free(made);
}

static omadm_err verify(maker *self) {
  omadm_error_clear(&self->error);
  return omadm_ek_certificate_verify(span(&self->leaf), self->intermediates, self->n - 1,
                                     self->roots, &self->found, &self->error);
}

static void is_refused(maker *self, const char *words) {
  omadm_err err = verify(self);
  assert_true(err == OMADM_E_REFUSED || err == OMADM_E_SYNTAX);
  assert_int_equal(self->error.code, err);
  if (strstr(self->error.text, words) == NULL)
    fail_msg("\"%s\" is not in \"%s\"", words, self->error.text);
}

static void a_certificate_as_makers_write_it_is_accepted(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 1);
  /* Empty subject, critical directoryName, valid until the end of 9999. */
  certify(&self, (fake_certificate){.usage = usage, .device_name = true});
  assert_int_equal(verify(&self), OMADM_OK);
  const unsigned char *at = self.found.octets;
  EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)self.found.len);
  assert_non_null(key);
  assert_int_equal(EVP_PKEY_eq(key, self.key), 1);
  EVP_PKEY_free(key);
  maker_end(&self);
}

static void a_certificate_by_the_root_itself_needs_no_intermediate(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 0);
  certify(&self, (fake_certificate){.subject = "TPM", .usage = usage});
  assert_int_equal(verify(&self), OMADM_OK);
  maker_end(&self);
}

static void an_issuer_that_is_named_as_root_is_one(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 1);
  certify(&self, (fake_certificate){.usage = usage, .device_name = true});
  fake_certificate_write(self.chain[1], self.roots);
  assert_int_equal(verify(&self), OMADM_OK);
  maker_end(&self);
}

static void an_unknown_maker_is_refused(void **state) {
  maker self, other;
  (void)state;
  maker_begin(&self, 1);
  maker_begin(&other, 1);
  certify(&self, (fake_certificate){.usage = usage});
  fake_certificate_write(other.chain[0], self.roots);
  is_refused(&self, "not vouched for by a known TPM maker");
  maker_end(&other);
  maker_end(&self);
}

static void a_missing_intermediate_is_refused(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 2);
  certify(&self, (fake_certificate){.usage = usage});
  self.intermediates[0] = self.intermediates[1];
  is_refused(&self, "not vouched for");
  maker_end(&self);
}

static void what_comes_as_intermediate_is_not_trusted(void **state) {
  maker self, other;
  (void)state;
  maker_begin(&self, 1);
  maker_begin(&other, 1);
  certify(&self, (fake_certificate){.usage = usage});
  fake_certificate_der(self.chain[0], &self.issuers[1]);
  self.intermediates[1] = span(&self.issuers[1]);
  assert_int_equal(omadm_ek_certificate_verify(span(&self.leaf), self.intermediates, 2, other.roots,
                                               &self.found, &self.error),
                   OMADM_E_REFUSED);
  maker_end(&other);
  maker_end(&self);
}

static void an_expired_certificate_is_refused(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 1);
  certify(&self, (fake_certificate){.usage = usage, .from_s = -2 * DAY, .until_s = -DAY});
  is_refused(&self, "expired");
  certify(&self, (fake_certificate){.usage = usage, .from_s = DAY});
  is_refused(&self, "not yet valid");
  maker_end(&self);
}

static void an_expired_issuer_is_refused(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 0);
  self.chain[self.n++] = fake_certificate_new(&(fake_certificate){.subject = "Issuer 1",
                                                                  .key = self.key,
                                                                  .issuer = self.chain[0],
                                                                  .issuer_key = self.key,
                                                                  .authority = true,
                                                                  .from_s = -2 * DAY,
                                                                  .until_s = -DAY});
  fake_certificate_der(self.chain[1], &self.issuers[0]);
  self.intermediates[0] = span(&self.issuers[0]);
  certify(&self, (fake_certificate){.usage = usage});
  is_refused(&self, "expired");
  maker_end(&self);
}

static void another_usage_or_none_is_refused(void **state) {
  static const char *const others[] = {NULL, "serverAuth", "2.23.133.8.3", "anyExtendedKeyUsage"};
  maker self;
  (void)state;
  maker_begin(&self, 1);
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    certify(&self, (fake_certificate){.usage = others[i]});
    is_refused(&self, "extended key usage 2.23.133.8.1");
  }
  certify(&self, (fake_certificate){.usage = "serverAuth,2.23.133.8.1"});
  assert_int_equal(verify(&self), OMADM_OK);
  maker_end(&self);
}

static void a_self_signed_certificate_is_refused(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 0);
  EVP_PKEY *own = fake_pair_new(/* rsa */ true);
  X509 *made =
      fake_certificate_new(&(fake_certificate){.subject = "TPM", .key = own, .usage = usage});
  fake_certificate_der(made, &self.leaf);
  is_refused(&self, "self-signed");
  X509_free(made);
  EVP_PKEY_free(own);
  maker_end(&self);
}

static void an_issuer_that_is_no_authority_is_refused(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 0);
  self.chain[self.n++] = fake_certificate_new(&(fake_certificate){.subject = "Another TPM",
                                                                  .key = self.key,
                                                                  .issuer = self.chain[0],
                                                                  .issuer_key = self.key,
                                                                  .usage = usage});
  fake_certificate_der(self.chain[1], &self.issuers[0]);
  self.intermediates[0] = span(&self.issuers[0]);
  certify(&self, (fake_certificate){.usage = usage});
  is_refused(&self, "not vouched for");
  maker_end(&self);
}

static void a_chain_of_ten_is_accepted_and_of_eleven_refused(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 8);
  certify(&self, (fake_certificate){.usage = usage});
  assert_int_equal(verify(&self), OMADM_OK);
  add_issuer(&self);
  certify(&self, (fake_certificate){.usage = usage});
  is_refused(&self, "chain too long");
  maker_end(&self);
}

static void a_cut_certificate_or_one_octet_more_is_refused(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 1);
  certify(&self, (fake_certificate){.usage = usage, .device_name = true});
  uint32_t whole = self.leaf.len;
  for (self.leaf.len = 0; self.leaf.len <= whole + 1; self.leaf.len++) {
    if (self.leaf.len != whole) is_refused(&self, "exactly one DER certificate");
  }
  self.leaf.len = whole;
  self.intermediates[0].len--;
  is_refused(&self, "intermediate certificate 1 of 1");
  maker_end(&self);
}

/* OpenSSL reads some octets in more than one way, so a change may leave what is certified. */
static void a_changed_octet_is_refused_or_changes_nothing(void **state) {
  maker self;
  omadm_tpm_data before;
  (void)state;
  maker_begin(&self, 1);
  certify(&self, (fake_certificate){.usage = usage, .device_name = true});
  assert_int_equal(verify(&self), OMADM_OK);
  before = self.found;
  for (unsigned bit = 0; bit < 8 * self.leaf.len; bit++) {
    self.leaf.octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
    if (verify(&self) == OMADM_OK) {
      assert_int_equal(self.found.len, before.len);
      assert_memory_equal(self.found.octets, before.octets, before.len);
    }
    self.leaf.octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
  }
  maker_end(&self);
}

static void roots_that_are_none_are_said_to_be(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 0);
  certify(&self, (fake_certificate){.usage = usage});
  FILE *file = fopen(self.roots, "w");
  assert_non_null(file);
  is_refused(&self, "holds no PEM certificate");
  fputs("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", file);
  fclose(file);
  is_refused(&self, "holds no PEM certificate");
  file = fopen(self.roots, "w");
  assert_non_null(file);
  PEM_write_X509(file, self.chain[0]);
  fputs("-----BEGIN CERTIFICATE-----\nAAAA\n", file);
  fclose(file);
  is_refused(&self, "damaged");
  unlink(self.roots);
  assert_int_equal(verify(&self), OMADM_E_IO);
  assert_non_null(strstr(self.error.text, "No such file"));
  maker_end(&self);
}

/* Collisions of SHA-1 can be bought. */
static void a_weak_signature_is_refused(void **state) {
  maker self;
  (void)state;
  maker_begin(&self, 0);
  X509 *made = fake_certificate_new(&(fake_certificate){.subject = "TPM",
                                                        .key = self.key,
                                                        .issuer = self.chain[0],
                                                        .issuer_key = self.key,
                                                        .usage = usage});
  assert_true(X509_sign(made, self.key, EVP_sha1()) > 0);
  fake_certificate_der(made, &self.leaf);
  is_refused(&self, "too weak");
  X509_free(made);
  maker_end(&self);
}

static void the_fake_tpm_has_certificates_of_its_maker(void **state) {
  static const omadm_tpm_ek eks[] = {OMADM_TPM_EK_RSA2048, OMADM_TPM_EK_P256};
  char roots[] = "/tmp/omadm-roots-XXXXXX";
  evidence self;
  (void)state;
  int fd = mkstemp(roots);
  assert_true(fd >= 0);
  close(fd);
  evidence_begin(&self, OMADM_TPM_AK_P256);
  fake_tpm_write_root(self.fake, roots);
  for (size_t i = 0; i < 2; i++) {
    omadm_tpm_data leaf, issuer, key, area, expected;
    const omadm_tpm_calls *calls = self.tpm.calls;
    assert_int_equal(calls->ek_certificate(self.tpm.self, eks[i], 0, &leaf), OMADM_TPM_OK);
    assert_int_equal(calls->ek_certificate(self.tpm.self, eks[i], 1, &issuer), OMADM_TPM_OK);
    assert_int_equal(calls->ek_certificate(self.tpm.self, eks[i], 2, &issuer), OMADM_TPM_NOT_FOUND);
    assert_int_equal(calls->ek_public(self.tpm.self, eks[i], &area), OMADM_TPM_OK);
    omadm_str intermediate = span(&issuer);
    assert_int_equal(
        omadm_ek_certificate_verify(span(&leaf), &intermediate, 1, roots, &key, &self.error),
        OMADM_OK);
    spki_of(&area, &expected);
    assert_int_equal(key.len, expected.len);
    assert_memory_equal(key.octets, expected.octets, key.len);
  }
  evidence_end(&self);
  unlink(roots);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_certificate_as_makers_write_it_is_accepted),
      cmocka_unit_test(a_certificate_by_the_root_itself_needs_no_intermediate),
      cmocka_unit_test(an_issuer_that_is_named_as_root_is_one),
      cmocka_unit_test(an_unknown_maker_is_refused),
      cmocka_unit_test(a_missing_intermediate_is_refused),
      cmocka_unit_test(what_comes_as_intermediate_is_not_trusted),
      cmocka_unit_test(an_expired_certificate_is_refused),
      cmocka_unit_test(an_expired_issuer_is_refused),
      cmocka_unit_test(another_usage_or_none_is_refused),
      cmocka_unit_test(a_self_signed_certificate_is_refused),
      cmocka_unit_test(an_issuer_that_is_no_authority_is_refused),
      cmocka_unit_test(a_chain_of_ten_is_accepted_and_of_eleven_refused),
      cmocka_unit_test(a_cut_certificate_or_one_octet_more_is_refused),
      cmocka_unit_test(a_changed_octet_is_refused_or_changes_nothing),
      cmocka_unit_test(roots_that_are_none_are_said_to_be),
      cmocka_unit_test(a_weak_signature_is_refused),
      cmocka_unit_test(the_fake_tpm_has_certificates_of_its_maker),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
