/* SPDX-License-Identifier: MIT */
/* The fake's endorsement keys, their maker, and what they open. */
#include "tpm/fake_ca.h"
#include "tpm/fake_parts.h"
#include "tpm/verify/marshal.h"
#include "tpm/verify/verify.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <string.h>

/* Templates L-1 and L-2 of the TCG EK Credential Profile, B.3.3 and B.3.4. */
enum {
  ADMIN_WITH_POLICY = 1 << 7,
  EK_ATTRIBUTES = VERIFY_FIXED_TPM | VERIFY_FIXED_PARENT | VERIFY_SENSITIVE_DATA_ORIGIN |
                  ADMIN_WITH_POLICY | VERIFY_RESTRICTED | VERIFY_DECRYPT,
  ALG_AES = 0x0006,
  ALG_CFB = 0x0043,
  SEED = 32
};
static const uint8_t ek_policy[] = {
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xB3, 0xF8, 0x1A, 0x90, 0xCC, 0x8D, 0x46, 0xA5, 0xD7, 0x24,
    0xFD, 0x52, 0xD7, 0x6E, 0x06, 0x52, 0x0B, 0x64, 0xF2, 0xA1, 0xDA, 0x1B, 0x33, 0x14, 0x69, 0xAA};

static void write_public(fake_ek *ek, bool rsa) {
  uint8_t unique[256], y[VERIFY_P256];
  writer w = writer_to(&ek->public_area);
  writer_number(&w, rsa ? VERIFY_ALG_RSA : VERIFY_ALG_ECC, 2);
  writer_number(&w, OMADM_TPM_SHA256, 2);
  writer_number(&w, EK_ATTRIBUTES, 4);
  writer_sized(&w, ek_policy, sizeof ek_policy);
  writer_number(&w, ALG_AES, 2);
  writer_number(&w, 128, 2);
  writer_number(&w, ALG_CFB, 2);
  writer_number(&w, VERIFY_ALG_NULL, 2); /* scheme */
  if (rsa) {
    BIGNUM *modulus = NULL;
    fake_must(EVP_PKEY_get_bn_param(ek->pair, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1);
    fake_must(BN_bn2binpad(modulus, unique, sizeof unique) == sizeof unique);
    BN_free(modulus);
    writer_number(&w, 2048, 2);
    writer_number(&w, 0, 4);
    writer_sized(&w, unique, sizeof unique);
  } else {
    fake_must(credential_point(ek->pair, unique, y));
    writer_number(&w, VERIFY_CURVE_P256, 2);
    writer_number(&w, VERIFY_ALG_NULL, 2); /* KDF */
    writer_sized(&w, unique, VERIFY_P256);
    writer_sized(&w, y, sizeof y);
  }
  fake_must(!w.failed);
  ek->public_area.len = (uint32_t)w.len;
}

static void certify(const fake_tpm *tpm, fake_ek *ek) {
  X509 *made = fake_certificate_new(&(fake_certificate){.key = ek->pair,
                                                        .issuer = tpm->issuer,
                                                        .issuer_key = tpm->issuer_key,
                                                        .usage = "2.23.133.8.1",
                                                        .device_name = true});
  fake_certificate_der(made, &ek->certificate);
  X509_free(made);
}

omadm_tpm_status fake_ek_find(fake_tpm *tpm, omadm_tpm_ek which, fake_ek **ek) {
  if (which != OMADM_TPM_EK_RSA2048 && which != OMADM_TPM_EK_P256) return OMADM_TPM_ARGUMENT;
  bool rsa = which == OMADM_TPM_EK_RSA2048;
  *ek = &tpm->eks[which - 1];
  if ((*ek)->pair != NULL) return OMADM_TPM_OK;
  (*ek)->pair = fake_pair_new(rsa);
  write_public(*ek, rsa);
  certify(tpm, *ek);
  return OMADM_TPM_OK;
}

omadm_tpm_status fake_ek_certificate(fake_tpm *tpm, omadm_tpm_ek which, uint32_t number,
                                     omadm_tpm_data *der) {
  fake_ek *ek = NULL;
  omadm_tpm_status status = fake_ek_find(tpm, which, &ek);
  if (status != OMADM_TPM_OK) return status;
  if (tpm->knobs.uncertified || number > 1) return OMADM_TPM_NOT_FOUND;
  if (number == 0)
    *der = ek->certificate;
  else
    fake_certificate_der(tpm->issuer, der);
  return OMADM_TPM_OK;
}

static bool open_rsa(EVP_PKEY *ek, omadm_str secret, uint8_t seed[SEED]) {
  uint8_t plain[256];
  size_t n = sizeof plain;
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(ek, NULL);
  fake_must(context != NULL && EVP_PKEY_decrypt_init(context) == 1 && credential_oaep(context));
  bool opened =
      EVP_PKEY_decrypt(context, plain, &n, (const unsigned char *)secret.ptr, secret.len) == 1 &&
      n == SEED;
  if (opened) memcpy(seed, plain, SEED);
  EVP_PKEY_CTX_free(context);
  return opened;
}

static bool open_p256(EVP_PKEY *ek, omadm_str secret, uint8_t seed[SEED]) {
  uint8_t x[VERIFY_P256], y[VERIFY_P256], z[VERIFY_P256], ephemeral_x[VERIFY_P256];
  reader r = reader_of(secret);
  omadm_tpm_public point = {.type = VERIFY_ALG_ECC, .curve = VERIFY_CURVE_P256};
  point.x = reader_sized(&r, VERIFY_P256);
  point.y = reader_sized(&r, VERIFY_P256);
  if (!reader_done(&r)) return false;
  EVP_PKEY *ephemeral = verify_key_new(&point, NULL);
  bool opened = ephemeral != NULL && credential_point(ephemeral, ephemeral_x, y) &&
                credential_point(ek, x, y) && credential_agree(ek, ephemeral, z) &&
                credential_seed_agree(z, ephemeral_x, x, seed);
  EVP_PKEY_free(ephemeral);
  return opened;
}

/* The HMAC first, then what is under it. */
static omadm_tpm_status open_identity(const uint8_t seed[SEED], const fake_key *key,
                                      omadm_str id_object, omadm_tpm_digest *opened) {
  credential_keys keys;
  uint8_t hmac[32], plain[256];
  reader r = reader_of(id_object);
  omadm_str sent = reader_sized(&r, sizeof hmac);
  omadm_str encrypted = reader_span(&r, r.left);
  if (r.failed || encrypted.len > 2 + 32) return OMADM_TPM_INTEGRITY;
  fake_must(credential_keys_derive(seed, &key->name, &keys));
  fake_must(credential_hmac(&keys, encrypted, &key->name, hmac));
  if (!verify_equal(sent, (omadm_str){(const char *)hmac, sizeof hmac})) return OMADM_TPM_INTEGRITY;
  fake_must(credential_cipher(&keys, 0, encrypted, plain));
  r = reader_of((omadm_str){(const char *)plain, encrypted.len});
  omadm_str secret = reader_sized(&r, 32);
  if (!reader_done(&r)) return OMADM_TPM_INTEGRITY;
  opened->len = (uint32_t)secret.len;
  memcpy(opened->octets, secret.ptr, secret.len);
  return OMADM_TPM_OK;
}

omadm_tpm_status fake_ek_activate(fake_tpm *tpm, const fake_key *key, omadm_tpm_ek which,
                                  omadm_str id_object, omadm_str secret, omadm_tpm_digest *opened) {
  uint8_t seed[SEED];
  fake_ek *ek = NULL;
  omadm_tpm_status status = fake_ek_find(tpm, which, &ek);
  if (status != OMADM_TPM_OK) return status;
  if (!(which == OMADM_TPM_EK_RSA2048 ? open_rsa : open_p256)(ek->pair, secret, seed))
    return OMADM_TPM_INTEGRITY;
  return open_identity(seed, key, id_object, opened);
}

void fake_eks_forget(fake_tpm *tpm) {
  for (size_t i = 0; i < sizeof tpm->eks / sizeof tpm->eks[0]; i++)
    EVP_PKEY_free(tpm->eks[i].pair);
  memset(tpm->eks, 0, sizeof tpm->eks);
}

void fake_maker_make(fake_tpm *tpm) {
  tpm->root_key = fake_pair_new(/* rsa */ false);
  tpm->issuer_key = fake_pair_new(/* rsa */ false);
  tpm->root = fake_certificate_new(
      &(fake_certificate){.subject = "Fake TPM maker", .key = tpm->root_key, .authority = true});
  tpm->issuer = fake_certificate_new(&(fake_certificate){.subject = "Fake TPM maker, issuer",
                                                         .key = tpm->issuer_key,
                                                         .issuer = tpm->root,
                                                         .issuer_key = tpm->root_key,
                                                         .authority = true});
}

void fake_maker_dispose(fake_tpm *tpm) {
  X509_free(tpm->root);
  X509_free(tpm->issuer);
  EVP_PKEY_free(tpm->root_key);
  EVP_PKEY_free(tpm->issuer_key);
}
