/* SPDX-License-Identifier: MIT */
/* What a transcript writes for x-syncml-hmac where it cannot know the octets of the message. */
#ifndef OMADM_PLAYER_HMAC_H
#define OMADM_PLAYER_HMAC_H

#include <omadm/error.h>
#include <omadm/types.h>

#include <stdbool.h>

/* Is it "mac(USER, SECRET, NONCE)", with the nonce in base64? */
bool hmac_is_asked(omadm_str value);
/* Appends the header's value for the octets of a message: the formula of OMA-TS-DM_Security 5.4.2,
 * written a second time. */
omadm_err hmac_expand(omadm_str value, omadm_str body, omadm_buf *out, omadm_error *error);

/* Appends a message with each "md5(USER, SECRET, NONCE)" in it, the nonce in base64, replaced by
 * the digest of OMA-TS-DM_Security 5.3.2 in base64. */
omadm_err hmac_expand_digests(omadm_str message, omadm_buf *out, omadm_error *error);

/* Appends base64 of what proves a secret: of OMA-TS-DM_Security 5.3.2, with a body of 5.4.2. */
omadm_err hmac_prove(omadm_str user, omadm_str secret, omadm_str nonce, const omadm_str *body,
                     omadm_buf *out);

#endif
