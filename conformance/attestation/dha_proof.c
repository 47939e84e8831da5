/* SPDX-License-Identifier: MIT */
#include "conformance/attestation/dha_proof.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#include "conformance/attestation/ak_public.h"
#include "conformance/attestation/crypt.h"
#include "conformance/attestation/dha_keys.h"

static omadm_str data_str(const omadm_tpm_data *data) {
  return (omadm_str){(const char *)data->octets, data->len};
}

static bool copy(omadm_str octets, omadm_tpm_data *out) {
  if (octets.len > sizeof out->octets) return false;
  memcpy(out->octets, octets.ptr, octets.len);
  out->len = (uint32_t)octets.len;
  return true;
}

static dha_code bare(const dha_certificate_request *request, const claims *evidence, dha_proof *out,
                     omadm_error *error) {
  dha_rsa key;
  omadm_str blob = request->aik_public.ptr == NULL ? request->rsa_signing_key : request->aik_public;
  if (dha_rsa_read(blob, &key, error) != OMADM_OK) return DHA_KEY_PROOF;
  bool sha1 = ak_signature_hash(evidence->signature) == OMADM_TPM_SHA1;
  ak_public_write(key.modulus, key.exponent, sha1 ? OMADM_TPM_SHA1 : OMADM_TPM_SHA256,
                  &out->ak_public);
  return DHA_OK;
}

/* KAClaim and AIKPublic are one key, and the certificate is an endorsement key's. */
static dha_code by_endorsement(const service_config *config, const dha_ek_proof *ek, dha_proof *out,
                               omadm_error *error) {
  dha_rsa key;
  omadm_str claim;
  omadm_tpm_public parsed;
  if (dha_claim_read(ek->claim, &claim, error) != OMADM_OK ||
      dha_rsa_read(ek->aik_public, &key, error) != OMADM_OK ||
      omadm_tpm_public_parse(claim, &parsed, error) != OMADM_OK)
    return DHA_KEY_PROOF;
  if (parsed.exponent != key.exponent || !omadm_str_equal(parsed.modulus, key.modulus) ||
      !copy(claim, &out->ak_public)) {
    omadm_error_set(error, OMADM_E_REFUSED, "KAClaim and AIKPublic are two keys");
    return DHA_KEY_PROOF;
  }
  if (config->ek_roots == NULL) {
    omadm_error_set(error, OMADM_E_REFUSED, "this service knows no maker of TPMs (--ek-roots)");
    return DHA_EK_CERTIFICATE;
  }
  out->endorsed = true;
  return omadm_ek_certificate_verify(ek->certificate, ek->intermediates, ek->n, config->ek_roots,
                                     &out->ek, error) == OMADM_OK
             ? DHA_OK
             : DHA_EK_CERTIFICATE;
}

static dha_code read_kind(const service_config *config, const dha_certificate_request *request,
                          const claims *evidence, dha_proof *out, omadm_error *error) {
  switch (request->kind) {
  case DHA_PROOF_BARE: return bare(request, evidence, out, error);
  case DHA_PROOF_EK: return by_endorsement(config, &request->ek, out, error);
  case DHA_PROOF_CERTIFICATE: break;
  }
  /* No certificate authority for attestation keys is known to this service. */
  omadm_error_set(error, OMADM_E_REFUSED,
                  "AIKCertificate: this service has no roots for such certificates; send "
                  "EKCertificates or the key alone");
  return DHA_KEY_CERTIFICATE;
}

dha_code dha_proof_read(const service_config *config, const dha_certificate_request *request,
                        const claims *evidence, dha_proof *out, omadm_error *error) {
  out->endorsed = false;
  out->ek.len = 0;
  dha_code code = read_kind(config, request, evidence, out, error);
  if (code != DHA_OK) return code;
  omadm_str ak = data_str(&out->ak_public);
  if (omadm_ak_check(ak, config->allow_sha1_signature, error) != OMADM_OK ||
      omadm_tpm_name(ak, &out->ak_name, error) != OMADM_OK)
    return DHA_KEY;
  return DHA_OK;
}

static omadm_err add_sized(omadm_buf *out, const omadm_tpm_data *data) {
  const uint8_t size[2] = {(uint8_t)(data->len >> 8), (uint8_t)data->len};
  omadm_err err = omadm_buf_add(out, size, sizeof size);
  return err == OMADM_OK ? omadm_buf_add(out, data->octets, data->len) : err;
}

dha_code dha_proof_bind(const dha_proof *proof, omadm_str blob, dha_bound *out,
                        omadm_error *error) {
  uint8_t key[CRYPT_KEY];
  omadm_tpm_data id_object, secret;
  omadm_buf_init(&out->blob, &omadm_mem_default, 0);
  omadm_buf_init(&out->challenge, &omadm_mem_default, 0);
  if (!crypt_random(key, sizeof key) || !crypt_random(out->iv, sizeof out->iv)) return DHA_FAILED;
  const omadm_str span = {(const char *)key, sizeof key};
  omadm_err err = omadm_credential_make(data_str(&proof->ek), &proof->ak_name, span, &id_object,
                                        &secret, error);
  bool sealed = err == OMADM_OK && crypt_encrypt(key, out->iv, blob, &out->blob);
  explicit_bzero(key, sizeof key);
  if (err != OMADM_OK) return DHA_EK_CERTIFICATE; /* a kind of key that no EK has */
  if (!sealed || add_sized(&out->challenge, &id_object) != OMADM_OK ||
      add_sized(&out->challenge, &secret) != OMADM_OK)
    return DHA_FAILED;
  return DHA_OK;
}

void dha_bound_dispose(dha_bound *self) {
  omadm_buf_dispose(&self->blob);
  omadm_buf_dispose(&self->challenge);
}
