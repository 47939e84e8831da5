/* SPDX-License-Identifier: MIT */
/* Hashing in the banks of a TPM. */
#include "tpm/eventlog/log.h"

#include "tpm/digest.h"

size_t digest_make(uint16_t bank, omadm_str a, uint8_t digest[DIGEST_MAX]) {
  const EVP_MD *md = omadm_tpm_md(bank);
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

omadm_str text_without_zeros(omadm_str s) {
  while (s.len > 0 && s.ptr[s.len - 1] == '\0')
    s.len--;
  return s;
}

bool digest_is_of_text(uint16_t bank, omadm_str digest, omadm_str a) {
  return digest_is_of(bank, digest, a) || digest_is_of(bank, digest, text_without_zeros(a));
}
