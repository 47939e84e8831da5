/* SPDX-License-Identifier: MIT */
#include "tpm/digest.h"

static const struct {
  uint16_t alg;
  const EVP_MD *(*md)(void);
} digests[] = {
    {OMADM_TPM_SHA1, EVP_sha1},     {OMADM_TPM_SHA256, EVP_sha256}, {OMADM_TPM_SHA384, EVP_sha384},
    {OMADM_TPM_SHA512, EVP_sha512}, {OMADM_TPM_SM3, EVP_sm3},
};

const EVP_MD *omadm_tpm_md(uint16_t alg) {
  for (size_t i = 0; i < sizeof digests / sizeof digests[0]; i++) {
    if (digests[i].alg == alg) return digests[i].md();
  }
  return NULL;
}
