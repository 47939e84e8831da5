/* SPDX-License-Identifier: MIT */
/* The content of a health certificate as octets: numbers big-endian, spans behind their length. */
#ifndef CONFORMANCE_ATTESTATION_CERTIFICATE_CONTENT_H
#define CONFORMANCE_ATTESTATION_CERTIFICATE_CONTENT_H

#include "conformance/attestation/certificate.h"

/* Appends. LIMIT, NOMEM */
omadm_err certificate_content_write(const certificate *self, omadm_buf *out);
/* Spans of *out are borrowed from `octets`. SYNTAX */
omadm_err certificate_content_read(omadm_str octets, certificate *out);

#endif
