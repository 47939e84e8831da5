/* SPDX-License-Identifier: MIT */
/* Credentials that only one TPM can open, for one key only (TPM 2.0 Library, part 1, 24). */
#include "tpm/verify/marshal.h"
#include "tpm/verify/verify.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* The digest is SHA-256 throughout: the name algorithm of the default EK templates. */
enum { SEED = 32, HMAC_SIZE = 32, MOST_SECRET = 32, RSA_OCTETS = 256 };

/* The label goes in with its terminating zero (part 1, 11.4.10.2, and B.4). */
static const char identity[] = "IDENTITY";

/* One block of KDFa (part 1, 11.4.10.2), which is all that 256 bits need. */
static bool derive(const uint8_t seed[SEED], const char *label, omadm_str context, size_t octets,
                   uint8_t *out) {
  uint8_t input[128];
  uint8_t block[HMAC_SIZE];
  writer w = {.octets = input, .size = sizeof input};
  writer_number(&w, 1, 4);
  writer_span(&w, label, strlen(label) + 1);
  writer_span(&w, context.ptr, context.len);
  writer_number(&w, 8 * octets, 4);
  if (w.failed || HMAC(EVP_sha256(), seed, SEED, input, w.len, block, NULL) == NULL) return false;
  memcpy(out, block, octets);
  OPENSSL_cleanse(block, sizeof block);
  return true;
}

bool credential_keys_derive(const uint8_t seed[SEED], const omadm_tpm_digest *name,
                            credential_keys *keys) {
  omadm_str context = {(const char *)name->octets, name->len};
  return derive(seed, "STORAGE", context, sizeof keys->symmetric, keys->symmetric) &&
         derive(seed, "INTEGRITY", (omadm_str){NULL, 0}, sizeof keys->integrity, keys->integrity);
}

bool credential_seed_agree(const uint8_t z[VERIFY_P256], const uint8_t u[VERIFY_P256],
                           const uint8_t v[VERIFY_P256], uint8_t seed[SEED]) {
  uint8_t input[4 + 3 * VERIFY_P256 + sizeof identity];
  writer w = {.octets = input, .size = sizeof input};
  writer_number(&w, 1, 4);
  writer_span(&w, z, VERIFY_P256);
  writer_span(&w, identity, sizeof identity);
  writer_span(&w, u, VERIFY_P256);
  writer_span(&w, v, VERIFY_P256);
  bool done = !w.failed && EVP_Digest(input, w.len, seed, NULL, EVP_sha256(), NULL) == 1;
  OPENSSL_cleanse(input, sizeof input);
  return done;
}

bool credential_hmac(const credential_keys *keys, omadm_str encrypted, const omadm_tpm_digest *name,
                     uint8_t hmac[HMAC_SIZE]) {
  uint8_t input[256];
  writer w = {.octets = input, .size = sizeof input};
  writer_span(&w, encrypted.ptr, encrypted.len);
  writer_span(&w, name->octets, name->len);
  return !w.failed && HMAC(EVP_sha256(), keys->integrity, sizeof keys->integrity, input, w.len,
                           hmac, NULL) != NULL;
}

bool credential_cipher(const credential_keys *keys, int encrypt, omadm_str in, uint8_t *out) {
  static const uint8_t iv[16];
  int n = 0;
  EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
  bool done = cipher != NULL && in.len <= INT16_MAX &&
              EVP_CipherInit_ex(cipher, EVP_aes_128_cfb128(), NULL, keys->symmetric, iv, encrypt) &&
              EVP_CipherUpdate(cipher, out, &n, (const unsigned char *)in.ptr, (int)in.len);
  EVP_CIPHER_CTX_free(cipher);
  return done;
}

static bool coordinate(const EVP_PKEY *key, const char *which, uint8_t out[VERIFY_P256]) {
  BIGNUM *number = NULL;
  bool done = EVP_PKEY_get_bn_param(key, which, &number) == 1 &&
              BN_bn2binpad(number, out, VERIFY_P256) == VERIFY_P256;
  BN_free(number);
  return done;
}

bool credential_point(const EVP_PKEY *key, uint8_t x[VERIFY_P256], uint8_t y[VERIFY_P256]) {
  return coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X, x) &&
         coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y, y);
}

bool credential_agree(EVP_PKEY *own, EVP_PKEY *other, uint8_t z[VERIFY_P256]) {
  size_t n = VERIFY_P256;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);
  bool done = context != NULL && EVP_PKEY_derive_init(context) == 1 &&
              EVP_PKEY_derive_set_peer(context, other) == 1 &&
              EVP_PKEY_derive(context, z, &n) == 1 && n == VERIFY_P256;
  EVP_PKEY_CTX_free(context);
  return done;
}

bool credential_oaep(EVP_PKEY_CTX *context) {
  void *label = OPENSSL_memdup(identity, sizeof identity);
  bool done = label != NULL && EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
              EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
              EVP_PKEY_CTX_set0_rsa_oaep_label(context, label, sizeof identity) == 1;
  if (!done) OPENSSL_free(label);
  return done;
}

/* Part 1, B.10.3: a random seed, encrypted. */
static bool share_rsa(EVP_PKEY *ek, uint8_t seed[SEED], omadm_tpm_data *encrypted) {
  size_t n = sizeof encrypted->octets;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(ek, NULL);
  bool done = context != NULL && RAND_bytes(seed, SEED) == 1 &&
              EVP_PKEY_encrypt_init(context) == 1 && credential_oaep(context) &&
              EVP_PKEY_encrypt(context, encrypted->octets, &n, seed, SEED) == 1;
  EVP_PKEY_CTX_free(context);
  encrypted->len = (uint32_t)n;
  return done;
}

/* Part 1, C.6.1: the seed is agreed upon with an ephemeral key, whose point is sent. */
static bool share_p256(EVP_PKEY *ek, uint8_t seed[SEED], omadm_tpm_data *encrypted) {
  uint8_t x[VERIFY_P256], y[VERIFY_P256], ek_x[VERIFY_P256], ek_y[VERIFY_P256], z[VERIFY_P256];
  writer w = writer_to(encrypted);
  EVP_PKEY *ephemeral = EVP_EC_gen("P-256");
  bool done = ephemeral != NULL && credential_point(ephemeral, x, y) &&
              credential_point(ek, ek_x, ek_y) && credential_agree(ephemeral, ek, z) &&
              credential_seed_agree(z, x, ek_x, seed);
  if (done) {
    writer_sized(&w, x, sizeof x);
    writer_sized(&w, y, sizeof y);
    encrypted->len = (uint32_t)w.len;
  }
  OPENSSL_cleanse(z, sizeof z);
  EVP_PKEY_free(ephemeral);
  return done;
}

/* Part 1, 24.5: the secret with its size, encrypted, behind the HMAC over it and the name. */
static bool protect(const uint8_t seed[SEED], const omadm_tpm_digest *name, omadm_str secret,
                    omadm_tpm_data *id_object) {
  credential_keys keys;
  uint8_t plain[2 + MOST_SECRET], encrypted[2 + MOST_SECRET], hmac[HMAC_SIZE];
  writer in = {.octets = plain, .size = sizeof plain};
  writer out = writer_to(id_object);
  writer_sized(&in, secret.ptr, secret.len);
  omadm_str body = {(const char *)encrypted, in.len};
  bool done = !in.failed && credential_keys_derive(seed, name, &keys) &&
              credential_cipher(&keys, 1, (omadm_str){(const char *)plain, in.len}, encrypted) &&
              credential_hmac(&keys, body, name, hmac);
  if (done) {
    writer_sized(&out, hmac, sizeof hmac);
    writer_span(&out, body.ptr, body.len);
    id_object->len = (uint32_t)out.len;
  }
  OPENSSL_cleanse(&keys, sizeof keys);
  OPENSSL_cleanse(plain, sizeof plain);
  return done;
}

/* The key of exactly these octets; NULL where it is none, or not of a default template. */
static EVP_PKEY *read_ek(omadm_str der, bool *rsa, omadm_error *error) {
  const unsigned char *at = (const unsigned char *)der.ptr;
  char group[32] = "";
  EVP_PKEY *key = der.len <= INT16_MAX ? d2i_PUBKEY(NULL, &at, (long)der.len) : NULL;
  if (key == NULL || (size_t)(at - (const unsigned char *)der.ptr) != der.len) {
    omadm_error_set(error, OMADM_E_SYNTAX, "the endorsement key is not a DER SubjectPublicKeyInfo");
    EVP_PKEY_free(key);
    return NULL;
  }
  *rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_size(key) == RSA_OCTETS &&
         EVP_PKEY_get_bits(key) == 8 * RSA_OCTETS;
  if (*rsa || (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
               EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
               strcmp(group, "prime256v1") == 0))
    return key;
  omadm_error_set(error, OMADM_E_REFUSED, "the endorsement key is neither RSA-2048 nor P-256");
  EVP_PKEY_free(key);
  return NULL;
}

static bool is_name(const omadm_tpm_digest *name) {
  uint16_t alg = (uint16_t)(name->octets[0] << 8 | name->octets[1]);
  size_t size = omadm_tpm_digest_size(alg);
  return size != 0 && name->len == 2 + size;
}

omadm_err omadm_credential_make(omadm_str ek, const omadm_tpm_digest *name, omadm_str secret,
                                omadm_tpm_data *id_object, omadm_tpm_data *encrypted_secret,
                                omadm_error *error) {
  omadm_error refusal = {0};
  uint8_t seed[SEED];
  bool rsa = false;
  if (secret.len == 0 || secret.len > MOST_SECRET || name->len < 2 || !is_name(name))
    return omadm_error_set(error, OMADM_E_ARGUMENT,
                           "a credential takes the name of a key and a secret of 1 to 32 octets");
  ERR_set_mark();
  EVP_PKEY *key = read_ek(ek, &rsa, &refusal);
  bool done = key != NULL && (rsa ? share_rsa : share_p256)(key, seed, encrypted_secret) &&
              protect(seed, name, secret, id_object);
  ERR_pop_to_mark();
  OPENSSL_cleanse(seed, sizeof seed);
  EVP_PKEY_free(key);
  if (done) return OMADM_OK;
  if (refusal.code != 0) return omadm_error_set(error, refusal.code, "%s", refusal.text);
  return omadm_error_set(error, OMADM_E_REFUSED,
                         "no credential can be made for this endorsement key");
}
