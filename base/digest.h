/* SPDX-License-Identifier: MIT */
/*
 * The digests of OMA-TS-DM_Security 5.3.2 and 5.4.2 and of OMA-TS-DM_Notification 6.2.2: one shape,
 * H(B64(H(name ":" secret)) ":" nonce [":" B64(H(octets))]) with H = MD5. What they are made from
 * is wiped.
 */
#ifndef OMADM_BASE_DIGEST_H
#define OMADM_BASE_DIGEST_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>

enum {
  OMADM_DIGEST = 16, /* octets */
  OMADM_DIGEST_TEXT = 24 /* their base64 */
};

typedef struct omadm_digest {
  unsigned char octets[OMADM_DIGEST];
} omadm_digest;

/* What proves the knowledge of a secret. `covered` is what is proved with it: the body of a message
 * (x-syncml-hmac), the trigger of a notification; NULL: nothing (syncml:auth-md5). The nonce is
 * octets, not base64; it may be empty. UNSUPPORTED: the crypto library has no MD5 (any more). */
omadm_err omadm_digest_prove(omadm_str name, omadm_str secret, omadm_str nonce,
                             const omadm_str *covered, omadm_digest *digest);
/* Base64, not terminated. */
void omadm_digest_text(const omadm_digest *digest, char text[OMADM_DIGEST_TEXT]);

/* In a time that does not depend on where they differ. */
bool omadm_digest_equal(const omadm_digest *a, const omadm_digest *b);
/* Equal octets; only the lengths may be learned from the time it takes. */
bool omadm_secret_equal(omadm_str a, omadm_str b);

/* Overwrites what held a secret; the buffer becomes empty and keeps its room. */
void omadm_wipe(void *octets, size_t n);
void omadm_buf_wipe(omadm_buf *buf);

#endif
