/* SPDX-License-Identifier: MIT */
/*
 * A health certificate: what was found of one boot, sealed by the service for itself. Device and
 * management server only carry it ([MS-DHA] 2.2.2). Its outside is as published traffic has it: XML
 * OpaqueHealthCertificate with EncryptedHealthCertificate (AES-256-CBC), IV and Signature (here
 * HMAC-SHA-256 over IV and ciphertext). What is inside is ours.
 */
#ifndef CONFORMANCE_ATTESTATION_CERTIFICATE_H
#define CONFORMANCE_ATTESTATION_CERTIFICATE_H

#include <omadm/eventlog.h>
#include <omadm/tpm.h>

#include "base/mem.h"

#include "conformance/attestation/crypt.h"

/* Octets of a certificate's content. Logs that would make it larger get none. */
#define CERTIFICATE_MAX ((size_t)256 << 10)

enum { CERTIFICATE_ID = 16 };

typedef struct certificate {
  uint8_t id[CERTIFICATE_ID]; /* random; for the operator's eyes */
  int64_t issued, expires; /* seconds since 1970 */
  bool endorsed; /* the key is proven by an endorsement certificate */
  uint32_t reset_count, restart_count;
  uint32_t compared; /* PCRs whose values are the boot's own */
  omadm_tpm_pcrs pcrs;
  omadm_str ak_public; /* TPMT_PUBLIC */
  omadm_boot_facts facts;
} certificate;

/* The service's own keys; they die with it. */
typedef struct certificate_keys {
  uint8_t cipher[CRYPT_KEY];
  uint8_t mac[CRYPT_KEY];
} certificate_keys;

/* Appends the HealthCertificateBlob. LIMIT, NOMEM, IO (no randomness). */
omadm_err certificate_seal(const certificate_keys *keys, const certificate *self, omadm_buf *blob);
/* Opens one. What is read lives in the arena. SYNTAX, REFUSED: it is not one of these keys' */
omadm_err certificate_open(const certificate_keys *keys, omadm_str blob, omadm_arena *arena,
                           certificate *out, omadm_error *error);

#endif
