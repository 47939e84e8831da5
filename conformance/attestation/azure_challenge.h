/* SPDX-License-Identifier: MIT */
/* Challenges that the service can recognise without having kept them, each good for one use. */
#ifndef CONFORMANCE_ATTESTATION_AZURE_CHALLENGE_H
#define CONFORMANCE_ATTESTATION_AZURE_CHALLENGE_H

#include <omadm/error.h>

#include <stdbool.h>

/* Longer than a nonce of Device Health Attestation can be (32 octets), so that no quote made for
 * that protocol serves in this one. */
enum { AZURE_CHALLENGE_SIZE = 48, AZURE_CHALLENGES_USED = 4096 };

typedef struct azure_used {
  uint8_t challenge[AZURE_CHALLENGE_SIZE];
  int64_t expires;
} azure_used;

typedef struct azure_challenges {
  uint8_t key[32];
  char key_name[24];
  /* By keys that anybody can make; by those that are known to be in a TPM. */
  azure_used used[2][AZURE_CHALLENGES_USED];
  size_t n_used[2];
} azure_challenges;

/* Draws the service key. IO: there is no randomness. */
omadm_err azure_challenges_init(azure_challenges *self);

/* A challenge that expires at that second, and its context as the JSON text that the client gives
 * back; both appended. */
omadm_err azure_challenge_make(const azure_challenges *self, int64_t expires, omadm_buf *challenge,
                               omadm_buf *context);
/* The context was made here for this challenge, is in time, and was not used before. REFUSED else,
 * with a sentence. *out is what azure_challenge_use takes. */
omadm_err azure_challenge_check(azure_challenges *self, int64_t now, omadm_str challenge,
                                omadm_str context, azure_used *out, omadm_error *error);
/* It is used up: from now on a check refuses it. LIMIT: too many were used lately to remember
 * another one; strangers (validated false) have room of their own. */
omadm_err azure_challenge_use(azure_challenges *self, const azure_used *used, bool validated,
                              omadm_error *error);

#endif
