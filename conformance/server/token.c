/* SPDX-License-Identifier: MIT */
#include "conformance/server/token.h"

#include <string.h>

#include <jansson.h>
#include <openssl/evp.h>

#include "base/codec.h"
#include "base/str.h"

#include "conformance/server/policy.h"
#include "conformance/server/token_chain.h"

#define CLOCK_SKEW 60 /* seconds that two clocks may differ */

/* The three parts of a JWS in compact form (RFC 7515 7.1). */
typedef struct parts {
  omadm_str signing_input; /* header and payload, with the dot between */
  json_t *header, *payload;
  omadm_buf signature;
} parts;

static void dispose(parts *it) {
  json_decref(it->header);
  json_decref(it->payload);
  omadm_buf_dispose(&it->signature);
}

static json_t *read_json(omadm_str base64url) {
  omadm_buf text;
  json_t *json = NULL;
  omadm_buf_init(&text, NULL, 0);
  if (omadm_base64url_decode(base64url, &text) == OMADM_OK)
    json = json_loadb(text.ptr == NULL ? "" : text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
  omadm_buf_dispose(&text);
  return json;
}

static omadm_err split(omadm_str token, parts *it, omadm_error *error) {
  *it = (parts){.header = NULL};
  omadm_buf_init(&it->signature, NULL, 0);
  const char *first = token.len > 0 ? memchr(token.ptr, '.', token.len) : NULL;
  const char *end = token.ptr + token.len;
  const char *second = first == NULL ? NULL : memchr(first + 1, '.', (size_t)(end - first - 1));
  if (second == NULL)
    return omadm_error_set(error, OMADM_E_SYNTAX, "what the device gave is no JWT");
  omadm_str signature = {second + 1, (size_t)(end - second - 1)};
  it->signing_input = (omadm_str){token.ptr, (size_t)(second - token.ptr)};
  it->header = read_json((omadm_str){token.ptr, (size_t)(first - token.ptr)});
  it->payload = read_json((omadm_str){first + 1, (size_t)(second - first - 1)});
  if (!json_is_object(it->header) || !json_is_object(it->payload) ||
      omadm_base64url_decode(signature, &it->signature) != OMADM_OK)
    return omadm_error_set(error, OMADM_E_SYNTAX,
                           "what the device gave is no JWT: a part is not base64url of JSON");
  return OMADM_OK;
}

static bool text_is(const json_t *object, const char *name, omadm_str expected) {
  const json_t *member = json_object_get(object, name);
  return json_is_string(member) &&
         omadm_str_equal((omadm_str){json_string_value(member), json_string_length(member)},
                         expected);
}

/* The published x5c of the key that the header names. */
static const json_t *find_published(const json_t *keys, const json_t *header) {
  const json_t *kid = json_object_get(header, "kid");
  const json_t *list = json_object_get(keys, "keys");
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *key = json_array_get(list, i);
    if (kid == NULL || json_equal(json_object_get(key, "kid"), kid))
      return json_object_get(key, "x5c");
  }
  return NULL;
}

static omadm_err check_signature(const parts *it, const token_expect *expect, omadm_error *error) {
  EVP_PKEY *key = NULL;
  EVP_MD_CTX *context = NULL;
  omadm_err err = OMADM_OK;
  json_t *keys = json_loadb(expect->keys.ptr == NULL ? "" : expect->keys.ptr, expect->keys.len,
                            JSON_REJECT_DUPLICATES, NULL);
  const json_t *published = find_published(keys, it->header);
  if (!text_is(it->header, "alg", omadm_str_of("RS256"))) {
    err = omadm_error_set(error, OMADM_E_REFUSED, "the token's alg is not RS256");
  } else if (published == NULL) {
    err = omadm_error_set(error, OMADM_E_REFUSED,
                          "the service does not publish the key that the token names");
  } else {
    err = token_chain_verify(json_object_get(it->header, "x5c"), published, &key, error);
  }
  if (err != OMADM_OK) goto out;
  context = EVP_MD_CTX_new();
  if (EVP_PKEY_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_bits(key) < 2048 || context == NULL ||
      EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
      EVP_DigestVerify(context, (const unsigned char *)it->signature.ptr, it->signature.len,
                       (const unsigned char *)it->signing_input.ptr, it->signing_input.len) != 1)
    err = omadm_error_set(error, OMADM_E_REFUSED, "the token's signature is not the service's");
out:
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  json_decref(keys);
  return err;
}

static omadm_err check_nonce(const parts *it, const char *nonce, omadm_error *error) {
  omadm_buf octets, text;
  omadm_buf_init(&octets, NULL, 0);
  omadm_buf_init(&text, NULL, 0);
  omadm_err err = omadm_hex_decode(omadm_str_of(nonce), &octets);
  if (err == OMADM_OK) err = omadm_base64url_encode(omadm_buf_str(&octets), &text);
  if (err == OMADM_OK && (!text_is(it->payload, "nonce", omadm_buf_str(&text)) ||
                          !text_is(it->payload, "rp_data", omadm_buf_str(&text))))
    err = omadm_error_set(error, OMADM_E_REFUSED, "the token does not answer to our nonce");
  omadm_buf_dispose(&text);
  omadm_buf_dispose(&octets);
  return err;
}

static omadm_err check_claims(const parts *it, const token_expect *expect, omadm_error *error) {
  const json_t *from = json_object_get(it->payload, "nbf");
  const json_t *until = json_object_get(it->payload, "exp");
  if (!text_is(it->payload, "iss", expect->issuer))
    return omadm_error_set(error, OMADM_E_REFUSED, "the token's issuer is not %.*s",
                           (int)expect->issuer.len, expect->issuer.ptr);
  if (!json_is_integer(from) || !json_is_integer(until) ||
      json_integer_value(from) > expect->now + CLOCK_SKEW ||
      json_integer_value(until) <= expect->now - CLOCK_SKEW)
    return omadm_error_set(error, OMADM_E_REFUSED, "the token is not valid now");
  return check_nonce(it, expect->nonce, error);
}

/* What the protocol says of the token itself: checked, or of no use for a decision. */
static bool is_health(const char *name) {
  static const char *const others[] = {"iss",
                                       "iat",
                                       "nbf",
                                       "exp",
                                       "jti",
                                       "ver",
                                       "x-ms-ver",
                                       "x-ms-policy",
                                       "nonce",
                                       "cnf",
                                       "rp_data",
                                       "x-ms-policy-hash",
                                       "x-ms-tpm-request-key"};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    if (strcmp(others[i], name) == 0) return false;
  return true;
}

static void judge_claims(policy *judge, json_t *claims) {
  const char *name = NULL;
  json_t *value = NULL;
  json_object_foreach(claims, name, value) {
    char *text = json_is_string(value) ? strdup(json_string_value(value))
                                       : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (is_health(name)) policy_field(judge, name, text == NULL ? "" : text, NULL);
    free(text);
  }
}

omadm_err token_report(omadm_str token, const token_expect *expect, FILE *out,
                       policy_outcome *outcome, omadm_error *error) {
  parts it;
  policy judge;
  *outcome = (policy_outcome){.decision = POLICY_NOT_HEALTHY};
  omadm_err err = split(omadm_str_trim(token), &it, error);
  if (err == OMADM_OK) err = check_signature(&it, expect, error);
  if (err == OMADM_OK) err = check_claims(&it, expect, error);
  if (err == OMADM_OK) {
    fprintf(out, "the token, RS256, %zu certificates, valid for %lld minutes, with our nonce:\n",
            json_array_size(json_object_get(it.header, "x5c")),
            (long long)(json_integer_value(json_object_get(it.payload, "exp")) - expect->now + 59) /
                60);
    policy_begin(&judge, POLICY_TOKEN, out);
    judge_claims(&judge, it.payload);
    judge_claims(&judge, json_object_get(it.payload, "x-ms-policy"));
    outcome->decision = POLICY_HEALTHY;
    policy_end(&judge, outcome);
  }
  dispose(&it);
  return err;
}
