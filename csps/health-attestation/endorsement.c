/* SPDX-License-Identifier: MIT */
#include "health-attestation/endorsement.h"

#include <stdio.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* Some makers fill the rest of the index: what follows the certificate is left out. */
static bool add_certificate(omadm_str der, octets *out) {
  const unsigned char *at = (const unsigned char *)der.ptr;
  X509 *certificate = der.len > 0 ? d2i_X509(NULL, &at, (long)der.len) : NULL;
  bool is = certificate != NULL;
  if (is) octets_add(out, der.ptr, (size_t)(at - (const unsigned char *)der.ptr));
  X509_free(certificate);
  ERR_clear_error();
  return is;
}

static omadm_tpm_status read_certificate(evidence *e, uint32_t number, octets *out) {
  omadm_tpm_data der = {0};
  omadm_tpm_status status = OMADM_TPM_TIMEOUT;
  while (evidence_try(e, &status))
    status = evidence_tpm(e)->ek_certificate(e->self->host, OMADM_TPM_EK_RSA2048, number, &der);
  if (status == OMADM_TPM_OK && !add_certificate(evidence_str(&der), out)) {
    attestation_log(e->self, OMADM_CSP_LOG_ERROR,
                    "what the TPM holds as endorsement certificate %u is no certificate",
                    (unsigned)number);
    status = OMADM_TPM_IO;
  }
  return status;
}

static bool read_file(FILE *file, endorsement *out) {
  bool good = true;
  for (X509 *x = NULL; good && (x = PEM_read_X509(file, NULL, NULL, NULL)) != NULL;) {
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    good = len > 0 && out->n < ENDORSEMENT_INTERMEDIATES;
    if (good) octets_add(&out->intermediates[out->n++], der, (size_t)len);
    OPENSSL_free(der);
    X509_free(x);
  }
  good = good && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE && out->n > 0;
  ERR_clear_error();
  return good;
}

static bool read_chain(const evidence *e, endorsement *out) {
  const octets *path = &e->settings.ek_chain;
  FILE *file = path->len > 0 ? fopen(path->ptr, "r") : NULL;
  bool good = path->len == 0 || (file != NULL && read_file(file, out));
  if (file != NULL) fclose(file);
  if (!good)
    attestation_log(e->self, OMADM_CSP_LOG_ERROR,
                    "ek-chain = %s cannot be used: it takes a PEM file, with no more than %d "
                    "certificates together with those in the TPM",
                    path->ptr, ENDORSEMENT_INTERMEDIATES);
  return good;
}

bool endorsement_read(evidence *e, endorsement *out) {
  *out = (endorsement){0};
  omadm_tpm_status status = read_certificate(e, 0, &out->certificate);
  if (status == OMADM_TPM_NOT_FOUND) return true;
  while (status == OMADM_TPM_OK && out->n < ENDORSEMENT_INTERMEDIATES) {
    status = read_certificate(e, (uint32_t)out->n + 1, &out->intermediates[out->n]);
    out->n += status == OMADM_TPM_OK;
  }
  if (status != OMADM_TPM_OK && status != OMADM_TPM_NOT_FOUND) return false;
  return read_chain(e, out);
}

void endorsement_dispose(endorsement *out) {
  octets_dispose(&out->certificate);
  for (size_t i = 0; i < ENDORSEMENT_INTERMEDIATES; i++)
    octets_dispose(&out->intermediates[i]);
}
