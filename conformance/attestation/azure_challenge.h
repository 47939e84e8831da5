/* SPDX-License-Identifier: MIT */
/* Challenges that the service can recognise without having kept them, each good for one use. */
#ifndef CONFORMANCE_ATTESTATION_AZURE_CHALLENGE_H
#define CONFORMANCE_ATTESTATION_AZURE_CHALLENGE_H

#include <omadm/error.h>

#include <stdbool.h>

enum { AZURE_CHALLENGE_SIZE = 32, AZURE_CHALLENGES_USED = 4096 };

typedef struct azure_used {
  uint8_t challenge[AZURE_CHALLENGE_SIZE];
  int64_t expires;
} azure_used;

typedef struct azure_challenges {
  uint8_t key[32];
  char key_name[24];
  azure_used used[AZURE_CHALLENGES_USED];
  size_t n_used;
} azure_challenges;

/* Draws the service key. IO: there is no randomness. */
omadm_err azure_challenges_init(azure_challenges *self);

/* A challenge that expires at that second, and its context as the JSON text that the client gives
 * back; both appended. */
omadm_err azure_challenge_make(const azure_challenges *self, int64_t expires, omadm_buf *challenge,
                               omadm_buf *context);
/* The context was made here for this challenge, is in time, and was not used before; now it is.
 * REFUSED else, with a sentence. LIMIT: too many were used lately to remember another one. */
omadm_err azure_challenge_use(azure_challenges *self, int64_t now, omadm_str challenge,
                              omadm_str context, omadm_error *error);

#endif
