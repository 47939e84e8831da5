/* SPDX-License-Identifier: MIT */
/* Certificates for tests, good ones and others. Aborts where OpenSSL does not do it. */
#ifndef OMADM_TPM_FAKE_CA_H
#define OMADM_TPM_FAKE_CA_H

#include <omadm/tpm.h>

#include <openssl/x509.h>
#include <stdbool.h>

/* What a certificate says. issuer NULL: signed by itself. */
typedef struct fake_certificate {
  const char *subject; /* common name; NULL: an empty subject */
  EVP_PKEY *key;
  const X509 *issuer;
  EVP_PKEY *issuer_key;
  bool authority; /* may sign others */
  const char *usage; /* extended key usage, dotted; NULL: none */
  bool device_name; /* a critical subjectAltName with a directoryName */
  long from_s, until_s; /* from now; until_s 0: the end of 9999 */
} fake_certificate;

/* Owned by the caller, free with X509_free. */
X509 *fake_certificate_new(const fake_certificate *says);
void fake_certificate_der(const X509 *certificate, omadm_tpm_data *der);
void fake_certificate_write(const X509 *certificate, const char *path);

#endif
