/* SPDX-License-Identifier: MIT */
/* Hashing in the banks of a TPM. */
#include "tpm/eventlog/log.h"

#include <openssl/evp.h>

static const struct {
  uint16_t bank;
  const EVP_MD *(*md)(void);
} algs[] = {
    {OMADM_TPM_SHA1, EVP_sha1},     {OMADM_TPM_SHA256, EVP_sha256}, {OMADM_TPM_SHA384, EVP_sha384},
    {OMADM_TPM_SHA512, EVP_sha512}, {OMADM_TPM_SM3, EVP_sm3},
};

static const EVP_MD *alg(uint16_t bank) {
  for (size_t i = 0; i < sizeof algs / sizeof algs[0]; i++) {
    if (algs[i].bank == bank) return algs[i].md();
  }
  return NULL;
}

size_t digest_make(uint16_t bank, omadm_str a, uint8_t digest[DIGEST_MAX]) {
  const EVP_MD *md = alg(bank);
  unsigned n = 0;
  if (md == NULL || EVP_Digest(a.len > 0 ? a.ptr : "", a.len, digest, &n, md, NULL) != 1) return 0;
  return n;
}

bool digest_extend(uint16_t bank, uint8_t pcr[DIGEST_MAX], omadm_str digest) {
  uint8_t both[2 * DIGEST_MAX];
  if (digest.len == 0 || digest.len > DIGEST_MAX) return false;
  memcpy(both, pcr, digest.len);
  memcpy(both + digest.len, digest.ptr, digest.len);
  omadm_str input = {(const char *)both, 2 * digest.len};
  return digest_make(bank, input, pcr) == digest.len;
}

bool digest_is_of(uint16_t bank, omadm_str digest, omadm_str a) {
  uint8_t own[DIGEST_MAX];
  size_t n = digest_make(bank, a, own);
  return n > 0 && n == digest.len && memcmp(own, digest.ptr, n) == 0;
}
