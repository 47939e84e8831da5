/* SPDX-License-Identifier: MIT */
/* The fake's signing keys: their public areas, names, blobs and signatures. */
#include "tpm/fake_parts.h"
#include "tpm/verify/marshal.h"
#include "tpm/verify/verify.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <string.h>

/* userWithAuth and noDA, beside what every key of <omadm/tpm.h> has. */
enum {
  USER_WITH_AUTH = 1 << 6,
  NO_DA = 1 << 10,
  COMMON = VERIFY_FIXED_TPM | VERIFY_FIXED_PARENT | VERIFY_SENSITIVE_DATA_ORIGIN | USER_WITH_AUTH |
           NO_DA | VERIFY_SIGN
};

static const struct kind {
  bool rsa;
  bool restricted;
  uint16_t scheme, hash;
} kinds[] = {
    [OMADM_TPM_AK_RSA_SHA256] = {true, true, VERIFY_ALG_RSASSA, OMADM_TPM_SHA256},
    [OMADM_TPM_AK_RSA_SHA1] = {true, true, VERIFY_ALG_RSASSA, OMADM_TPM_SHA1},
    [OMADM_TPM_AK_P256] = {false, true, VERIFY_ALG_ECDSA, OMADM_TPM_SHA256},
    [OMADM_TPM_SIGN_RSA] = {true, false, VERIFY_ALG_RSAPSS, OMADM_TPM_SHA256},
    [OMADM_TPM_SIGN_P256] = {false, false, VERIFY_ALG_ECDSA, OMADM_TPM_SHA256},
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

EVP_PKEY *fake_pair_new(bool rsa) {
  EVP_PKEY *pair = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
  fake_must(pair != NULL);
  return pair;
}

bool fake_key_is_attesting(const fake_key *key) {
  return kinds[key->kind].restricted;
}

uint16_t fake_key_hash(const fake_key *key) {
  return kinds[key->kind].hash;
}

fake_key *fake_key_find(fake_tpm *tpm, uint64_t handle) {
  if (handle < 1 || handle > tpm->n_keys || !tpm->keys[handle - 1].open) return NULL;
  return &tpm->keys[handle - 1];
}

static void write_unique(writer *w, const EVP_PKEY *pair, bool rsa) {
  uint8_t octets[256], y[VERIFY_P256];
  if (rsa) {
    BIGNUM *modulus = NULL;
    fake_must(EVP_PKEY_get_bn_param(pair, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1);
    fake_must(BN_bn2binpad(modulus, octets, sizeof octets) == sizeof octets);
    BN_free(modulus);
    writer_sized(w, octets, sizeof octets);
    return;
  }
  fake_must(credential_point(pair, octets, y));
  writer_sized(w, octets, VERIFY_P256);
  writer_sized(w, y, sizeof y);
}

static void write_public(fake_key *key, uint32_t flipped) {
  const struct kind *kind = &kinds[key->kind];
  uint32_t attributes = (COMMON | (kind->restricted ? VERIFY_RESTRICTED : 0u)) ^ flipped;
  writer w = writer_to(&key->public_area);
  writer_number(&w, kind->rsa ? VERIFY_ALG_RSA : VERIFY_ALG_ECC, 2);
  writer_number(&w, OMADM_TPM_SHA256, 2);
  writer_number(&w, attributes, 4);
  writer_sized(&w, NULL, 0); /* policy */
  writer_number(&w, VERIFY_ALG_NULL, 2); /* symmetric */
  writer_number(&w, kind->scheme, 2);
  writer_number(&w, kind->hash, 2);
  if (kind->rsa) {
    writer_number(&w, 2048, 2);
    writer_number(&w, 0, 4); /* the default exponent */
  } else {
    writer_number(&w, VERIFY_CURVE_P256, 2);
    writer_number(&w, VERIFY_ALG_NULL, 2); /* KDF */
  }
  write_unique(&w, key->pair, kind->rsa);
  fake_must(!w.failed);
  key->public_area.len = (uint32_t)w.len;
}

/* alg || H(parent's qualified name || name) (part 1, 16); the parent's is the seed's number. */
static void write_names(const fake_tpm *tpm, fake_key *key) {
  omadm_str area = {(const char *)key->public_area.octets, key->public_area.len};
  uint8_t path[sizeof tpm->seed + sizeof key->name.octets];
  uint8_t *qualified = key->qualified_name.octets;
  fake_must(omadm_tpm_name(area, &key->name, NULL) == OMADM_OK);
  memcpy(path, &tpm->seed, sizeof tpm->seed);
  memcpy(path + sizeof tpm->seed, key->name.octets, key->name.len);
  memcpy(qualified, key->name.octets, 2);
  omadm_str octets = {(const char *)path, sizeof tpm->seed + key->name.len};
  fake_must(verify_digest(OMADM_TPM_SHA256, octets, qualified + 2, NULL) == OMADM_OK);
  key->qualified_name.len = key->name.len;
}

/* The blob of the key at a place: the seed it hangs on, and the place. */
static void write_blob(const fake_tpm *tpm, size_t place, omadm_tpm_data *blob) {
  writer w = writer_to(blob);
  writer_number(&w, tpm->seed, 8);
  writer_number(&w, place, 4);
  writer_number(&w, tpm->keys[place].kind, 4);
  blob->len = (uint32_t)w.len;
}

static omadm_tpm_status find_by_blob(const fake_tpm *tpm, omadm_tpm_key_kind kind, omadm_str blob,
                                     size_t *place) {
  reader r = reader_of(blob);
  uint64_t seed = reader_u64(&r);
  *place = reader_u32(&r);
  uint32_t made_as = reader_u32(&r);
  if (!reader_done(&r) || seed != tpm->seed || *place >= tpm->n_keys) return OMADM_TPM_INTEGRITY;
  return made_as == kind && tpm->keys[*place].kind == kind ? OMADM_TPM_OK : OMADM_TPM_INTEGRITY;
}

omadm_tpm_status fake_key_open(fake_tpm *tpm, omadm_tpm_key_kind kind, omadm_str blob,
                               omadm_tpm_key *opened) {
  size_t place = tpm->n_keys;
  if (kind < OMADM_TPM_AK_RSA_SHA256 || (size_t)kind >= N_KINDS) return OMADM_TPM_ARGUMENT;
  if (blob.len > 0) {
    omadm_tpm_status status = find_by_blob(tpm, kind, blob, &place);
    if (status != OMADM_TPM_OK) return status;
  } else {
    if (place == FAKE_KEYS) return OMADM_TPM_RESOURCE;
    fake_key *key = &tpm->keys[place];
    *key = (fake_key){.kind = kind, .pair = fake_pair_new(kinds[kind].rsa)};
    write_public(key, tpm->knobs.attributes);
    write_names(tpm, key);
    tpm->n_keys++;
  }
  fake_key *key = &tpm->keys[place];
  key->open++;
  opened->handle = place + 1;
  opened->public_area = key->public_area;
  opened->name = key->name;
  opened->qualified_name = key->qualified_name;
  write_blob(tpm, place, &opened->blob);
  return OMADM_TPM_OK;
}

void fake_keys_forget(fake_tpm *tpm) {
  for (size_t i = 0; i < tpm->n_keys; i++) {
    EVP_PKEY_free(tpm->keys[i].pair);
    EVP_PKEY_free(tpm->keys[i].stranger);
  }
  memset(tpm->keys, 0, sizeof tpm->keys);
  tpm->n_keys = 0;
}

static void write_ecdsa(writer *w, const unsigned char *der, size_t n) {
  ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)n);
  uint8_t number[VERIFY_P256];
  fake_must(pair != NULL);
  fake_must(BN_bn2binpad(ECDSA_SIG_get0_r(pair), number, sizeof number) == sizeof number);
  writer_sized(w, number, sizeof number);
  fake_must(BN_bn2binpad(ECDSA_SIG_get0_s(pair), number, sizeof number) == sizeof number);
  writer_sized(w, number, sizeof number);
  ECDSA_SIG_free(pair);
}

static void sign_with(EVP_PKEY *pair, const struct kind *kind, const uint8_t *digest,
                      omadm_tpm_data *signature) {
  uint8_t value[512];
  size_t n = sizeof value;
  writer w = writer_to(signature);
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pair, NULL);
  fake_must(context != NULL && EVP_PKEY_sign_init(context) == 1);
  fake_must(EVP_PKEY_CTX_set_signature_md(context, omadm_tpm_md(kind->hash)) == 1);
  if (kind->scheme == VERIFY_ALG_RSAPSS) /* with the salt that current TPMs take */
    fake_must(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
  fake_must(EVP_PKEY_sign(context, value, &n, digest, omadm_tpm_digest_size(kind->hash)) == 1);
  EVP_PKEY_CTX_free(context);
  writer_number(&w, kind->scheme, 2);
  writer_number(&w, kind->hash, 2);
  if (kind->rsa)
    writer_sized(&w, value, n);
  else
    write_ecdsa(&w, value, n);
  fake_must(!w.failed);
  signature->len = (uint32_t)w.len;
}

void fake_key_sign(fake_tpm *tpm, fake_key *key, omadm_str octets, omadm_tpm_data *signature) {
  const struct kind *kind = &kinds[key->kind];
  uint8_t digest[64];
  if (tpm->knobs.stranger && key->stranger == NULL) key->stranger = fake_pair_new(kind->rsa);
  fake_must(verify_digest(kind->hash, octets, digest, NULL) == OMADM_OK);
  sign_with(tpm->knobs.stranger ? key->stranger : key->pair, kind, digest, signature);
}

omadm_tpm_status fake_key_sign_digest(fake_key *key, uint16_t hash, omadm_str digest,
                                      omadm_tpm_data *signature) {
  const struct kind *kind = &kinds[key->kind];
  /* A restricted key would need a ticket that the TPM itself hashed (part 1, 27.3). */
  if (kind->restricted || hash != kind->hash || digest.len != omadm_tpm_digest_size(hash))
    return OMADM_TPM_ARGUMENT;
  sign_with(key->pair, kind, (const uint8_t *)digest.ptr, signature);
  return OMADM_TPM_OK;
}
