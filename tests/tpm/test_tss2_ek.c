/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <omadm/attestation.h>
#include <openssl/x509.h>
#include <tss2/tss2_mu.h>

#include "tpm/fake_ca.h"
#include "tpm/verify/verify.h"

enum {
  NV_EK_RSA_NONCE = 0x01C00003,
  NV_EK_RSA_TEMPLATE = 0x01C00004,
  NV_EK_P256 = 0x01C0000A,
  NV_CHAIN = 0x01C00100,
  BY_ITSELF = TPMA_NV_AUTHREAD | TPMA_NV_NO_DA
};

static const omadm_tpm_ek all_eks[] = {OMADM_TPM_EK_RSA2048, OMADM_TPM_EK_P256};

static omadm_tpm_data ek_of(bench *b, omadm_tpm_ek ek) {
  omadm_tpm_data area = {0};
  assert_int_equal(TPM_CALL(b, ek_public, ek, &area), OMADM_TPM_OK);
  assert_int_equal(bench_count(b), 0);
  return area;
}

static omadm_tpm_data spki_of(const omadm_tpm_data *public_area) {
  omadm_tpm_public area;
  omadm_tpm_data spki = {0};
  uint8_t *at = spki.octets;
  assert_int_equal(omadm_tpm_public_parse(BENCH_STR(*public_area), &area, NULL), 0);
  EVP_PKEY *key = verify_key_new(&area, NULL);
  assert_non_null(key);
  spki.len = (uint32_t)i2d_PUBKEY(key, &at);
  EVP_PKEY_free(key);
  return spki;
}

/* ---- the key ---- */

static void endorsement_keys_are_what_the_default_templates_make(void **state) {
  bench *b = *state;
  for (size_t i = 0; i < 2; i++) {
    omadm_tpm_public area;
    omadm_tpm_data first = ek_of(b, all_eks[i]), second = ek_of(b, all_eks[i]);
    assert_memory_equal(&first, &second, sizeof first);
    assert_int_equal(omadm_tpm_public_parse(BENCH_STR(first), &area, NULL), 0);
    assert_int_equal(area.type, i == 0 ? 0x0001 : 0x0023);
    assert_int_equal(area.attributes, 0x000300B2);
    assert_int_equal(area.policy.len, 32);
  }
  omadm_tpm_data area;
  assert_int_equal(TPM_CALL(b, ek_public, (omadm_tpm_ek)3, &area), OMADM_TPM_ARGUMENT);
}

/* Makes the RSA EK with that octet in `unique`, as TPMT_PUBLIC. */
static omadm_tpm_data ek_made(bench *b, TPM2B_PUBLIC *template, ESYS_TR *object) {
  const TPM2B_SENSITIVE_CREATE secret = {0};
  const TPM2B_DATA outside = {0};
  const TPML_PCR_SELECTION pcrs = {0};
  omadm_tpm_data made = {0};
  size_t len = 0;
  TPM2B_PUBLIC *area = NULL;
  assert_int_equal(Esys_CreatePrimary(b->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD,
                                      ESYS_TR_NONE, ESYS_TR_NONE, &secret, template, &outside,
                                      &pcrs, object, &area, NULL, NULL, NULL),
                   0);
  Tss2_MU_TPMT_PUBLIC_Marshal(&area->publicArea, made.octets, sizeof made.octets, &len);
  made.len = (uint32_t)len;
  Esys_Free(area);
  return made;
}

static TPM2B_PUBLIC template_with(bench *b, uint8_t first) {
  TPM2B_PUBLIC template = {0};
  size_t at = 0;
  omadm_tpm_data area = ek_of(b, OMADM_TPM_EK_RSA2048);
  assert_int_equal(Tss2_MU_TPMT_PUBLIC_Unmarshal(area.octets, area.len, &at, &template.publicArea),
                   0);
  template.publicArea.unique.rsa = (TPM2B_PUBLIC_KEY_RSA){.size = 256};
  template.publicArea.unique.rsa.buffer[0] = first;
  return template;
}

/* Frees the persistent handle where swtpm_setup left the key. */
static void ek_evict(bench *b) {
  ESYS_TR object = ESYS_TR_NONE;
  if (Esys_TR_FromTPMPublic(b->esys, 0x81010001, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                            &object) != 0) {
    return;
  }
  ESYS_TR gone = ESYS_TR_NONE;
  assert_int_equal(Esys_EvictControl(b->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
                                     ESYS_TR_NONE, ESYS_TR_NONE, 0x81010001, &gone),
                   0);
}

static void the_makers_template_and_nonce_make_the_key(void **state) {
  bench *b = *state;
  uint8_t octets[1024];
  size_t len = 0;
  ESYS_TR object = ESYS_TR_NONE;
  TPM2B_PUBLIC template = template_with(b, 5);
  omadm_tpm_data by_default = ek_of(b, OMADM_TPM_EK_RSA2048);
  ek_evict(b);
  Tss2_MU_TPMT_PUBLIC_Marshal(&template.publicArea, octets, sizeof octets, &len);
  bench_nv(b, NV_EK_RSA_TEMPLATE, BY_ITSELF, octets, len);
  omadm_tpm_data by_template = ek_of(b, OMADM_TPM_EK_RSA2048);
  omadm_tpm_data made = ek_made(b, &template, &object);
  bench_empty(b, 1, &object);
  assert_memory_equal(&by_template, &made, sizeof made);
  assert_memory_not_equal(&by_template, &by_default, sizeof made);
  const uint8_t zero[1] = {0};
  bench_nv(b, NV_EK_RSA_NONCE, BY_ITSELF, zero, 1);
  omadm_tpm_data by_nonce = ek_of(b, OMADM_TPM_EK_RSA2048);
  assert_memory_equal(&by_nonce, &by_default, sizeof made);
}

static void a_damaged_template_is_said(void **state) {
  bench *b = *state;
  omadm_tpm_data area;
  bench_nv(b, NV_EK_RSA_TEMPLATE, BY_ITSELF, "no template", 11);
  assert_int_equal(TPM_CALL(b, ek_public, OMADM_TPM_EK_RSA2048, &area), OMADM_TPM_INTEGRITY);
  assert_non_null(strstr(b->logged, "template"));
}

static void the_persistent_key_is_used_where_it_is_the_endorsement_key(void **state) {
  bench *b = *state;
  ESYS_TR object = ESYS_TR_NONE, kept = ESYS_TR_NONE;
  TPM2B_PUBLIC template = template_with(b, 0);
  omadm_tpm_data expected = ek_of(b, OMADM_TPM_EK_RSA2048);
  ek_evict(b);
  ek_made(b, &template, &object);
  assert_int_equal(Esys_EvictControl(b->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
                                     ESYS_TR_NONE, ESYS_TR_NONE, 0x81010001, &kept),
                   0);
  bench_empty(b, 1, &object);
  /* Nobody could make the key now. */
  bench_set_auth(b, ESYS_TR_RH_ENDORSEMENT, "endorsement");
  omadm_tpm_data area = ek_of(b, OMADM_TPM_EK_RSA2048);
  assert_memory_equal(&area, &expected, sizeof area);
  assert_int_equal(TPM_CALL(b, ek_public, OMADM_TPM_EK_P256, &area), OMADM_TPM_AUTH);
}

static void another_key_at_the_persistent_handle_is_passed_over(void **state) {
  bench *b = *state;
  ESYS_TR object = ESYS_TR_NONE, kept = ESYS_TR_NONE;
  omadm_tpm_data expected = ek_of(b, OMADM_TPM_EK_RSA2048);
  ek_evict(b);
  TPM2B_PUBLIC template = template_with(b, 0);
  template.publicArea.objectAttributes |= TPMA_OBJECT_USERWITHAUTH;
  ek_made(b, &template, &object);
  assert_int_equal(Esys_EvictControl(b->esys, ESYS_TR_RH_OWNER, object, ESYS_TR_PASSWORD,
                                     ESYS_TR_NONE, ESYS_TR_NONE, 0x81010001, &kept),
                   0);
  bench_empty(b, 1, &object);
  omadm_tpm_data area = ek_of(b, OMADM_TPM_EK_RSA2048);
  assert_memory_equal(&area, &expected, sizeof area);
}

/* ---- certificates ---- */

static omadm_tpm_data certificate(const char *subject) {
  omadm_tpm_data der = {0};
  EVP_PKEY *key = EVP_EC_gen("P-256");
  X509 *made = fake_certificate_new(&(fake_certificate){.subject = subject, .key = key});
  fake_certificate_der(made, &der);
  X509_free(made);
  EVP_PKEY_free(key);
  return der;
}

static void certificate_must_be(bench *b, omadm_tpm_ek ek, uint32_t number,
                                const omadm_tpm_data *expected) {
  omadm_tpm_data der = {0};
  assert_int_equal(TPM_CALL(b, ek_certificate, ek, number, &der), OMADM_TPM_OK);
  assert_int_equal(bench_count(b), 0);
  assert_int_equal(der.len, expected->len);
  assert_memory_equal(der.octets, expected->octets, der.len);
}

static void a_certificate_is_cut_out_of_what_fills_the_index_up(void **state) {
  bench *b = *state;
  omadm_tpm_data der = certificate("device"), padded = der;
  memset(padded.octets + der.len, 0xFF, 700);
  bench_nv(b, NV_EK_P256, BY_ITSELF, padded.octets, der.len + 700);
  certificate_must_be(b, OMADM_TPM_EK_P256, 0, &der);
}

static void a_certificate_that_is_not_there_is_not_found(void **state) {
  bench *b = *state;
  omadm_tpm_data der;
  assert_int_equal(TPM_CALL(b, ek_certificate, OMADM_TPM_EK_P256, 0, &der), OMADM_TPM_NOT_FOUND);
  assert_int_equal(TPM_CALL(b, ek_certificate, OMADM_TPM_EK_P256, 1, &der), OMADM_TPM_NOT_FOUND);
  bench_nv(b, NV_EK_P256, BY_ITSELF, NULL, 100);
  assert_int_equal(TPM_CALL(b, ek_certificate, OMADM_TPM_EK_P256, 0, &der), OMADM_TPM_NOT_FOUND);
  assert_int_equal(TPM_CALL(b, ek_certificate, (omadm_tpm_ek)0, 0, &der), OMADM_TPM_ARGUMENT);
}

static void what_is_no_certificate_is_refused(void **state) {
  static const uint8_t cases[][8] = {
      {0x30, 0x82, 0x10, 0x00, 1, 2, 3, 4}, {0x30, 0x84, 0, 0, 0, 2, 1, 2},
      {0x30, 0x80, 1, 2, 3, 4, 0, 0},       {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
      {0x30, 0x83, 0xFF, 0xFF, 0xFF, 1, 1}, {0x02, 0x01, 0x01}};
  bench *b = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    omadm_tpm_data der;
    ESYS_TR index = ESYS_TR_NONE;
    bench_nv(b, NV_EK_P256, BY_ITSELF, cases[i], 8);
    assert_int_equal(TPM_CALL(b, ek_certificate, OMADM_TPM_EK_P256, 0, &der), OMADM_TPM_INTEGRITY);
    Esys_TR_FromTPMPublic(b->esys, NV_EK_P256, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &index);
    assert_int_equal(Esys_NV_UndefineSpace(b->esys, ESYS_TR_RH_PLATFORM, index, ESYS_TR_PASSWORD,
                                           ESYS_TR_NONE, ESYS_TR_NONE),
                     0);
  }
}

static void an_owners_password_matters_only_where_the_owner_alone_may_read(void **state) {
  bench *b = *state;
  omadm_tpm_data der = certificate("device"), chain = certificate("maker"), got;
  bench_nv(b, NV_EK_P256, BY_ITSELF | TPMA_NV_OWNERREAD, der.octets, der.len);
  bench_nv(b, NV_CHAIN, TPMA_NV_OWNERREAD | TPMA_NV_NO_DA, chain.octets, chain.len);
  certificate_must_be(b, OMADM_TPM_EK_P256, 1, &chain);
  bench_set_auth(b, ESYS_TR_RH_OWNER, "owner");
  certificate_must_be(b, OMADM_TPM_EK_P256, 0, &der);
  assert_int_equal(TPM_CALL(b, ek_certificate, OMADM_TPM_EK_P256, 1, &got), OMADM_TPM_AUTH);
}

static void an_index_that_only_the_platform_reads_is_an_authorization_error(void **state) {
  bench *b = *state;
  omadm_tpm_data got;
  bench_nv(b, NV_EK_P256, TPMA_NV_PPREAD, "x", 1);
  assert_int_equal(TPM_CALL(b, ek_certificate, OMADM_TPM_EK_P256, 0, &got), OMADM_TPM_AUTH);
}

static void intermediates_are_split_wherever_the_indices_end(void **state) {
  bench *b = *state;
  omadm_tpm_data chain = {0}, got, ders[3];
  for (size_t i = 0; i < 3; i++) {
    ders[i] = certificate(i == 0 ? "one" : i == 1 ? "two, a longer name" : "three");
    memcpy(chain.octets + chain.len, ders[i].octets, ders[i].len);
    chain.len += ders[i].len;
  }
  /* The second one goes across the border; zeros stand behind the third. */
  size_t half = ders[0].len + 17;
  bench_nv(b, NV_CHAIN, BY_ITSELF, chain.octets, half);
  bench_nv(b, NV_CHAIN + 1, BY_ITSELF, chain.octets + half, chain.len - half + 20);
  for (uint32_t i = 0; i < 3; i++)
    certificate_must_be(b, OMADM_TPM_EK_RSA2048, i + 1, &ders[i]);
  assert_int_equal(TPM_CALL(b, ek_certificate, OMADM_TPM_EK_RSA2048, 4, &got), OMADM_TPM_NOT_FOUND);
  assert_int_equal(TPM_CALL(b, ek_certificate, OMADM_TPM_EK_RSA2048, UINT32_MAX, &got),
                   OMADM_TPM_NOT_FOUND);
}

static void a_lockout_closes_what_is_not_exempt_from_it(void **state) {
  bench *b = *state;
  omadm_tpm_data der = certificate("device"), got;
  bench_nv(b, NV_EK_P256, TPMA_NV_AUTHREAD, der.octets, der.len);
  certificate_must_be(b, OMADM_TPM_EK_P256, 0, &der);
  bench_lock_out(b);
  assert_int_equal(TPM_CALL(b, ek_certificate, OMADM_TPM_EK_P256, 0, &got), OMADM_TPM_LOCKOUT);
  assert_non_null(strstr(b->logged, "0x00000921"));
  bench_unlock(b);
  certificate_must_be(b, OMADM_TPM_EK_P256, 0, &der);
}

static void the_makers_certificate_is_of_the_endorsement_key(void **state) {
  bench *b = *state;
  const char *maker = getenv("OMADM_TEST_SWTPM");
  char path[200];
  omadm_tpm_data der = {0}, intermediate = {0}, key = {0};
  omadm_error error = {0};
  if (maker == NULL) skip();
  assert_int_equal(TPM_CALL(b, ek_certificate, OMADM_TPM_EK_RSA2048, 0, &der), OMADM_TPM_OK);
  snprintf(path, sizeof path, "openssl x509 -in %s/ca/issuercert.pem -outform der", maker);
  FILE *in = popen(path, "r");
  intermediate.len = (uint32_t)fread(intermediate.octets, 1, sizeof intermediate.octets, in);
  pclose(in);
  snprintf(path, sizeof path, "%s/ca/swtpm-localca-rootca-cert.pem", maker);
  omadm_str chain = BENCH_STR(intermediate);
  if (omadm_ek_certificate_verify(BENCH_STR(der), &chain, 1, path, &key, &error) != 0) {
    fail_msg("%s", error.text);
  }
  omadm_tpm_data area = ek_of(b, OMADM_TPM_EK_RSA2048), spki = spki_of(&area);
  assert_int_equal(key.len, spki.len);
  assert_memory_equal(key.octets, spki.octets, key.len);
}

/* ---- credentials ---- */

typedef struct credential {
  omadm_tpm_data id_object, secret;
} credential;

static const char the_secret[] = "thirty-two octets of AES-256 key";

static credential credential_for(bench *b, omadm_tpm_ek ek, const omadm_tpm_digest *name) {
  credential made = {0};
  omadm_error error = {0};
  omadm_tpm_data area = ek_of(b, ek), spki = spki_of(&area);
  if (omadm_credential_make(BENCH_STR(spki), name, (omadm_str){the_secret, 32}, &made.id_object,
                            &made.secret, &error) != 0) {
    fail_msg("%s", error.text);
  }
  return made;
}

static omadm_tpm_status activate(bench *b, uint64_t key, omadm_tpm_ek ek, const credential *c,
                                 omadm_tpm_digest *opened) {
  omadm_tpm_status status =
      TPM_CALL(b, activate, key, ek, BENCH_STR(c->id_object), BENCH_STR(c->secret), opened);
  assert_int_equal(bench_count(b), 0);
  return status;
}

static void a_credential_opens_for_the_key_and_the_tpm_it_was_made_for(void **state) {
  bench *b = *state;
  const omadm_tpm_key_kind kinds[] = {OMADM_TPM_AK_RSA_SHA256, OMADM_TPM_AK_P256};
  for (size_t i = 0; i < 4; i++) {
    omadm_tpm_digest opened = {0};
    omadm_tpm_key key = bench_key(b, kinds[i % 2]);
    credential made = credential_for(b, all_eks[i / 2], &key.name);
    /* More often than there are places for sessions. */
    for (int n = 0; n < 4; n++)
      assert_int_equal(activate(b, key.handle, all_eks[i / 2], &made, &opened), OMADM_TPM_OK);
    assert_int_equal(opened.len, 32);
    assert_memory_equal(opened.octets, the_secret, 32);
  }
}

static void a_credential_for_another_key_or_another_ek_stays_closed(void **state) {
  bench *b = *state;
  omadm_tpm_digest opened;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256), other = bench_key(b, OMADM_TPM_AK_P256);
  credential made = credential_for(b, OMADM_TPM_EK_RSA2048, &other.name);
  assert_int_equal(activate(b, key.handle, OMADM_TPM_EK_RSA2048, &made, &opened),
                   OMADM_TPM_INTEGRITY);
  assert_int_equal(activate(b, other.handle, OMADM_TPM_EK_P256, &made, &opened),
                   OMADM_TPM_INTEGRITY);
  assert_int_equal(activate(b, other.handle, OMADM_TPM_EK_RSA2048, &made, &opened), OMADM_TPM_OK);
}

static void a_credential_that_is_damaged_anywhere_stays_closed(void **state) {
  bench *b = *state;
  omadm_tpm_digest opened;
  omadm_tpm_info info;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256);
  credential made = credential_for(b, OMADM_TPM_EK_P256, &key.name);
  for (uint32_t i = 0; i < made.id_object.len + made.secret.len; i++) {
    credential bad = made;
    uint8_t *octet = i < made.id_object.len ? &bad.id_object.octets[i]
                                            : &bad.secret.octets[i - made.id_object.len];
    *octet ^= (uint8_t)(1u << i % 8);
    assert_int_equal(activate(b, key.handle, OMADM_TPM_EK_P256, &bad, &opened),
                     OMADM_TPM_INTEGRITY);
  }
  assert_int_equal(TPM_CALL(b, info, &info), OMADM_TPM_OK);
  assert_int_equal(info.lockout_count, 0);
}

static void a_credential_of_impossible_size_is_refused(void **state) {
  bench *b = *state;
  omadm_tpm_digest opened;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256);
  credential none = {0}, large = credential_for(b, OMADM_TPM_EK_RSA2048, &key.name), cut = large;
  assert_int_equal(activate(b, key.handle, OMADM_TPM_EK_RSA2048, &none, &opened),
                   OMADM_TPM_INTEGRITY);
  cut.secret.len--;
  assert_int_equal(activate(b, key.handle, OMADM_TPM_EK_RSA2048, &cut, &opened),
                   OMADM_TPM_INTEGRITY);
  large.secret.len = sizeof large.secret.octets;
  assert_int_equal(activate(b, key.handle, OMADM_TPM_EK_RSA2048, &large, &opened),
                   OMADM_TPM_ARGUMENT);
  assert_int_equal(activate(b, 1234, OMADM_TPM_EK_RSA2048, &cut, &opened), OMADM_TPM_NOT_FOUND);
  assert_int_equal(activate(b, key.handle, (omadm_tpm_ek)7, &cut, &opened), OMADM_TPM_ARGUMENT);
}

static void credentials_open_also_in_lockout(void **state) {
  bench *b = *state;
  omadm_tpm_digest opened;
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256);
  credential made = credential_for(b, OMADM_TPM_EK_P256, &key.name);
  bench_lock_out(b);
  assert_int_equal(activate(b, key.handle, OMADM_TPM_EK_P256, &made, &opened), OMADM_TPM_OK);
  bench_unlock(b);
}

static void no_place_for_the_ek_or_the_session_is_said(void **state) {
  bench *b = *state;
  omadm_tpm_digest opened;
  ESYS_TR objects[2], sessions[3];
  const TPMT_SYM_DEF symmetric = {.algorithm = TPM2_ALG_NULL};
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256);
  credential made = credential_for(b, OMADM_TPM_EK_P256, &key.name);
  bench_fill(b, 2, objects);
  assert_int_equal(TPM_CALL(b, activate, key.handle, OMADM_TPM_EK_P256, BENCH_STR(made.id_object),
                            BENCH_STR(made.secret), &opened),
                   OMADM_TPM_RESOURCE);
  bench_empty(b, 2, objects);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(Esys_StartAuthSession(b->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                           ESYS_TR_NONE, ESYS_TR_NONE, NULL, TPM2_SE_POLICY,
                                           &symmetric, TPM2_ALG_SHA256, &sessions[i]),
                     0);
  }
  assert_int_equal(TPM_CALL(b, activate, key.handle, OMADM_TPM_EK_P256, BENCH_STR(made.id_object),
                            BENCH_STR(made.secret), &opened),
                   OMADM_TPM_RESOURCE);
  bench_empty(b, 3, sessions);
  assert_int_equal(activate(b, key.handle, OMADM_TPM_EK_P256, &made, &opened), OMADM_TPM_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      TEST(endorsement_keys_are_what_the_default_templates_make),
      TEST(the_makers_template_and_nonce_make_the_key),
      TEST(a_damaged_template_is_said),
      TEST(the_persistent_key_is_used_where_it_is_the_endorsement_key),
      TEST(another_key_at_the_persistent_handle_is_passed_over),
      TEST(a_certificate_is_cut_out_of_what_fills_the_index_up),
      TEST(a_certificate_that_is_not_there_is_not_found),
      TEST(what_is_no_certificate_is_refused),
      TEST(an_owners_password_matters_only_where_the_owner_alone_may_read),
      TEST(an_index_that_only_the_platform_reads_is_an_authorization_error),
      TEST(intermediates_are_split_wherever_the_indices_end),
      TEST(a_lockout_closes_what_is_not_exempt_from_it),
      TEST(the_makers_certificate_is_of_the_endorsement_key),
      TEST(a_credential_opens_for_the_key_and_the_tpm_it_was_made_for),
      TEST(a_credential_for_another_key_or_another_ek_stays_closed),
      TEST(a_credential_that_is_damaged_anywhere_stays_closed),
      TEST(a_credential_of_impossible_size_is_refused),
      TEST(credentials_open_also_in_lockout),
      TEST(no_place_for_the_ek_or_the_session_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
