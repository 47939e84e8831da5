/* SPDX-License-Identifier: MIT */
/* The two sides' credentials, as the server sees them (OMA-TS-DM_Security 5.3-5.4). */
#ifndef OMADM_SERVER_AUTH_H
#define OMADM_SERVER_AUTH_H

#include <stdbool.h>

#include <libxml/tree.h>

#include <omadm/error.h>
#include <omadm/types.h>

typedef struct auth_side {
  const char *type; /* basic, md5 or mac; NULL: that side proves nothing */
  const char *user;
  const char *secret;
  omadm_buf nonce; /* the next one */
  bool proven; /* for the session */
} auth_side;

typedef struct auth {
  auth_side device, server;
  omadm_str header; /* x-syncml-hmac of the message that is answered; borrowed */
  omadm_buf mac; /* x-syncml-hmac of the answer */
} auth;

void auth_init(auth *self);
void auth_dispose(auth *self);
/* Where the value of an option goes; NULL: it is none of these. */
const char **auth_option(auth *self, const char *name);
/* --nonce and --server-nonce, in base64. False: it is neither. */
bool auth_set_nonce(auth *self, const char *name, const char *value);
/* NULL, or why the options do not go together. */
const char *auth_check(const auth *self);

/* A new session begins: nothing is proven. */
void auth_begin(auth *self);
/* What the device's message proves: the code for its header. */
unsigned auth_judge(auth *self, const xmlNode *header, omadm_str body);
/* Appends the Chal that goes with that code, with a new nonce; nothing where none is due. */
omadm_err auth_challenge(auth *self, unsigned code, omadm_buf *out);
/* Takes the nonce of the device's Status for our header. */
void auth_take(auth *self, const xmlNode *status);
/* Appends our Cred; nothing where none is due. */
omadm_err auth_prove(auth *self, omadm_buf *out);
/* Makes the MAC of the answer; empty where none is due. */
omadm_err auth_sign(auth *self, omadm_str answer);

#endif
