/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/vouched.h"

#include <string.h>

#include <openssl/evp.h>

static bool digest(omadm_str modulus, uint8_t out[32]) {
  return modulus.len > 0 &&
         EVP_Q_digest(NULL, "SHA256", NULL, modulus.ptr, modulus.len, out, NULL) == 1;
}

void vouched_add(vouched *self, omadm_str modulus) {
  if (self == NULL || vouched_has(self, modulus)) return;
  if (!digest(modulus, self->keys[self->next])) return;
  self->next = (self->next + 1) % VOUCHED_MAX;
  if (self->n < VOUCHED_MAX) self->n++;
}

bool vouched_has(const vouched *self, omadm_str modulus) {
  uint8_t key[32];
  if (self == NULL || !digest(modulus, key)) return false;
  for (size_t i = 0; i < self->n; i++)
    if (memcmp(self->keys[i], key, sizeof key) == 0) return true;
  return false;
}
