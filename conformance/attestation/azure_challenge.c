/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_challenge.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"
#include "conformance/attestation/azure_json.h"

enum { IV_SIZE = 12, TAG_SIZE = 16, PLAIN_SIZE = 8 + AZURE_CHALLENGE_SIZE };
enum { SEALED_SIZE = IV_SIZE + TAG_SIZE + PLAIN_SIZE };

omadm_err azure_challenges_init(azure_challenges *self) {
  uint8_t id[8];
  memset(self, 0, sizeof *self);
  if (RAND_bytes(self->key, sizeof self->key) != 1 || RAND_bytes(id, sizeof id) != 1)
    return OMADM_E_IO;
  for (size_t i = 0; i < sizeof id; i++)
    snprintf(self->key_name + 2 * i, 3, "%02x", id[i]);
  return OMADM_OK;
}

/* AES-256-GCM; the name of the key is authenticated with it. */
static bool seal(const azure_challenges *self, const uint8_t *plain, uint8_t sealed[SEALED_SIZE]) {
  int n = 0;
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
  bool done = ctx != NULL && RAND_bytes(sealed, IV_SIZE) == 1 &&
              EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, self->key, sealed) == 1 &&
              EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)self->key_name,
                                (int)strlen(self->key_name)) == 1 &&
              EVP_EncryptUpdate(ctx, sealed + IV_SIZE + TAG_SIZE, &n, plain, PLAIN_SIZE) == 1 &&
              EVP_EncryptFinal_ex(ctx, sealed + SEALED_SIZE, &n) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG_SIZE, sealed + IV_SIZE) == 1;
  EVP_CIPHER_CTX_free(ctx);
  return done;
}

static bool unseal(const azure_challenges *self, const uint8_t *sealed, uint8_t *plain) {
  uint8_t tag[TAG_SIZE];
  int n = 0;
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
  memcpy(tag, sealed + IV_SIZE, sizeof tag);
  bool done = ctx != NULL &&
              EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, self->key, sealed) == 1 &&
              EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)self->key_name,
                                (int)strlen(self->key_name)) == 1 &&
              EVP_DecryptUpdate(ctx, plain, &n, sealed + IV_SIZE + TAG_SIZE, PLAIN_SIZE) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG_SIZE, tag) == 1 &&
              EVP_DecryptFinal_ex(ctx, plain + PLAIN_SIZE, &n) == 1;
  EVP_CIPHER_CTX_free(ctx);
  return done;
}

omadm_err azure_challenge_make(const azure_challenges *self, int64_t expires, omadm_buf *challenge,
                               omadm_buf *context) {
  uint8_t plain[PLAIN_SIZE];
  uint8_t sealed[SEALED_SIZE];
  for (size_t i = 0; i < 8; i++)
    plain[i] = (uint8_t)((uint64_t)expires >> (56 - 8 * i));
  if (RAND_bytes(plain + 8, AZURE_CHALLENGE_SIZE) != 1 || !seal(self, plain, sealed))
    return OMADM_E_IO;
  omadm_err err = omadm_buf_add(challenge, plain + 8, AZURE_CHALLENGE_SIZE);
  if (err == 0)
    err = omadm_buf_printf(context, "{\"ProtectionKeyName\":\"%s\",\"ProtectedContext\":\"",
                           self->key_name);
  if (err == 0) err = omadm_base64url_encode((omadm_str){(char *)sealed, sizeof sealed}, context);
  if (err == 0) err = omadm_buf_add_text(context, "\"}");
  return err;
}

/* The octets of the context: what was sealed. */
static bool context_open(const azure_challenges *self, omadm_str context,
                         uint8_t plain[PLAIN_SIZE]) {
  omadm_buf sealed = {0};
  omadm_buf_init(&sealed, &omadm_mem_default, 0);
  json_t *object = azure_json_parse(context);
  bool done = omadm_str_is(azure_json_text(object, "ProtectionKeyName"), self->key_name) &&
              azure_json_octets(object, "ProtectedContext", &sealed) == 0 &&
              sealed.len == SEALED_SIZE && unseal(self, (const uint8_t *)sealed.ptr, plain);
  json_decref(object);
  omadm_buf_dispose(&sealed);
  return done;
}

static void forget_expired(azure_challenges *self, int64_t now) {
  for (size_t k = 0; k < 2; k++) {
    azure_used *used = self->used[k];
    for (size_t i = 0; i < self->n_used[k];) {
      if (used[i].expires < now)
        used[i] = used[--self->n_used[k]];
      else
        i++;
    }
  }
}

static bool is_used(const azure_challenges *self, const uint8_t *challenge) {
  for (size_t k = 0; k < 2; k++) {
    for (size_t i = 0; i < self->n_used[k]; i++) {
      if (memcmp(self->used[k][i].challenge, challenge, AZURE_CHALLENGE_SIZE) == 0) return true;
    }
  }
  return false;
}

omadm_err azure_challenge_check(azure_challenges *self, int64_t now, omadm_str challenge,
                                omadm_str context, azure_used *out, omadm_error *error) {
  uint8_t plain[PLAIN_SIZE];
  uint64_t expires = 0;
  if (!context_open(self, context, plain))
    return omadm_error_set(error, OMADM_E_REFUSED, "service_context was not made by this service");
  for (size_t i = 0; i < 8; i++)
    expires = expires << 8 | plain[i];
  if (challenge.len != AZURE_CHALLENGE_SIZE ||
      CRYPTO_memcmp(challenge.ptr, plain + 8, AZURE_CHALLENGE_SIZE) != 0)
    return omadm_error_set(error, OMADM_E_REFUSED, "the challenge is not that of service_context");
  if ((int64_t)expires < now)
    return omadm_error_set(error, OMADM_E_REFUSED, "the challenge has expired");
  forget_expired(self, now);
  if (is_used(self, plain + 8))
    return omadm_error_set(error, OMADM_E_REFUSED, "the challenge was used before");
  memcpy(out->challenge, plain + 8, AZURE_CHALLENGE_SIZE);
  out->expires = (int64_t)expires;
  return OMADM_OK;
}

omadm_err azure_challenge_use(azure_challenges *self, const azure_used *used, bool validated,
                              omadm_error *error) {
  if (self->n_used[validated] == AZURE_CHALLENGES_USED)
    return omadm_error_set(error, OMADM_E_LIMIT, "too many challenges were used; try again later");
  self->used[validated][self->n_used[validated]++] = *used;
  return OMADM_OK;
}
