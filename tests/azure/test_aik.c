/* SPDX-License-Identifier: MIT */
/* Certificates of the attestation key: which make a report say aikValidated. */
#include "forge.h"

#include <stdio.h>
#include <time.h>

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <omadm/attestation.h>

#define AIK_USAGE "2.23.133.8.3"

static pair *p;
static forge f;
static EVP_PKEY *authority;
static X509 *root;

static void extend(X509 *certificate, int nid, const char *value) {
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
  assert_non_null(extension);
  assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
  X509_EXTENSION_free(extension);
}

static X509 *make(const char *name, EVP_PKEY *key, const char *usage, X509 *issuer) {
  X509 *made = X509_new();
  X509_set_version(made, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made), 7);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(made), "CN", MBSTRING_ASC, (const uint8_t *)name,
                             -1, -1, 0);
  X509_set_issuer_name(made, X509_get_subject_name(issuer != NULL ? issuer : made));
  X509_gmtime_adj(X509_getm_notBefore(made), -60);
  X509_gmtime_adj(X509_getm_notAfter(made), 3600);
  X509_set_pubkey(made, key);
  extend(made, NID_basic_constraints, issuer != NULL ? "critical,CA:FALSE" : "critical,CA:TRUE");
  if (usage != NULL) extend(made, NID_ext_key_usage, usage);
  assert_true(X509_sign(made, authority, EVP_sha256()) > 0);
  return made;
}

static int begin(void **state) {
  (void)state;
  p = pair_new();
  forge_init(&f, p);
  authority = EVP_EC_gen("P-256");
  root = make("authority", authority, NULL, NULL);
  FILE *file = fopen(p->roots, "w");
  assert_non_null(file);
  assert_int_equal(PEM_write_X509(file, root), 1);
  fclose(file);
  return 0;
}

static int end(void **state) {
  (void)state;
  X509_free(root);
  EVP_PKEY_free(authority);
  forge_dispose(&f);
  pair_free(p);
  return 0;
}

/* The attestation key as OpenSSL has it: out of the JWK's modulus. */
static EVP_PKEY *attestation_key(void) {
  omadm_tpm_public area;
  omadm_str octets = {(const char *)f.ak.public_area.octets, f.ak.public_area.len};
  assert_int_equal(omadm_tpm_public_parse(octets, &area, NULL), 0);
  OSSL_PARAM params[3];
  uint8_t modulus[256];
  unsigned exponent = area.exponent;
  for (size_t i = 0; i < 256; i++) /* native order is little-endian here */
    modulus[i] = (uint8_t)area.modulus.ptr[255 - i];
  params[0] = OSSL_PARAM_construct_BN("n", modulus, sizeof modulus);
  params[1] = OSSL_PARAM_construct_uint("e", &exponent);
  params[2] = OSSL_PARAM_construct_end();
  EVP_PKEY *key = NULL;
  EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
  assert_int_equal(EVP_PKEY_fromdata_init(ctx), 1);
  assert_int_equal(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
  EVP_PKEY_CTX_free(ctx);
  return key;
}

static void send_certificate(EVP_PKEY *key, const char *usage) {
  omadm_buf text = {0};
  uint8_t *der = NULL;
  X509 *certificate = make("key", key, usage, root);
  int len = i2d_X509(certificate, &der);
  omadm_buf_init(&text, &omadm_mem_default, 0);
  encode((omadm_str){(char *)der, (size_t)len}, &text);
  snprintf(f.in_attestation, sizeof f.in_attestation, "\"aik_cert\":\"%.*s\",", (int)text.len,
           text.ptr);
  omadm_buf_dispose(&text);
  OPENSSL_free(der);
  X509_free(certificate);
  EVP_PKEY_free(key);
  forge_quote(&f);
}

static void validated_is(json_t *value) {
  json_t *claims = forge_accepted(&f);
  claim_is(claims, "aikValidated", value);
  json_decref(claims);
}

static void a_certificate_of_a_known_authority_validates_the_key(void **state) {
  (void)state;
  send_certificate(attestation_key(), AIK_USAGE);
  validated_is(json_true());
}

static void a_certificate_for_another_usage_does_not(void **state) {
  (void)state;
  send_certificate(attestation_key(), "2.23.133.8.1");
  validated_is(json_false());
}

static void a_certificate_of_a_stranger_does_not(void **state) {
  (void)state;
  fake_tpm_write_root(p->tpm, p->roots);
  send_certificate(attestation_key(), AIK_USAGE);
  validated_is(json_false());
}

static void a_certificate_that_has_expired_does_not(void **state) {
  (void)state;
  p->now += 7200;
  forge_renew(&f);
  send_certificate(attestation_key(), AIK_USAGE);
  validated_is(json_false());
}

static void a_certificate_of_another_key_is_refused(void **state) {
  (void)state;
  send_certificate(EVP_RSA_gen(2048), AIK_USAGE);
  forge_refused(&f, "InvalidOperation", "aik_cert is for another key");
}

static void what_is_no_certificate_is_refused(void **state) {
  (void)state;
  forge_quote(&f);
  snprintf(f.in_attestation, sizeof f.in_attestation, "\"aik_cert\":\"MIIB\",");
  forge_refused(&f, "InvalidParameter", "aik_cert is no certificate");
}

int main(void) {
#define KEY(name) cmocka_unit_test_setup_teardown(name, begin, end)
  const struct CMUnitTest tests[] = {
      KEY(a_certificate_of_a_known_authority_validates_the_key),
      KEY(a_certificate_for_another_usage_does_not),
      KEY(a_certificate_of_a_stranger_does_not),
      KEY(a_certificate_that_has_expired_does_not),
      KEY(a_certificate_of_another_key_is_refused),
      KEY(what_is_no_certificate_is_refused),
  };
  return cmocka_run_group_tests_name("aik", tests, NULL, NULL);
}
