/* SPDX-License-Identifier: MIT */
/* Where the settings of an account stand in the tree. Private to provisioning. */
#ifndef OMADM_PROVISIONING_LAYOUT_H
#define OMADM_PROVISIONING_LAYOUT_H

#include <omadm/host.h>
#include <omadm/types.h>

#include <stdbool.h>

#define DMACC "./SyncML/DMAcc"
#define ACCOUNTS_MAX 1000

/* What an account's settings are stored in: setting, node below the account, format. */
#define ACCOUNT_NODES(X)                                                                           \
  X(NAME, "name", "Name", CHR)                                                                     \
  X(URL, "url", "AppAddr/1/Addr", CHR)                                                             \
  X(DIALECT, "dialect", "Ext/omadm/Dialect", CHR)                                                  \
  X(QUIRKS, "quirks", "Ext/omadm/Quirks", CHR)                                                     \
  X(CA, "ca", "Ext/omadm/CA", CHR)                                                                 \
  X(CLIENT_CERT, "client-cert", "Ext/omadm/ClientCert", CHR)                                       \
  X(CLIENT_KEY, "client-key", "Ext/omadm/ClientKey", CHR)                                          \
  X(HOSTS, "hosts", "Ext/omadm/Hosts", CHR)                                                        \
  X(ENCODING, "encoding", "Ext/omadm/Encoding", CHR)                                               \
  X(RIGHTS, "rights", "Ext/omadm/Rights", CHR)                                                     \
  X(MAX_MSG_SIZE, "max-msg-size", "Ext/omadm/MaxMsgSize", CHR)                                     \
  X(MAX_OBJ_SIZE, "max-obj-size", "Ext/omadm/MaxObjSize", CHR)                                     \
  X(SERVER_AUTH_EACH, "server-auth-each", "Ext/omadm/ServerAuthEach", CHR)

enum {
#define ACCOUNT_NODE_ENUM(name, setting, node, format) ACCOUNT_##name,
  ACCOUNT_NODES(ACCOUNT_NODE_ENUM)
#undef ACCOUNT_NODE_ENUM
      ACCOUNT_NODE_COUNT
};

typedef struct account_node {
  const char *setting;
  const char *node;
  omadm_format format;
} account_node;

extern const account_node account_nodes[ACCOUNT_NODE_COUNT];

/* The nonce before the one in AAuthData of the server, and what AAuthPref without a value means:
 * the type of the last session. Written by the host port, not by settings. */
#define NODE_NONCE_BEFORE "Ext/omadm/ServerNonceBefore"
#define NODE_LAST_TYPE "Ext/omadm/LastAuthType"

/* One kind of credentials: setting, AAuthType (OMA-TS-DM_StdObj 5.3.1). */
typedef struct auth_type_word {
  const char *setting;
  const char *node;
} auth_type_word;

/* By omadm_auth; of NONE both are "none". */
extern const auth_type_word auth_type_words[OMADM_AUTH_TYPES];

/* A side: AAuthLevel, the name of its node below AppAuth where the device makes it, its settings.
 */
typedef struct auth_side_words {
  const char *level;
  const char *node;
  const char *type, *name, *secret, *nonce; /* settings */
} auth_side_words;

extern const auth_side_words auth_sides[];

#endif
