/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/azure_aik.h"

#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/str.h"
#include "conformance/attestation/ak_public.h"
#include "conformance/attestation/azure_json.h"
#include "conformance/attestation/azure_key.h"
#include "conformance/attestation/vouched.h"

static bool has_usage(X509 *certificate) {
  bool found = false;
  EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
  for (int i = 0; i < sk_ASN1_OBJECT_num(usages); i++) {
    char name[32] = "";
    OBJ_obj2txt(name, sizeof name, sk_ASN1_OBJECT_value(usages, i), 1);
    if (strcmp(name, "2.23.133.8.3") == 0) found = true;
  }
  sk_ASN1_OBJECT_pop_free(usages, ASN1_OBJECT_free);
  return found;
}

static bool chains(X509 *certificate, const service_config *config) {
  X509_STORE *store = X509_STORE_new();
  X509_STORE_CTX *ctx = X509_STORE_CTX_new();
  bool good = store != NULL && ctx != NULL && config->ek_roots != NULL &&
              X509_STORE_load_file(store, config->ek_roots) == 1 &&
              X509_STORE_CTX_init(ctx, store, certificate, NULL) == 1;
  if (good) {
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(param, (time_t)config->now(config->ctx));
    X509_VERIFY_PARAM_set_auth_level(param, 1);
    good = X509_verify_cert(ctx) == 1;
  }
  X509_STORE_CTX_free(ctx);
  X509_STORE_free(store);
  return good;
}

static omadm_err read_certificate(azure_aik *self, const json_t *from, const service_config *config,
                                  omadm_error *error) {
  omadm_err err = OMADM_OK;
  X509 *certificate = NULL;
  omadm_buf der = {0};
  omadm_buf_init(&der, &omadm_mem_default, 16384);
  if (azure_json_octets(from, "aik_cert", &der) == 0) {
    const uint8_t *at = (const uint8_t *)der.ptr;
    certificate = d2i_X509(NULL, &at, (long)der.len);
    if (certificate != NULL && at != (const uint8_t *)der.ptr + der.len) {
      X509_free(certificate);
      certificate = NULL;
    }
  }
  if (certificate == NULL)
    err = omadm_error_set(error, OMADM_E_SYNTAX, "aik_cert is no certificate");
  else if (EVP_PKEY_eq(X509_get0_pubkey(certificate), self->key) != 1)
    err = omadm_error_set(error, OMADM_E_REFUSED, "aik_cert is for another key than aik_pub");
  else
    self->validated = has_usage(certificate) && chains(certificate, config);
  X509_free(certificate);
  omadm_buf_dispose(&der);
  return err;
}

static omadm_err ask_vouched(azure_aik *self, const service_config *config) {
  omadm_buf n = {0}, e = {0};
  omadm_buf_init(&n, &omadm_mem_default, 0);
  omadm_buf_init(&e, &omadm_mem_default, 0);
  omadm_err err = azure_key_numbers(self->key, &n, &e);
  if (err == 0 && vouched_has(config->vouched, omadm_buf_str(&n))) self->validated = true;
  omadm_buf_dispose(&e);
  omadm_buf_dispose(&n);
  return err;
}

omadm_err azure_aik_read(const json_t *from, const service_config *config, azure_aik *self,
                         omadm_error *error) {
  uint8_t *der = NULL;
  memset(self, 0, sizeof *self);
  omadm_err err = azure_key_read(json_object_get(from, "aik_pub"), &self->key, error);
  if (err != 0) return err;
  int len = i2d_PUBKEY(self->key, &der);
  if (len <= 0 || EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len, self->hash, NULL) != 1)
    err = OMADM_E_NOMEM;
  OPENSSL_free(der);
  if (err == 0 && json_object_get(from, "aik_cert") != NULL)
    err = read_certificate(self, from, config, error);
  return err == 0 ? ask_vouched(self, config) : err;
}

void azure_aik_dispose(azure_aik *self) {
  EVP_PKEY_free(self->key);
  memset(self, 0, sizeof *self);
}

static uint32_t exponent_of(const omadm_buf *e) {
  uint32_t value = 0;
  for (size_t i = 0; i < e->len && i < 4; i++)
    value = value << 8 | (uint8_t)e->ptr[i];
  return value;
}

omadm_err azure_aik_public(const azure_aik *self, uint16_t hash, omadm_tpm_data *tpmt_public,
                           omadm_error *error) {
  omadm_buf n = {0}, e = {0};
  omadm_buf_init(&n, &omadm_mem_default, 0);
  omadm_buf_init(&e, &omadm_mem_default, 0);
  omadm_err err = azure_key_numbers(self->key, &n, &e);
  if (err == 0 && (n.len != AK_MODULUS || e.len > 4))
    err = omadm_error_set(error, OMADM_E_UNSUPPORTED,
                          "aik_pub is no RSA-2048 key, and others are not supported");
  if (err == 0) ak_public_write(omadm_buf_str(&n), exponent_of(&e), hash, tpmt_public);
  omadm_buf_dispose(&n);
  omadm_buf_dispose(&e);
  return err;
}
