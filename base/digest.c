/* SPDX-License-Identifier: MIT */
#include "base/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/str.h"

/* Base64 of sixteen octets, without a buffer that would have to grow and be wiped. */
void omadm_digest_text(const omadm_digest *digest, char text[OMADM_DIGEST_TEXT]) {
  unsigned char room[OMADM_DIGEST_TEXT + 1];
  EVP_EncodeBlock(room, digest->octets, OMADM_DIGEST);
  memcpy(text, room, OMADM_DIGEST_TEXT);
  OPENSSL_cleanse(room, sizeof room);
}

/* H of the parts one after the other. */
static omadm_err hash(const omadm_str *parts, size_t n, omadm_digest *digest) {
  unsigned len = 0;
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  if (ctx == NULL) return OMADM_E_NOMEM;
  bool good = EVP_DigestInit_ex(ctx, EVP_md5(), NULL) == 1;
  for (size_t i = 0; good && i < n; i++)
    good = parts[i].len == 0 || EVP_DigestUpdate(ctx, parts[i].ptr, parts[i].len) == 1;
  good = good && EVP_DigestFinal_ex(ctx, digest->octets, &len) == 1 && len == OMADM_DIGEST;
  EVP_MD_CTX_free(ctx); /* wipes its state */
  return good ? OMADM_OK : OMADM_E_UNSUPPORTED;
}

static const omadm_str colon = OMADM_STR(":");

/* B64(H(a ":" b)), or with `a` alone B64(H(a)). */
static omadm_err hash_text(omadm_str a, const omadm_str *b, char text[OMADM_DIGEST_TEXT]) {
  omadm_digest digest;
  const omadm_str parts[] = {a, colon, b != NULL ? *b : colon};
  omadm_err err = hash(parts, b != NULL ? 3 : 1, &digest);
  if (err == OMADM_OK) omadm_digest_text(&digest, text);
  OPENSSL_cleanse(&digest, sizeof digest);
  return err;
}

omadm_err omadm_digest_prove(omadm_str name, omadm_str secret, omadm_str nonce,
                             const omadm_str *covered, omadm_digest *digest) {
  char who[OMADM_DIGEST_TEXT];
  char what[OMADM_DIGEST_TEXT];
  const omadm_str parts[] = {
      {who, sizeof who}, colon, nonce, colon, {what, sizeof what},
  };
  omadm_err err = hash_text(name, &secret, who);
  if (err == OMADM_OK && covered != NULL) err = hash_text(*covered, NULL, what);
  if (err == OMADM_OK) err = hash(parts, covered != NULL ? 5 : 3, digest);
  OPENSSL_cleanse(who, sizeof who);
  return err;
}

bool omadm_digest_equal(const omadm_digest *a, const omadm_digest *b) {
  return CRYPTO_memcmp(a->octets, b->octets, OMADM_DIGEST) == 0;
}

bool omadm_secret_equal(omadm_str a, omadm_str b) {
  return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}

void omadm_wipe(void *octets, size_t n) {
  if (n > 0) OPENSSL_cleanse(octets, n);
}

void omadm_buf_wipe(omadm_buf *buf) {
  omadm_wipe(buf->ptr, buf->cap);
  buf->len = 0;
}
