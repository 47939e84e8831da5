/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_binding.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/attestation/azure_json.h"
#include "conformance/attestation/azure_key.h"

enum { OTHER_KEYS = 2 };

typedef struct hash {
  const char *name;
  const char *openssl;
} hash;

static const hash hashes[] = {{"sha-256", "SHA256"}, {"sha-384", "SHA384"}, {"sha-512", "SHA512"}};

/* What info says of a key in that way; NULL unless it says nothing else. */
static const json_t *said(const json_t *keyed, const char *way) {
  const json_t *info = json_object_get(keyed, "info");
  const json_t *of_key = json_object_get(info, way);
  return json_object_size(info) == 1 && json_is_object(of_key) ? of_key : NULL;
}

static omadm_err digest_key(const azure_request *request, const char *name, azure_bound *bound) {
  EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
  EVP_MD_CTX *ctx = EVP_MD_CTX_new();
  unsigned len = 0;
  bool done = md != NULL && ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
              EVP_DigestUpdate(ctx, request->key_text.ptr, request->key_text.len) == 1 &&
              EVP_DigestUpdate(ctx, "", 1) == 1 &&
              EVP_DigestUpdate(ctx, request->challenge.ptr, request->challenge.len) == 1 &&
              EVP_DigestFinal_ex(ctx, bound->nonce, &len) == 1;
  bound->nonce_len = len;
  EVP_MD_CTX_free(ctx);
  EVP_MD_free(md);
  return done ? OMADM_OK : OMADM_E_NOMEM;
}

static omadm_err read_quoted(const azure_request *request, azure_bound *bound, omadm_error *error) {
  omadm_str name = azure_json_text(bound->quoted, "hash_alg");
  for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
    if (omadm_str_is(name, hashes[i].name)) return digest_key(request, hashes[i].openssl, bound);
  }
  return omadm_error_set(error, OMADM_E_SYNTAX,
                         "tpm_quote.hash_alg is none of sha-256, sha-384 and sha-512");
}

omadm_err azure_binding_read(const azure_request *request, azure_bound *bound, omadm_error *error) {
  const json_t *keyed = json_object_get(request->data, "request_key");
  *bound = (azure_bound){.quoted = said(keyed, "tpm_quote")};
  if (bound->quoted != NULL) return read_quoted(request, bound, error);
  if (said(keyed, "tpm_certify") == NULL)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "request_key.info does not say one of tpm_quote and tpm_certify");
  if (request->challenge.len > sizeof bound->nonce) return OMADM_E_LIMIT;
  memcpy(bound->nonce, request->challenge.ptr, request->challenge.len);
  bound->nonce_len = request->challenge.len;
  return OMADM_OK;
}

/* The JWK is the key that was certified. */
static omadm_err same_key(const json_t *jwk, const omadm_tpm_public *subject, omadm_error *error) {
  EVP_PKEY *key = NULL;
  omadm_buf n = {0}, e = {0};
  uint32_t exponent = 0;
  omadm_buf_init(&n, &omadm_mem_default, 0);
  omadm_buf_init(&e, &omadm_mem_default, 0);
  omadm_err err = azure_key_read(jwk, &key, error);
  if (err == 0) err = azure_key_numbers(key, &n, &e);
  for (size_t i = 0; i < e.len; i++)
    exponent = exponent << 8 | (uint8_t)e.ptr[i];
  if (err == 0 && (subject->type != 0x0001 || exponent != subject->exponent ||
                   !omadm_str_equal(omadm_buf_str(&n), subject->modulus)))
    err = omadm_error_set(error, OMADM_E_REFUSED, "tpm_certify is about another key than its jwk");
  EVP_PKEY_free(key);
  omadm_buf_dispose(&n);
  omadm_buf_dispose(&e);
  return err;
}

/* What a policy may know of a certified key: {name_alg, obj_attr, auth_policy}. */
static json_t *describe(const json_t *jwk, const omadm_tpm_public *subject) {
  json_t *facts = json_pack("{s:i, s:I}", "name_alg", (int)subject->name_alg, "obj_attr",
                            (json_int_t)subject->attributes);
  if (facts == NULL || azure_json_set_octets(facts, "auth_policy", subject->policy) != 0) {
    json_decref(facts);
    return NULL;
  }
  return json_pack("{s:o, s:{s:o}}", "jwk", azure_key_plain(jwk), "info", "tpm_certify", facts);
}

/* One {jwk, info.tpm_certify}. *made gets its description. */
static omadm_err verify_certified(const json_t *keyed, omadm_str challenge,
                                  const omadm_tpm_data *ak, json_t **made, omadm_error *error) {
  const json_t *jwk = json_object_get(keyed, "jwk");
  const json_t *from = said(keyed, "tpm_certify");
  omadm_tpm_public subject = {0};
  omadm_buf area = {0}, certification = {0}, signature = {0};
  omadm_buf_init(&area, &omadm_mem_default, 4096);
  omadm_buf_init(&certification, &omadm_mem_default, 4096);
  omadm_buf_init(&signature, &omadm_mem_default, 4096);
  omadm_err err = azure_json_octets(from, "public", &area);
  if (err == 0) err = azure_json_octets(from, "certification", &certification);
  if (err == 0) err = azure_json_octets(from, "signature", &signature);
  if (err != 0)
    err = omadm_error_set(error, OMADM_E_SYNTAX,
                          "tpm_certify has not public, certification and signature as base64url");
  if (err == 0)
    err = omadm_certify_verify(omadm_buf_str(&certification), omadm_buf_str(&signature),
                               (omadm_str){(const char *)ak->octets, ak->len}, omadm_buf_str(&area),
                               challenge, error);
  if (err == 0) err = omadm_tpm_public_parse(omadm_buf_str(&area), &subject, error);
  if (err == 0) err = same_key(jwk, &subject, error);
  if (err == 0 && (*made = describe(jwk, &subject)) == NULL) err = OMADM_E_NOMEM;
  omadm_buf_dispose(&area);
  omadm_buf_dispose(&certification);
  omadm_buf_dispose(&signature);
  return err;
}

static omadm_err verify_others(const azure_request *request, const omadm_tpm_data *ak,
                               azure_evidence *evidence, omadm_error *error) {
  const json_t *others = json_object_get(request->data, "other_keys");
  omadm_err err = OMADM_OK;
  if (others == NULL) return OMADM_OK;
  if (json_array_size(others) > OTHER_KEYS)
    return omadm_error_set(error, OMADM_E_SYNTAX, "other_keys has more than %d keys", OTHER_KEYS);
  evidence->other_keys = json_array();
  for (size_t i = 0; err == 0 && i < json_array_size(others); i++) {
    json_t *made = NULL;
    err = verify_certified(json_array_get(others, i), omadm_buf_str(&request->challenge), ak, &made,
                           error);
    if (err == 0 && json_array_append_new(evidence->other_keys, made) != 0) err = OMADM_E_NOMEM;
  }
  return err;
}

omadm_err azure_binding_verify(const azure_request *request, const azure_bound *bound,
                               const omadm_tpm_data *ak, azure_evidence *evidence,
                               omadm_error *error) {
  const json_t *keyed = json_object_get(request->data, "request_key");
  omadm_err err = OMADM_OK;
  if (bound->quoted != NULL)
    evidence->request_key =
        json_pack("{s:o, s:{s:{s:O}}}", "jwk", azure_key_plain(request->key), "info", "tpm_quote",
                  "hash_alg", json_object_get(bound->quoted, "hash_alg"));
  else
    err = verify_certified(keyed, omadm_buf_str(&request->challenge), ak, &evidence->request_key,
                           error);
  if (err == 0 && evidence->request_key == NULL) err = OMADM_E_NOMEM;
  return err != 0 ? err : verify_others(request, ak, evidence, error);
}
