/* SPDX-License-Identifier: MIT */
/* Endorsement certificates: who made this TPM (TCG EK Credential Profile for TPM 2.0, 3.2). */
#include "tpm/verify/verify.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

/* LONGEST counts both ends; OpenSSL's depth counts neither. */
enum { LONGEST = 10, DEPTH = LONGEST - 2, MOST_INTERMEDIATES = 32, MOST_OCTETS = 16384 };

/* Weaker than 80 bits (MD5, SHA-1, RSA below 1,024) is no signature. */
enum { SECURITY_LEVEL = 1 };

/* tcg-kp-EKCertificate. */
static const char ek_usage[] = "2.23.133.8.1";

/* The certificate of exactly these octets; NULL where they are none. */
static X509 *read_der(omadm_str der) {
  const unsigned char *at = (const unsigned char *)der.ptr;
  X509 *made = der.len > 0 && der.len <= MOST_OCTETS ? d2i_X509(NULL, &at, (long)der.len) : NULL;
  if (made != NULL && (size_t)(at - (const unsigned char *)der.ptr) == der.len) return made;
  X509_free(made);
  return NULL;
}

static bool add_roots(X509_STORE *store, FILE *file, const char *roots, omadm_error *error) {
  X509 *root = NULL;
  size_t n = 0;
  ERR_set_mark();
  for (; (root = PEM_read_X509(file, NULL, NULL, NULL)) != NULL; n++) {
    int added = X509_STORE_add_cert(store, root);
    X509_free(root);
    if (!added) break;
  }
  bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_pop_to_mark();
  if (at_end && n > 0) return true;
  omadm_error_set(error, OMADM_E_SYNTAX,
                  n == 0 ? "%s holds no PEM certificate of a TPM maker"
                         : "%s: one of the PEM certificates of TPM makers is damaged",
                  roots);
  return false;
}

/* NULL, with a sentence, where there is none to trust. */
static X509_STORE *open_roots(const char *roots, omadm_error *error) {
  X509_STORE *store = X509_STORE_new();
  FILE *file = fopen(roots, "re");
  if (file == NULL)
    omadm_error_set(error, OMADM_E_IO, "%s, the certificates of TPM makers, cannot be read: %s",
                    roots, strerror(errno));
  bool filled = store != NULL && file != NULL && add_roots(store, file, roots, error);
  if (file != NULL) fclose(file);
  if (filled) return store;
  X509_STORE_free(store);
  return NULL;
}

/* NULL, with a sentence, where one of them is no certificate. */
static STACK_OF(X509) *
    read_intermediates(const omadm_str *intermediates, size_t n, omadm_error *error) {
  STACK_OF(X509) *stack = sk_X509_new_null();
  for (size_t i = 0; stack != NULL && i < n; i++) {
    X509 *one = n <= MOST_INTERMEDIATES ? read_der(intermediates[i]) : NULL;
    if (one != NULL && sk_X509_push(stack, one) > 0) continue;
    X509_free(one);
    omadm_error_set(error, OMADM_E_SYNTAX,
                    "intermediate certificate %zu of %zu of the endorsement certificate is not "
                    "one, or there are too many",
                    i + 1, n);
    sk_X509_pop_free(stack, X509_free);
    return NULL;
  }
  return stack;
}

/* The purposes that OpenSSL knows are of TLS and mail; this one is looked for by hand. A critical
 * subjectAltName with a directoryName, and an empty subject, are as the profile wants them. */
static omadm_err check_chain(X509 *leaf, STACK_OF(X509) * untrusted, X509_STORE *store,
                             omadm_error *error) {
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  omadm_err err = OMADM_E_NOMEM;
  if (context != NULL && X509_STORE_CTX_init(context, store, leaf, untrusted) == 1) {
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    /* Whatever is in the file is trusted, also where it is signed by something that is not. */
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_depth(param, DEPTH);
    X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
    err = X509_verify_cert(context) == 1 ? OMADM_OK : OMADM_E_REFUSED;
  }
  if (err != 0)
    omadm_error_set(
        error, err, "the endorsement certificate is not vouched for by a known TPM maker: %s",
        context != NULL ? X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)) : "?");
  X509_STORE_CTX_free(context);
  return err;
}

static omadm_err check_usage(const X509 *leaf, omadm_error *error) {
  EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(leaf, NID_ext_key_usage, NULL, NULL);
  ASN1_OBJECT *wanted = OBJ_txt2obj(ek_usage, 1);
  bool found = false;
  for (int i = 0; wanted != NULL && i < sk_ASN1_OBJECT_num(usages); i++)
    found |= OBJ_cmp(sk_ASN1_OBJECT_value(usages, i), wanted) == 0;
  ASN1_OBJECT_free(wanted);
  EXTENDED_KEY_USAGE_free(usages);
  if (found) return OMADM_OK;
  return omadm_error_set(error, OMADM_E_REFUSED,
                         "the certificate is not one of an endorsement key: it lacks the extended "
                         "key usage %s",
                         ek_usage);
}

static omadm_err take_key(const X509 *leaf, omadm_tpm_data *key, omadm_error *error) {
  EVP_PKEY *public_key = X509_get0_pubkey(leaf);
  unsigned char *at = key->octets;
  int n = public_key != NULL ? i2d_PUBKEY(public_key, NULL) : 0;
  if (n <= 0 || (size_t)n > sizeof key->octets)
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "the endorsement certificate's public key is of an unknown kind");
  i2d_PUBKEY(public_key, &at);
  key->len = (uint32_t)n;
  return OMADM_OK;
}

omadm_err omadm_ek_certificate_verify(omadm_str der, const omadm_str *intermediates, size_t n,
                                      const char *roots, omadm_tpm_data *key, omadm_error *error) {
  omadm_error refusal = {0};
  X509_STORE *store = NULL;
  STACK_OF(X509) *untrusted = NULL;
  ERR_set_mark();
  X509 *leaf = read_der(der);
  omadm_err err = leaf != NULL ? OMADM_OK
                               : omadm_error_set(&refusal, OMADM_E_SYNTAX,
                                                 "the endorsement certificate (%zu octets) is not "
                                                 "exactly one DER certificate",
                                                 der.len);
  if (err == 0) store = open_roots(roots, &refusal);
  if (store != NULL) untrusted = read_intermediates(intermediates, n, &refusal);
  if (err == 0 && untrusted == NULL)
    err = omadm_error_set(&refusal, OMADM_E_NOMEM, "there is no memory for certificates");
  if (untrusted != NULL) err = check_chain(leaf, untrusted, store, &refusal);
  if (err == 0) err = check_usage(leaf, &refusal);
  if (err == 0) err = take_key(leaf, key, &refusal);
  if (err != 0) err = omadm_error_set(error, refusal.code, "%s", refusal.text);
  sk_X509_pop_free(untrusted, X509_free);
  X509_STORE_free(store);
  X509_free(leaf);
  ERR_pop_to_mark();
  return err;
}
