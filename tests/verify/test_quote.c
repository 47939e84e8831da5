/* SPDX-License-Identifier: MIT */
#include "tests/verify/evidence.h"

#include <openssl/sha.h>
#include <string.h>

static const omadm_tpm_key_kind kinds[] = {OMADM_TPM_AK_RSA_SHA256, OMADM_TPM_AK_RSA_SHA1,
                                           OMADM_TPM_AK_P256};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

static void a_true_quote_of_each_kind_of_key_is_believed(void **state) {
  (void)state;
  for (size_t i = 0; i < N_KINDS; i++) {
    evidence self;
    omadm_attest parsed = {0};
    evidence_begin(&self, kinds[i]);
    evidence_quote(&self);
    assert_int_equal(omadm_quote_verify(span(&self.quote.attest), span(&self.quote.signature),
                                        span(&self.ak.public_area), &self.quote.pcrs, &self.expect,
                                        &parsed, &self.error),
                     OMADM_OK);
    assert_string_equal(self.error.text, "");
    assert_int_equal(parsed.type, 0x8018);
    assert_int_equal(parsed.bank, OMADM_TPM_SHA256);
    assert_int_equal(parsed.mask, OMADM_TPM_ALL_PCRS);
    assert_int_equal(parsed.clock.reset_count, 7);
    assert_int_equal(parsed.signer.len, self.ak.qualified_name.len);
    assert_memory_equal(parsed.signer.ptr, self.ak.qualified_name.octets, parsed.signer.len);
    evidence_end(&self);
  }
}

static void an_empty_nonce_is_a_nonce_too(void **state) {
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  self.expect.nonce = (omadm_str){NULL, 0};
  evidence_quote(&self);
  assert_int_equal(evidence_verify(&self), OMADM_OK);
  self.expect.nonce = (omadm_str){"\0", 1};
  evidence_is_refused(&self, "nonce");
  evidence_end(&self);
}

static void another_nonce_is_refused(void **state) {
  static const char *const others[] = {"", "a nonc", "a nonce ", "A nonce", "another nonce"};
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  evidence_quote(&self);
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    self.expect.nonce = (omadm_str){others[i], strlen(others[i])};
    evidence_is_refused(&self, "another nonce");
  }
  evidence_end(&self);
}

static void another_choice_of_pcrs_or_bank_is_refused(void **state) {
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  evidence_quote(&self);
  self.expect.mask = 0x00FFFF;
  evidence_is_refused(&self, "covers PCRs");
  self.expect.mask = OMADM_TPM_ALL_PCRS;
  self.expect.bank = OMADM_TPM_SHA384;
  evidence_is_refused(&self, "bank 0x000B, not 0x000C");
  self.expect.bank = 0;
  assert_int_equal(evidence_verify(&self), OMADM_OK);
  evidence_end(&self);
}

static void the_sha1_bank_wants_its_own_permission(void **state) {
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  assert_int_equal(self.tpm.calls->quote(self.tpm.self, self.ak.handle, OMADM_TPM_SHA1, 0xFF,
                                         self.expect.nonce, &self.quote),
                   OMADM_TPM_OK);
  self.expect.bank = 0;
  self.expect.mask = 0xFF;
  evidence_is_refused(&self, "SHA-1 bank");
  self.expect.allow_sha1_signature = 1;
  evidence_is_refused(&self, "SHA-1 bank");
  self.expect.allow_sha1_bank = 1;
  assert_int_equal(evidence_verify(&self), OMADM_OK);
  evidence_end(&self);
}

static void a_sha1_signature_wants_its_own_permission(void **state) {
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_RSA_SHA1);
  evidence_quote(&self);
  self.expect.allow_sha1_signature = 0;
  self.expect.allow_sha1_bank = 1;
  evidence_is_refused(&self, "signs with SHA-1");
  evidence_end(&self);
}

static void pcr_values_that_were_not_quoted_are_refused(void **state) {
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  evidence_quote(&self);
  for (unsigned bit = 0; bit < OMADM_TPM_PCRS * 32 * 8; bit += 7) {
    uint8_t *octet = &self.quote.pcrs.values[bit / 256][bit % 256 / 8];
    *octet ^= (uint8_t)(1 << bit % 8);
    evidence_is_refused(&self, "not those that the TPM quoted");
    *octet ^= (uint8_t)(1 << bit % 8);
  }
  self.quote.pcrs.mask &= ~1u;
  evidence_is_refused(&self, "not those that the quote covers");
  self.quote.pcrs.mask |= 1u;
  self.quote.pcrs.digest_len = 20;
  evidence_is_refused(&self, "not those that the quote covers");
  self.quote.pcrs.digest_len = 32;
  self.quote.pcrs.bank = OMADM_TPM_SM3;
  evidence_is_refused(&self, "not those that the quote covers");
  evidence_end(&self);
}

static void each_changed_bit_of_quote_and_signature_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < N_KINDS; i++) {
    evidence self;
    evidence_begin(&self, kinds[i]);
    evidence_quote(&self);
    omadm_tpm_data *parts[] = {&self.quote.attest, &self.quote.signature};
    for (size_t part = 0; part < 2; part++) {
      for (unsigned bit = 0; bit < 8 * parts[part]->len; bit++) {
        parts[part]->octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
        evidence_is_refused(&self, "");
        parts[part]->octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
      }
    }
    assert_int_equal(evidence_verify(&self), OMADM_OK);
    evidence_end(&self);
  }
}

/* What the signature cannot show, as noDA and userWithAuth, the name does, to which credentials
 * are made. */
static void each_changed_bit_of_the_key_is_refused_or_is_another_name(void **state) {
  enum { ATTRIBUTES = 4, AFTER_POLICY = 10 };
  (void)state;
  for (size_t i = 0; i < N_KINDS; i++) {
    evidence self;
    evidence_begin(&self, kinds[i]);
    evidence_quote(&self);
    omadm_tpm_data *area = &self.ak.public_area;
    for (unsigned bit = 0; bit < 8 * area->len; bit++) {
      omadm_tpm_digest name = {0};
      area->octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
      bool spare = bit / 8 >= ATTRIBUTES && bit / 8 < AFTER_POLICY;
      /* Any name algorithm is as good as another to the signature. */
      spare |= bit / 8 == 2 || bit / 8 == 3;
      if (!spare || evidence_verify(&self) != OMADM_OK) evidence_is_refused(&self, "");
      if (omadm_tpm_name(span(area), &name, NULL) == OMADM_OK)
        assert_true(name.len != self.ak.name.len ||
                    memcmp(name.octets, self.ak.name.octets, name.len) != 0);
      area->octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    evidence_end(&self);
  }
}

static void what_is_cut_or_has_an_octet_too_many_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < N_KINDS; i++) {
    evidence self;
    evidence_begin(&self, kinds[i]);
    evidence_quote(&self);
    omadm_tpm_data *parts[] = {&self.quote.attest, &self.quote.signature, &self.ak.public_area};
    for (size_t part = 0; part < 3; part++) {
      uint32_t whole = parts[part]->len;
      for (parts[part]->len = 0; parts[part]->len <= whole + 1; parts[part]->len++) {
        if (parts[part]->len != whole) evidence_is_refused(&self, "");
      }
      parts[part]->len = whole;
    }
    evidence_end(&self);
  }
}

static void a_quote_by_another_key_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < N_KINDS; i++) {
    evidence self;
    evidence_begin(&self, kinds[i]);
    fake_tpm_knobs_of(self.fake)->stranger = true;
    evidence_quote(&self);
    evidence_is_refused(&self, "not this key's");
    evidence_end(&self);
  }
}

static void an_attribute_that_no_attestation_key_has_is_refused(void **state) {
  static const struct {
    unsigned bit;
    const char *words;
  } attributes[] = {{1, "fixedTPM"},        {4, "fixedParent"},  {5, "sensitiveDataOrigin"},
                    {16, "not restricted"}, {17, "may decrypt"}, {18, "may not sign"},
                    {3, "well-formed"},     {31, "well-formed"}};
  (void)state;
  for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++) {
    evidence self;
    evidence_begin(&self, OMADM_TPM_AK_P256);
    omadm_tpm_data *area = &self.ak.public_area;
    evidence_quote(&self);
    area->octets[7 - attributes[i].bit / 8] ^= (uint8_t)(1 << attributes[i].bit % 8);
    evidence_is_refused(&self, attributes[i].words);
    evidence_end(&self);
  }
}

static void a_key_that_signs_anything_is_no_attestation_key(void **state) {
  static const omadm_tpm_key_kind others[] = {OMADM_TPM_SIGN_RSA, OMADM_TPM_SIGN_P256};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    evidence self;
    evidence_begin(&self, others[i]);
    assert_int_equal(omadm_ak_check(span(&self.ak.public_area), 0, &self.error), OMADM_E_REFUSED);
    assert_non_null(strstr(self.error.text, "not restricted"));
    evidence_end(&self);
  }
}

/* One forged field each; the key signs it truly. */
typedef void forger(void *ctx, fake_attest *attest);

static void forge_magic(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->magic = 0x00544347;
}
static void forge_type(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.type = 0x8019; /* a time attestation */
}
static void forge_certify(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.type = 0x8017;
}
static void forge_nonce(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.extra = (omadm_str){"old one", 7};
}
static void forge_bank(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.bank = OMADM_TPM_SHA1;
}
static void forge_unknown_bank(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.bank = 0x7777;
}
static void forge_mask(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.mask = 0x7FFFFF;
}
/* What a TPM answers for a bank that is not allocated. */
static void forge_nothing_quoted(void *ctx, fake_attest *attest) {
  static unsigned char digest[SHA256_DIGEST_LENGTH];
  (void)ctx;
  SHA256((const unsigned char *)"", 0, digest);
  attest->body.mask = 0;
  attest->body.pcr_digest = (omadm_str){(const char *)digest, sizeof digest};
}
static void forge_digest(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.pcr_digest = (omadm_str){"01234567890123456789012345678901", 32};
}
static void forge_short_digest(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.pcr_digest.len = 31;
}
static void forge_safe(void *ctx, fake_attest *attest) {
  (void)ctx;
  attest->body.clock.safe = 2;
}
static void forge_signer(void *ctx, fake_attest *attest) {
  static const char name[100];
  (void)ctx;
  attest->body.signer = (omadm_str){name, sizeof name};
}

static void each_forged_field_is_refused(void **state) {
  static const struct {
    forger *forge;
    const char *words;
  } fields[] = {
      {forge_magic, "not made by a TPM"}, {forge_type, "neither quote nor certify"},
      {forge_certify, "not a quote"},     {forge_nonce, "another nonce"},
      {forge_bank, "bank 0x0004"},        {forge_unknown_bank, "bank 0x7777"},
      {forge_mask, "covers PCRs"},        {forge_nothing_quoted, "covers no PCR at all"},
      {forge_digest, "not those"},        {forge_short_digest, "not those"},
      {forge_safe, "not well formed"},    {forge_signer, "not well formed"},
  };
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
    fake_tpm_knobs_of(self.fake)->forge = fields[i].forge;
    evidence_quote(&self);
    evidence_is_refused(&self, fields[i].words);
  }
  evidence_end(&self);
}

static void a_bank_that_is_unknown_here_is_refused_whatever_is_expected(void **state) {
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  fake_tpm_knobs_of(self.fake)->forge = forge_unknown_bank;
  evidence_quote(&self);
  self.expect.bank = 0;
  self.quote.pcrs.bank = 0x7777;
  evidence_is_refused(&self, "unknown here");
  evidence_end(&self);
}

static void counters_are_told_as_the_tpm_has_them(void **state) {
  evidence self;
  omadm_attest parsed = {0};
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  fake_tpm_reboot(self.fake);
  fake_tpm_resume(self.fake);
  fake_tpm_resume(self.fake);
  evidence_quote(&self);
  assert_int_equal(omadm_attest_parse(span(&self.quote.attest), &parsed, NULL), OMADM_OK);
  assert_int_equal(parsed.clock.reset_count, 8);
  assert_int_equal(parsed.clock.restart_count, 2);
  assert_int_equal(parsed.clock.safe, 1);
  assert_true(parsed.firmware == 0x0001000200030004);
  evidence_end(&self);
}

static void a_senseless_question_is_an_argument_error(void **state) {
  evidence self;
  (void)state;
  evidence_begin(&self, OMADM_TPM_AK_P256);
  evidence_quote(&self);
  self.expect.mask = 0;
  assert_int_equal(evidence_verify(&self), OMADM_E_ARGUMENT);
  self.expect.mask = 1u << 24;
  assert_int_equal(evidence_verify(&self), OMADM_E_ARGUMENT);
  self.expect.mask = OMADM_TPM_ALL_PCRS;
  self.expect.struct_size = 8;
  assert_int_equal(evidence_verify(&self), OMADM_E_ARGUMENT);
  evidence_end(&self);
}

static void the_recorded_quote_of_a_real_tpm_is_believed(void **state) {
  static const uint8_t name[] = {0x00, 0x0B, 0x4C, 0xE9, 0xB1, 0x51};
  evidence self;
  omadm_tpm_digest made = {0};
  (void)state;
  if (!evidence_recorded(&self)) skip();
  assert_int_equal(evidence_verify(&self), OMADM_OK);
  assert_int_equal(omadm_tpm_name(span(&self.ak.public_area), &made, NULL), OMADM_OK);
  assert_int_equal(made.len, 34);
  assert_memory_equal(made.octets, name, sizeof name);
}

static void the_recorded_quote_is_refused_without_permission_for_sha1(void **state) {
  evidence self;
  (void)state;
  if (!evidence_recorded(&self)) skip();
  self.expect.allow_sha1_bank = 0;
  evidence_is_refused(&self, "SHA-1 bank");
  self.expect.allow_sha1_bank = 1;
  self.expect.allow_sha1_signature = 0;
  evidence_is_refused(&self, "signs with SHA-1");
}

static void each_changed_bit_of_the_recorded_quote_is_refused(void **state) {
  evidence self;
  (void)state;
  if (!evidence_recorded(&self)) skip();
  omadm_tpm_data *parts[] = {&self.quote.attest, &self.quote.signature};
  for (size_t part = 0; part < 2; part++) {
    for (unsigned bit = 0; bit < 8 * parts[part]->len; bit++) {
      parts[part]->octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
      evidence_is_refused(&self, "");
      parts[part]->octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_true_quote_of_each_kind_of_key_is_believed),
      cmocka_unit_test(an_empty_nonce_is_a_nonce_too),
      cmocka_unit_test(another_nonce_is_refused),
      cmocka_unit_test(another_choice_of_pcrs_or_bank_is_refused),
      cmocka_unit_test(the_sha1_bank_wants_its_own_permission),
      cmocka_unit_test(a_sha1_signature_wants_its_own_permission),
      cmocka_unit_test(pcr_values_that_were_not_quoted_are_refused),
      cmocka_unit_test(each_changed_bit_of_quote_and_signature_is_refused),
      cmocka_unit_test(each_changed_bit_of_the_key_is_refused_or_is_another_name),
      cmocka_unit_test(what_is_cut_or_has_an_octet_too_many_is_refused),
      cmocka_unit_test(a_quote_by_another_key_is_refused),
      cmocka_unit_test(an_attribute_that_no_attestation_key_has_is_refused),
      cmocka_unit_test(a_key_that_signs_anything_is_no_attestation_key),
      cmocka_unit_test(each_forged_field_is_refused),
      cmocka_unit_test(a_bank_that_is_unknown_here_is_refused_whatever_is_expected),
      cmocka_unit_test(counters_are_told_as_the_tpm_has_them),
      cmocka_unit_test(a_senseless_question_is_an_argument_error),
      cmocka_unit_test(the_recorded_quote_of_a_real_tpm_is_believed),
      cmocka_unit_test(the_recorded_quote_is_refused_without_permission_for_sha1),
      cmocka_unit_test(each_changed_bit_of_the_recorded_quote_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
