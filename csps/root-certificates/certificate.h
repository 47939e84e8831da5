/* SPDX-License-Identifier: MIT */
/* One X.509 certificate: what its nodes say. */
#ifndef ROOT_CERTIFICATES_CERTIFICATE_H
#define ROOT_CERTIFICATES_CERTIFICATE_H

#include <omadm/csp.h>

#include <stdbool.h>
#include <stdio.h>

#include <openssl/x509.h>

enum { THUMBPRINT = 40, CERTIFICATE_TEXT = 1024 };

/* In the order of the DDF. */
typedef enum certificate_part {
  CERTIFICATE_ENCODED = 0,
  CERTIFICATE_ISSUED_BY,
  CERTIFICATE_ISSUED_TO,
  CERTIFICATE_VALID_FROM,
  CERTIFICATE_VALID_TO,
  CERTIFICATE_TEMPLATE,
  CERTIFICATE_PARTS
} certificate_part;

/* The certificate that base64 holds, and nothing behind it; NULL where it is none. Free with
 * X509_free. */
X509 *certificate_decode(omadm_str base64);
/* The first one of a PEM file; NULL where it holds none. */
X509 *certificate_read(FILE *file);
/* Writes it as PEM. */
bool certificate_write(FILE *file, X509 *certificate);
/* SHA-1 of the certificate, in lower-case hex. */
bool certificate_thumbprint(const X509 *certificate, char thumbprint[THUMBPRINT + 1]);
/* Gives a part as the answer to a get. */
omadm_status certificate_answer(X509 *certificate, certificate_part part,
                                const omadm_csp_services *services, uint64_t host,
                                omadm_token token);

#endif
