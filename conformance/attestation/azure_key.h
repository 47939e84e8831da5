/* SPDX-License-Identifier: MIT */
/* RSA keys as JSON Web Keys (RFC 7517), and their signatures (RFC 7518 3.3, 3.5). */
#ifndef CONFORMANCE_ATTESTATION_AZURE_KEY_H
#define CONFORMANCE_ATTESTATION_AZURE_KEY_H

#include <omadm/error.h>

#include <jansson.h>
#include <openssl/evp.h>

#include <stdbool.h>

/* A public key of 2048 to 4096 bits. SYNTAX: kty is not RSA, a number is malformed or of a size
 * that no such key has. Owned by the caller, free with EVP_PKEY_free. */
omadm_err azure_key_read(const json_t *jwk, EVP_PKEY **key, omadm_error *error);
/* {kty, n, e}. NULL: no memory, or no RSA key. Owned by the caller. */
json_t *azure_key_write(const EVP_PKEY *key);
/* Modulus and exponent, big-endian, without leading zeros; appended. */
omadm_err azure_key_numbers(const EVP_PKEY *key, omadm_buf *n, omadm_buf *e);
/* RSASSA-PSS, SHA-256, salt as long as the digest. */
bool azure_key_verifies_ps256(EVP_PKEY *key, omadm_str text, omadm_str signature);
/* RSASSA-PKCS1-v1_5, SHA-256; appended. */
omadm_err azure_key_sign_rs256(EVP_PKEY *key, omadm_str text, omadm_buf *signature);

/* {kty, n, e} of a JWK that azure_key_read took, without whatever else stands in it: what the
 * service signs is what it has looked at. Owned by the caller; NULL without memory. */
json_t *azure_key_plain(const json_t *jwk);

#endif
