/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <omadm/attestation.h>
#include <openssl/sha.h>

static const omadm_str none = {NULL, 0};

static void quote_must_verify(const omadm_tpm_key *key, const omadm_tpm_quote *quote,
                              const omadm_quote_expect *expect, omadm_attest *parsed) {
  omadm_error error = {0};
  if (omadm_quote_verify(BENCH_STR(quote->attest), BENCH_STR(quote->signature),
                         BENCH_STR(key->public_area), &quote->pcrs, expect, parsed, &error) != 0) {
    fail_msg("%s", error.text);
  }
}

static void each_attestation_key_quotes_all_pcrs_of_a_bank(void **state) {
  bench *b = *state;
  const omadm_tpm_key_kind kinds[] = {OMADM_TPM_AK_RSA_SHA256, OMADM_TPM_AK_RSA_SHA1,
                                      OMADM_TPM_AK_P256};
  const uint16_t banks[] = {OMADM_TPM_SHA256, OMADM_TPM_SHA1};
  char nonce[64];
  memset(nonce, 'n', sizeof nonce);
  bench_extend(b, OMADM_TPM_SHA256, 23, 1);
  for (size_t i = 0; i < 6; i++) {
    omadm_attest parsed;
    omadm_tpm_quote quote = {0};
    omadm_tpm_key key = bench_key(b, kinds[i % 3]);
    omadm_quote_expect expect = {.struct_size = sizeof expect,
                                 .nonce = {nonce, i < 3 ? 64 : 0},
                                 .bank = banks[i / 3],
                                 .mask = OMADM_TPM_ALL_PCRS,
                                 .allow_sha1_bank = 1,
                                 .allow_sha1_signature = 1};
    assert_int_equal(TPM_CALL(b, quote, key.handle, expect.bank, expect.mask, expect.nonce, &quote),
                     OMADM_TPM_OK);
    assert_int_equal(bench_count(b), 0);
    quote_must_verify(&key, &quote, &expect, &parsed);
    /* The signer is named as the key was when it was opened. */
    assert_int_equal(parsed.signer.len, key.qualified_name.len);
    assert_memory_equal(parsed.signer.ptr, key.qualified_name.octets, parsed.signer.len);
  }
}

static void name_below(const omadm_tpm_digest *parent, const omadm_tpm_digest *name,
                       uint8_t qualified[34]) {
  uint8_t both[2 * 68];
  memcpy(both, parent->octets, parent->len);
  memcpy(both + parent->len, name->octets, name->len);
  qualified[0] = 0;
  qualified[1] = OMADM_TPM_SHA256;
  SHA256(both, parent->len + name->len, qualified + 2);
}

static void the_qualified_name_leads_to_the_endorsement_hierarchy(void **state) {
  bench *b = *state;
  const TPM2B_SENSITIVE_CREATE secret = {0};
  const TPM2B_DATA outside = {0};
  const TPML_PCR_SELECTION pcrs = {0};
  TPM2B_PUBLIC template = {.publicArea = {.type = TPM2_ALG_ECC, .nameAlg = TPM2_ALG_SHA256}};
  template.publicArea.objectAttributes = 0x00030472; /* userWithAuth, noDA, restricted, decrypt … */
  TPMS_ECC_PARMS *ecc = &template.publicArea.parameters.eccDetail;
  *ecc = (TPMS_ECC_PARMS){.symmetric = {TPM2_ALG_AES, {.aes = 128}, {.aes = TPM2_ALG_CFB}},
                          .scheme.scheme = TPM2_ALG_NULL,
                          .curveID = TPM2_ECC_NIST_P256,
                          .kdf.scheme = TPM2_ALG_NULL};
  template.publicArea.unique.ecc.x.size = 32;
  template.publicArea.unique.ecc.y.size = 32;
  ESYS_TR primary = ESYS_TR_NONE;
  TPM2B_NAME *of_primary = NULL;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256);
  assert_int_equal(Esys_CreatePrimary(b->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD,
                                      ESYS_TR_NONE, ESYS_TR_NONE, &secret, &template, &outside,
                                      &pcrs, &primary, NULL, NULL, NULL, NULL),
                   0);
  assert_int_equal(Esys_TR_GetName(b->esys, primary, &of_primary), 0);
  bench_empty(b, 1, &primary);
  omadm_tpm_digest hierarchy = {.len = 4, .octets = {0x40, 0, 0, 0x0B}};
  omadm_tpm_digest name = {.len = of_primary->size}, parent = {.len = 34};
  memcpy(name.octets, of_primary->name, name.len);
  Esys_Free(of_primary);
  uint8_t expected[34];
  name_below(&hierarchy, &name, parent.octets);
  name_below(&parent, &key.name, expected);
  assert_memory_equal(key.qualified_name.octets, expected, 34);
}

static omadm_tpm_clock quoted_clock(bench *b, const omadm_tpm_key *key) {
  omadm_tpm_quote quote;
  omadm_attest parsed;
  assert_int_equal(TPM_CALL(b, quote, key->handle, OMADM_TPM_SHA256, 1, none, &quote),
                   OMADM_TPM_OK);
  assert_int_equal(omadm_attest_parse(BENCH_STR(quote.attest), &parsed, NULL), 0);
  return parsed.clock;
}

static void quotes_show_the_true_counters(void **state) {
  bench *b = *state;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_RSA_SHA256);
  for (int i = 0; i < 4; i++) {
    omadm_tpm_clock now, quoted = quoted_clock(b, &key);
    assert_int_equal(TPM_CALL(b, clock, &now), OMADM_TPM_OK);
    assert_int_equal(quoted.reset_count, now.reset_count);
    assert_int_equal(quoted.restart_count, now.restart_count);
    if (i % 2 == 0) {
      bench_resume(b);
    } else {
      bench_reboot(b);
    }
  }
}

static void a_bank_that_is_not_allocated_is_not_quoted(void **state) {
  bench *b = *state;
  omadm_tpm_quote quote;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256);
  bench_allocate_sha256(b);
  bench_reboot(b);
  const uint16_t banks[] = {OMADM_TPM_SHA1, OMADM_TPM_SHA384, OMADM_TPM_SM3};
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(TPM_CALL(b, quote, key.handle, banks[i], OMADM_TPM_ALL_PCRS, none, &quote),
                     OMADM_TPM_UNSUPPORTED);
    assert_int_equal(bench_count(b), 0);
  }
  assert_int_equal(
      TPM_CALL(b, quote, key.handle, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, none, &quote),
      OMADM_TPM_OK);
}

static void what_cannot_be_quoted_is_said(void **state) {
  bench *b = *state;
  char nonce[65] = {0};
  omadm_tpm_quote quote;
  omadm_tpm_key ak = bench_key(b, OMADM_TPM_AK_P256), sign = bench_key(b, OMADM_TPM_SIGN_P256);
  const struct {
    uint64_t key;
    uint16_t bank;
    uint32_t mask;
    size_t nonce;
    omadm_tpm_status status;
  } cases[] = {{ak.handle, OMADM_TPM_SHA256, 1, 65, OMADM_TPM_ARGUMENT},
               {ak.handle, OMADM_TPM_SHA256, 0, 0, OMADM_TPM_ARGUMENT},
               {ak.handle, OMADM_TPM_SHA256, 1u << 24, 0, OMADM_TPM_ARGUMENT},
               {ak.handle, 0, 1, 0, OMADM_TPM_ARGUMENT},
               {sign.handle, OMADM_TPM_SHA256, 1, 0, OMADM_TPM_ARGUMENT},
               {0, OMADM_TPM_SHA256, 1, 0, OMADM_TPM_NOT_FOUND}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(TPM_CALL(b, quote, cases[i].key, cases[i].bank, cases[i].mask,
                              ((omadm_str){nonce, cases[i].nonce}), &quote),
                     cases[i].status);
  }
}

static void quotes_work_also_in_lockout(void **state) {
  bench *b = *state;
  omadm_tpm_quote quote;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256), made;
  bench_lock_out(b);
  assert_int_equal(TPM_CALL(b, quote, key.handle, OMADM_TPM_SHA256, 1, none, &quote), OMADM_TPM_OK);
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_AK_P256, none, &made), OMADM_TPM_OK);
  bench_unlock(b);
}

typedef struct extender {
  bench *b;
  atomic_int stop;
} extender;

static void *extend_for_ever(void *arg) {
  extender *e = arg;
  for (uint8_t i = 0; !atomic_load(&e->stop); i++)
    bench_extend(e->b, OMADM_TPM_SHA256, 16, i);
  return NULL;
}

static void a_quote_agrees_with_its_values_or_the_tpm_is_called_busy(void **state) {
  bench *b = *state;
  pthread_t thread;
  extender e = {.b = b};
  omadm_quote_expect expect = {
      .struct_size = sizeof expect, .bank = OMADM_TPM_SHA256, .mask = OMADM_TPM_ALL_PCRS};
  bench_open(b, 300);
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256);
  pthread_create(&thread, NULL, extend_for_ever, &e);
  for (int i = 0; i < 10; i++) {
    omadm_tpm_quote quote = {0};
    omadm_tpm_status status =
        TPM_CALL(b, quote, key.handle, OMADM_TPM_SHA256, OMADM_TPM_ALL_PCRS, none, &quote);
    if (status == OMADM_TPM_OK) {
      quote_must_verify(&key, &quote, &expect, NULL);
    } else if (status != OMADM_TPM_BUSY && status != OMADM_TPM_TIMEOUT) {
      fail_msg("%s", omadm_tpm_status_text(status));
    }
  }
  atomic_store(&e.stop, 1);
  pthread_join(thread, NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(each_attestation_key_quotes_all_pcrs_of_a_bank),
      TEST(the_qualified_name_leads_to_the_endorsement_hierarchy),
      TEST(quotes_show_the_true_counters),
      TEST(a_bank_that_is_not_allocated_is_not_quoted),
      TEST(what_cannot_be_quoted_is_said),
      TEST(quotes_work_also_in_lockout),
      TEST(a_quote_agrees_with_its_values_or_the_tpm_is_called_busy),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
