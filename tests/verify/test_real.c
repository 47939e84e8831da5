/* SPDX-License-Identifier: MIT */
/*
 * The verifier against a TPM that is none of ours. test_real [SPEC [CA]]: the provider's name, by
 * default the TPM of libtpms in this process, and the folder of its maker's certificates.
 */
#include "tests/verify/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *spec = "inproc";
static const char *ca;

static const omadm_tpm_key_kind kinds[] = {OMADM_TPM_AK_RSA_SHA256, OMADM_TPM_AK_RSA_SHA1,
                                           OMADM_TPM_AK_P256};
static const omadm_tpm_ek eks[] = {OMADM_TPM_EK_RSA2048, OMADM_TPM_EK_P256};

/* Opened once for all: keys take their time. */
static omadm_tpm tpm;
static omadm_tpm_key aks[3];

static int open_tpm(void **state) {
  omadm_error error = {0};
  (void)state;
  if (omadm_tpm_open(spec, NULL, &tpm, &error) != OMADM_OK) {
    print_error("%s: %s\n", spec, error.text);
    return 1;
  }
  for (size_t i = 0; i < 3; i++) {
    omadm_tpm_status status =
        tpm.calls->key_open(tpm.self, kinds[i], (omadm_str){NULL, 0}, &aks[i]);
    if (status == OMADM_TPM_OK) continue;
    print_error("key %d: %s\n", (int)kinds[i], omadm_tpm_status_text(status));
    return 1;
  }
  return 0;
}

static int close_tpm(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++)
    tpm.calls->key_close(tpm.self, aks[i].handle);
  omadm_tpm_close(&tpm);
  return 0;
}

/* The quote of a key, as evidence that has no fake behind it. */
static void quote(evidence *self, size_t key, uint16_t bank, uint32_t mask, omadm_str nonce) {
  memset(self, 0, sizeof *self);
  self->ak = aks[key];
  self->expect = (omadm_quote_expect){.struct_size = sizeof self->expect,
                                      .nonce = nonce,
                                      .bank = bank,
                                      .mask = mask,
                                      .allow_sha1_bank = bank == OMADM_TPM_SHA1,
                                      .allow_sha1_signature = kinds[key] == OMADM_TPM_AK_RSA_SHA1};
  assert_int_equal(tpm.calls->quote(tpm.self, aks[key].handle, bank, mask, nonce, &self->quote),
                   OMADM_TPM_OK);
}

static void names_are_those_that_the_tpm_computes(void **state) {
  (void)state;
  for (size_t i = 0; i < 3; i++) {
    omadm_tpm_digest name = {0};
    assert_int_equal(omadm_tpm_name(span(&aks[i].public_area), &name, NULL), OMADM_OK);
    assert_int_equal(name.len, aks[i].name.len);
    assert_memory_equal(name.octets, aks[i].name.octets, name.len);
    assert_int_equal(
        omadm_ak_check(span(&aks[i].public_area), kinds[i] == OMADM_TPM_AK_RSA_SHA1, NULL),
        OMADM_OK);
  }
}

static void quotes_of_each_key_and_bank_are_believed(void **state) {
  static const uint16_t banks[] = {OMADM_TPM_SHA1, OMADM_TPM_SHA256};
  static const uint32_t masks[] = {OMADM_TPM_ALL_PCRS, 1, 0x800000, 0x00F08F};
  static char nonce[64] = "a nonce of sixty-four octets";
  static const size_t lengths[] = {0, 1, 20, 32, 64};
  (void)state;
  for (size_t key = 0; key < 3; key++) {
    for (size_t bank = 0; bank < 2; bank++) {
      for (size_t i = 0; i < 4; i++) {
        evidence self;
        quote(&self, key, banks[bank], masks[i], (omadm_str){nonce, lengths[(i + key) % 5]});
        if (evidence_verify(&self) != OMADM_OK) fail_msg("%s", self.error.text);
      }
    }
  }
}

static void each_changed_octet_of_a_quote_is_refused(void **state) {
  (void)state;
  for (size_t key = 0; key < 3; key++) {
    evidence self;
    quote(&self, key, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, (omadm_str)OMADM_STR("a nonce"));
    omadm_tpm_data *parts[] = {&self.quote.attest, &self.quote.signature};
    for (size_t part = 0; part < 2; part++) {
      for (unsigned i = 0; i < parts[part]->len; i++) {
        parts[part]->octets[i] ^= 0x10;
        evidence_is_refused(&self, "");
        parts[part]->octets[i] ^= 0x10;
      }
    }
  }
}

static void the_signer_of_a_quote_is_the_keys_qualified_name(void **state) {
  (void)state;
  for (size_t key = 0; key < 3; key++) {
    evidence self;
    omadm_attest parsed = {0};
    quote(&self, key, OMADM_TPM_SHA256, 1, (omadm_str){NULL, 0});
    assert_int_equal(omadm_attest_parse(span(&self.quote.attest), &parsed, NULL), OMADM_OK);
    assert_int_equal(parsed.signer.len, aks[key].qualified_name.len);
    assert_memory_equal(parsed.signer.ptr, aks[key].qualified_name.octets, parsed.signer.len);
  }
}

static void the_counters_of_a_quote_are_those_of_the_clock(void **state) {
  evidence self;
  omadm_attest parsed = {0};
  omadm_tpm_clock clock = {0};
  (void)state;
  quote(&self, 0, OMADM_TPM_SHA256, 1, (omadm_str){NULL, 0});
  assert_int_equal(omadm_attest_parse(span(&self.quote.attest), &parsed, NULL), OMADM_OK);
  assert_int_equal(tpm.calls->clock(tpm.self, &clock), OMADM_TPM_OK);
  assert_int_equal(parsed.clock.reset_count, clock.reset_count);
  assert_int_equal(parsed.clock.restart_count, clock.restart_count);
}

static void keys_are_certified(void **state) {
  static const omadm_tpm_key_kind subjects[] = {OMADM_TPM_SIGN_RSA, OMADM_TPM_SIGN_P256};
  static const size_t by[] = {0, 2};
  const omadm_str nonce = OMADM_STR("a nonce");
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    omadm_tpm_key key;
    omadm_tpm_signed said;
    omadm_error error = {0};
    const omadm_tpm_key *ak = &aks[by[i]];
    assert_int_equal(tpm.calls->key_open(tpm.self, subjects[i], (omadm_str){NULL, 0}, &key),
                     OMADM_TPM_OK);
    assert_int_equal(tpm.calls->certify(tpm.self, ak->handle, key.handle, nonce, &said),
                     OMADM_TPM_OK);
    if (omadm_certify_verify(span(&said.attest), span(&said.signature), span(&ak->public_area),
                             span(&key.public_area), nonce, &error) != OMADM_OK)
      fail_msg("%s", error.text);
    assert_int_equal(omadm_certify_verify(span(&said.attest), span(&said.signature),
                                          span(&ak->public_area), span(&ak->public_area), nonce,
                                          &error),
                     OMADM_E_REFUSED);
    tpm.calls->key_close(tpm.self, key.handle);
  }
}

static void signatures_of_other_keys_are_verified_too(void **state) {
  static const omadm_tpm_key_kind signers[] = {OMADM_TPM_SIGN_RSA, OMADM_TPM_SIGN_P256};
  /* SHA-256 of "abc" */
  static const unsigned char digest[] = {0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA,
                                         0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22, 0x23,
                                         0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C,
                                         0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00, 0x15, 0xAD};
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    omadm_tpm_key key;
    omadm_tpm_data signature;
    omadm_error error = {0};
    assert_int_equal(tpm.calls->key_open(tpm.self, signers[i], (omadm_str){NULL, 0}, &key),
                     OMADM_TPM_OK);
    assert_int_equal(tpm.calls->sign(tpm.self, key.handle, OMADM_TPM_SHA256,
                                     (omadm_str){(const char *)digest, sizeof digest}, &signature),
                     OMADM_TPM_OK);
    if (omadm_attest_signed_by((omadm_str)OMADM_STR("abc"), span(&signature),
                               span(&key.public_area), &error) != OMADM_OK)
      fail_msg("%s", error.text);
    assert_int_equal(omadm_attest_signed_by((omadm_str)OMADM_STR("abd"), span(&signature),
                                            span(&key.public_area), NULL),
                     OMADM_E_REFUSED);
    tpm.calls->key_close(tpm.self, key.handle);
  }
}

static void make_credential(omadm_tpm_ek ek, const omadm_tpm_digest *name,
                            omadm_tpm_data *id_object, omadm_tpm_data *secret) {
  omadm_tpm_data area, spki;
  assert_int_equal(tpm.calls->ek_public(tpm.self, ek, &area), OMADM_TPM_OK);
  spki_of(&area, &spki);
  assert_int_equal(omadm_credential_make(span(&spki), name,
                                         (omadm_str)OMADM_STR("a secret of thirty-two octets, ."),
                                         id_object, secret, NULL),
                   OMADM_OK);
}

static void the_tpm_opens_credentials_that_were_made_without_it(void **state) {
  (void)state;
  for (size_t i = 0; i < 6; i++) {
    omadm_tpm_data id_object, secret;
    omadm_tpm_digest opened = {0};
    const omadm_tpm_key *ak = &aks[i % 3];
    make_credential(eks[i / 3], &ak->name, &id_object, &secret);
    assert_int_equal(tpm.calls->activate(tpm.self, ak->handle, eks[i / 3], span(&id_object),
                                         span(&secret), &opened),
                     OMADM_TPM_OK);
    assert_int_equal(opened.len, 32);
    assert_memory_equal(opened.octets, "a secret of thirty-two octets, .", 32);
  }
}

static void a_credential_for_another_name_is_an_integrity_failure(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    omadm_tpm_data id_object, secret;
    omadm_tpm_digest opened = {0};
    make_credential(eks[i], &aks[1].name, &id_object, &secret);
    assert_int_equal(tpm.calls->activate(tpm.self, aks[0].handle, eks[i], span(&id_object),
                                         span(&secret), &opened),
                     OMADM_TPM_INTEGRITY);
    omadm_tpm_digest name = aks[0].name;
    name.octets[5] ^= 1;
    make_credential(eks[i], &name, &id_object, &secret);
    assert_int_equal(tpm.calls->activate(tpm.self, aks[0].handle, eks[i], span(&id_object),
                                         span(&secret), &opened),
                     OMADM_TPM_INTEGRITY);
  }
}

static void a_changed_octet_of_a_credential_does_not_open(void **state) {
  (void)state;
  for (size_t i = 0; i < 2; i++) {
    omadm_tpm_data parts[2];
    make_credential(eks[i], &aks[2].name, &parts[0], &parts[1]);
    for (size_t part = 0; part < 2; part++) {
      for (uint32_t at = 0; at < parts[part].len; at += 5) {
        omadm_tpm_digest opened = {0};
        parts[part].octets[at] ^= 0x40;
        assert_int_not_equal(tpm.calls->activate(tpm.self, aks[2].handle, eks[i], span(&parts[0]),
                                                 span(&parts[1]), &opened),
                             OMADM_TPM_OK);
        parts[part].octets[at] ^= 0x40;
      }
    }
  }
}

static void a_bank_that_is_not_allocated_is_not_quoted(void **state) {
  omadm_tpm_quote made;
  (void)state;
  omadm_tpm_info info = {0};
  assert_int_equal(tpm.calls->info(tpm.self, &info), OMADM_TPM_OK);
  for (uint32_t i = 0; i < info.n_banks; i++) {
    if (info.banks[i] == OMADM_TPM_SHA512) skip();
  }
  assert_int_equal(tpm.calls->quote(tpm.self, aks[0].handle, OMADM_TPM_SHA512, OMADM_TPM_ALL_PCRS,
                                    (omadm_str){NULL, 0}, &made),
                   OMADM_TPM_UNSUPPORTED);
}

static void the_makers_chain_leads_to_its_root(void **state) {
  char root[512], issuer[512];
  omadm_tpm_data der, key, area, expected;
  omadm_error error = {0};
  (void)state;
  if (ca == NULL) skip();
  snprintf(root, sizeof root, "%s/swtpm-localca-rootca-cert.pem", ca);
  snprintf(issuer, sizeof issuer, "%s/issuercert.der", ca);
  assert_int_equal(tpm.calls->ek_certificate(tpm.self, OMADM_TPM_EK_RSA2048, 0, &der),
                   OMADM_TPM_OK);
  omadm_tpm_data intermediate;
  FILE *file = fopen(issuer, "rb");
  assert_non_null(file);
  intermediate.len = (uint32_t)fread(intermediate.octets, 1, sizeof intermediate.octets, file);
  fclose(file);
  omadm_str chain = span(&intermediate);
  if (omadm_ek_certificate_verify(span(&der), &chain, 1, root, &key, &error) != OMADM_OK)
    fail_msg("%s", error.text);
  assert_int_equal(tpm.calls->ek_public(tpm.self, OMADM_TPM_EK_RSA2048, &area), OMADM_TPM_OK);
  spki_of(&area, &expected);
  assert_int_equal(key.len, expected.len);
  assert_memory_equal(key.octets, expected.octets, key.len);
  assert_int_equal(omadm_ek_certificate_verify(span(&der), NULL, 0, root, &key, NULL),
                   OMADM_E_REFUSED);
}

static void its_recording_is_believed(void **state) {
  char folder[] = "/tmp/omadm-tape-XXXXXX", name[64], command[64];
  const omadm_str nonce = OMADM_STR("a nonce");
  omadm_tpm played;
  evidence self;
  (void)state;
  memset(&self, 0, sizeof self);
  assert_non_null(mkdtemp(folder));
  if (omadm_tpm_record(&tpm, OMADM_TPM_SHA256, nonce, folder, &self.error) != OMADM_OK)
    fail_msg("%s", self.error.text);
  snprintf(name, sizeof name, "recorded:%s", folder);
  assert_int_equal(omadm_tpm_open(name, NULL, &played, NULL), OMADM_OK);
  assert_int_equal(
      played.calls->key_open(played.self, OMADM_TPM_AK_RSA_SHA256, (omadm_str){NULL, 0}, &self.ak),
      OMADM_TPM_OK);
  assert_int_equal(played.calls->quote(played.self, self.ak.handle, OMADM_TPM_SHA256,
                                       OMADM_TPM_ALL_PCRS, (omadm_str){NULL, 0}, &self.quote),
                   OMADM_TPM_OK);
  self.expect = (omadm_quote_expect){.struct_size = sizeof self.expect,
                                     .nonce = nonce,
                                     .bank = OMADM_TPM_SHA256,
                                     .mask = OMADM_TPM_ALL_PCRS};
  if (evidence_verify(&self) != OMADM_OK) fail_msg("%s", self.error.text);
  omadm_tpm_close(&played);
  snprintf(command, sizeof command, "rm -rf %s", folder);
  assert_int_equal(system(command), 0);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(names_are_those_that_the_tpm_computes),
      cmocka_unit_test(quotes_of_each_key_and_bank_are_believed),
      cmocka_unit_test(each_changed_octet_of_a_quote_is_refused),
      cmocka_unit_test(the_signer_of_a_quote_is_the_keys_qualified_name),
      cmocka_unit_test(the_counters_of_a_quote_are_those_of_the_clock),
      cmocka_unit_test(keys_are_certified),
      cmocka_unit_test(signatures_of_other_keys_are_verified_too),
      cmocka_unit_test(the_tpm_opens_credentials_that_were_made_without_it),
      cmocka_unit_test(a_credential_for_another_name_is_an_integrity_failure),
      cmocka_unit_test(a_changed_octet_of_a_credential_does_not_open),
      cmocka_unit_test(a_bank_that_is_not_allocated_is_not_quoted),
      cmocka_unit_test(its_recording_is_believed),
      cmocka_unit_test(the_makers_chain_leads_to_its_root),
  };
  if (argc > 1) spec = argv[1];
  if (argc > 2) ca = argv[2];
  return cmocka_run_group_tests(tests, open_tpm, close_tpm);
}
