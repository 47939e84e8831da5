/* SPDX-License-Identifier: MIT */
/* Public areas: what a key is, its name, and whether it may attest (TPM 2.0 Library, part 2, 12.2).
 */
#include "tpm/verify/marshal.h"
#include "tpm/verify/verify.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/param_build.h>

/* Larger keys than RSA-4096 and P-521 are in no TPM. */
enum { MOST_BITS = 4096, MOST_COORDINATE = 66, MOST_POLICY = 64 };

bool verify_equal(omadm_str a, omadm_str b) {
  return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0);
}

omadm_err verify_digest(uint16_t alg, omadm_str octets, uint8_t *out, omadm_error *error) {
  if (EVP_Digest(octets.ptr, octets.len, out, NULL, omadm_tpm_md(alg), NULL) == 1) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_NOMEM, "OpenSSL cannot compute a digest");
}

/* TPMT_SYM_DEF_OBJECT: only what decrypts has one, and it is of no use here. */
static void skip_symmetric(reader *r) {
  if (reader_u16(r) != VERIFY_ALG_NULL) reader_span(r, 4);
}

/* TPMT_RSA_SCHEME and TPMT_ECC_SCHEME: what follows the algorithm. */
static void read_scheme(reader *r, omadm_tpm_public *key) {
  key->scheme = reader_u16(r);
  switch (key->scheme) {
  case VERIFY_ALG_NULL:
  case VERIFY_ALG_RSAES: return;
  case VERIFY_ALG_RSASSA:
  case VERIFY_ALG_RSAPSS:
  case VERIFY_ALG_OAEP:
  case VERIFY_ALG_ECDSA:
  case VERIFY_ALG_ECDH:
  case VERIFY_ALG_SM2:
  case VERIFY_ALG_ECSCHNORR:
  case VERIFY_ALG_ECMQV: key->scheme_hash = reader_u16(r); return;
  case VERIFY_ALG_ECDAA:
    key->scheme_hash = reader_u16(r);
    reader_u16(r); /* its commit counter */
    return;
  default: r->failed = true;
  }
}

static void read_rsa(reader *r, omadm_tpm_public *key) {
  key->bits = reader_u16(r);
  key->exponent = reader_u32(r);
  if (key->exponent == 0) key->exponent = 65537;
  if (key->bits > MOST_BITS || key->bits % 8 != 0) r->failed = true;
  key->modulus = reader_sized(r, MOST_BITS / 8);
  if (key->modulus.len != key->bits / 8 || key->modulus.len == 0 ||
      ((unsigned char)key->modulus.ptr[0] & 0x80) == 0)
    r->failed = true;
}

static void read_ecc(reader *r, omadm_tpm_public *key) {
  key->curve = reader_u16(r);
  if (reader_u16(r) != VERIFY_ALG_NULL) reader_u16(r); /* TPMT_KDF_SCHEME */
  key->x = reader_sized(r, MOST_COORDINATE);
  key->y = reader_sized(r, MOST_COORDINATE);
  if (key->x.len == 0 || key->y.len == 0) r->failed = true;
}

omadm_err omadm_tpm_public_parse(omadm_str tpmt_public, omadm_tpm_public *parsed,
                                 omadm_error *error) {
  reader r = reader_of(tpmt_public);
  omadm_tpm_public key = {0};
  key.type = reader_u16(&r);
  key.name_alg = reader_u16(&r);
  key.attributes = reader_u32(&r);
  key.policy = reader_sized(&r, MOST_POLICY);
  if (r.failed)
    return omadm_error_set(error, OMADM_E_SYNTAX, "the TPM key's public area is cut short");
  if (key.type != VERIFY_ALG_RSA && key.type != VERIFY_ALG_ECC)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the TPM key is of type 0x%04X, neither RSA nor ECC", key.type);
  if (omadm_tpm_md(key.name_alg) == NULL)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the TPM key's name algorithm 0x%04X is not known", key.name_alg);
  if ((key.attributes & VERIFY_RESERVED_ATTRIBUTES) != 0) r.failed = true;
  if (key.policy.len != 0 && key.policy.len != omadm_tpm_digest_size(key.name_alg)) r.failed = true;
  skip_symmetric(&r);
  read_scheme(&r, &key);
  (key.type == VERIFY_ALG_RSA ? read_rsa : read_ecc)(&r, &key);
  if (!reader_done(&r))
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "the TPM key's public area (%zu octets) is not a well-formed %s key",
                           tpmt_public.len, key.type == VERIFY_ALG_RSA ? "RSA" : "ECC");
  *parsed = key;
  return OMADM_OK;
}

omadm_err omadm_tpm_name(omadm_str tpmt_public, omadm_tpm_digest *name, omadm_error *error) {
  omadm_tpm_public key;
  omadm_err err = omadm_tpm_public_parse(tpmt_public, &key, error);
  if (err != 0) return err;
  omadm_tpm_digest made = {.octets = {(uint8_t)(key.name_alg >> 8), (uint8_t)key.name_alg}};
  err = verify_digest(key.name_alg, tpmt_public, made.octets + 2, error);
  if (err != 0) return err;
  made.len = 2 + (uint32_t)omadm_tpm_digest_size(key.name_alg);
  *name = made;
  return OMADM_OK;
}

static const struct {
  uint32_t attribute;
  bool wanted;
  const char *refusal;
} attestation_attributes[] = {
    {VERIFY_RESTRICTED, true, "is not restricted, so it would sign anything it is given"},
    {VERIFY_SIGN, true, "may not sign"},
    {VERIFY_DECRYPT, false, "may decrypt, as no attestation key may"},
    {VERIFY_FIXED_TPM, true, "may leave its TPM (fixedTPM is not set)"},
    {VERIFY_FIXED_PARENT, true, "may change its parent (fixedParent is not set)"},
    {VERIFY_SENSITIVE_DATA_ORIGIN, true, "was not made by the TPM (sensitiveDataOrigin)"},
};

static omadm_err check_kind(const omadm_tpm_public *key, int allow_sha1, omadm_error *error) {
  bool rsa = key->type == VERIFY_ALG_RSA && key->bits == 2048 && key->exponent == 65537 &&
             (key->scheme == VERIFY_ALG_RSASSA || key->scheme == VERIFY_ALG_RSAPSS);
  bool ecc = key->type == VERIFY_ALG_ECC && key->curve == VERIFY_CURVE_P256 &&
             key->scheme == VERIFY_ALG_ECDSA;
  if (!rsa && !ecc)
    return omadm_error_set(
        error, OMADM_E_REFUSED,
        "the attestation key is neither RSA-2048 with RSASSA or RSAPSS, nor P-256 with ECDSA");
  if (key->scheme_hash == OMADM_TPM_SHA256) return OMADM_OK;
  if (key->scheme_hash != OMADM_TPM_SHA1)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the attestation key signs with hash 0x%04X, not with SHA-256",
                           key->scheme_hash);
  if (allow_sha1) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED,
                         "the attestation key signs with SHA-1, which is not allowed here");
}

omadm_err omadm_ak_check(omadm_str tpmt_public, int allow_sha1, omadm_error *error) {
  omadm_tpm_public key;
  omadm_err err = omadm_tpm_public_parse(tpmt_public, &key, error);
  if (err != 0) return err;
  for (size_t i = 0; i < sizeof attestation_attributes / sizeof attestation_attributes[0]; i++) {
    bool set = (key.attributes & attestation_attributes[i].attribute) != 0;
    if (set != attestation_attributes[i].wanted)
      return omadm_error_set(error, OMADM_E_REFUSED, "the attestation key %s",
                             attestation_attributes[i].refusal);
  }
  return check_kind(&key, allow_sha1, error);
}

static bool push_rsa(OSSL_PARAM_BLD *build, const omadm_tpm_public *key, BIGNUM *modulus) {
  return BN_bin2bn((const unsigned char *)key->modulus.ptr, (int)key->modulus.len, modulus) !=
             NULL &&
         OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) &&
         OSSL_PARAM_BLD_push_uint(build, OSSL_PKEY_PARAM_RSA_E, key->exponent);
}

/* The uncompressed point; TPMs may leave leading zero octets of a coordinate away. */
static bool push_p256(OSSL_PARAM_BLD *build, const omadm_tpm_public *key, uint8_t *point) {
  if (key->x.len > VERIFY_P256 || key->y.len > VERIFY_P256) return false;
  point[0] = 0x04;
  memcpy(point + 1 + VERIFY_P256 - key->x.len, key->x.ptr, key->x.len);
  memcpy(point + 1 + 2 * VERIFY_P256 - key->y.len, key->y.ptr, key->y.len);
  return OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
         OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point,
                                          1 + 2 * VERIFY_P256);
}

EVP_PKEY *verify_key_new(const omadm_tpm_public *key, omadm_error *error) {
  bool rsa = key->type == VERIFY_ALG_RSA;
  uint8_t point[1 + 2 * VERIFY_P256] = {0};
  BIGNUM *modulus = BN_new();
  OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
  EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, rsa ? "RSA" : "EC", NULL);
  OSSL_PARAM *params = NULL;
  EVP_PKEY *made = NULL;
  ERR_set_mark();
  if (modulus == NULL || build == NULL || context == NULL) goto out;
  if (!rsa && key->curve != VERIFY_CURVE_P256) goto out;
  if (!(rsa ? push_rsa(build, key, modulus) : push_p256(build, key, point))) goto out;
  params = OSSL_PARAM_BLD_to_param(build);
  if (params == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
      EVP_PKEY_fromdata(context, &made, EVP_PKEY_PUBLIC_KEY, params) != 1)
    made = NULL;
out:
  if (made == NULL)
    omadm_error_set(error, OMADM_E_REFUSED,
                    "the TPM key is neither an RSA key nor a point on the curve P-256");
  ERR_pop_to_mark();
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(build);
  EVP_PKEY_CTX_free(context);
  BN_free(modulus);
  return made;
}
