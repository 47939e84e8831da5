/* SPDX-License-Identifier: MIT */
/* The certificates that vouch for a token's key. */
#ifndef OMADM_SERVER_TOKEN_CHAIN_H
#define OMADM_SERVER_TOKEN_CHAIN_H

#include <jansson.h>
#include <openssl/evp.h>

#include <omadm/error.h>

/* Checks the chain of a token's x5c against the published x5c of the same key: both begin with the
 * same certificate, and the chain leads to the last one published. *key is the first one's, owned
 * by the caller, free with EVP_PKEY_free. */
omadm_err token_chain_verify(const json_t *x5c, const json_t *published, EVP_PKEY **key,
                             omadm_error *error);

#endif
