/* SPDX-License-Identifier: MIT */
/* IMA's lists: their entries extend PCR 10. */
#include "tests/eventlog/logs.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static void put_number(omadm_buf *out, uint32_t value) {
  uint8_t octets[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                       (uint8_t)(value >> 24)};
  assert_int_equal(omadm_buf_add(out, octets, 4), OMADM_OK);
}

static void put_field(omadm_buf *out, const char *octets, size_t n) {
  put_number(out, (uint32_t)n);
  assert_int_equal(omadm_buf_add(out, octets, n), OMADM_OK);
}

static void hash(const EVP_MD *md, const void *octets, size_t n, uint8_t digest[64]) {
  assert_int_equal(EVP_Digest(octets, n, digest, NULL, md, NULL), 1);
}

/* An entry of template ima-ng about a file of that name. */
static void put_ng(omadm_buf *list, const char *path, bool violation) {
  omadm_buf data;
  uint8_t digest[64] = {0};
  char file[8 + 32] = "sha256:";
  omadm_buf_init(&data, &omadm_mem_default, 0);
  memset(file + 8, path[1], 32);
  put_field(&data, file, sizeof file);
  put_field(&data, path, strlen(path) + 1);
  if (!violation) hash(EVP_sha1(), data.ptr, data.len, digest);
  put_number(list, 10);
  assert_int_equal(omadm_buf_add(list, digest, 20), OMADM_OK);
  put_field(list, "ima-ng", 6);
  put_field(list, data.ptr, data.len);
  omadm_buf_dispose(&data);
}

/* Of the old template. */
static void put_old(omadm_buf *list, const char *path) {
  char room[20 + 256] = {0};
  uint8_t digest[64];
  memset(room, 7, 20);
  memcpy(room + 20, path, strlen(path));
  hash(EVP_sha1(), room, sizeof room, digest);
  put_number(list, 10);
  assert_int_equal(omadm_buf_add(list, digest, 20), OMADM_OK);
  put_field(list, "ima", 3);
  assert_int_equal(omadm_buf_add(list, room, 20), OMADM_OK);
  put_field(list, path, strlen(path));
}

static omadm_buf make_list(void) {
  omadm_buf list;
  omadm_buf_init(&list, &omadm_mem_default, 0);
  put_ng(&list, "boot_aggregate", false);
  put_ng(&list, "/usr/bin/bash", false);
  put_old(&list, "/etc/passwd");
  return list;
}

static omadm_err replay(omadm_str list, uint16_t bank, omadm_tpm_digest *pcr, size_t *n) {
  /* A copy of its own size, so that reading beyond it is seen. */
  log_octets part = {(char *)(uintptr_t)list.ptr, list.len};
  log_octets copy = octets_copy(&part);
  omadm_err err = omadm_imalog_replay(octets_str(&copy), bank, pcr, n, NULL);
  octets_free(&copy);
  return err;
}

static void a_list_extends_pcr_10_with_the_digests_of_its_entries(void **state) {
  (void)state;
  omadm_buf list;
  omadm_tpm_digest pcr;
  size_t n = 0;
  uint8_t own[64] = {0};
  omadm_buf_init(&list, &omadm_mem_default, 0);
  put_ng(&list, "boot_aggregate", false);
  memcpy(own + 20, list.ptr + 4, 20);
  hash(EVP_sha1(), own, 40, own);
  assert_int_equal(replay(omadm_buf_str(&list), OMADM_TPM_SHA1, &pcr, &n), OMADM_OK);
  assert_int_equal(n, 1);
  assert_int_equal(pcr.len, 20);
  assert_memory_equal(pcr.octets, own, 20);
  omadm_buf_dispose(&list);
}

static void other_banks_hash_the_data_again(void **state) {
  (void)state;
  omadm_buf list;
  omadm_tpm_digest pcr;
  uint8_t own[64] = {0}, digest[64];
  size_t head = 4 + 20 + 4 + 6 + 4;
  omadm_buf_init(&list, &omadm_mem_default, 0);
  put_ng(&list, "boot_aggregate", false);
  hash(EVP_sha256(), list.ptr + head, list.len - head, digest);
  memcpy(own + 32, digest, 32);
  hash(EVP_sha256(), own, 64, own);
  assert_int_equal(replay(omadm_buf_str(&list), OMADM_TPM_SHA256, &pcr, NULL), OMADM_OK);
  assert_int_equal(pcr.len, 32);
  assert_memory_equal(pcr.octets, own, 32);
  omadm_buf_dispose(&list);
}

static void a_violation_extends_ones(void **state) {
  (void)state;
  omadm_buf list;
  omadm_tpm_digest pcr;
  uint8_t own[64] = {0};
  omadm_buf_init(&list, &omadm_mem_default, 0);
  put_ng(&list, "/tmp/changing", true);
  memset(own + 20, 0xFF, 20);
  hash(EVP_sha1(), own, 40, own);
  assert_int_equal(replay(omadm_buf_str(&list), OMADM_TPM_SHA1, &pcr, NULL), OMADM_OK);
  assert_memory_equal(pcr.octets, own, 20);
  omadm_buf_dispose(&list);
}

/* The name of the template is not hashed, and says nothing but how to read the data. */
static void a_changed_list_is_refused_or_makes_another_pcr(void **state) {
  (void)state;
  omadm_buf list = make_list();
  omadm_tpm_digest honest, pcr;
  size_t n = 0;
  assert_int_equal(replay(omadm_buf_str(&list), OMADM_TPM_SHA256, &honest, &n), OMADM_OK);
  assert_int_equal(n, 3);
  for (size_t at = 0; at < list.len; at++) {
    list.ptr[at] ^= 1;
    omadm_err err = replay(omadm_buf_str(&list), OMADM_TPM_SHA256, &pcr, NULL);
    assert_true(err == OMADM_OK || err == OMADM_E_SYNTAX || err == OMADM_E_REFUSED);
    bool in_name = memmem(list.ptr, list.len, "/usr/bin/bash", 13) != NULL &&
                   memmem(list.ptr, list.len, "/etc/passwd", 11) != NULL &&
                   memmem(list.ptr, list.len, "boot_aggregate", 14) != NULL;
    if (err == OMADM_OK && !in_name) assert_memory_not_equal(&pcr, &honest, sizeof pcr);
    list.ptr[at] ^= 1;
  }
  omadm_buf_dispose(&list);
}

static void data_that_is_not_what_was_hashed_is_refused(void **state) {
  (void)state;
  omadm_buf list = make_list();
  omadm_tpm_digest pcr;
  list.ptr[4 + 20 + 4 + 6 + 4 + 20] ^= 1;
  assert_int_equal(replay(omadm_buf_str(&list), OMADM_TPM_SHA1, &pcr, NULL), OMADM_E_REFUSED);
  omadm_buf_dispose(&list);
}

static void a_list_cut_inside_an_entry_is_refused(void **state) {
  (void)state;
  omadm_buf list = make_list();
  omadm_tpm_digest pcr;
  size_t whole = 0;
  for (size_t len = 0; len <= list.len; len++) {
    omadm_err err = replay((omadm_str){list.ptr, len}, OMADM_TPM_SHA1, &pcr, NULL);
    assert_true(err == OMADM_OK || err == OMADM_E_SYNTAX);
    whole += err == OMADM_OK;
  }
  assert_int_equal(whole, 4);
  omadm_buf_dispose(&list);
}

static void sizes_that_lie_and_other_pcrs_are_refused(void **state) {
  (void)state;
  static const size_t places[] = {0, 24, 34, 38};
  for (size_t i = 0; i < 4; i++) {
    omadm_buf list = make_list();
    omadm_tpm_digest pcr;
    memset(list.ptr + places[i], 0xFF, 4);
    assert_int_equal(replay(omadm_buf_str(&list), OMADM_TPM_SHA1, &pcr, NULL),
                     i < 3 ? OMADM_E_SYNTAX : OMADM_E_REFUSED);
    omadm_buf_dispose(&list);
  }
  omadm_tpm_digest pcr;
  assert_int_equal(replay((omadm_str){"", 0}, 0x27, &pcr, NULL), OMADM_E_UNSUPPORTED);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_list_extends_pcr_10_with_the_digests_of_its_entries),
      cmocka_unit_test(other_banks_hash_the_data_again),
      cmocka_unit_test(a_violation_extends_ones),
      cmocka_unit_test(a_changed_list_is_refused_or_makes_another_pcr),
      cmocka_unit_test(data_that_is_not_what_was_hashed_is_refused),
      cmocka_unit_test(a_list_cut_inside_an_entry_is_refused),
      cmocka_unit_test(sizes_that_lie_and_other_pcrs_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
