/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <omadm/attestation.h>
#include <openssl/sha.h>

static const omadm_tpm_key_kind all_kinds[] = {OMADM_TPM_AK_RSA_SHA256, OMADM_TPM_AK_RSA_SHA1,
                                               OMADM_TPM_AK_P256, OMADM_TPM_SIGN_RSA,
                                               OMADM_TPM_SIGN_P256};
enum { KINDS = sizeof all_kinds / sizeof *all_kinds };

static const omadm_str none = {NULL, 0};

static void must_name_itself(const omadm_tpm_key *key) {
  omadm_tpm_digest name;
  assert_int_equal(omadm_tpm_name(BENCH_STR(key->public_area), &name, NULL), 0);
  assert_int_equal(name.len, key->name.len);
  assert_memory_equal(name.octets, key->name.octets, name.len);
  assert_int_equal(key->qualified_name.len, 34);
  assert_memory_not_equal(key->qualified_name.octets, name.octets, name.len);
}

static void each_kind_of_key_is_what_it_says(void **state) {
  bench *b = *state;
  for (size_t i = 0; i < KINDS; i++) {
    omadm_tpm_public area;
    omadm_tpm_key key = bench_key(b, all_kinds[i]);
    assert_int_equal(bench_count(b), 0);
    must_name_itself(&key);
    assert_int_equal(omadm_tpm_public_parse(BENCH_STR(key.public_area), &area, NULL), 0);
    bool attests = all_kinds[i] <= OMADM_TPM_AK_P256;
    assert_int_equal(omadm_ak_check(BENCH_STR(key.public_area), 1, NULL) == 0, attests);
    assert_int_equal(area.scheme_hash,
                     all_kinds[i] == OMADM_TPM_AK_RSA_SHA1 ? OMADM_TPM_SHA1 : OMADM_TPM_SHA256);
    assert_true((area.attributes & TPMA_OBJECT_NODA) != 0);
    assert_true((area.attributes & TPMA_OBJECT_FIXEDTPM) != 0);
    assert_int_equal(TPM_CALL(b, key_close, key.handle), OMADM_TPM_OK);
  }
}

static void a_blob_opens_the_same_key_also_after_a_reboot(void **state) {
  bench *b = *state;
  for (size_t i = 0; i < KINDS; i++) {
    omadm_tpm_key key = bench_key(b, all_kinds[i]), same;
    if (all_kinds[i] == OMADM_TPM_AK_P256) bench_reboot(b);
    assert_int_equal(TPM_CALL(b, key_open, all_kinds[i], BENCH_STR(key.blob), &same), OMADM_TPM_OK);
    assert_int_not_equal(same.handle, key.handle);
    assert_memory_equal(&same.public_area, &key.public_area, sizeof key.public_area);
    assert_memory_equal(&same.name, &key.name, sizeof key.name);
    assert_memory_equal(&same.qualified_name, &key.qualified_name, sizeof key.qualified_name);
    assert_int_equal(same.blob.len, key.blob.len);
    assert_int_equal(bench_count(b), 0);
  }
}

static void a_blob_is_useless_after_the_endorsement_seed_changed(void **state) {
  bench *b = *state;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256), other;
  assert_int_equal(
      Esys_ChangeEPS(b->esys, ESYS_TR_RH_PLATFORM, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE),
      0);
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_AK_P256, BENCH_STR(key.blob), &other),
                   OMADM_TPM_INTEGRITY);
  omadm_tpm_quote quote;
  assert_int_equal(TPM_CALL(b, quote, key.handle, OMADM_TPM_SHA256, 1, none, &quote),
                   OMADM_TPM_INTEGRITY);
}

static void a_blob_of_another_kind_is_an_argument_error(void **state) {
  bench *b = *state;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_SIGN_P256), other;
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_AK_P256, BENCH_STR(key.blob), &other),
                   OMADM_TPM_ARGUMENT);
  assert_int_equal(TPM_CALL(b, key_open, (omadm_tpm_key_kind)0, none, &other), OMADM_TPM_ARGUMENT);
  assert_int_equal(TPM_CALL(b, key_open, (omadm_tpm_key_kind)6, none, &other), OMADM_TPM_ARGUMENT);
}

static void a_blob_that_is_damaged_anywhere_is_refused(void **state) {
  bench *b = *state;
  omadm_tpm_info info;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256), other;
  for (uint32_t i = 0; i < key.blob.len; i++) {
    omadm_tpm_data blob = key.blob;
    blob.octets[i] ^= (uint8_t)(1u << i % 8);
    omadm_tpm_status status = TPM_CALL(b, key_open, OMADM_TPM_AK_P256, BENCH_STR(blob), &other);
    if (status != OMADM_TPM_INTEGRITY && status != OMADM_TPM_ARGUMENT) {
      fail_msg("octet %u of %u: %s\n%s", i, key.blob.len, omadm_tpm_status_text(status), b->logged);
    }
  }
  assert_int_equal(bench_count(b), 0);
  assert_int_equal(TPM_CALL(b, info, &info), OMADM_TPM_OK);
  assert_int_equal(info.lockout_count, 0);
}

static void a_blob_that_is_cut_or_longer_is_refused(void **state) {
  bench *b = *state;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256), other;
  for (uint32_t n = 1; n < key.blob.len; n++) {
    assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_AK_P256,
                              ((omadm_str){(const char *)key.blob.octets, n}), &other),
                     OMADM_TPM_INTEGRITY);
  }
  key.blob.len++;
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_AK_P256, BENCH_STR(key.blob), &other),
                   OMADM_TPM_INTEGRITY);
}

static void keys_are_counted_and_a_closed_one_is_gone(void **state) {
  bench *b = *state;
  uint64_t handles[64] = {0};
  omadm_tpm_data signature;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_SIGN_P256);
  handles[0] = key.handle;
  for (size_t i = 1; i < 64; i++) {
    assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_SIGN_P256, BENCH_STR(key.blob), &key),
                     OMADM_TPM_OK);
    handles[i] = key.handle;
  }
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_SIGN_P256, BENCH_STR(key.blob), &key),
                   OMADM_TPM_RESOURCE);
  assert_int_equal(TPM_CALL(b, key_close, handles[7]), OMADM_TPM_OK);
  assert_int_equal(TPM_CALL(b, key_close, handles[7]), OMADM_TPM_NOT_FOUND);
  assert_int_equal(TPM_CALL(b, key_close, 0), OMADM_TPM_NOT_FOUND);
  char digest[32] = {0};
  assert_int_equal(
      TPM_CALL(b, sign, handles[7], OMADM_TPM_SHA256, ((omadm_str){digest, 32}), &signature),
      OMADM_TPM_NOT_FOUND);
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_SIGN_P256, BENCH_STR(key.blob), &key),
                   OMADM_TPM_OK);
  for (size_t i = 0; i < 64; i++)
    assert_int_not_equal(key.handle, handles[i]);
}

static void a_signing_key_signs_digests(void **state) {
  bench *b = *state;
  static const char text[] = "to be signed";
  uint8_t digest[32];
  SHA256((const uint8_t *)text, sizeof text, digest);
  const omadm_tpm_key_kind kinds[] = {OMADM_TPM_SIGN_P256, OMADM_TPM_SIGN_RSA};
  for (size_t i = 0; i < 2; i++) {
    omadm_tpm_key key = bench_key(b, kinds[i]);
    omadm_tpm_data signature = {0};
    omadm_error error = {0};
    assert_int_equal(TPM_CALL(b, sign, key.handle, OMADM_TPM_SHA256,
                              ((omadm_str){(char *)digest, 32}), &signature),
                     OMADM_TPM_OK);
    assert_int_equal(bench_count(b), 0);
    if (omadm_attest_signed_by((omadm_str){text, sizeof text}, BENCH_STR(signature),
                               BENCH_STR(key.public_area), &error) != 0) {
      fail_msg("%s", error.text);
    }
  }
}

static void what_a_key_cannot_sign_is_said(void **state) {
  bench *b = *state;
  char digest[64] = {0};
  omadm_tpm_data signature;
  omadm_tpm_key sign = bench_key(b, OMADM_TPM_SIGN_P256), ak = bench_key(b, OMADM_TPM_AK_P256);
  assert_int_equal(
      TPM_CALL(b, sign, ak.handle, OMADM_TPM_SHA256, ((omadm_str){digest, 32}), &signature),
      OMADM_TPM_ARGUMENT);
  assert_int_equal(
      TPM_CALL(b, sign, sign.handle, OMADM_TPM_SHA256, ((omadm_str){digest, 31}), &signature),
      OMADM_TPM_ARGUMENT);
  assert_int_equal(TPM_CALL(b, sign, sign.handle, 0x1234, ((omadm_str){digest, 0}), &signature),
                   OMADM_TPM_ARGUMENT);
  assert_int_equal(
      TPM_CALL(b, sign, sign.handle, OMADM_TPM_SHA384, ((omadm_str){digest, 48}), &signature),
      OMADM_TPM_UNSUPPORTED);
}

static void an_attestation_key_certifies_another_key(void **state) {
  bench *b = *state;
  char nonce[64] = "a nonce";
  const omadm_tpm_key_kind aks[] = {OMADM_TPM_AK_RSA_SHA256, OMADM_TPM_AK_P256};
  omadm_tpm_key subject = bench_key(b, OMADM_TPM_SIGN_RSA);
  for (size_t i = 0; i < 2; i++) {
    omadm_tpm_signed certified = {0};
    omadm_error error = {0};
    omadm_tpm_key ak = bench_key(b, aks[i]);
    assert_int_equal(
        TPM_CALL(b, certify, ak.handle, subject.handle, ((omadm_str){nonce, 64}), &certified),
        OMADM_TPM_OK);
    assert_int_equal(bench_count(b), 0);
    if (omadm_certify_verify(BENCH_STR(certified.attest), BENCH_STR(certified.signature),
                             BENCH_STR(ak.public_area), BENCH_STR(subject.public_area),
                             (omadm_str){nonce, 64}, &error) != 0) {
      fail_msg("%s", error.text);
    }
    assert_int_equal(TPM_CALL(b, certify, subject.handle, ak.handle, none, &certified),
                     OMADM_TPM_ARGUMENT);
    assert_int_equal(TPM_CALL(b, certify, ak.handle, 99, none, &certified), OMADM_TPM_NOT_FOUND);
    assert_int_equal(
        TPM_CALL(b, certify, ak.handle, subject.handle, ((omadm_str){nonce, 65}), &certified),
        OMADM_TPM_ARGUMENT);
  }
}

static void an_endorsement_password_is_said_and_an_owners_does_not_matter(void **state) {
  bench *b = *state;
  omadm_tpm_key key;
  bench_set_auth(b, ESYS_TR_RH_OWNER, "owner");
  bench_key(b, OMADM_TPM_AK_P256);
  bench_set_auth(b, ESYS_TR_RH_ENDORSEMENT, "endorsement");
  assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_AK_P256, none, &key), OMADM_TPM_AUTH);
  assert_non_null(strstr(b->logged, "0x000009a2"));
  assert_int_equal(bench_count(b), 0);
}

/* Three places; each call needs as many as it has objects beside the storage key. */
static void too_few_places_in_the_tpm_are_said_and_nothing_is_left(void **state) {
  bench *b = *state;
  ESYS_TR objects[3];
  omadm_tpm_signed certified;
  omadm_tpm_quote quote;
  omadm_tpm_key ak = bench_key(b, OMADM_TPM_AK_P256), subject = bench_key(b, OMADM_TPM_SIGN_P256);
  for (unsigned taken = 1; taken <= 3; taken++) {
    bench_fill(b, taken, objects);
    assert_int_equal(TPM_CALL(b, quote, ak.handle, OMADM_TPM_SHA256, 1, none, &quote),
                     taken < 2 ? OMADM_TPM_OK : OMADM_TPM_RESOURCE);
    assert_int_equal(TPM_CALL(b, certify, ak.handle, subject.handle, none, &certified),
                     OMADM_TPM_RESOURCE);
    assert_int_equal(TPM_CALL(b, key_open, OMADM_TPM_AK_P256, none, &subject),
                     taken < 2 ? OMADM_TPM_OK : OMADM_TPM_RESOURCE);
    assert_int_equal(bench_count(b), taken);
    bench_empty(b, taken, objects);
  }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(each_kind_of_key_is_what_it_says),
      TEST(a_blob_opens_the_same_key_also_after_a_reboot),
      TEST(a_blob_is_useless_after_the_endorsement_seed_changed),
      TEST(a_blob_of_another_kind_is_an_argument_error),
      TEST(a_blob_that_is_damaged_anywhere_is_refused),
      TEST(a_blob_that_is_cut_or_longer_is_refused),
      TEST(keys_are_counted_and_a_closed_one_is_gone),
      TEST(a_signing_key_signs_digests),
      TEST(what_a_key_cannot_sign_is_said),
      TEST(an_attestation_key_certifies_another_key),
      TEST(an_endorsement_password_is_said_and_an_owners_does_not_matter),
      TEST(too_few_places_in_the_tpm_are_said_and_nothing_is_left),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
