/* SPDX-License-Identifier: MIT */
/* The service's signing key with the certificates above it, and what it signs. */
#ifndef CONFORMANCE_ATTESTATION_AZURE_TOKEN_H
#define CONFORMANCE_ATTESTATION_AZURE_TOKEN_H

#include <omadm/error.h>

#include <jansson.h>
#include <openssl/evp.h>

enum { AZURE_CHAIN = 3 };

typedef struct azure_signer {
  EVP_PKEY *key; /* RSA-2048 */
  char kid[32];
  json_t *x5c; /* signer, intermediate, root; ordinary base64 */
} azure_signer;

/* Makes the key and a chain of three, good for a day before `now` (seconds since 1970) and ten
 * years after. */
omadm_err azure_signer_init(azure_signer *self, int64_t now, omadm_error *error);
void azure_signer_dispose(azure_signer *self);

/* The compact JWT (RS256, typ, x5c, kid) of these claims, appended. */
omadm_err azure_token_write(const azure_signer *self, const json_t *claims, omadm_buf *token);
/* The JSON Web Key Set that the token verifies with. NULL: no memory. Owned by the caller. */
json_t *azure_signer_keys(const azure_signer *self);

#endif
