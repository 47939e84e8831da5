/* SPDX-License-Identifier: MIT */
/* A request made by hand, each part of which may be a lie, with a key of the forger's. Shares no
 * code with the plugin. */
#ifndef TESTS_AZURE_FORGE_H
#define TESTS_AZURE_FORGE_H

#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "pair.h"

typedef struct forge {
  pair *p;
  EVP_PKEY *key; /* the request key */
  omadm_tpm_key ak;
  omadm_buf challenge; /* octets */
  char challenge_text[128], context[512]; /* as the service gave them */
  char header[64];
  char jwk[1024]; /* text of the request key as it will stand in the payload */
  char quoted_jwk[1024]; /* as the quote binds it */
  char aik_pub[1024], info[8192]; /* JSON */
  char members[12288]; /* further members of att_data, each with a comma behind */
  char in_attestation[8192]; /* further members of current_attestation, each with a comma behind */
  omadm_tpm_quote quote;
  omadm_buf tcg, ima; /* copies of the logs; empty: none is sent */
  uint32_t pcrs; /* those that are sent */
  char att_type[16];
} forge;

/* Asks for a challenge and fills in what an honest device would send, unquoted. */
void forge_init(forge *f, pair *p);
void forge_dispose(forge *f);
/* Asks for another challenge. */
void forge_renew(forge *f);
/* Quotes the SHA-256 bank, or that one, over the binding of quoted_jwk to the challenge; over any
 * octets. */
void forge_quote(forge *f);
void forge_quote_in(forge *f, uint16_t bank);
void forge_quote_over(forge *f, uint16_t bank, omadm_str nonce);
/* Fills info with a certificate of the TPM about `subject`. */
void forge_certify(forge *f, uint64_t subject, omadm_str public_area, omadm_str nonce, char *info,
                   size_t size);
/* JSON of an attestation object by what is in f, without the members of f->in_attestation. */
void forge_attestation(forge *f, omadm_buf *out);
/* JWK of a TPMT_PUBLIC's RSA key, or of an OpenSSL key. */
void jwk_of_public(omadm_str tpmt_public, char *text, size_t size);
void jwk_of_key(const EVP_PKEY *key, char *text, size_t size);

/* Signs it and sends it: HTTP status; the body in *answer. */
int forge_send(forge *f, omadm_buf *answer);
/* The same for a payload that is given. */
int forge_send_payload(forge *f, omadm_str payload, omadm_buf *answer);
/* forge_send is refused with 400, that code, and a message that has this in it. */
void forge_refused(forge *f, const char *code, const char *message);
/* The claims of an answer of 200, without those that differ from one report to the next in any
 * case. */
json_t *forge_report(const omadm_buf *answer);
/* forge_send succeeds: the same of its answer. */
json_t *forge_accepted(forge *f);

#endif
