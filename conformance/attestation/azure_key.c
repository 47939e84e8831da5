/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_key.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/attestation/azure_json.h"

static EVP_PKEY *make(const BIGNUM *n, const BIGNUM *e) {
  EVP_PKEY *key = NULL;
  OSSL_PARAM *params = NULL;
  OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
  if (build != NULL && ctx != NULL && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
      OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) &&
      (params = OSSL_PARAM_BLD_to_param(build)) != NULL && EVP_PKEY_fromdata_init(ctx) == 1 &&
      EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
    key = NULL;
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(build);
  EVP_PKEY_CTX_free(ctx);
  return key;
}

omadm_err azure_key_read(const json_t *jwk, EVP_PKEY **key, omadm_error *error) {
  omadm_err err = OMADM_OK;
  omadm_buf n = {0}, e = {0};
  BIGNUM *modulus = NULL, *exponent = NULL;
  omadm_buf_init(&n, &omadm_mem_default, 0);
  omadm_buf_init(&e, &omadm_mem_default, 0);
  if (!omadm_str_is(azure_json_text(jwk, "kty"), "RSA") || azure_json_octets(jwk, "n", &n) != 0 ||
      azure_json_octets(jwk, "e", &e) != 0 || n.len < 256 || n.len > 512 || n.ptr[0] == 0 ||
      e.len != 3 || memcmp(e.ptr, "\x01\x00\x01", 3) != 0) {
    /* Under the exponent 1 everybody can sign. */
    err = omadm_error_set(error, OMADM_E_SYNTAX,
                          "a key is no RSA key of 2048 to 4096 bits with exponent 65537 (kty, n, "
                          "e)");
    goto out;
  }
  modulus = BN_bin2bn((const uint8_t *)n.ptr, (int)n.len, NULL);
  exponent = BN_bin2bn((const uint8_t *)e.ptr, (int)e.len, NULL);
  *key = modulus != NULL && exponent != NULL ? make(modulus, exponent) : NULL;
  if (*key == NULL)
    err = omadm_error_set(error, OMADM_E_SYNTAX, "the numbers of a key make no RSA key");
out:
  BN_free(modulus);
  BN_free(exponent);
  omadm_buf_dispose(&n);
  omadm_buf_dispose(&e);
  return err;
}

json_t *azure_key_plain(const json_t *jwk) {
  return json_pack("{s:s, s:O, s:O}", "kty", "RSA", "n", json_object_get(jwk, "n"), "e",
                   json_object_get(jwk, "e"));
}

static omadm_err number_add(const EVP_PKEY *key, const char *name, omadm_buf *out) {
  BIGNUM *number = NULL;
  if (EVP_PKEY_get_bn_param(key, name, &number) != 1) return OMADM_E_ARGUMENT;
  size_t size = (size_t)BN_num_bytes(number);
  omadm_err err = omadm_buf_reserve(out, size);
  if (err == 0) out->len += (size_t)BN_bn2bin(number, (uint8_t *)out->ptr + out->len);
  BN_free(number);
  return err;
}

omadm_err azure_key_numbers(const EVP_PKEY *key, omadm_buf *n, omadm_buf *e) {
  omadm_err err = number_add(key, OSSL_PKEY_PARAM_RSA_N, n);
  return err != 0 ? err : number_add(key, OSSL_PKEY_PARAM_RSA_E, e);
}

json_t *azure_key_write(const EVP_PKEY *key) {
  omadm_buf n = {0}, e = {0};
  json_t *jwk = json_pack("{s:s}", "kty", "RSA");
  omadm_buf_init(&n, &omadm_mem_default, 0);
  omadm_buf_init(&e, &omadm_mem_default, 0);
  if (jwk == NULL || azure_key_numbers(key, &n, &e) != 0 ||
      azure_json_set_octets(jwk, "n", omadm_buf_str(&n)) != 0 ||
      azure_json_set_octets(jwk, "e", omadm_buf_str(&e)) != 0) {
    json_decref(jwk);
    jwk = NULL;
  }
  omadm_buf_dispose(&n);
  omadm_buf_dispose(&e);
  return jwk;
}

bool azure_key_verifies_ps256(EVP_PKEY *key, omadm_str text, omadm_str signature) {
  EVP_PKEY_CTX *ctx = NULL; /* the digest context's */
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  bool good = digest != NULL && EVP_DigestVerifyInit(digest, &ctx, EVP_sha256(), NULL, key) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1 &&
              EVP_DigestVerify(digest, (const uint8_t *)signature.ptr, signature.len,
                               (const uint8_t *)text.ptr, text.len) == 1;
  EVP_MD_CTX_free(digest);
  return good;
}

omadm_err azure_key_sign_rs256(EVP_PKEY *key, omadm_str text, omadm_buf *signature) {
  size_t size = (size_t)EVP_PKEY_get_size(key);
  omadm_err err = omadm_buf_reserve(signature, size);
  if (err != 0) return err;
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  if (digest == NULL || EVP_DigestSignInit(digest, NULL, EVP_sha256(), NULL, key) != 1 ||
      EVP_DigestSign(digest, (uint8_t *)signature->ptr + signature->len, &size,
                     (const uint8_t *)text.ptr, text.len) != 1)
    err = OMADM_E_NOMEM;
  else
    signature->len += size;
  EVP_MD_CTX_free(digest);
  return err;
}
