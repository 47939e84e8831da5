/* SPDX-License-Identifier: MIT */
/* What a credential opens is in no memory that the provider gives back. The linker sends each of
 * its calls of free and Esys_Free here (CMakeLists.txt). */
#include "bench.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <omadm/attestation.h>
#include <openssl/x509.h>

#include "tpm/verify/verify.h"

static const char the_secret[] = "thirty-two octets of AES-256 key";

static atomic_bool watched;
static atomic_uint found;

void __real_free(void *memory);
void __wrap_free(void *memory);
void __real_Esys_Free(void *memory);
void __wrap_Esys_Free(void *memory);

static void look(void *memory) {
  if (memory == NULL || !atomic_load(&watched)) return;
  if (memmem(memory, malloc_usable_size(memory), the_secret, 32) != NULL)
    atomic_fetch_add(&found, 1);
}

void __wrap_free(void *memory) {
  look(memory);
  __real_free(memory);
}

void __wrap_Esys_Free(void *memory) {
  look(memory);
  __real_Esys_Free(memory);
}

static void credential_make(bench *b, const omadm_tpm_key *key, omadm_tpm_data *id_object,
                            omadm_tpm_data *secret) {
  omadm_tpm_data area = {0}, spki = {0};
  omadm_tpm_public ek;
  uint8_t *at = spki.octets;
  assert_int_equal(TPM_CALL(b, ek_public, OMADM_TPM_EK_P256, &area), OMADM_TPM_OK);
  assert_int_equal(omadm_tpm_public_parse(BENCH_STR(area), &ek, NULL), 0);
  EVP_PKEY *pkey = verify_key_new(&ek, NULL);
  spki.len = (uint32_t)i2d_PUBKEY(pkey, &at);
  EVP_PKEY_free(pkey);
  assert_int_equal(omadm_credential_make(BENCH_STR(spki), &key->name, (omadm_str){the_secret, 32},
                                         id_object, secret, NULL),
                   0);
}

static void an_opened_credential_is_left_in_no_memory(void **state) {
  bench *b = *state;
  omadm_tpm_data id_object = {0}, secret = {0};
  omadm_tpm_digest opened = {0};
  omadm_tpm_key key = bench_key(b, OMADM_TPM_AK_P256);
  credential_make(b, &key, &id_object, &secret);
  atomic_store(&watched, true);
  assert_int_equal(TPM_CALL(b, activate, key.handle, OMADM_TPM_EK_P256, BENCH_STR(id_object),
                            BENCH_STR(secret), &opened),
                   OMADM_TPM_OK);
  atomic_store(&watched, false);
  assert_memory_equal(opened.octets, the_secret, 32);
  assert_int_equal(atomic_load(&found), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(
      an_opened_credential_is_left_in_no_memory, bench_setup, bench_teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
