/* SPDX-License-Identifier: MIT */
/* The attestation key as these messages carry it: a bare RSA key, and perhaps a certificate. */
#ifndef CONFORMANCE_ATTESTATION_AZURE_AIK_H
#define CONFORMANCE_ATTESTATION_AZURE_AIK_H

#include <omadm/attestation.h>

#include <jansson.h>
#include <openssl/evp.h>

#include <stdbool.h>

#include "conformance/attestation/service.h"

typedef struct azure_aik {
  EVP_PKEY *key;
  bool validated; /* a certificate, or the DHA service, says that it is a TPM's attestation key */
  uint8_t hash[32]; /* SHA-256 of its DER SubjectPublicKeyInfo */
} azure_aik;

/* Reads aik_pub and aik_cert of an attestation (version 2) or of tpm_att_data (version 1). A
 * certificate counts where it has the extended key usage of attestation keys (2.23.133.8.3) and
 * ends at one of config->ek_roots; one for another key is REFUSED. The caller disposes of *self
 * also after a failure. */
omadm_err azure_aik_read(const json_t *from, const service_config *config, azure_aik *self,
                         omadm_error *error);
void azure_aik_dispose(azure_aik *self);

/* The key as TPMT_PUBLIC (ak_public.h), RSASSA with that hash. UNSUPPORTED: not RSA-2048. */
omadm_err azure_aik_public(const azure_aik *self, uint16_t hash, omadm_tpm_data *tpmt_public,
                           omadm_error *error);

#endif
