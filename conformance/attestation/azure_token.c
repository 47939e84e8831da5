/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_token.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"
#include "conformance/attestation/azure_json.h"
#include "conformance/attestation/azure_key.h"

/* One certificate of the chain, top first. */
typedef struct chain_link {
  const char *name;
  const char *constraints;
  const char *usage;
} chain_link;

static const chain_link chain[AZURE_CHAIN] = {
    {"omadm attestation root", "critical,CA:TRUE", "critical,keyCertSign,cRLSign"},
    {"omadm attestation issuer", "critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign"},
    {"omadm attestation service", "critical,CA:FALSE", "critical,digitalSignature"},
};

static int extend(X509 *certificate, X509V3_CTX *ctx, int nid, const char *value) {
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
  int done = extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return done;
}

static int set_serial(X509 *certificate) {
  uint8_t octets[16];
  if (RAND_bytes(octets, sizeof octets) != 1) return 0;
  octets[0] = (uint8_t)((octets[0] & 0x3F) | 0x40); /* positive, and never zero */
  BIGNUM *number = BN_bin2bn(octets, sizeof octets, NULL);
  int done =
      number != NULL && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != NULL;
  BN_free(number);
  return done;
}

/* Number i of the chain, signed by the one above it (issuer NULL: by itself). */
static X509 *certify(size_t i, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key, int64_t now) {
  X509V3_CTX ctx;
  X509 *made = X509_new();
  if (made == NULL) return NULL;
  X509_NAME *subject = X509_get_subject_name(made);
  time_t start = (time_t)(now - 86400);
  time_t end = (time_t)(now + 3650 * (int64_t)86400);
  X509V3_set_ctx(&ctx, issuer != NULL ? issuer : made, made, NULL, NULL, 0);
  if (X509_set_version(made, 2) && set_serial(made) &&
      X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const uint8_t *)chain[i].name, -1,
                                 -1, 0) &&
      X509_set_issuer_name(made, issuer != NULL ? X509_get_subject_name(issuer) : subject) &&
      ASN1_TIME_set(X509_getm_notBefore(made), start) != NULL &&
      ASN1_TIME_set(X509_getm_notAfter(made), end) != NULL && X509_set_pubkey(made, key) &&
      extend(made, &ctx, NID_basic_constraints, chain[i].constraints) &&
      extend(made, &ctx, NID_key_usage, chain[i].usage) &&
      extend(made, &ctx, NID_subject_key_identifier, "hash") &&
      extend(made, &ctx, NID_authority_key_identifier, "keyid:always") &&
      X509_sign(made, issuer_key, EVP_sha256()) > 0)
    return made;
  X509_free(made);
  return NULL;
}

/* base64url of the SHA-1 of the certificate: an identifier, no proof. */
static omadm_err name_key(azure_signer *self, omadm_str der) {
  uint8_t hash[20];
  omadm_buf text = {0};
  omadm_buf_init(&text, &omadm_mem_default, sizeof self->kid - 1);
  if (EVP_Q_digest(NULL, "SHA1", NULL, der.ptr, der.len, hash, NULL) != 1) return OMADM_E_NOMEM;
  omadm_err err = omadm_base64url_encode((omadm_str){(char *)hash, sizeof hash}, &text);
  if (err == 0) memcpy(self->kid, text.ptr, text.len);
  omadm_buf_dispose(&text);
  return err;
}

/* Puts the certificate in front of the chain. */
static omadm_err show(azure_signer *self, const X509 *certificate, bool is_signer) {
  uint8_t *der = NULL;
  omadm_buf text = {0};
  omadm_buf_init(&text, &omadm_mem_default, 0);
  int len = i2d_X509(certificate, &der);
  if (len <= 0) return OMADM_E_NOMEM;
  omadm_str octets = {(char *)der, (size_t)len};
  omadm_err err = omadm_base64_encode(octets, &text);
  if (err == 0 && json_array_insert_new(self->x5c, 0, json_stringn(text.ptr, text.len)) != 0)
    err = OMADM_E_NOMEM;
  if (err == 0 && is_signer) err = name_key(self, octets);
  omadm_buf_dispose(&text);
  OPENSSL_free(der);
  return err;
}

omadm_err azure_signer_init(azure_signer *self, int64_t now, omadm_error *error) {
  omadm_err err = OMADM_OK;
  EVP_PKEY *keys[AZURE_CHAIN] = {NULL};
  X509 *made[AZURE_CHAIN] = {NULL};
  memset(self, 0, sizeof *self);
  self->x5c = json_array();
  for (size_t i = 0; err == 0 && i < AZURE_CHAIN; i++) {
    keys[i] = i + 1 < AZURE_CHAIN ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
    size_t above = i > 0 ? i - 1 : 0;
    if (keys[i] != NULL)
      made[i] = certify(i, keys[i], i > 0 ? made[above] : NULL, keys[above], now);
    err = made[i] != NULL && self->x5c != NULL ? show(self, made[i], i + 1 == AZURE_CHAIN)
                                               : OMADM_E_NOMEM;
  }
  self->key = keys[AZURE_CHAIN - 1];
  for (size_t i = 0; i < AZURE_CHAIN; i++) {
    if (i + 1 < AZURE_CHAIN) EVP_PKEY_free(keys[i]);
    X509_free(made[i]);
  }
  if (err != 0) azure_signer_dispose(self);
  return err == 0 ? OMADM_OK
                  : omadm_error_set(error, err, "the service's signing key could not be made");
}

void azure_signer_dispose(azure_signer *self) {
  EVP_PKEY_free(self->key);
  json_decref(self->x5c);
  memset(self, 0, sizeof *self);
}

static omadm_err part_add(omadm_buf *token, const json_t *part) {
  char *text = part != NULL ? json_dumps(part, JSON_COMPACT) : NULL;
  if (text == NULL) return OMADM_E_NOMEM;
  omadm_err err = omadm_base64url_encode(omadm_str_of(text), token);
  free(text);
  return err;
}

omadm_err azure_token_write(const azure_signer *self, const json_t *claims, omadm_buf *token) {
  size_t start = token->len;
  omadm_buf signature = {0};
  omadm_buf_init(&signature, &omadm_mem_default, 0);
  json_t *header = json_pack("{s:s, s:s, s:O, s:s}", "typ", "JWT", "alg", "RS256", "x5c", self->x5c,
                             "kid", self->kid);
  omadm_err err = part_add(token, header);
  if (err == 0) err = omadm_buf_add_text(token, ".");
  if (err == 0) err = part_add(token, claims);
  if (err == 0)
    err = azure_key_sign_rs256(self->key, (omadm_str){token->ptr + start, token->len - start},
                               &signature);
  if (err == 0) err = omadm_buf_add_text(token, ".");
  if (err == 0) err = omadm_base64url_encode(omadm_buf_str(&signature), token);
  json_decref(header);
  omadm_buf_dispose(&signature);
  return err;
}

json_t *azure_signer_keys(const azure_signer *self) {
  json_t *key = azure_key_write(self->key);
  if (key == NULL ||
      json_object_update_new(key, json_pack("{s:s, s:s, s:s, s:O}", "use", "sig", "alg", "RS256",
                                            "kid", self->kid, "x5c", self->x5c)) != 0) {
    json_decref(key);
    return NULL;
  }
  return json_pack("{s:[o]}", "keys", key);
}
