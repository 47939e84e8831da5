/* SPDX-License-Identifier: MIT */
/* What the attestation services share: one HTTP exchange, and what the operator set. */
#ifndef CONFORMANCE_ATTESTATION_SERVICE_H
#define CONFORMANCE_ATTESTATION_SERVICE_H

#include <omadm/types.h>

/* What came in. Borrowed for the call. */
typedef struct service_request {
  omadm_str method; /* "POST" */
  omadm_str path; /* decoded, without the query */
  omadm_str query; /* as it came, without the question mark */
  omadm_str correlation; /* dhascorrelationid, or MS-CV; may be empty */
  omadm_str authorization; /* the header's value; may be empty */
  omadm_str body;
} service_request;

/* What goes out. */
typedef struct service_reply {
  int status; /* HTTP status */
  const char *content_type; /* lives for ever */
  char correlation[64]; /* sent as MS-CV where it is not empty */
  omadm_buf body; /* owned by the frame */
} service_reply;

/* What the operator set; borrowed for the life of the services. */
typedef struct service_config {
  const char *issuer; /* "https://127.0.0.1:PORT" */
  const char *ek_roots; /* file of PEM certificates: whose endorsement certificates count */
  /* File of PEM certificates that may vouch for a Windows boot loader, besides Microsoft's; or
   * NULL. */
  const char *boot_ca;
  /* Digests, in hexadecimal, of boot loaders for Linux that measure what they boot. */
  const char *loaders[16];
  size_t n_loaders;
  /* The bank that quotes have to be over; 0: SHA-256. A bank that the firmware does not extend
   * holds whatever the running system says, so each bank is trust that firmware measures into it.
   */
  uint16_t bank;
  int allow_sha1_bank; /* SHA-1 counts too */
  int allow_sha1_signature;
  unsigned lifetime; /* seconds that a certificate, a challenge, a report is good for */
  int64_t (*now)(void *ctx); /* seconds since 1970 */
  void *ctx;
  /* One line of what was found and decided, for the person who runs the service; no secrets. */
  void (*said)(void *ctx, const char *line);
  struct vouched *vouched; /* vouched.h: what one service proved for the other; may be NULL */
  const char *token; /* bearer token that the Azure-style service wants; NULL: none */
} service_config;

#endif
