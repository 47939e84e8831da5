/* SPDX-License-Identifier: MIT */
/* What a session knows of the two sides' credentials. Filled by auth.c; the rules stand in
 * auth_client.c and auth_server.c. */
#ifndef OMADM_SESSION_AUTH_STATE_H
#define OMADM_SESSION_AUTH_STATE_H

#include <omadm/host.h>

#include "base/digest.h"

#include <stdbool.h>

/* The credentials of one side and type, read when the session began: what changes in the tree
 * counts from the next session on (OMA-TS-DM_Security 5.4.3). */
typedef struct auth_secret {
  bool known;
  omadm_buf name, secret;
  omadm_buf nonce; /* to be used next */
  omadm_buf before; /* of a server: good for x-syncml-hmac as well; may be empty */
} auth_secret;

typedef struct auth_party {
  bool proves; /* it proves itself within SyncML */
  omadm_auth type; /* in use, or to begin with */
  bool fixed; /* it was accepted: it stays for the session (OMA-TS-DM_Protocol 9.1) */
  auth_secret of[OMADM_AUTH_TYPES];
} auth_party;

typedef struct auth_client {
  auth_party party;
  bool ready; /* the next message carries the credentials */
  bool sent; /* the last one did */
  bool unkept; /* there is a nonce, or a type, that the host does not keep yet */
  bool answered; /* this message of the server has a Status for our header */
  bool challenged; /* it asks for credentials: package 1 goes again */
  unsigned challenges; /* followed since credentials were accepted last */
  omadm_buf cred; /* Data of the last Cred; empty: none */
  omadm_buf header; /* x-syncml-hmac of the last message; empty: none */
} auth_client;

typedef struct auth_server {
  auth_party party;
  bool each; /* with each message */
  bool proved; /* it has, for the session */
  bool trusted; /* this message counts */
  bool behind; /* its x-syncml-hmac used the nonce before the last */
  bool unkept; /* its nonce went with a challenge, and is not kept */
  bool unshown; /* it has not shown yet that it has the nonce kept last */
  unsigned missing, wrong; /* failures since the last success */
  omadm_auth challenge; /* that goes with the next Status for a header; NONE: none */
  char nonce[OMADM_DIGEST_TEXT]; /* of that challenge, base64 */
  omadm_buf header; /* x-syncml-hmac of the message being received */
} auth_server;

typedef struct auth_state {
  auth_client client;
  auth_server server;
  /* What each command of this message is answered with, unexecuted; 0: they run. */
  omadm_status denied;
} auth_state;

#endif
