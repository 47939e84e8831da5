/* SPDX-License-Identifier: MIT */
/* The memory of nonces that were used. */
#ifndef CONFORMANCE_ATTESTATION_NONCES_H
#define CONFORMANCE_ATTESTATION_NONCES_H

#include <omadm/tpm.h>
#include <omadm/types.h>

#include <stdbool.h>

/* When so many are remembered, further ones are refused: forgetting would let an old one back in.
 */
#define NONCES_MAX 65536
/* Of one key, so that none can use up the others' room. */
#define NONCES_MAX_OF_KEY 4096

typedef struct used_nonce used_nonce;

typedef struct nonces {
  used_nonce *list; /* oldest first */
  size_t n, cap;
} nonces;

void nonces_dispose(nonces *self);

/* Remembers that this key used this nonce, until `expires`; what expired before `now` is forgotten.
 * EXISTS: it was used. LIMIT, NOMEM. */
omadm_err nonces_use(nonces *self, const omadm_tpm_digest *key, omadm_str octets, int64_t now,
                     int64_t expires);

#endif
