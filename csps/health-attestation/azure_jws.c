/* SPDX-License-Identifier: MIT */
#include "health-attestation/azure_jws.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <string.h>

enum { BITS = 2048, SIGNATURE = BITS / 8, ALG_RSAPSS = 0x0016 };

void jwk_write(const aik *key, octets *out) {
  uint8_t exponent[4];
  size_t n = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    if (n > 0 || key->exponent >> shift != 0) exponent[n++] = (uint8_t)(key->exponent >> shift);
  }
  octets_add_text(out, "{\"kty\":\"RSA\",\"n\":\"");
  octets_add_base64url(out, key->modulus);
  octets_add_text(out, "\",\"e\":\"");
  octets_add_base64url(out, (omadm_str){(const char *)exponent, n});
  octets_add_text(out, "\"}");
}

bool jwk_bind(const octets *jwk, omadm_str challenge, uint8_t digest[32]) {
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  bool done = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
              EVP_DigestUpdate(ctx, jwk->ptr, jwk->len) == 1 && EVP_DigestUpdate(ctx, "", 1) == 1 &&
              EVP_DigestUpdate(ctx, challenge.ptr, challenge.len) == 1 &&
              EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
  EVP_MD_CTX_free(ctx);
  return done;
}

omadm_err request_key_make(request_key *key) {
  BIGNUM *n = NULL;
  uint8_t modulus[SIGNATURE];
  key->software = EVP_RSA_gen(BITS);
  bool made = key->software != NULL &&
              EVP_PKEY_get_bn_param(key->software, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
              BN_bn2binpad(n, modulus, SIGNATURE) == SIGNATURE;
  BN_free(n);
  if (!made) return OMADM_E_NOMEM;
  /* EVP_RSA_gen takes 65537 for the exponent. */
  const aik parts = {
      .bits = BITS, .exponent = 65537, .modulus = {(const char *)modulus, sizeof modulus}};
  jwk_write(&parts, &key->jwk);
  return key->jwk.failed ? OMADM_E_NOMEM : OMADM_OK;
}

omadm_tpm_status request_key_make_in_tpm(request_key *key, evidence *e) {
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  aik parts;
  while (evidence_try(e, &status))
    status = evidence_tpm(e)->key_open(e->self->host, OMADM_TPM_SIGN_RSA, (omadm_str){NULL, 0},
                                       &key->tpm);
  key->opened = status == OMADM_TPM_OK;
  if (!key->opened) return status;
  if (!aik_parse(evidence_str(&key->tpm.public_area), &parts)) return OMADM_TPM_IO;
  jwk_write(&parts, &key->jwk);
  return key->jwk.failed ? OMADM_TPM_RESOURCE : OMADM_TPM_OK;
}

void request_key_close(request_key *key, evidence *e) {
  if (key->opened) (void)evidence_tpm(e)->key_close(e->self->host, key->tpm.handle);
  EVP_PKEY_free(key->software);
  octets_dispose(&key->jwk);
  *key = (request_key){.software = NULL};
}

/* RSASSA-PSS with SHA-256, and a salt as long as its digest (RFC 7518 3.5). */
static omadm_tpm_status sign_software(EVP_PKEY *key, omadm_str text, octets *signature) {
  EVP_PKEY_CTX *ctx = NULL; /* the digest context's */
  size_t len = SIGNATURE;
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  bool done = digest != NULL && octets_reserve(signature, SIGNATURE) &&
              EVP_DigestSignInit(digest, &ctx, EVP_sha256(), NULL, key) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1 &&
              EVP_DigestSign(digest, (uint8_t *)signature->ptr, &len, (const uint8_t *)text.ptr,
                             text.len) == 1;
  EVP_MD_CTX_free(digest);
  if (done) signature->len = len;
  return done ? OMADM_TPM_OK : OMADM_TPM_IO;
}

/* The TPM's own answer: TPMT_SIGNATURE (TPM 2.0 Library, part 2, 11.3.4): RSAPSS, hash, signature.
 */
static omadm_tpm_status sign_tpm(const request_key *key, evidence *e, omadm_str text,
                                 octets *signature) {
  uint8_t digest[32];
  omadm_tpm_data made = {0};
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  uint16_t scheme = 0, hash = 0;
  omadm_str bare;
  if (EVP_Digest(text.ptr, text.len, digest, NULL, EVP_sha256(), NULL) != 1) return OMADM_TPM_IO;
  while (evidence_try(e, &status))
    status = evidence_tpm(e)->sign(e->self->host, key->tpm.handle, OMADM_TPM_SHA256,
                                   (omadm_str){(const char *)digest, sizeof digest}, &made);
  if (status != OMADM_TPM_OK) return status;
  omadm_str rest = evidence_str(&made);
  if (!octets_take_u16be(&rest, &scheme) || scheme != ALG_RSAPSS ||
      !octets_take_u16be(&rest, &hash) || hash != OMADM_TPM_SHA256 ||
      !octets_take_2b(&rest, &bare) || bare.len != SIGNATURE)
    return OMADM_TPM_IO;
  octets_add_str(signature, bare);
  return OMADM_TPM_OK;
}

omadm_tpm_status jws_write(const request_key *key, evidence *e, const char *type, omadm_str payload,
                           octets *out) {
  octets header = {0}, signature = {0};
  size_t start = out->len;
  octets_add_format(&header, "{\"alg\":\"PS256\",\"typ\":\"%s\"}", type);
  octets_add_base64url(out, octets_str(&header));
  octets_add_text(out, ".");
  octets_add_base64url(out, payload);
  omadm_str text = {out->ptr + start, out->len - start};
  omadm_tpm_status status = OMADM_TPM_RESOURCE;
  if (!header.failed && !out->failed)
    status = key->software != NULL ? sign_software(key->software, text, &signature)
                                   : sign_tpm(key, e, text, &signature);
  octets_add_text(out, ".");
  octets_add_base64url(out, octets_str(&signature));
  octets_dispose(&header);
  octets_dispose(&signature);
  return out->failed ? OMADM_TPM_RESOURCE : status;
}
