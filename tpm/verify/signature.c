/* SPDX-License-Identifier: MIT */
/* Signatures of a TPM: TPMT_SIGNATURE (TPM 2.0 Library, part 2, 11.3). */
#include "tpm/verify/marshal.h"
#include "tpm/verify/verify.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

enum { MOST_RSA = 512 };

/* Read; the spans are borrowed. */
typedef struct tpm_signature {
  uint16_t scheme, hash;
  omadm_str rsa;
  omadm_str r, s;
} tpm_signature;

static omadm_err parse(omadm_str octets, tpm_signature *sig, omadm_error *error) {
  reader r = reader_of(octets);
  sig->scheme = reader_u16(&r);
  sig->hash = reader_u16(&r);
  if (sig->scheme == VERIFY_ALG_RSASSA || sig->scheme == VERIFY_ALG_RSAPSS) {
    sig->rsa = reader_sized(&r, MOST_RSA);
  } else if (sig->scheme == VERIFY_ALG_ECDSA) {
    sig->r = reader_sized(&r, VERIFY_P256);
    sig->s = reader_sized(&r, VERIFY_P256);
  } else if (!r.failed) {
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the TPM's signature is of scheme 0x%04X: none of RSASSA, RSAPSS, ECDSA",
                           sig->scheme);
  }
  if (reader_done(&r)) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_SYNTAX, "the TPM's signature is not well formed");
}

static omadm_err check_scheme(const tpm_signature *sig, const omadm_tpm_public *key,
                              omadm_error *error) {
  bool rsa = sig->scheme != VERIFY_ALG_ECDSA;
  if (sig->scheme != key->scheme || sig->hash != key->scheme_hash ||
      rsa != (key->type == VERIFY_ALG_RSA))
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the signature is of scheme 0x%04X with hash 0x%04X, the key's are "
                           "0x%04X and 0x%04X",
                           sig->scheme, sig->hash, key->scheme, key->scheme_hash);
  if (omadm_tpm_md(sig->hash) == NULL)
    return omadm_error_set(error, OMADM_E_REFUSED, "the signature's hash 0x%04X is not known",
                           sig->hash);
  return OMADM_OK;
}

/* OpenSSL takes an ECDSA signature as DER. The size of it, or 0; *der is freed with OPENSSL_free.
 */
static size_t ecdsa_to_der(const tpm_signature *sig, unsigned char **der) {
  ECDSA_SIG *pair = ECDSA_SIG_new();
  BIGNUM *r = BN_bin2bn((const unsigned char *)sig->r.ptr, (int)sig->r.len, NULL);
  BIGNUM *s = BN_bin2bn((const unsigned char *)sig->s.ptr, (int)sig->s.len, NULL);
  int n = 0;
  if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s)) {
    r = s = NULL;
    n = i2d_ECDSA_SIG(pair, der);
  }
  BN_free(r);
  BN_free(s);
  ECDSA_SIG_free(pair);
  return n > 0 ? (size_t)n : 0;
}

static bool verify_with(EVP_PKEY *key, const tpm_signature *sig, omadm_str octets) {
  unsigned char *der = NULL;
  const unsigned char *value = (const unsigned char *)sig->rsa.ptr;
  size_t n = sig->rsa.len;
  EVP_PKEY_CTX *context = NULL; /* the digest context's own */
  EVP_MD_CTX *digest = EVP_MD_CTX_new();
  bool valid = false;
  if (sig->scheme == VERIFY_ALG_ECDSA) {
    n = ecdsa_to_der(sig, &der);
    value = der;
  }
  if (digest == NULL || n == 0) goto out;
  if (EVP_DigestVerifyInit(digest, &context, omadm_tpm_md(sig->hash), NULL, key) != 1) goto out;
  /* Part 1, B.7: the salt is as long as it can be, or as the digest; so its length is not told. */
  if (sig->scheme == VERIFY_ALG_RSAPSS &&
      (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_AUTO) != 1))
    goto out;
  valid = EVP_DigestVerify(digest, value, n, (const unsigned char *)octets.ptr, octets.len) == 1;
out:
  EVP_MD_CTX_free(digest);
  OPENSSL_free(der);
  return valid;
}

omadm_err omadm_attest_signed_by(omadm_str tpms_attest, omadm_str tpmt_signature,
                                 omadm_str ak_public, omadm_error *error) {
  omadm_tpm_public key;
  tpm_signature sig = {0};
  omadm_err err = omadm_tpm_public_parse(ak_public, &key, error);
  if (err == 0) err = parse(tpmt_signature, &sig, error);
  if (err == 0) err = check_scheme(&sig, &key, error);
  if (err != 0) return err;
  EVP_PKEY *pkey = verify_key_new(&key, error);
  if (pkey == NULL) return OMADM_E_REFUSED;
  ERR_set_mark();
  if (!verify_with(pkey, &sig, tpms_attest))
    err = omadm_error_set(error, OMADM_E_REFUSED,
                          "the signature over the attestation is not this key's");
  ERR_pop_to_mark();
  EVP_PKEY_free(pkey);
  return err;
}
