/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/codec.h"
#include "base/mem.h"
#include "base/str.h"
#include "conformance/server/token.h"

#define NOW 1800000000
#define ISSUER "https://127.0.0.1:4433"
#define GOOD                                                                                       \
  "'secureBootEnabled':true,'bitlockerEnabled':true,'codeIntegrityEnabled':true,"                  \
  "'testSigningDisabled':true,'bootDebuggingDisabled':true,'osKernelDebuggingDisabled':true,"      \
  "'notSafeMode':true,'notWinPE':true,'depPolicy':1,'aikValidated':true"
#define CLAIMS(iss, nonce, nbf, exp, health)                                                       \
  "{'iss':'" iss "','nonce':'" nonce "','rp_data':'" nonce "','nbf':" nbf ",'exp':" exp            \
  ",'x-ms-policy':{" health "}}"
#define FINE CLAIMS(ISSUER, "AQIDBA", "1799999700", "1800086400", GOOD)

/* A service's keys: a root and a leaf. */
typedef struct service {
  EVP_PKEY *root_key, *leaf_key;
  X509 *root, *leaf;
} service;

static X509 *certify(const char *name, EVP_PKEY *key, const char *issuer, EVP_PKEY *issuer_key) {
  X509 *it = X509_new();
  X509_set_version(it, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(it), 1);
  X509_gmtime_adj(X509_getm_notBefore(it), -3600);
  X509_gmtime_adj(X509_getm_notAfter(it), 86400);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(it), "CN", MBSTRING_ASC,
                             (const unsigned char *)name, -1, -1, 0);
  X509_NAME_add_entry_by_txt(X509_get_issuer_name(it), "CN", MBSTRING_ASC,
                             (const unsigned char *)issuer, -1, -1, 0);
  X509_set_pubkey(it, key);
  if (key == issuer_key) {
    X509_EXTENSION *ca = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    X509_add_ext(it, ca, -1);
    X509_EXTENSION_free(ca);
  }
  assert_true(X509_sign(it, issuer_key, EVP_sha256()) > 0);
  return it;
}

static void make(service *it) {
  it->root_key = EVP_RSA_gen(2048);
  it->leaf_key = EVP_RSA_gen(2048);
  it->root = certify("root", it->root_key, "root", it->root_key);
  it->leaf = certify("leaf", it->leaf_key, "root", it->root_key);
}

static void unmake(service *it) {
  X509_free(it->leaf);
  X509_free(it->root);
  EVP_PKEY_free(it->leaf_key);
  EVP_PKEY_free(it->root_key);
}

static json_t *base64_of(X509 *certificate) {
  unsigned char *der = NULL;
  int n = i2d_X509(certificate, &der);
  omadm_buf text;
  omadm_buf_init(&text, &omadm_mem_default, 0);
  omadm_base64_encode((omadm_str){(const char *)der, (size_t)n}, &text);
  json_t *json = json_stringn(text.ptr, text.len);
  omadm_buf_dispose(&text);
  OPENSSL_free(der);
  return json;
}

static char *keys_of(const service *it) {
  json_t *keys = json_pack("{s:[{s:s, s:[o,o]}]}", "keys", "kid", "one", "x5c", base64_of(it->leaf),
                           base64_of(it->root));
  char *text = json_dumps(keys, 0);
  json_decref(keys);
  return text;
}

static void add_part(omadm_buf *token, const char *octets, size_t n) {
  if (token->len > 0) omadm_buf_add_text(token, ".");
  assert_int_equal(omadm_base64url_encode((omadm_str){octets, n}, token), 0);
}

/* claims: JSON with ' for ". */
static omadm_buf sign(const service *it, const char *alg, const char *claims) {
  omadm_buf token;
  unsigned char signature[512];
  size_t n = sizeof signature;
  omadm_buf_init(&token, &omadm_mem_default, 0);
  json_t *header = json_pack("{s:s, s:s, s:s, s:[o,o]}", "alg", alg, "typ", "JWT", "kid", "one",
                             "x5c", base64_of(it->leaf), base64_of(it->root));
  char *text = json_dumps(header, JSON_COMPACT);
  char *payload = strdup(claims);
  for (char *c = payload; *c != 0; c++)
    if (*c == '\'') *c = '"';
  add_part(&token, text, strlen(text));
  add_part(&token, payload, strlen(payload));
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, it->leaf_key);
  assert_int_equal(
      EVP_DigestSign(context, signature, &n, (const unsigned char *)token.ptr, token.len), 1);
  add_part(&token, (const char *)signature, n);
  EVP_MD_CTX_free(context);
  free(payload);
  free(text);
  json_decref(header);
  return token;
}

typedef struct outcome {
  omadm_err err;
  policy_outcome found;
  omadm_error error;
  char *text;
  size_t len;
} outcome;

static outcome judge(const char *keys, omadm_str token) {
  outcome it = {.found = {.decision = POLICY_HEALTHY}};
  token_expect expect = {omadm_str_of(keys), omadm_str_of(ISSUER), "01020304", NOW};
  omadm_error_clear(&it.error);
  FILE *out = open_memstream(&it.text, &it.len);
  it.err = token_report(token, &expect, out, &it.found, &it.error);
  fclose(out);
  return it;
}

/* A token with these claims ends so. */
static policy_decision expect(const service *it, const char *alg, const char *claims, omadm_err err,
                              const char *text) {
  char *keys = keys_of(it);
  omadm_buf token = sign(it, alg, claims);
  outcome found = judge(keys, omadm_buf_str(&token));
  assert_int_equal(found.err, err);
  if (err != OMADM_OK) assert_string_equal(found.error.text, text);
  if (err == OMADM_OK) assert_non_null(strstr(found.text, text));
  if (err != OMADM_OK) assert_string_equal(found.text, "");
  if (err != OMADM_OK) assert_int_equal(found.found.decision, POLICY_NOT_HEALTHY);
  free(found.text);
  omadm_buf_dispose(&token);
  free(keys);
  return found.found.decision;
}

static void a_token_of_the_service_is_believed(void **state) {
  assert_int_equal(expect(*state, "RS256", FINE, OMADM_OK, "valid for 1440 minutes"),
                   POLICY_HEALTHY);
  assert_int_equal(expect(*state, "RS256",
                          "{'iss':'" ISSUER
                          "','nonce':'AQIDBA','rp_data':'AQIDBA','nbf':1,'exp':1800000060," GOOD
                          "}",
                          OMADM_OK, "secureBootEnabled                 true"),
                   POLICY_HEALTHY);
}

static void a_bad_claim_decides(void **state) {
  assert_int_equal(expect(*state, "RS256",
                          CLAIMS(ISSUER, "AQIDBA", "1", "1800000060", "'secureBootEnabled':false"),
                          OMADM_OK, "BAD: Secure Boot was off"),
                   POLICY_NOT_HEALTHY);
}

/* As of a Linux boot: it claims nothing that only Windows measures. */
static void a_claim_that_is_missing_is_not_shown(void **state) {
  assert_int_equal(expect(*state, "RS256",
                          CLAIMS(ISSUER, "AQIDBA", "1", "1800000060",
                                 "'secureBootEnabled':true,'aikValidated':true"),
                          OMADM_OK, "  notWinPE                          (missing)"),
                   POLICY_NOT_SHOWN);
}

static void another_nonce_issuer_time_or_algorithm_is_refused(void **state) {
  expect(*state, "RS256", CLAIMS(ISSUER, "AQIDBQ", "1", "1800000060", GOOD), OMADM_E_REFUSED,
         "the token does not answer to our nonce");
  expect(*state, "RS256", CLAIMS("https://other", "AQIDBA", "1", "1800000060", GOOD),
         OMADM_E_REFUSED, "the token's issuer is not " ISSUER);
  expect(*state, "RS256", CLAIMS(ISSUER, "AQIDBA", "1", "1799999900", GOOD), OMADM_E_REFUSED,
         "the token is not valid now");
  expect(*state, "RS256", CLAIMS(ISSUER, "AQIDBA", "1800000100", "1800000200", GOOD),
         OMADM_E_REFUSED, "the token is not valid now");
  expect(*state, "none", FINE, OMADM_E_REFUSED, "the token's alg is not RS256");
  expect(*state, "HS256", FINE, OMADM_E_REFUSED, "the token's alg is not RS256");
}

static void a_changed_octet_is_refused(void **state) {
  char *keys = keys_of(*state);
  omadm_buf token = sign(*state, "RS256", FINE);
  for (size_t i = 0; i < token.len; i += 37) {
    char was = token.ptr[i];
    token.ptr[i] = was == 'A' ? 'B' : 'A';
    outcome found = judge(keys, omadm_buf_str(&token));
    assert_int_not_equal(found.err, OMADM_OK);
    assert_string_equal(found.text, "");
    free(found.text);
    token.ptr[i] = was;
  }
  omadm_buf_dispose(&token);
  free(keys);
}

static void the_key_of_a_stranger_is_refused(void **state) {
  service other;
  make(&other);
  char *keys = keys_of(*state);
  omadm_buf token = sign(&other, "RS256", FINE);
  outcome found = judge(keys, omadm_buf_str(&token));
  assert_int_equal(found.err, OMADM_E_REFUSED);
  assert_string_equal(found.error.text,
                      "x5c does not begin with the certificate that the service publishes");
  free(found.text);
  /* His signature under the service's certificates. */
  EVP_PKEY *own = other.leaf_key;
  service forged = *(service *)*state;
  forged.leaf_key = own;
  omadm_buf_dispose(&token);
  token = sign(&forged, "RS256", FINE);
  found = judge(keys, omadm_buf_str(&token));
  assert_int_equal(found.err, OMADM_E_REFUSED);
  assert_string_equal(found.error.text, "the token's signature is not the service's");
  free(found.text);
  omadm_buf_dispose(&token);
  free(keys);
  unmake(&other);
}

static void rubbish_is_no_token(void **state) {
  static const char *const rubbish[] = {"", ".", "..", "a.b.c", "e30.e30.", "e30.e30.AAAA"};
  char *keys = keys_of(*state);
  for (size_t i = 0; i < sizeof rubbish / sizeof rubbish[0]; i++) {
    outcome found = judge(keys, omadm_str_of(rubbish[i]));
    assert_int_not_equal(found.err, OMADM_OK);
    free(found.text);
  }
  omadm_buf token = sign(*state, "RS256", FINE);
  static const char *const no_keys[] = {"", "[]", "{}", "{\"keys\":1}", "{\"keys\":[1]}"};
  for (size_t i = 0; i < sizeof no_keys / sizeof no_keys[0]; i++) {
    outcome found = judge(no_keys[i], omadm_buf_str(&token));
    assert_int_equal(found.err, OMADM_E_REFUSED);
    free(found.text);
  }
  omadm_buf_dispose(&token);
  free(keys);
}

static int set_up(void **state) {
  static service it;
  make(&it);
  *state = &it;
  return 0;
}

static int tear_down(void **state) {
  unmake(*state);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_token_of_the_service_is_believed),
      cmocka_unit_test(a_bad_claim_decides),
      cmocka_unit_test(a_claim_that_is_missing_is_not_shown),
      cmocka_unit_test(another_nonce_issuer_time_or_algorithm_is_refused),
      cmocka_unit_test(a_changed_octet_is_refused),
      cmocka_unit_test(the_key_of_a_stranger_is_refused),
      cmocka_unit_test(rubbish_is_no_token),
  };
  return cmocka_run_group_tests(tests, set_up, tear_down);
}
