/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/crypt.h"

#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/str.h"

bool crypt_random(uint8_t *octets, size_t n) {
  return n <= INT_MAX && RAND_bytes(octets, (int)n) == 1;
}

static bool run_cipher(bool seal, const uint8_t *key, const uint8_t *iv, omadm_str in,
                       omadm_buf *out) {
  int n = 0;
  int rest = 0;
  if (in.len > INT_MAX - 32 || omadm_buf_reserve(out, in.len + 32) != OMADM_OK) return false;
  uint8_t *at = (uint8_t *)out->ptr + out->len;
  EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
  bool good = ctx != NULL && EVP_CipherInit_ex(ctx, EVP_aes_256_cbc(), NULL, key, iv, seal) == 1 &&
              EVP_CipherUpdate(ctx, at, &n, (const uint8_t *)in.ptr, (int)in.len) == 1 &&
              EVP_CipherFinal_ex(ctx, at + n, &rest) == 1;
  EVP_CIPHER_CTX_free(ctx);
  if (good) out->len += (size_t)(n + rest);
  return good;
}

bool crypt_encrypt(const uint8_t key[CRYPT_KEY], const uint8_t iv[CRYPT_IV], omadm_str plain,
                   omadm_buf *out) {
  return run_cipher(true, key, iv, plain, out);
}

bool crypt_decrypt(const uint8_t key[CRYPT_KEY], const uint8_t iv[CRYPT_IV], omadm_str sealed,
                   omadm_buf *out) {
  return run_cipher(false, key, iv, sealed, out);
}

bool crypt_mac(const uint8_t key[CRYPT_KEY], omadm_str first, omadm_str second,
               uint8_t mac[CRYPT_MAC]) {
  size_t len = CRYPT_MAC;
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  EVP_PKEY *hmac = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, key, CRYPT_KEY);
  bool good = ctx != NULL && hmac != NULL &&
              EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, hmac) == 1 &&
              EVP_DigestSignUpdate(ctx, first.ptr, first.len) == 1 &&
              EVP_DigestSignUpdate(ctx, second.ptr, second.len) == 1 &&
              EVP_DigestSignFinal(ctx, mac, &len) == 1 && len == CRYPT_MAC;
  EVP_PKEY_free(hmac);
  EVP_MD_CTX_free(ctx);
  return good;
}

bool crypt_equal(const uint8_t *a, const uint8_t *b, size_t n) {
  return CRYPTO_memcmp(a, b, n) == 0;
}
