/* SPDX-License-Identifier: MIT */
#include "conformance/server/token_chain.h"

#include <string.h>

#include <openssl/x509.h>

#include "base/codec.h"
#include "base/str.h"

#define CERTIFICATES_MAX 10

/* RFC 7515 4.1.6: each member is plain base64 of a DER certificate. */
static X509 *read_certificate(const json_t *member) {
  omadm_buf der;
  X509 *certificate = NULL;
  omadm_buf_init(&der, NULL, 65536);
  omadm_str text = {json_string_value(member), json_string_length(member)};
  if (json_is_string(member) && omadm_base64_decode(text, &der) == OMADM_OK) {
    const unsigned char *at = (const unsigned char *)der.ptr;
    certificate = d2i_X509(NULL, &at, (long)der.len);
    if (certificate != NULL && at != (const unsigned char *)der.ptr + der.len) {
      X509_free(certificate);
      certificate = NULL;
    }
  }
  omadm_buf_dispose(&der);
  return certificate;
}

/* The certificates behind the first; NULL: one cannot be read, or they are too many. */
static STACK_OF(X509) * read_rest(const json_t *x5c) {
  STACK_OF(X509) *rest = sk_X509_new_null();
  if (json_array_size(x5c) > CERTIFICATES_MAX) goto failed;
  for (size_t i = 1; rest != NULL && i < json_array_size(x5c); i++) {
    X509 *certificate = read_certificate(json_array_get(x5c, i));
    if (certificate == NULL || sk_X509_push(rest, certificate) <= 0) {
      X509_free(certificate);
      goto failed;
    }
  }
  return rest;
failed:
  sk_X509_pop_free(rest, X509_free);
  return NULL;
}

static omadm_err check(X509 *leaf, X509 *root, STACK_OF(X509) * between, omadm_error *error) {
  omadm_err err = OMADM_E_NOMEM;
  X509_STORE *store = X509_STORE_new();
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  if (store == NULL || context == NULL || X509_STORE_add_cert(store, root) != 1 ||
      X509_STORE_CTX_init(context, store, leaf, between) != 1)
    goto out;
  X509_STORE_CTX_set_flags(context, X509_V_FLAG_PARTIAL_CHAIN);
  err = OMADM_OK;
  if (X509_verify_cert(context) != 1)
    err = omadm_error_set(error, OMADM_E_REFUSED,
                          "x5c does not lead to the service's certificate: %s",
                          X509_verify_cert_error_string(X509_STORE_CTX_get_error(context)));
out:
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return err;
}

omadm_err token_chain_verify(const json_t *x5c, const json_t *published, EVP_PKEY **key,
                             omadm_error *error) {
  size_t n = json_array_size(published);
  omadm_err err = OMADM_OK;
  X509 *leaf = NULL;
  X509 *root = NULL;
  STACK_OF(X509) *between = NULL;
  *key = NULL;
  if (n == 0 || !json_equal(json_array_get(x5c, 0), json_array_get(published, 0)))
    return omadm_error_set(error, OMADM_E_REFUSED,
                           "x5c does not begin with the certificate that the service publishes");
  leaf = read_certificate(json_array_get(x5c, 0));
  root = read_certificate(json_array_get(published, n - 1));
  between = read_rest(x5c);
  if (leaf == NULL || root == NULL || between == NULL) {
    err = omadm_error_set(error, OMADM_E_SYNTAX, "x5c holds what is no certificate");
    goto out;
  }
  err = check(leaf, root, between, error);
  if (err == OMADM_OK && (*key = X509_get_pubkey(leaf)) == NULL)
    err = omadm_error_set(error, OMADM_E_SYNTAX, "the certificate's key cannot be read");
out:
  sk_X509_pop_free(between, X509_free);
  X509_free(root);
  X509_free(leaf);
  return err;
}
