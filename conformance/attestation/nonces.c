/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/nonces.h"

#include <omadm/error.h>

#include <stdlib.h>
#include <string.h>

enum { NONCE_OCTETS = 64 };

struct used_nonce {
  int64_t expires;
  omadm_tpm_digest key;
  uint8_t len;
  uint8_t octets[NONCE_OCTETS];
};

void nonces_dispose(nonces *self) {
  free(self->list);
  *self = (nonces){.list = NULL};
}

static void forget_expired(nonces *self, int64_t now) {
  size_t kept = 0;
  for (size_t i = 0; i < self->n; i++) {
    if (self->list[i].expires > now) self->list[kept++] = self->list[i];
  }
  self->n = kept;
}

static bool is_of_key(const used_nonce *a, const omadm_tpm_digest *key) {
  return a->key.len == key->len && memcmp(a->key.octets, key->octets, key->len) == 0;
}

static bool is_nonce(const used_nonce *a, omadm_str octets) {
  return a->len == octets.len && memcmp(a->octets, octets.ptr, octets.len) == 0;
}

static omadm_err append(nonces *self, const used_nonce *entry) {
  if (self->n == self->cap) {
    size_t cap = self->cap == 0 ? 64 : self->cap * 2;
    if (self->n >= NONCES_MAX) return OMADM_E_LIMIT;
    used_nonce *list = realloc(self->list, cap * sizeof *list);
    if (list == NULL) return OMADM_E_NOMEM;
    self->list = list;
    self->cap = cap;
  }
  self->list[self->n++] = *entry;
  return OMADM_OK;
}

omadm_err nonces_use(nonces *self, const omadm_tpm_digest *key, omadm_str octets, int64_t now,
                     int64_t expires) {
  used_nonce entry = {.expires = expires, .key = *key};
  if (octets.len > sizeof entry.octets) return OMADM_E_LIMIT;
  memcpy(entry.octets, octets.ptr, octets.len);
  entry.len = (uint8_t)octets.len;
  forget_expired(self, now);
  size_t of_key = 0;
  for (size_t i = 0; i < self->n; i++) {
    if (!is_of_key(&self->list[i], key)) continue;
    if (is_nonce(&self->list[i], octets)) return OMADM_E_EXISTS;
    of_key++;
  }
  return of_key < NONCES_MAX_OF_KEY ? append(self, &entry) : OMADM_E_LIMIT;
}
