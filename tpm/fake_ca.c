/* SPDX-License-Identifier: MIT */
#include "tpm/fake_ca.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

static void must(bool holds) {
  if (!holds) abort();
}

static void add_extension(X509 *certificate, X509V3_CTX *context, int nid, const char *value) {
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
  must(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

/* TCG EK Credential Profile 3.1.2: maker, model and version of the TPM. */
static void add_device_name(X509 *certificate) {
  static const char *const parts[][2] = {
      {"2.23.133.2.1", "id:00464B45"}, {"2.23.133.2.2", "fake"}, {"2.23.133.2.3", "id:00010000"}};
  X509_NAME *name = X509_NAME_new();
  GENERAL_NAME *general = GENERAL_NAME_new();
  GENERAL_NAMES *names = GENERAL_NAMES_new();
  must(name != NULL && general != NULL && names != NULL);
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
    ASN1_OBJECT *type = OBJ_txt2obj(parts[i][0], 1);
    must(type != NULL &&
         X509_NAME_add_entry_by_OBJ(name, type, MBSTRING_ASC, (const unsigned char *)parts[i][1],
                                    -1, -1, 0) == 1);
    ASN1_OBJECT_free(type);
  }
  GENERAL_NAME_set0_value(general, GEN_DIRNAME, name);
  must(sk_GENERAL_NAME_push(names, general) > 0);
  must(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, /* critical */ 1, 0) == 1);
  GENERAL_NAMES_free(names);
}

static void set_names(X509 *certificate, const fake_certificate *says) {
  X509_NAME *name = X509_NAME_new();
  must(name != NULL);
  if (says->subject != NULL)
    must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)says->subject,
                                    -1, -1, 0) == 1);
  must(X509_set_subject_name(certificate, name) == 1);
  must(X509_set_issuer_name(certificate, says->issuer != NULL ? X509_get_subject_name(says->issuer)
                                                              : name) == 1);
  X509_NAME_free(name);
}

static void set_times(X509 *certificate, const fake_certificate *says) {
  must(X509_gmtime_adj(X509_getm_notBefore(certificate), says->from_s) != NULL);
  if (says->until_s == 0)
    must(ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z") == 1);
  else
    must(X509_gmtime_adj(X509_getm_notAfter(certificate), says->until_s) != NULL);
}

/* TCG EK Credential Profile 3.2: an EK encrypts, or agrees on keys. */
static const char *key_usage(const fake_certificate *says) {
  if (says->authority) return "critical,keyCertSign,cRLSign";
  bool rsa = EVP_PKEY_get_base_id(says->key) == EVP_PKEY_RSA;
  return rsa ? "critical,keyEncipherment" : "critical,keyAgreement";
}

X509 *fake_certificate_new(const fake_certificate *says) {
  static long serial; /* only has to differ */
  X509V3_CTX context;
  X509 *made = X509_new();
  must(made != NULL && X509_set_version(made, X509_VERSION_3) == 1);
  must(ASN1_INTEGER_set(X509_get_serialNumber(made), __atomic_add_fetch(&serial, 1, 5)) == 1);
  set_names(made, says);
  set_times(made, says);
  must(X509_set_pubkey(made, says->key) == 1);
  X509V3_set_ctx(&context, says->issuer != NULL ? (X509 *)(uintptr_t)says->issuer : made, made,
                 NULL, NULL, 0);
  add_extension(made, &context, NID_basic_constraints,
                says->authority ? "critical,CA:TRUE" : "CA:FALSE");
  add_extension(made, &context, NID_subject_key_identifier, "hash");
  add_extension(made, &context, NID_key_usage, key_usage(says));
  if (says->usage != NULL) add_extension(made, &context, NID_ext_key_usage, says->usage);
  if (says->device_name) add_device_name(made);
  must(X509_sign(made, says->issuer_key != NULL ? says->issuer_key : says->key, EVP_sha256()) > 0);
  return made;
}

void fake_certificate_der(const X509 *certificate, omadm_tpm_data *der) {
  unsigned char *at = der->octets;
  int n = i2d_X509(certificate, NULL);
  must(n > 0 && (size_t)n <= sizeof der->octets && i2d_X509(certificate, &at) == n);
  der->len = (uint32_t)n;
}

void fake_certificate_write(const X509 *certificate, const char *path) {
  FILE *file = fopen(path, "we");
  must(file != NULL && PEM_write_X509(file, certificate) == 1);
  must(fclose(file) == 0);
}
