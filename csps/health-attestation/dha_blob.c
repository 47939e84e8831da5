/* SPDX-License-Identifier: MIT */
#include "health-attestation/dha_blob.h"

#include <limits.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

enum { KEY_LEN = 32, IV_LEN = 16 };

/* The challenge's layout is not published; ours is TPM2B_ID_OBJECT, then TPM2B_ENCRYPTED_SECRET. */
static bool activate(evidence *e, const octets *challenge, omadm_tpm_digest *key) {
  omadm_str rest = octets_str(challenge), id_object, secret;
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  if (!octets_take_2b(&rest, &id_object) || !octets_take_2b(&rest, &secret) || rest.len > 0)
    return false;
  while (evidence_try(e, &status))
    status = evidence_tpm(e)->activate(e->self->host, e->key.handle, OMADM_TPM_EK_RSA2048,
                                       id_object, secret, key);
  if (status != OMADM_TPM_OK)
    attestation_log(e->self, OMADM_CSP_LOG_WARN,
                    "the TPM did not open the service's challenge (TPM status %d)", (int)status);
  return status == OMADM_TPM_OK && key->len == KEY_LEN;
}

static bool decrypt(const uint8_t *key, const octets *iv, const octets *from, octets *out) {
  int n = 0, last = 0;
  if (iv->len != IV_LEN || from->len > INT_MAX - IV_LEN || !octets_reserve(out, from->len + IV_LEN))
    return false;
  EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
  unsigned char *to = (unsigned char *)out->ptr + out->len;
  bool good =
      c != NULL &&
      EVP_DecryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, (const unsigned char *)iv->ptr) == 1 &&
      EVP_DecryptUpdate(c, to, &n, (const unsigned char *)from->ptr, (int)from->len) == 1 &&
      EVP_DecryptFinal_ex(c, to + n, &last) == 1 && n + last > 0;
  if (good) out->len += (size_t)(n + last);
  EVP_CIPHER_CTX_free(c);
  ERR_clear_error();
  return good;
}

health_status dha_blob_open(evidence *e, const dha_response *response, octets *out) {
  omadm_tpm_digest key = {0};
  if (!response->has_challenge) {
    octets_add_str(out, octets_str(&response->blob));
    return HEALTH_REQUESTED;
  }
  health_status status = HEALTH_CHALLENGE;
  if (activate(e, &response->challenge, &key))
    status = decrypt(key.octets, &response->iv, &response->blob, out) ? HEALTH_REQUESTED
                                                                      : HEALTH_DECRYPTION;
  OPENSSL_cleanse(&key, sizeof key);
  return status;
}
